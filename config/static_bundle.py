"""One style sheet and one labeling script, made where static files are looked up.

The sources stay one file per component; a page asks for one file of each. Nothing generated is
committed: `collectstatic` and the development server both find the bundle here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.files.storage import FileSystemStorage

from accounts.templatetags.component_assets import BUNDLE, SCRIPT_BUNDLES, STYLES
from config.script_bundle import bundle

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SPACE = re.compile(r"\s*\n\s*")

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class BundleFinder(finders.BaseFinder):
    """Finds ``concord/concord.css``, every component's style in the declared order, and the
    scripts of ``SCRIPT_BUNDLES``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.storage = FileSystemStorage(location=settings.VAR_DIR / "bundle", base_url=None)

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        if path not in (BUNDLE, *SCRIPT_BUNDLES):
            return []
        found = _built(path)
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Any]]:
        for path in (BUNDLE, *SCRIPT_BUNDLES):
            _built(path)
            yield path, self.storage


def _built(path: str) -> str:
    """Write the bundle when a source changed; returns its path."""
    text = _styles() if path == BUNDLE else _script(path)
    target = settings.VAR_DIR / "bundle" / path
    if not target.exists() or target.read_text(encoding="utf-8") != text:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(".partial")
        partial.write_text(text, encoding="utf-8")
        partial.replace(target)
    return str(target)


def _styles() -> str:
    """All of them, without what only their authors read."""
    sources = [settings.BASE_DIR / "static" / name for name in STYLES]
    text = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    return SPACE.sub("\n", COMMENT.sub("", text))


def _script(path: str) -> str:
    entry, modules = SCRIPT_BUNDLES[path]
    return bundle((settings.BASE_DIR / "static" / path).parent, entry, modules)
