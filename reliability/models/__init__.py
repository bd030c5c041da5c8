from reliability.models.case import Case, Decision
from reliability.models.report import FinalReport, Report

__all__ = ["Case", "Decision", "FinalReport", "Report"]
