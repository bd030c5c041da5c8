"""What every page's header shows."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from accounts.access import ROLES, Action, projects_of, roles_in
from accounts.choices import Role
from accounts.models import Project


@dataclass(frozen=True)
class NavigationEntry:
    label: str
    url: str
    current: bool


def _entries(project: Project, roles: frozenset[Role], path: str) -> list[NavigationEntry]:
    offered = [
        (_("Overview"), "project", Action.VIEW_PROJECT),
        (_("Judge"), "annotation:work", Action.JUDGE),
        (_("Batches"), "annotation:batches", Action.VIEW_BATCH),
        (_("Items"), "annotation:items", Action.VIEW_ITEM),
        (_("Rubrics"), "rubrics:rubrics", Action.VIEW_RUBRIC),
        (_("Rounds"), "annotation:rounds", Action.VIEW_ROUND),
        (_("Questions"), "annotation:flags", Action.MANAGE_ROUND),
        (_("Reliability"), "reliability:project", Action.VIEW_RELIABILITY),
        (_("Adjudication"), "reliability:cases", Action.ADJUDICATE),
        (_("Gold"), "exports:releases", Action.VIEW_GOLD),
        (_("Judges"), "exports:judges", Action.VIEW_JUDGE),
        (_("People"), "members", Action.MANAGE_MEMBERS),
    ]
    entries = []
    for label, name, action in offered:
        if not roles & ROLES[action]:
            continue
        try:
            url = reverse(name, kwargs={"project": project.slug})
        except NoReverseMatch:
            continue
        current = path == url or (name != "project" and path.startswith(url))
        entries.append(NavigationEntry(label, url, current))
    return entries


def navigation(request: HttpRequest) -> dict[str, Any]:
    """`nav`, `current_project` and `projects`, from the project in the address."""
    match = request.resolver_match
    user = getattr(request, "user", None)
    if match is None or user is None or not user.is_authenticated:
        return {"nav": [], "current_project": None, "projects": []}
    projects = list(projects_of(user))
    slug = match.kwargs.get("project") or getattr(request, "project_slug", None)
    current = next((p for p in projects if p.slug == slug), None)
    if current is None and len(projects) == 1:
        current = projects[0]
    nav = _entries(current, roles_in(user, current), request.path) if current else []
    return {"nav": nav, "current_project": current, "projects": projects}
