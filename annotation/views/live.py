"""A round while it runs: the panel on its page, asked for again every few seconds."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from accounts.access import Action
from accounts.routes import route
from annotation.access import require_unblinded, round_for
from annotation.choices import RoundState
from annotation.models import Round
from annotation.selectors.live import Bar, round_now
from annotation.views.strips import strip

SECONDS = 5


@require_GET
@route(Action.VIEW_ROUND)
def live(request: HttpRequest, project: str, round: str) -> HttpResponse:
    shown = round_for(request.user, project, round, Action.VIEW_ROUND)
    require_unblinded(request.user, shown)
    return render(request, "annotation/rounds/_live.html", live_context(shown))


def live_context(shown: Round) -> dict[str, Any]:
    """For _live.html; nothing where nothing happens any more."""
    if shown.is_imported or shown.state == RoundState.CLOSED:
        return {"project": shown.project, "round": shown, "live": None}
    figures = round_now(shown, now=timezone.now())
    return {
        "project": shown.project,
        "round": shown,
        "live": figures,
        "bars": strip([(bar.n, _label(bar)) for bar in figures.bars]),
        "every_seconds": SECONDS,
    }


def _label(bar: Bar) -> str:
    said = ngettext("%(n)d judgment from %(at)s", "%(n)d judgments from %(at)s", bar.n)
    return said % {"n": bar.n, "at": date_format(timezone.localtime(bar.start), "H:i")}
