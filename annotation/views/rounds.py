"""Rounds for the people who run them: list, plan, open, follow, pause, close."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import Action, project_for
from accounts.errors import NotFound
from accounts.models import Project, User
from accounts.routes import route
from annotation.access import is_rating, rater_for_lead, round_for
from annotation.choices import RoundState
from annotation.errors import RoundExists, RoundRefused
from annotation.forms.rounds import CHOSEN, AddRaterForm, PaceForm, QuotaForm, RoundForm
from annotation.models import Rater, Round
from annotation.rendering import PresentedText
from annotation.selectors.choices import rounds_judged_by
from annotation.selectors.rounds import RoundProgress, progress_of, raters_in, rounds_of
from annotation.services.opening import Choice, open_chosen
from annotation.services.planning import PlanSummary, summary_of
from annotation.services.roster import (
    add_rater,
    pause_rater,
    rater_for,
    remove_rater,
    resume_rater,
    set_quota,
)
from annotation.services.rounds import (
    RoundPlan,
    close_round,
    pause_round,
    reopen_round,
    set_least_seconds,
)
from annotation.views.live import live_context

# Where the plan's objections are shown on the form.
FIELD_OF = {"items": "item_choice", "raters": "rater_choice", "rubric_version": "rubric_version"}


@dataclass(frozen=True)
class RoundRow:
    """`is_blinded`: the reader judges in it, so its figures are not theirs to see (T13)."""

    round: Round
    progress: RoundProgress
    is_blinded: bool


@require_GET
@route(Action.VIEW_ROUND)
def rounds(request: HttpRequest, project: str) -> HttpResponse:
    found = project_for(request.user, project, Action.VIEW_ROUND)
    listed = list(rounds_of(found))
    progress = progress_of(listed)
    blinded = rounds_judged_by(request.user, listed)
    rows = [RoundRow(each, progress[each.pk], each.pk in blinded) for each in listed]
    return render(request, "annotation/rounds/rounds.html", {"project": found, "rows": rows})


@require_http_methods(["GET", "POST"])
@route(Action.MANAGE_ROUND)
def new(request: HttpRequest, project: str) -> HttpResponse:
    """The form with its plan; `do=open` opens what the plan shows."""
    found = project_for(request.user, project, Action.MANAGE_ROUND)
    initial = {"rubric_version": request.GET.get("version", "")}
    form = RoundForm(request.POST or None, project=found, initial=initial)
    summary = None
    if request.method == "POST" and form.is_valid():
        plan, people = _plan(found, form)
        summary = summary_of(plan, people)
        _object(form, summary)
        if request.POST.get("do") == "open" and not summary.problems:
            opened = _open(form, plan, people, _person(request))
            if opened is not None:
                messages.success(request, _("The round is open."))
                return redirect("annotation:round", project=found.slug, round=opened.public_id)
    context = {"project": found, "form": form, "summary": summary}
    if request.headers.get("HX-Request"):
        return render(request, "annotation/rounds/new.html#plan", context)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "annotation/rounds/new.html", context, status=status)


def _plan(project: Project, form: RoundForm) -> tuple[RoundPlan, list[User] | None]:
    chosen = form.cleaned_data
    by = chosen["item_choice"]
    choice = Choice(
        batches=list(chosen["batches"]) if by == "batches" else (),
        slices=form.chosen_slices() if by == "slices" else (),
    )
    plan = RoundPlan(
        project=project,
        rubric_version=chosen["rubric_version"],
        kind=chosen["kind"],
        name=chosen["name"].strip(),
        policy=chosen["policy"],
        overlap=chosen["overlap"] or 1,
        items=choice.items(project),
        selection=choice.in_words(),
        only_fitting=chosen["only_fitting"],
        instructions=chosen["instructions"],
        shows_reference=chosen["shows_reference"],
        least_seconds=chosen["least_seconds"],
    )
    people = list(chosen["raters"]) if chosen["rater_choice"] == CHOSEN else None
    return plan, people


def _object(form: RoundForm, summary: PlanSummary) -> None:
    for name, sentences in summary.problems.items():
        field = FIELD_OF.get(name, name)
        for sentence in sentences:
            form.add_error(field if field in form.fields else None, sentence)


def _open(form: RoundForm, plan: RoundPlan, people: list[User] | None, actor: User) -> Round | None:
    try:
        return open_chosen(plan, people, actor=actor)
    except (RoundRefused, RoundExists) as error:
        for name, sentences in (error.fields or {"": [error.detail]}).items():
            field = FIELD_OF.get(name, name)
            for sentence in sentences:
                form.add_error(field if field in form.fields else None, sentence)
        return None


@require_GET
@route(Action.VIEW_ROUND)
def round_page(request: HttpRequest, project: str, round: str) -> HttpResponse:
    shown = round_for(request.user, project, round, Action.VIEW_ROUND)
    return _round_page(request, shown, AddRaterForm(round_=shown), status=200)


def _round_page(
    request: HttpRequest, shown: Round, form: AddRaterForm, *, status: int
) -> HttpResponse:
    # Who judges here sees no figures of the others' work while it runs (T13).
    is_blinded = is_rating(request.user, shown)
    context: dict[str, Any] = {
        **({} if is_blinded else live_context(shown)),
        "project": shown.project,
        "round": shown,
        "version": shown.rubric_version,
        "progress": progress_of([shown])[shown.pk],
        "raters": raters_in(shown),
        "instructions": PresentedText(shown.instructions),
        "form": form,
        "is_blinded": is_blinded,
    }
    return render(request, "annotation/rounds/round.html", context, status=status)


@require_POST
@route(Action.MANAGE_ROUND)
def add(request: HttpRequest, project: str, round: str) -> HttpResponse:
    shown = round_for(request.user, project, round, Action.MANAGE_ROUND)
    form = AddRaterForm(request.POST, round_=shown)
    if not form.is_valid():
        return _round_page(request, shown, form, status=422)
    rater = rater_for(user=form.cleaned_data["person"], project=shown.project)
    add_rater(round_=shown, rater=rater, actor=_person(request))
    messages.success(request, _("%(code)s may judge in this round now.") % {"code": rater.code})
    return _back(shown)


@require_POST
@route(Action.MANAGE_ROUND)
def rater(request: HttpRequest, project: str, round: str, rater: str) -> HttpResponse:
    """Pause (`do=pause`, with a reason the rater reads), resume or remove one rater."""
    shown = round_for(request.user, project, round, Action.MANAGE_ROUND)
    found = rater_for_lead(request.user, shown.project, rater, Action.MANAGE_ROUND)
    actor = _person(request)
    match request.POST.get("do"):
        case "pause":
            reason = request.POST.get("reason", "").strip()[:2000]
            pause_rater(round_=shown, rater=found, reason=reason, actor=actor)
        case "resume":
            resume_rater(round_=shown, rater=found, actor=actor)
        case "remove":
            remove_rater(round_=shown, rater=found, actor=actor)
        case "quota":
            _set_quota(request, shown, found, actor)
        case _:
            raise NotFound
    return _back(shown)


def _set_quota(request: HttpRequest, shown: Round, found: Rater, actor: User) -> None:
    form = QuotaForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("A quota is a whole number from 1, or empty for no quota."))
        return
    set_quota(round_=shown, rater=found, quota=form.cleaned_data["quota"], actor=actor)
    messages.success(request, _("The quota of %(code)s is set.") % {"code": found.code})


@require_POST
@route(Action.MANAGE_ROUND)
def pace(request: HttpRequest, project: str, round: str) -> HttpResponse:
    """Under how much time raters are asked to look again."""
    shown = round_for(request.user, project, round, Action.MANAGE_ROUND)
    form = PaceForm(request.POST)
    if form.is_valid():
        seconds = form.cleaned_data["least_seconds"]
        set_least_seconds(round_=shown, seconds=seconds, actor=_person(request))
        messages.success(request, _("Saved. It holds from the next item on."))
    else:
        messages.error(request, _("Give whole seconds from 1 to 3600, or nothing."))
    return _back(shown)


@require_POST
@route(Action.MANAGE_ROUND)
def pause(request: HttpRequest, project: str, round: str) -> HttpResponse:
    return _moved(request, project, round, pause_round)


@require_POST
@route(Action.MANAGE_ROUND)
def reopen(request: HttpRequest, project: str, round: str) -> HttpResponse:
    return _moved(request, project, round, reopen_round)


@require_POST
@route(Action.MANAGE_ROUND)
def close(request: HttpRequest, project: str, round: str) -> HttpResponse:
    return _moved(request, project, round, close_round)


def _moved(
    request: HttpRequest, project: str, public_id: str, move: Callable[..., Round]
) -> HttpResponse:
    shown = round_for(request.user, project, public_id, Action.MANAGE_ROUND)
    moved = move(round_=shown, actor=_person(request))
    said = {
        RoundState.OPEN: _("The round is open."),
        RoundState.PAUSED: _("The round is paused. What is in hand may still be submitted."),
        RoundState.CLOSED: _("The round is closed."),
    }
    messages.success(request, said[RoundState(moved.state)])
    return _back(shown)


def _back(shown: Round) -> HttpResponse:
    return redirect("annotation:round", project=shown.project.slug, round=shown.public_id)


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise NotFound
    return request.user
