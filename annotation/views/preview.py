"""A rubric version exactly as raters will see it, beside a real item of the project."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import Action, project_for
from accounts.routes import route
from annotation.access import item_for
from annotation.display import displayed_item
from annotation.presentation import present_shown
from annotation.presented_form import present_form
from annotation.rendering import PresentedText
from annotation.selectors.labeling import criteria_of
from annotation.selectors.preview import neighbours, preview_item
from rubrics.access import version_for


@require_GET
@route(Action.EDIT_RUBRIC)
def rubric(request: HttpRequest, project: str, version: str) -> HttpResponse:
    """`?item=` names the item; else the first one that fits the rubric's criteria."""
    found = project_for(request.user, project, Action.EDIT_RUBRIC)
    shown_version = version_for(request.user, found, version, Action.EDIT_RUBRIC)
    criteria = criteria_of(shown_version)
    wanted = request.GET.get("item", "")
    item = item_for(request.user, found, wanted) if wanted else preview_item(found, criteria)
    context: dict[str, Any] = {
        "project": found,
        "version": shown_version,
        "chosen": item,
        "guidelines": PresentedText(shown_version.guidelines),
    }
    if item is not None:
        shown = present_shown(displayed_item(item, []))
        context |= {"item": shown, "form": present_form(criteria, shown)}
        context["before"], context["after"] = neighbours(item, criteria)
    return render(request, "annotation/rounds/preview.html", context)
