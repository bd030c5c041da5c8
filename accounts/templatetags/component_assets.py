"""What the component tags draw with: icon paths and the order of the style sheets."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.templatetags.static import static

BUNDLE: Final = "concord/concord.css"
BUNDLE_FINDER: Final = "config.static_bundle.BundleFinder"

# {bundle: (entry, modules)}, as config/script_bundle.py puts them together. What every item of the
# labeling page needs comes at once; what the page shares with others stays a file of its own.
SCRIPT_BUNDLES: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "concord/js/judge-all.js": (
        "judge",
        (
            "keys",
            "questions",
            "question_parts",
            "draft",
            "restore",
            "ahead",
            "outbox_list",
            "look_again",
            "state_line",
            "visit",
            "flow",
            "item",
            "item_citations",
            "guidelines",
            "pace",
        ),
    )
}

# The order matters: tokens first, then general rules, then what refines them.
STYLES: Final = tuple(
    f"concord/css/{name}.css"
    for name in (
        "tokens",
        "base",
        "layout",
        "button",
        "form",
        "table",
        "panel",
        "feedback",
        "nav",
        "judge",
        "item",
        "text",
        "questions",
        "marks",
        "pace",
        "talk",
    )
)

# Paths on a 16 x 16 grid, stroked with the colour of the text.
ICONS: Final = {
    "alert": "M8 5.5v4m0 2v.01M8 1.5l7 13H1l7-13Z",
    "arrow-left": "M13 8H3m4-4L3 8l4 4",
    "arrow-right": "M3 8h10M9 4l4 4-4 4",
    "check": "m3 8.5 3.5 3.5L13 4.5",
    "chevron-down": "m4 6 4 4 4-4",
    "chevron-right": "m6 4 4 4-4 4",
    "clock": "M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM8 4.5V8l2.5 1.5",
    "close": "m4 4 8 8m0-8-8 8",
    "copy": "M5.5 5.5h8v8h-8zM2.5 10.5v-8h8",
    "download": "M8 2v8m-3.5-3L8 10.5 11.5 7M2.5 13.5h11",
    "edit": "m9.5 4 2.5 2.5M3 13l.7-3.2L11 2.5 13.5 5l-7.3 7.3L3 13Z",
    "external": "M9.5 2.5h4v4m0-4L8 8M6 3H3v10h10v-3",
    "flag": "M3.5 14V2.5h8l-1.5 3 1.5 3h-8",
    "info": "M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM8 7.5v3.5m0-6v.01",
    "keyboard": "M1.5 4h13v8h-13zM4 6.5v.01M6.7 6.5v.01M9.3 6.5v.01M12 6.5v.01M5 9.5h6",
    "lock": "M4 7.5h8v6H4zM5.5 7.5v-2a2.5 2.5 0 0 1 5 0v2",
    "menu": "M2.5 4h11m-11 4h11m-11 4h11",
    "more": "M3 8v.01M8 8v.01M13 8v.01",
    "pause": "M5.5 3.5v9m5-9v9",
    "plus": "M8 3v10M3 8h10",
    "scale": "M8 2.5v11M5 13.5h6M2.5 4.5h11M4 4.5 2 9.5h4l-2-5Zm8 0-2 5h4l-2-5Z",
    "search": "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9Zm3.5-1 3 3",
    "sort": "m5 6 3-3 3 3m-6 4 3 3 3-3",
    "sort-up": "m4 9.5 4-4 4 4",
    "trash": "M3 4.5h10M6 4.5v-2h4v2m1.5 0-.5 9H5l-.5-9",
    "undo": "M3 6h6.5a3.5 3.5 0 0 1 0 7H6M6 3 3 6l3 3",
    "upload": "M8 10.5v-8M4.5 6 8 2.5 11.5 6M2.5 13.5h11",
    "user": "M8 8a2.75 2.75 0 1 0 0-5.5A2.75 2.75 0 0 0 8 8Zm-5.5 6a5.5 5.5 0 0 1 11 0",
    "users": "M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Zm-4.5 6a4.5 4.5 0 0 1 9 0"
    "M11 3a2.5 2.5 0 0 1 0 4m1.5 2.2a4.5 4.5 0 0 1 2.5 4.3",
    "wifi-off": "M2 2l12 12M8 12.5v.01M5.5 10a3.5 3.5 0 0 1 3-1M3 7.5a7 7 0 0 1 3-1.5"
    "m4 0a7 7 0 0 1 3 1.5",
}


def is_bundled() -> bool:
    """Whether pages ask for bundles: where the finder that builds them is, but not to debug."""
    return BUNDLE_FINDER in settings.STATICFILES_FINDERS and not settings.DEBUG


def script_url(name: str) -> str:
    """The bundle that begins with the module `name` (concord/js/NAME.js), else the module."""
    for path, (entry, _modules) in SCRIPT_BUNDLES.items():
        if entry == name and is_bundled():
            return static(path)
    return static(f"concord/js/{name}.js")


def stylesheet_urls() -> tuple[str, ...]:
    """One bundle where the finder that builds it is installed, else every file.

    Debugging wants the single files; a labeling page that is allowed eight
    requests wants one.
    """
    if is_bundled():
        return (static(BUNDLE),)
    return tuple(static(name) for name in STYLES)
