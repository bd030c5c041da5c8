"""Agreement straight from long files; knows neither the database nor Django."""

from .comparison import Choice, ComparisonRow, comparison_of, joined
from .readers import LongFileError, read_long
from .request import ALPHA, RefusedDataError, StudyRequest
from .rows import AgreementRow
from .study import agreement_of

__all__ = [
    "ALPHA",
    "AgreementRow",
    "Choice",
    "ComparisonRow",
    "LongFileError",
    "RefusedDataError",
    "StudyRequest",
    "agreement_of",
    "comparison_of",
    "joined",
    "read_long",
]
