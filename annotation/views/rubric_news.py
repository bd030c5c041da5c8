"""What changed in the rubric since the rater last judged by it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import Action
from accounts.models import User
from accounts.routes import route
from accounts.services.preferences import save_preferences
from annotation.access import round_for
from annotation.selectors.labeling import rater_of
from annotation.selectors.rubric_news import PREFERENCE, changes_since, earlier_version

PAGE = "annotation/judge/changes.html"


@require_http_methods(["GET", "POST"])
@route(Action.JUDGE)
def changes(request: HttpRequest, project: str, round: str) -> HttpResponse:
    """GET: the difference, readable. POST: it was read, and is not announced again."""
    shown = round_for(request.user, project, round, Action.JUDGE)
    user, version = request.user, shown.rubric_version
    assert isinstance(user, User)
    if request.method == "POST":
        seen: Any = user.preferences.get(PREFERENCE)
        kept = {
            **(seen if isinstance(seen, dict) else {}),
            version.rubric.public_id: version.number,
        }
        save_preferences(user=user, changes={PREFERENCE: kept})
        if "X-Concord-Fragment" in request.headers:
            return HttpResponse(status=204)
        return redirect("annotation:judge", project=project, round=round)
    earlier = earlier_version(rater_of(user, shown.project), version)
    context = {
        "round": shown,
        "version": version,
        "earlier": earlier,
        "changes": changes_since(earlier, version) if earlier else [],
    }
    part = "#changes" if "X-Concord-Fragment" in request.headers else ""
    return render(request, PAGE + part, context)
