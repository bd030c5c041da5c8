"""Accepted work of every rater in a period, for the people who pay for it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import Action, project_for
from accounts.csv_files import csv_answer
from accounts.models import Project, User
from accounts.preferences import zone_of
from accounts.routes import route
from annotation.access import rounds_rated_by
from annotation.forms.own_work import PeriodForm
from annotation.selectors.active_time import Measured
from annotation.selectors.statement import (
    Line,
    Period,
    lines_by_rater,
    n_waiting,
    project_revisions,
    total_of,
)


@require_GET
@route(Action.MANAGE_ROUND)
def hours(request: HttpRequest, project: str) -> HttpResponse:
    found = project_for(request.user, project, Action.MANAGE_ROUND)
    form = _form(request)
    period = form.period()
    revisions, is_blinded = _revisions(request, found, period)
    lines = lines_by_rater(revisions)
    context = {
        "project": found,
        "form": form,
        "period": period,
        "zone": period.zone.key,
        "lines": lines,
        "raters": _by_rater(lines),
        "total": total_of(lines),
        "n_waiting": n_waiting(revisions),
        "is_blinded": is_blinded,
        "made_at": timezone.localtime(timezone=period.zone),
    }
    return render(request, "annotation/rounds/hours.html", context)


@require_GET
@route(Action.MANAGE_ROUND)
def hours_file(request: HttpRequest, project: str) -> HttpResponse:
    """One line a rater and round, as CSV."""
    found = project_for(request.user, project, Action.MANAGE_ROUND)
    period = _form(request).period()
    revisions, _is_blinded = _revisions(request, found, period)
    header = [
        "rater", "round", "first_day", "last_day", "time_zone", "accepted_judgments", "changes",
        "active_seconds",
    ]  # fmt: skip
    days = [period.first, period.last, period.zone.key]
    rows = [
        [line.rater, line.round, *days, line.n_judgments, line.n_changes, round(line.seconds, 1)]
        for line in lines_by_rater(revisions)
    ]
    return csv_answer(f"{found.slug} hours", header, rows)


def _revisions(request: HttpRequest, project: Project, period: Period) -> tuple[Measured, bool]:
    """Without the running rounds in which the reader judges: their progress stays hidden (T13)."""
    hidden = rounds_rated_by(request.user, project)
    revisions = project_revisions(project, period)
    return revisions.exclude(judgment__round__in=hidden), bool(hidden)


def _by_rater(lines: list[Line]) -> list[tuple[str, object]]:
    codes = sorted({line.rater for line in lines})
    return [(code, total_of(line for line in lines if line.rater == code)) for code in codes]


def _form(request: HttpRequest) -> PeriodForm:
    user = request.user
    assert isinstance(user, User)
    return PeriodForm(request.GET, zone=zone_of(user))
