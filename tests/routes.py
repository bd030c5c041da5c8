"""Every route of the project, read from the URL configuration, so that new ones are covered."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import get_converters

from accounts.access import Action

THIRD_PARTY = ("account/",)


@dataclass(frozen=True)
class Route:
    """One URL pattern: its text (`projects/<slug:project>/`), the view, and its parameters."""

    text: str
    view: Any
    parameters: tuple[str, ...]

    @property
    def action(self) -> Action | None:
        cls = getattr(self.view, "cls", None)
        return getattr(self.view, "action", None) or getattr(cls, "action_required", None)

    @property
    def is_api(self) -> bool:
        return self.text.startswith("api/")

    def path(self, ids: dict[str, str]) -> str:
        filled = self.text
        for name in self.parameters:
            for converter in ("", *(f"{c}:" for c in get_converters())):
                filled = filled.replace(f"<{converter}{name}>", ids[name])
        return "/" + filled


def own_routes() -> list[Route]:
    """All routes but allauth's, which it tests itself."""
    return [r for r in _walk(get_resolver(), "") if not r.text.startswith(THIRD_PARTY)]


def _walk(resolver: URLResolver, prefix: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        text = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, text)
        elif isinstance(entry, URLPattern):
            names = tuple(_parameters(text))
            yield Route(text, entry.callback, names)


def _parameters(text: str) -> Iterator[str]:
    for part in text.split("<")[1:]:
        yield part.split(">")[0].split(":")[-1]
