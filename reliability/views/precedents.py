"""What was decided before, beside the item: for raters."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import Action
from accounts.routes import route
from annotation.access import round_for
from annotation.selectors.labeling import criteria_of
from reliability.selectors.precedents import precedents as found_precedents

PAGE = "reliability/precedents.html"


@require_GET
@route(Action.JUDGE)
def precedents(request: HttpRequest, project: str, round: str) -> HttpResponse:
    """Decided cases of closed calibration rounds, narrowed by words (`q`) and criterion."""
    shown = round_for(request.user, project, round, Action.JUDGE)
    words, criterion = request.GET.get("q", "")[:200], request.GET.get("criterion", "")
    context = {
        "round": shown,
        "criteria": criteria_of(shown.rubric_version),
        "found": found_precedents(shown, words=words, criterion=criterion),
        "words": words,
        "criterion": criterion,
    }
    part = "#precedents" if "X-Concord-Fragment" in request.headers else ""
    return render(request, PAGE + part, context)
