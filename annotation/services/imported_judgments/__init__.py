"""Human judgments made elsewhere become a closed round of this project."""

from annotation.services.imported_judgments.importing import ImportOptions, import_judgments
from annotation.services.imported_judgments.report import JudgmentsRefused, JudgmentsReport
from annotation.services.imported_judgments.versions import version_named

__all__ = [
    "ImportOptions",
    "JudgmentsRefused",
    "JudgmentsReport",
    "import_judgments",
    "version_named",
]
