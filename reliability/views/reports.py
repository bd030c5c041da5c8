"""Finalised reports of a round: the list, the act of finalising, one report and its files."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import Action, allows
from accounts.routes import route
from reliability.access import reported_round
from reliability.selectors.final_reports import final_reports_of, names_of


@route(Action.VIEW_RELIABILITY)
@require_GET
def of_round(request: HttpRequest, project: str, round: str) -> HttpResponse:
    found = reported_round(request.user, project, round)
    reports = list(final_reports_of(found))
    names = names_of(report.finalised_by for report in reports)
    context = {
        "project": found.project,
        "round": found,
        "reports": [(report, names.get(report.finalised_by, "")) for report in reports],
        "may_finalise": allows(request.user, Action.FINALISE_REPORT, found.project),
    }
    return render(request, "reliability/report_list.html", context)
