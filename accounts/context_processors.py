"""What every page's header shows."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from accounts.access import ROLES, Action, projects_of, roles_in
from accounts.choices import Role
from accounts.models import Project


@dataclass(frozen=True)
class NavigationEntry:
    """`name` is that of its route, for what a page shows beside one entry."""

    name: str
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
        entries.append(NavigationEntry(name, label, url, current))
    return entries


class _Header:
    """Each part is asked for when a template first shows it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def projects(self) -> list[Project]:
        return list(projects_of(self._request.user))

    @cached_property
    def current(self) -> Project | None:
        match = self._request.resolver_match
        slug = match.kwargs.get("project") if match else None
        slug = slug or getattr(self._request, "project_slug", None)
        named = next((project for project in self.projects if project.slug == slug), None)
        return self.projects[0] if named is None and len(self.projects) == 1 else named

    @cached_property
    def nav(self) -> list[NavigationEntry]:
        if self.current is None:
            return []
        return _entries(
            self.current, roles_in(self._request.user, self.current), self._request.path
        )


def navigation(request: HttpRequest) -> dict[str, Any]:
    """`nav`, `current_project` and `projects`, from the project in the address.

    Lazy: the labeling page's fragments have no header, and ask nothing for it.
    """
    user = getattr(request, "user", None)
    if request.resolver_match is None or user is None or not user.is_authenticated:
        return {"nav": [], "current_project": None, "projects": []}
    header = _Header(request)
    return {
        "nav": SimpleLazyObject(lambda: header.nav),
        "current_project": SimpleLazyObject(lambda: header.current),
        "projects": SimpleLazyObject(lambda: header.projects),
    }
