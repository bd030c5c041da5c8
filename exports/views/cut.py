"""The page on which an admin looks at what a release would hold, and cuts it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import Action, project_for
from accounts.errors import Invalid, NotFound
from accounts.models import Project, User
from accounts.routes import route
from accounts.tasks import send_job
from annotation.choices import RoundState
from annotation.models import Round
from annotation.parts import part_label
from exports.access import rounds_for
from exports.forms import CutForm
from exports.selectors.gold import default_rounds, n_ratings_in, releasable_rounds
from exports.services.gold import plan_release, release_gold
from exports.services.requests import INLINE_RATINGS, request_release
from exports.services.survey import Survey
from exports.views.charts import bar_chart, bars_of
from exports.views.wording import exclusions_in_words, open_in_words, origin_counts


@require_http_methods(["GET", "POST"])
@route(Action.RELEASE_GOLD)
def cut(request: HttpRequest, project: str) -> HttpResponse:
    """GET looks, with the rounds in the address; POST cuts."""
    found = project_for(request.user, project, Action.RELEASE_GOLD)
    offered = list(releasable_rounds(found))
    sent = request.POST if request.method == "POST" else request.GET
    form = CutForm(sent if "rounds" in sent or request.method == "POST" else None, rounds=offered)
    if not form.is_bound:
        defaults = [round_.public_id for round_ in default_rounds(found)]
        form = CutForm(rounds=offered, initial={"rounds": defaults})
    context: dict[str, Any] = {"project": found, "form": form, "has_rounds": bool(offered)}
    if not form.is_valid():
        return render(request, "exports/cut.html", context, status=422 if form.errors else 200)
    rounds = rounds_for(request.user, found, form.cleaned_data["rounds"])
    if request.method == "GET":
        context |= _look(found, rounds, form)
        return render(request, "exports/cut.html", context)
    return _cut(request, found, rounds, form, context)


def _look(project: Project, rounds: list[Round], form: CutForm) -> dict[str, Any]:
    n_ratings = n_ratings_in(rounds)
    running = [round_.name for round_ in rounds if round_.state != RoundState.CLOSED]
    looked: dict[str, Any] = {"n_ratings": n_ratings, "running": running, "chosen": form.data}
    looked["sent"] = [(name, value) for name in form.fields for value in _values(form, name)]
    if n_ratings > INLINE_RATINGS:
        return looked | {"is_large": True}
    found = plan_release(
        project=project, rounds=rounds, min_ratings=form.cleaned_data["min_ratings"]
    )
    return looked | {"plan": found} | _counted(found)


def _values(form: CutForm, name: str) -> list[str]:
    """What was sent for a field, to be sent again when the look is confirmed."""
    value = form.cleaned_data[name]
    if isinstance(value, list):
        return [str(each) for each in value]
    if value is True:
        return ["on"]
    return [] if value in (None, "", False) else [str(value)]


def _counted(found: Survey) -> dict[str, Any]:
    bars = bars_of(origin_counts(found.by_origin))
    left_out = {reason: n for reason, n in found.left_out.items() if reason != "open_case"}
    return {
        "origins": bars,
        "origin_chart": bar_chart(bars),
        "left_out": exclusions_in_words(
            {"left_out": left_out, "superseded_by_a_later_round": found.n_superseded}
        ),
        "first_open": [
            {
                "item": each.key.item_id,
                "part": part_label(each.key.part),
                "criterion": each.key.criterion,
                "why": open_in_words(each.reason),
                "round": each.round,
            }
            for each in found.first_open
        ],
        "more_open": max(0, found.n_open - len(found.first_open)),
    }


def _cut(
    request: HttpRequest,
    project: Project,
    rounds: list[Round],
    form: CutForm,
    context: dict[str, Any],
) -> HttpResponse:
    if not isinstance(request.user, User):
        raise NotFound
    options: dict[str, Any] = {
        "note": form.cleaned_data["note"],
        "name": form.cleaned_data["name"],
        "skip_open": form.cleaned_data["skip_open"],
        "min_ratings": form.cleaned_data["min_ratings"],
        "allow_open_round": any(round_.state != RoundState.CLOSED for round_ in rounds),
    }
    if n_ratings_in(rounds) > INLINE_RATINGS:
        asked = options | {"rounds": [round_.public_id for round_ in rounds]}
        job = request_release(project=project, requested_by=request.user, options=asked)
        send_job(job)
        return redirect("job", job=job.public_id)
    try:
        release = release_gold(project=project, rounds=rounds, actor=request.user, **options)
    except Invalid as refusal:
        form.add_error(None, refusal.detail)
        context |= _look(project, rounds, form)
        return render(request, "exports/cut.html", context, status=refusal.status)
    messages.success(
        request, _("Release %(number)d is cut. It never changes.") % {"number": release.number}
    )
    return redirect("exports:release", project=project.slug, release=release.public_id)
