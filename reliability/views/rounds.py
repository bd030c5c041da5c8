"""What every reliability page of a round shows."""

from typing import Any

from django.http import HttpRequest

from accounts.access import Action, allows
from annotation.choices import RoundState
from annotation.models import Round
from reliability.choices import DisagreementRule
from reliability.selectors.cases import case_counts
from reliability.services.current_report import CurrentReport
from reliability.services.report_jobs import failed_job


def round_context(request: HttpRequest, round_: Round, report: CurrentReport) -> dict[str, Any]:
    return {
        "round": round_,
        "project": round_.project,
        "report": report,
        "figures": report.figures,
        "failed": failed_job(round_) if _is_waiting(report) else None,
        "is_running": round_.state != RoundState.CLOSED,
        "cases": case_counts(round_),
        "rules": DisagreementRule.choices,
        "may_queue": allows(request.user, Action.MANAGE_ROUND, round_.project),
    }


def _is_waiting(report: CurrentReport) -> bool:
    """Whether the figures are missing or old, and nobody computes them."""
    return report.job is None and (report.figures is None or report.is_stale)
