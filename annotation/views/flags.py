"""Raters' questions for the lead: an inbox, one question with its item, its answer."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import Action, project_for
from accounts.csv_files import csv_answer
from accounts.errors import Conflict, NotFound
from accounts.models import Project, User
from accounts.routes import route
from annotation.access import flag_for, round_for, rounds_rated_by
from annotation.errors import RoundNotOpen
from annotation.forms.talk import AnswerForm
from annotation.models import Flag, Round
from annotation.selectors.batches import Page, newest_first_page
from annotation.selectors.flags import (
    ANSWERED,
    EVERY,
    OPEN,
    STATES,
    flags_of,
    in_state,
    longest_waiting,
)
from annotation.selectors.labeling import criteria_of
from annotation.services.clarifications import publish_clarification
from annotation.services.flags import answer_flag
from annotation.views.preview import present_for_lead

COLUMNS = (
    "round", "item_id", "rater", "criterion", "question", "asked_at", "answer", "answered_at",
)  # fmt: skip


@require_GET
@route(Action.MANAGE_ROUND)
def flags(request: HttpRequest, project: str) -> HttpResponse:
    found = project_for(request.user, project, Action.MANAGE_ROUND)
    state, chosen = _filters(request, found)
    hidden = rounds_rated_by(request.user, found)
    context = {
        "project": found,
        "page": _page(request, found),
        "state": state,
        "chosen": chosen,
        "tabs": _tabs(state, chosen),
        # Who judges in a running round sees nothing of what the others ask there (T13).
        "is_blinded": bool(hidden),
    }
    return render(request, "annotation/rounds/flags.html", context)


@require_GET
@route(Action.MANAGE_ROUND)
def flags_file(request: HttpRequest, project: str) -> HttpResponse:
    """The questions on the screen."""
    found = project_for(request.user, project, Action.MANAGE_ROUND)
    return csv_answer(f"{found.slug}-questions", COLUMNS, map(_line, _page(request, found).rows))


def _line(flag: Flag) -> list[Any]:
    answered = flag.answered_at.isoformat() if flag.answered_at else ""
    return [
        flag.round.name,
        flag.assignment.item.external_id,
        flag.rater.code,
        flag.criterion_key,
        flag.question,
        flag.asked_at.isoformat(),
        flag.answer,
        answered,
    ]


def _filters(request: HttpRequest, project: Project) -> tuple[str, Round | None]:
    state = request.GET.get("state", OPEN)
    wanted = request.GET.get("round", "")
    chosen = round_for(request.user, project.slug, wanted, Action.MANAGE_ROUND) if wanted else None
    return state if state in STATES else OPEN, chosen


def _page(request: HttpRequest, project: Project) -> Page[Flag]:
    state, chosen = _filters(request, project)
    found: QuerySet[Flag] = flags_of(project, hidden=rounds_rated_by(request.user, project))
    if chosen is not None:
        found = found.filter(round=chosen)
    return newest_first_page(in_state(found, state), request.GET.get("cursor", ""))


def _tabs(state: str, chosen: Round | None) -> list[dict[str, Any]]:
    labels = {OPEN: _("Waiting"), ANSWERED: _("Answered"), EVERY: _("All")}
    of_round = f"&round={chosen.public_id}" if chosen else ""
    return [
        {"label": label, "url": f"?state={key}{of_round}", "current": key == state}
        for key, label in labels.items()
    ]


@require_http_methods(["GET", "POST"])
@route(Action.MANAGE_ROUND)
def flag(request: HttpRequest, project: str, flag: str) -> HttpResponse:
    """GET: the question beside its item as the rater saw it. POST: answer it.

    `do=everybody`: the answer, edited, becomes a clarification for the whole round.
    """
    found = flag_for(request.user, project, flag)
    if request.method == "POST" and request.POST.get("do") == "everybody":
        return _tell_everybody(request, found)
    form = AnswerForm(request.POST or None)
    if form.is_valid():
        try:
            answer_flag(flag=found, answer=form.cleaned_data["answer"], actor=_person(request))
        except Conflict as refused:
            messages.error(request, refused.detail)
        else:
            messages.success(request, _("Answered. It is shown to who asked, with the next item."))
        return redirect("annotation:flag", project=project, flag=found.public_id)
    return _flag_page(request, found, form)


def _flag_page(request: HttpRequest, found: Flag, form: AnswerForm) -> HttpResponse:
    item = found.assignment.item
    item.project = found.round.project
    shown = present_for_lead(
        item,
        side_order=found.assignment.side_order,
        shows_reference=found.round.shows_reference,
    )
    criteria = criteria_of(found.round.rubric_version)
    asked_about = next((each for each in criteria if each.key == found.criterion_key), None)
    context: dict[str, Any] = {
        "project": found.round.project,
        "round": found.round,
        "flag": found,
        "criterion": asked_about,
        "item": shown,
        "form": form,
        "clarifications": list(found.clarifications.all()),
        "waiting": _next_waiting(request, found) if found.answered_at else None,
    }
    status = 422 if form.errors else 200
    return render(request, "annotation/rounds/flag.html", context, status=status)


def _next_waiting(request: HttpRequest, found: Flag) -> Flag | None:
    """The question that waits longest, of the same round if there is any."""
    project = found.round.project
    flags = flags_of(project, hidden=rounds_rated_by(request.user, project))
    return longest_waiting(flags, first=found.round)


def _tell_everybody(request: HttpRequest, found: Flag) -> HttpResponse:
    try:
        publish_clarification(
            round_=found.round,
            text=request.POST.get("text", ""),
            author=_person(request),
            criterion_key=found.criterion_key,
            flag=found,
        )
    except RoundNotOpen as refused:
        messages.error(request, refused.detail)
        return redirect("annotation:flag", project=found.round.project.slug, flag=found.public_id)
    messages.success(request, _("Everybody in the round reads it before the next item."))
    return redirect(
        "annotation:clarifications", project=found.round.project.slug, round=found.round.public_id
    )


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise NotFound
    return request.user
