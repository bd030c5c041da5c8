"""A rubric or a round exactly as raters will see it, beside a real item of the project.

Nothing that is tried here is stored: the form has no address to send anything to.
"""

from collections.abc import Mapping
from random import SystemRandom
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.access import Action, allows, project_for
from accounts.models import Project
from accounts.routes import route
from annotation.access import item_for, round_for
from annotation.display import displayed_item, shown_places
from annotation.models import Item, Round
from annotation.presentation import PresentedItem, present_shown
from annotation.presented_form import present_form
from annotation.rendering import PresentedText
from annotation.selectors.labeling import criteria_of
from annotation.selectors.preview import fitting_items, neighbours, preview_item
from rubrics.access import version_for
from rubrics.models import RubricVersion

PAGE = "annotation/rounds/preview.html"


@require_GET
@route(Action.EDIT_RUBRIC)
def rubric(request: HttpRequest, project: str, version: str) -> HttpResponse:
    """`?item=` names the item, `?q=` finds one; else the first one that fits the criteria."""
    found = project_for(request.user, project, Action.EDIT_RUBRIC)
    shown_version = version_for(request.user, found, version, Action.EDIT_RUBRIC)
    name = "edit" if shown_version.state == "draft" else "version"
    back = reverse(f"rubrics:{name}", args=[found.slug, shown_version.public_id])
    return _page(request, found, shown_version, back_url=back)


@require_GET
@route(Action.VIEW_ROUND)
def of_round(request: HttpRequest, project: str, round: str) -> HttpResponse:
    """With the round's own instructions and its policy about the reference answer."""
    found = round_for(request.user, project, round, Action.VIEW_ROUND)
    back = reverse("annotation:round", args=[project, found.public_id])
    return _page(request, found.project, found.rubric_version, back_url=back, round_=found)


def _page(
    request: HttpRequest,
    project: Project,
    version: RubricVersion,
    *,
    back_url: str,
    round_: Round | None = None,
) -> HttpResponse:
    criteria = criteria_of(version)
    fitting = fitting_items(project, criteria, round_)
    search, wanted = request.GET.get("q", "").strip()[:200], request.GET.get("item", "")
    item = (
        item_for(request.user, project, wanted)
        if wanted and not search
        else preview_item(fitting, project, search)
    )
    context: dict[str, Any] = {
        "project": project,
        "version": version,
        "previewed_round": round_,
        "back_url": back_url,
        "search": search,
        "chosen": item,
        "may_view_item": allows(request.user, Action.VIEW_ITEM, project),
        "guidelines": PresentedText(version.guidelines),
        "instructions": PresentedText(round_.instructions if round_ else ""),
        "raw": "raw" in request.GET,
        "is_shuffled": "shuffled" in request.GET,
    }
    if item is not None:
        shown = present_for_lead(
            item,
            side_order=_side_order(item, request.GET),
            shows_reference=round_ is not None and round_.shows_reference,
        )
        context |= {"item": shown, "form": present_form(criteria, shown)}
        context["before"], context["after"] = neighbours(item, fitting)
    return render(request, PAGE, context)


def _side_order(item: Item, asked: Mapping[str, str]) -> list[int]:
    """The item's own order, or one as a rater might be given."""
    if "shuffled" not in asked:
        return []
    return SystemRandom().sample(range(item.n_responses), item.n_responses)


def present_for_lead(
    item: Item, *, side_order: list[int], shows_reference: bool = True
) -> PresentedItem:
    """An item as raters see it, its files at the addresses for people who may see items."""
    url = reverse("annotation:item", args=[item.project.slug, item.public_id])
    return present_with_files(
        item,
        side_order=side_order,
        shows_reference=shows_reference,
        files_at=f"{url}attachments/",
    )


def present_with_files(
    item: Item, *, side_order: list[int], shows_reference: bool, files_at: str
) -> PresentedItem:
    """The same with its files, by their own places in the item, at an address of the caller's."""
    return present_shown(
        displayed_item(item, side_order, shows_reference=shows_reference),
        files_at=files_at,
        own_places=shown_places(item.content, side_order),
    )
