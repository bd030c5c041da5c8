from reliability.models.case import Case, Decision
from reliability.models.report import Report

__all__ = ["Case", "Decision", "Report"]
