"""From a number to the judgments behind it."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import Action, allows
from accounts.csv_files import csv_answer
from accounts.errors import NotFound
from accounts.routes import route
from annotation.choices import Basis, RoundState
from annotation.models import Round
from annotation.selectors.flags import open_returns_by_judgment
from annotation.views.preview import present_for_lead
from reliability.access import (
    blind_items,
    criterion_of,
    judged_item,
    reported_round,
    require_seen_blind,
)
from reliability.selectors.judgments import Filters, RatedItems, judgments_of, rated_items
from reliability.selectors.scales import Scale, scales_of


def _scale(round_: Round, request: HttpRequest) -> Scale:
    """The criterion named in the address, else the first."""
    scales = scales_of(round_)
    key = request.GET.get("criterion") or (scales[0].key if scales else "")
    criterion = criterion_of(round_, key)
    return next(scale for scale in scales if scale.pk == criterion.pk)


def _filters(request: HttpRequest) -> Filters:
    return Filters(
        raters=tuple(each for each in request.GET.getlist("rater") if each),
        values=tuple(each for each in request.GET.getlist("value") if each),
        only_split="split" in request.GET,
        only_compared="compared" in request.GET,
        by=request.GET.get("by", ""),
        slice=request.GET.get("slice", ""),
        since=_day(request.GET.get("since", "")),
        until=_day(request.GET.get("until", "")),
    )


def _day(text: str) -> date | None:
    """None for nothing; what is no day is a wrong address."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise NotFound from error


def _cursor(request: HttpRequest) -> int:
    raw = request.GET.get("cursor", "")
    if not raw:
        return 0
    if not (raw.isascii() and raw.isdigit() and len(raw) < 19):
        raise NotFound
    return int(raw)


@route(Action.VIEW_RELIABILITY)
@require_GET
def behind(request: HttpRequest, project: str, round: str) -> HttpResponse:
    found = reported_round(request.user, project, round)
    hidden = blind_items(request.user, found.project)
    scale, filters = _scale(found, request), _filters(request)
    page = rated_items(found, scale, filters, hidden=hidden, after=_cursor(request))
    return render(
        request,
        "reliability/judgments.html",
        {
            "round": found,
            "project": found.project,
            "scale": scale,
            "scales": scales_of(found),
            "filters": filters,
            "page": page,
            "n_hidden": len(hidden),
        },
    )


@route(Action.VIEW_RELIABILITY)
@require_GET
def behind_file(request: HttpRequest, project: str, round: str) -> HttpResponse:
    """The page of judgments on the screen, one rating a line."""
    found = reported_round(request.user, project, round)
    hidden = blind_items(request.user, found.project)
    scale = _scale(found, request)
    page = rated_items(found, scale, _filters(request), hidden=hidden, after=_cursor(request))
    part = ["part"] if scale.per else []
    header = ["item_id", *part, "rater", "dimension", "value", "label", "abstention", "basis"]
    return csv_answer(f"{found.name}-{scale.key}", header, _lines(page, scale))


def _lines(page: RatedItems, scale: Scale) -> list[list[Any]]:
    return [
        [
            item.external_id,
            *([item.part] if scale.per else []),
            given.rater,
            scale.key,
            given.value,
            given.label,
            given.reason if given.is_abstention else "",
            Basis(given.basis).name.lower(),
        ]
        for item in page.items
        for given in item.given
    ]


@route(Action.VIEW_RELIABILITY)
@require_GET
def item(request: HttpRequest, project: str, round: str, item: str) -> HttpResponse:
    found = reported_round(request.user, project, round)
    judged = judged_item(found, item)
    require_seen_blind(request.user, judged)
    judged.project = found.project
    scales = scales_of(found)
    records = judgments_of(found, judged, scales)
    return render(
        request,
        "reliability/item.html",
        {
            "round": found,
            "project": found.project,
            "judged": judged,
            "item": present_for_lead(judged, side_order=[]),
            "scales": scales,
            "records": records,
            "waiting": frozenset(open_returns_by_judgment(found)),
            "may_return": found.state != RoundState.CLOSED
            and allows(request.user, Action.MANAGE_ROUND, found.project),
        },
    )
