"""A project's first page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from accounts.access import LEADS, Action, project_for, roles_in
from accounts.choices import Role
from accounts.models import User
from accounts.routes import route
from exports.selectors.overview import cases_by_round, own_work, recent_batches, study_state


@require_GET
@route(Action.VIEW_PROJECT)
def project(request: HttpRequest, project: str) -> HttpResponse:
    """One section for each role the person holds here, each saying what to do next."""
    found = project_for(request.user, project, Action.VIEW_PROJECT)
    if not isinstance(request.user, User):
        return redirect("account_login")
    roles = roles_in(request.user, found)
    context: dict[str, Any] = {"project": found, "roles": [r for r in Role if r in roles]}
    if roles & LEADS:
        context["study"] = study_state(found)
    if Role.ANNOTATOR in roles:
        context["work"] = own_work(request.user, found)
    if Role.ADJUDICATOR in roles:
        context["waiting"] = cases_by_round(found)
    if Role.VENDOR in roles:
        context["batches"] = recent_batches(request.user, found)
    return render(request, "exports/overview.html", context)
