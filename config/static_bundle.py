"""One style sheet out of the component files, made where static files are looked up.

The sources stay one file per component; a page asks for one file. Nothing generated is
committed: `collectstatic` and the development server both find the bundle here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.files.storage import FileSystemStorage

from accounts.templatetags.component_assets import BUNDLE, STYLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class StyleBundleFinder(finders.BaseFinder):
    """Finds ``concord/concord.css``: every component's style, in the declared order."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.storage = FileSystemStorage(location=settings.VAR_DIR / "bundle", base_url=None)

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        if path != BUNDLE:
            return []
        found = self._build()
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Any]]:
        self._build()
        yield BUNDLE, self.storage

    def _build(self) -> str:
        """Write the bundle when a source changed; returns its path."""
        sources = [settings.BASE_DIR / "static" / name for name in STYLES]
        text = "\n".join(source.read_text(encoding="utf-8") for source in sources)
        target = settings.VAR_DIR / "bundle" / BUNDLE
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_suffix(".partial")
            partial.write_text(text, encoding="utf-8")
            partial.replace(target)
        return str(target)
