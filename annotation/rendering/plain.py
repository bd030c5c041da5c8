"""A text exactly as it came."""

from typing import Final

from django.utils.safestring import SafeString, mark_safe

from annotation.rendering.hidden import escaped

MAX_SHOWN: Final = 1_000_000  # characters; what is longer is cut, and the page says so


def render_plain(source: str) -> SafeString:
    """The text itself, escaped, with its hidden characters made visible."""
    return mark_safe(escaped(source[:MAX_SHOWN]))  # noqa: S308 - escaped
