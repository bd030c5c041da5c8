"""Pages of gold releases."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import Action, allows, project_for
from accounts.choices import JobState
from accounts.models import Project, User
from accounts.routes import route
from accounts.services.audit import record
from annotation.parts import part_label
from exports.access import release_for
from exports.choices import Split
from exports.formats import Target
from exports.models import GoldRelease
from exports.selectors.files import export_jobs_of
from exports.selectors.gold import default_rounds, label_page, releases_of
from exports.views.charts import bar_chart, bars_of
from exports.views.wording import (
    changes_in_words,
    exclusions_in_words,
    origin_counts,
    value_in_words,
)

PAGE = 50


@require_GET
@route(Action.VIEW_GOLD)
def releases(request: HttpRequest, project: str) -> HttpResponse:
    found = project_for(request.user, project, Action.VIEW_GOLD)
    listed = releases_of(found)
    cursor = _number(request.GET.get("cursor"))
    if cursor is not None:
        listed = listed.filter(number__lt=cursor)
    page = list(listed[: PAGE + 1])
    context = {
        "project": found,
        "releases": [_listed(release) for release in page[:PAGE]],
        "older": page[PAGE - 1].number if len(page) > PAGE else None,
        "may_release": allows(request.user, Action.RELEASE_GOLD, found),
        "has_closed_round": bool(default_rounds(found)),
    }
    return render(request, "exports/releases.html", context)


def _listed(release: GoldRelease) -> dict[str, Any]:
    card = release.data_card
    changes = (card.get("changes") or {}).get("counts")
    return {
        "release": release,
        "rounds": " · ".join(each["name"] for each in card.get("rounds", [])),
        "changes": changes_in_words(changes),
    }


@require_GET
@route(Action.VIEW_GOLD)
def release(request: HttpRequest, project: str, release: str) -> HttpResponse:
    found = project_for(request.user, project, Action.VIEW_GOLD)
    chosen = release_for(request.user, found, release)
    if request.headers.get("HX-Request"):
        return render(request, "exports/release.html#files", _files(found, chosen))
    if isinstance(request.user, User):
        record(actor=request.user, action="gold.viewed", target=chosen, project=found)
    context = _card(chosen) | _labels(request, chosen) | _files(found, chosen)
    return render(request, "exports/release.html", context)


def _card(chosen: GoldRelease) -> dict[str, Any]:
    card = chosen.data_card
    counts = card.get("counts", {})
    origins = bars_of(origin_counts(counts.get("by_origin", {})))
    splits = bars_of(_named(Split, counts.get("by_split", {})))
    criteria = bars_of(
        [(each["criterion"], each["labels"]) for each in counts.get("by_criterion", [])]
    )
    return {
        "card": card,
        "counts": counts,
        "criteria": criteria,
        "criterion_chart": bar_chart(criteria),
        "origins": origins,
        "origin_chart": bar_chart(origins),
        "splits": splits,
        "split_chart": bar_chart(splits),
        "left_out": exclusions_in_words(card.get("exclusions", {})),
        "changes": changes_in_words((card.get("changes") or {}).get("counts")),
        "changed": _changed(card.get("changes") or {}),
        "targets": [{"name": target.value, "label": target.label} for target in Target],
    }


def _changed(changes: dict[str, Any]) -> list[dict[str, str]]:
    """The first labels of each kind of change, the telling kind first."""
    names = {"changed": _("Changed"), "removed": _("Removed"), "added": _("Added")}
    return [
        {
            "kind": names[kind],
            "item_id": entry["item_id"],
            "criterion": entry["criterion"],
            "part": part_label(entry.get("part", "")),
            "before": value_in_words(entry["before"]),
            "after": value_in_words(entry["after"]),
        }
        for kind in names
        for entry in changes.get("first", {}).get(kind, [])[:20]
    ]


def _labels(request: HttpRequest, chosen: GoldRelease) -> dict[str, Any]:
    start = _number(request.GET.get("cursor")) or 0
    labels = label_page(chosen, start=start, size=PAGE + 1)
    last = start + min(len(labels), PAGE)
    return {
        "labels": labels[:PAGE],
        "shown": _("Labels %(first)d to %(last)d of %(n)d")
        % {"first": min(start + 1, last), "last": last, "n": chosen.n_labels},
        "newer": str(max(0, start - PAGE)) if start else None,
        "older": str(start + PAGE) if len(labels) > PAGE else None,
    }


def _files(project: Project, chosen: GoldRelease) -> dict[str, Any]:
    jobs = export_jobs_of(chosen)
    return {
        "project": project,
        "release": chosen,
        "jobs": jobs,
        "is_building": any(job.state in (JobState.QUEUED, JobState.RUNNING) for job in jobs),
    }


def _named(choices: Any, counts: dict[str, int]) -> list[tuple[str, int]]:
    """Counts in the order of the vocabulary, by its words."""
    return [(str(choice.label), counts[choice]) for choice in choices if choice in counts]


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 10 else None
