"""Agreement straight from long files; knows neither the database nor Django."""

from .readers import LongFileError, read_long
from .study import AgreementRow, RefusedDataError, StudyRequest, agreement_of

__all__ = [
    "AgreementRow",
    "LongFileError",
    "RefusedDataError",
    "StudyRequest",
    "agreement_of",
    "read_long",
]
