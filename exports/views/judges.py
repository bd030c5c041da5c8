"""Pages of judges and their runs."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import Action, allows, project_for
from accounts.errors import NotFound
from accounts.models import User
from accounts.routes import route
from exports.access import judge_for, refuse_raters, run_for
from exports.choices import JudgeKind
from exports.errors import ScoresRefused
from exports.forms import ScoresForm
from exports.labelling import value_text
from exports.models import JudgeRun
from exports.selectors.judge_agreement import judge_agreement
from exports.selectors.judges import dimensions_of, judges_of, runs_of, values_of
from exports.services.judge_runs import import_scores
from exports.views.charts import bar_chart, bars_of

MAX_BARS = 20
MAX_DIMENSIONS = 50
PAGE = 100


@require_GET
@route(Action.VIEW_JUDGE)
def judges(request: HttpRequest, project: str) -> HttpResponse:
    found = project_for(request.user, project, Action.VIEW_JUDGE)
    context = {
        "project": found,
        "judges": judges_of(found)[:PAGE],
        "may_import": allows(request.user, Action.IMPORT_SCORES, found),
    }
    return render(request, "exports/judges.html", context)


@require_GET
@route(Action.VIEW_JUDGE)
def judge(request: HttpRequest, project: str, judge: str) -> HttpResponse:
    found = project_for(request.user, project, Action.VIEW_JUDGE)
    chosen = judge_for(request.user, found, judge)
    context = {"project": found, "judge": chosen, "runs": runs_of(chosen)[:PAGE]}
    return render(request, "exports/judge.html", context)


@require_GET
@route(Action.VIEW_JUDGE)
def run(request: HttpRequest, project: str, judge: str, run: str) -> HttpResponse:
    """One dimension at a time: its values and how they compare with people's."""
    found = project_for(request.user, project, Action.VIEW_JUDGE)
    chosen_judge = judge_for(request.user, found, judge)
    chosen = run_for(request.user, chosen_judge, run)
    dimensions = dimensions_of(chosen)[:MAX_DIMENSIONS]
    names = [name for name, _n in dimensions]
    asked = request.GET.get("dimension", "")
    current = asked if asked in names else (names[0] if names else "")
    context: dict[str, Any] = {
        "project": found,
        "judge": chosen_judge,
        "run": chosen,
        "current": current,
        "tabs": [
            {"label": f"{name} ({n})", "url": f"?dimension={name}", "current": name == current}
            for name, n in dimensions
        ],
        "n_scores": dict(dimensions).get(current, 0),
    }
    if current:
        context |= _distribution(chosen, current)
        agreement = judge_agreement(chosen, current)
        refuse_raters(request.user, agreement.rounds)
        context["agreement"] = agreement
    return render(request, "exports/judge_run.html", context)


def _distribution(chosen: JudgeRun, dimension: str) -> dict[str, Any]:
    values = values_of(chosen, dimension, at_most=MAX_BARS)
    if values is None:
        said = chosen.scale.get("dimensions", {}).get(dimension, {})
        return {"range": said.get("range")}
    bars = bars_of([(value_text(value), n) for value, n in values])
    return {"bars": bars, "chart": bar_chart(bars)}


@require_http_methods(["GET", "POST"])
@route(Action.IMPORT_SCORES)
def import_page(request: HttpRequest, project: str) -> HttpResponse:
    found = project_for(request.user, project, Action.IMPORT_SCORES)
    if not isinstance(request.user, User):
        raise NotFound
    form = ScoresForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"project": found, "form": form}
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "exports/import_scores.html", context, status=status)
    sent = form.cleaned_data
    try:
        taken = import_scores(
            project=found,
            judge=sent["judge"],
            file=sent["file"].file,
            actor=request.user,
            version=sent["version"],
            kind=JudgeKind(sent["kind"]),
            source_judge=sent["source_judge"],
        )
    except ScoresRefused as refusal:
        context |= {"refusal": refusal.detail, "rows": refusal.rows}
        return render(request, "exports/import_scores.html", context, status=refusal.status)
    if taken.is_repeat:
        messages.info(request, _("This file was taken in before; this is the run it made."))
    else:
        messages.success(request, _("%(n)d scores are in.") % {"n": taken.run.n_scores})
    return redirect(
        "exports:judge-run",
        project=found.slug,
        judge=taken.run.judge.public_id,
        run=taken.run.public_id,
    )
