"""Errors of reports and adjudication."""

from accounts.errors import ConcordError, Conflict, Invalid


class BlindFirst(ConcordError):
    """Who is to decide this blind does not see the raters' answers before (T76)."""

    status = 403
    code = "blind_first"


class CaseTaken(Conflict):
    """Somebody else holds this case, or it is decided."""

    code = "case_taken"


class CaseChanged(Conflict):
    """The case is not at the stage that was answered."""

    code = "case_changed"


class DecisionRefused(Invalid):
    """The decision is incomplete or off the scale; `fields` says what is wrong."""

    code = "decision_refused"


class ReportRefused(Invalid):
    """There is nothing to finalise, or the round is still open and nobody said why."""

    code = "report_refused"


class ReportOutdated(Conflict):
    """The ratings changed since they were looked at, or while the report was written."""

    code = "report_outdated"


class ReportDamaged(ConcordError):
    """What is stored is not what was finalised: its hash says so."""

    status = 500
    code = "report_damaged"
