"""Finalised reports of a round: the list, the act of finalising, one report and its files."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import Action, allows
from accounts.errors import ConcordError, NotFound
from accounts.models import User
from accounts.routes import route
from accounts.tasks import send_job
from annotation.choices import RoundState
from annotation.models import Round
from reliability.access import (
    final_report_for,
    finalisable_round,
    hides_items,
    reported_round,
    require_all_seen_blind,
)
from reliability.choices import ReportFormat
from reliability.errors import ReportOutdated, ReportRefused
from reliability.report_answers import report_answer
from reliability.report_files.document import Document, Forest
from reliability.report_files.forest import DrawnForest, drawn
from reliability.selectors.final_reports import (
    final_reports_of,
    has_changed_since,
    names_of,
    newer_than,
    state_hash,
)
from reliability.selectors.fingerprint import ratings_state
from reliability.services.current_report import current_report
from reliability.services.final_files import report_document
from reliability.services.finalise import (
    finalise_report,
    finalising_job,
    is_small,
    request_final_report,
)

LONGEST_REASON = 2000


@route(Action.VIEW_RELIABILITY)
@require_GET
def of_round(request: HttpRequest, project: str, round: str) -> HttpResponse:
    found = reported_round(request.user, project, round)
    reports = list(final_reports_of(found))
    names = names_of(report.finalised_by for report in reports)
    current = state_hash(ratings_state(found))
    context = {
        "project": found.project,
        "round": found,
        "reports": [
            {
                "report": report,
                "by": names.get(report.finalised_by, ""),
                "has_changed": report.state_hash != current,
            }
            for report in reports
        ],
        "job": finalising_job(found),
        "may_finalise": allows(request.user, Action.FINALISE_REPORT, found.project),
    }
    return render(request, "reliability/report_list.html", context)


@route(Action.FINALISE_REPORT)
@require_http_methods(["GET", "POST"])
def finalise(request: HttpRequest, project: str, round: str) -> HttpResponse:
    """What would be frozen, then the act itself."""
    found = finalisable_round(request.user, project, round)
    if request.method == "POST":
        try:
            return _finalise(request, found)
        except (ReportRefused, ReportOutdated) as error:
            return _finalise_page(request, found, error)
    return _finalise_page(request, found)


def _finalise(request: HttpRequest, round_: Round) -> HttpResponse:
    actor = request.user if isinstance(request.user, User) else None
    reason = request.POST.get("reason", "").strip()[:LONGEST_REASON]
    seen = request.POST.get("seen", "")
    project = round_.project.slug
    if not is_small(round_):
        job = request_final_report(round_=round_, requested_by=actor, reason=reason, seen=seen)
        send_job(job)
        messages.info(request, _("The report is being written. It appears here when it is whole."))
        return redirect("reliability:reports", project=project, round=round_.public_id)
    report = finalise_report(round_=round_, actor=actor, reason=reason, seen=seen)
    messages.success(request, _("Report %(n)d is finalised.") % {"n": report.number})
    return redirect("reliability:final_report", project=project, report=report.public_id)


def _finalise_page(
    request: HttpRequest, round_: Round, error: ConcordError | None = None
) -> HttpResponse:
    state = ratings_state(round_)
    current = current_report(round_)
    criteria = current.figures.criteria if current.figures else ()
    context = {
        "project": round_.project,
        "round": round_,
        "state": state,
        "seen": state_hash(state),
        "current": current,
        "alphas": [(each, each.figure("krippendorff_alpha")) for each in criteria],
        "is_open": round_.state != RoundState.CLOSED,
        "reason": request.POST.get("reason", ""),
        "longest_reason": LONGEST_REASON,
        "error": error,
        "formats": ReportFormat.choices,
    }
    status = error.status if error else 200
    return render(request, "reliability/report_finalise.html", context, status=status)


@route(Action.VIEW_RELIABILITY)
@require_GET
def report(request: HttpRequest, project: str, report: str) -> HttpResponse:
    """The report as a page; one that was altered shows nothing but that."""
    found = final_report_for(request.user, project, report)
    context: dict[str, Any] = {
        "project": found.round.project,
        "round": found.round,
        "report": found,
        "by": names_of([found.finalised_by]).get(found.finalised_by, ""),
        "newer": newer_than(found),
        "has_changed": has_changed_since(found),
        "formats": ReportFormat.choices,
    }
    if found.is_intact:
        document = report_document(found)
        context |= {
            "document": document,
            "forest": _forest(document),
            "hides_items": hides_items(request.user, found.round),
        }
    return render(request, "reliability/report_page.html", context)


def _forest(document: Document) -> DrawnForest | None:
    """The report's one picture."""
    blocks = (block for part in document.sections for block in part.blocks)
    found = next((block for block in blocks if isinstance(block, Forest)), None)
    return drawn(found) if found is not None else None


@route(Action.VIEW_RELIABILITY)
@require_GET
def report_file(request: HttpRequest, project: str, report: str, format: str) -> HttpResponseBase:
    found = final_report_for(request.user, project, report)
    if format not in ReportFormat:
        raise NotFound
    require_all_seen_blind(request.user, found.round)
    return report_answer(request, found, ReportFormat(format))
