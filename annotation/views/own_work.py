"""A person's own work: what they judged, what it adds up to, and whether it arrived."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import Action, project_for
from accounts.csv_files import csv_answer
from accounts.errors import NotFound
from accounts.models import Project, User
from accounts.preferences import zone_of
from accounts.routes import route
from annotation.forms.own_work import HistoryForm, PeriodForm
from annotation.selectors.history import OwnPage, find_receipt, own_page, own_rounds
from annotation.selectors.statement import (
    Line,
    Period,
    lines_by_day,
    n_waiting,
    own_revisions,
    receipts_of,
    total_of,
)


@require_GET
@route(Action.JUDGE)
def history(request: HttpRequest, project: str) -> HttpResponse:
    """Own judgments, newest first; `receipt` asks for one submission."""
    found, user = _here(request, project)
    with timezone.override(zone_of(user)):
        form, page = _page(request, found, user)
        receipt = request.GET.get("receipt", "").strip()
        context = {
            "project": found,
            "form": form,
            "page": page,
            "is_narrowed": any(request.GET.get(name) for name in form.fields),
            "zone": zone_of(user).key,
            "receipt": receipt,
            "found": find_receipt(user, found, receipt) if receipt else None,
        }
        return render(request, "annotation/own/history.html", context)


@require_GET
@route(Action.JUDGE)
def history_file(request: HttpRequest, project: str) -> HttpResponse:
    """What the history shows at the same address, as CSV."""
    found, user = _here(request, project)
    zone = zone_of(user)
    _form, page = _page(request, found, user)
    header = ["number", "round", "submitted_at", "answers", "active_seconds", "state", "receipt"]
    rows = [
        [
            line.number,
            line.judgment.round.name,
            line.judgment.submitted_at.astimezone(zone).isoformat(timespec="seconds"),
            line.answers,
            round(line.seconds, 1),
            line.state.value,
            line.receipt,
        ]
        for line in page.rows
    ]
    return csv_answer(f"{found.slug} judgments", header, rows)


def _page(request: HttpRequest, project: Project, user: User) -> tuple[HistoryForm, OwnPage]:
    form = HistoryForm(request.GET, rounds=list(own_rounds(user, project)))
    cursor = request.GET.get("cursor", "")
    return form, own_page(user, project, form.asked(), zone=zone_of(user), cursor=cursor)


@require_GET
@route(Action.JUDGE)
def statement(request: HttpRequest, project: str) -> HttpResponse:
    """Accepted judgments and active time, by day and by round."""
    found, user = _here(request, project)
    form = PeriodForm(request.GET, zone=zone_of(user))
    period = form.period()
    revisions = own_revisions(user, found, period)
    lines = lines_by_day(revisions, period.zone)
    context = _statement_context(form, period, lines) | {
        "project": found,
        "by_round": by_round(lines),
        "n_waiting": n_waiting(revisions),
    }
    return render(request, "annotation/own/statement.html", context)


def _statement_context(form: PeriodForm, period: Period, lines: list[Line]) -> dict[str, Any]:
    return {
        "form": form,
        "period": period,
        "zone": period.zone.key,
        "lines": lines,
        "total": total_of(lines),
        "made_at": timezone.localtime(timezone=period.zone),
    }


def by_round(lines: list[Line]) -> list[tuple[str, Any]]:
    """(round, total) by the round's name."""
    names = sorted({(line.round, line.round_id) for line in lines})
    return [
        (name, total_of(line for line in lines if line.round_id == round_id))
        for name, round_id in names
    ]


@require_GET
@route(Action.JUDGE)
def statement_file(request: HttpRequest, project: str) -> HttpResponse:
    """The statement's lines as CSV: one a day and round."""
    found, user = _here(request, project)
    period = PeriodForm(request.GET, zone=zone_of(user)).period()
    lines = lines_by_day(own_revisions(user, found, period), period.zone)
    header = ["day", "time_zone", "round", "accepted_judgments", "changes", "active_seconds"]
    rows = [
        [
            line.day,
            period.zone.key,
            line.round,
            line.n_judgments,
            line.n_changes,
            round(line.seconds, 1),
        ]
        for line in lines
    ]
    return csv_answer(f"{found.slug} statement", header, rows)


@require_GET
@route(Action.JUDGE)
def receipts_file(request: HttpRequest, project: str) -> HttpResponse:
    """Every submission behind the statement with its receipt: what its totals are made of."""
    found, user = _here(request, project)
    period = PeriodForm(request.GET, zone=zone_of(user)).period()
    header = [
        "receipt", "submitted_at", "round", "revision", "measured_seconds", "active_seconds",
        "state",
    ]  # fmt: skip
    rows = [
        [
            each.receipt,
            each.submitted_at.astimezone(period.zone).isoformat(timespec="seconds"),
            each.round,
            each.number,
            each.claimed,
            round(each.seconds, 1),
            "waiting" if each.is_waiting else "accepted",
        ]
        for each in receipts_of(own_revisions(user, found, period))
    ]
    return csv_answer(f"{found.slug} receipts", header, rows)


def _here(request: HttpRequest, project: str) -> tuple[Project, User]:
    if not isinstance(request.user, User):
        raise NotFound
    return project_for(request.user, project, Action.JUDGE), request.user
