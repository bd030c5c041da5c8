"""A text exactly as it came."""

from collections.abc import Iterator
from typing import Final

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from annotation.rendering.hidden import escaped
from annotation.rendering.positions import Leaf, as_written

MAX_SHOWN: Final = 1_000_000  # characters; what is longer is cut, and the page says so
PART: Final = 6_000  # characters that a browser draws in one go


def render_plain(source: str) -> SafeString:
    """The text itself, escaped, with its hidden characters made visible."""
    return mark_safe(escaped(source[:MAX_SHOWN]))  # noqa: S308 - escaped


def render_parts(source: str, *, marks: bool = False) -> SafeString:
    """The text itself in parts, so that a megabyte is drawn as far as it is read."""
    drawn = (
        "".join(map(_placed, as_written(source[begin:end], begin)))
        if marks
        else escaped(source[begin:end])
        for begin, end in _parts(source)
    )
    parts = "".join(f'<div class="text-part">{part}</div>' for part in drawn)
    return mark_safe(f'<div class="text-plain">{parts}</div>')  # noqa: S308 - escaped


def written_out(source: str) -> SafeString:
    """For scripts: the text to the character, also its signs that end lines."""
    return mark_safe(str(escape(source)).replace("\r", "&#13;"))  # noqa: S308 - escaped


def _parts(source: str) -> Iterator[tuple[int, int]]:
    """Where a part ends: at a line, else at a space, else anywhere."""
    begin, last = 0, min(len(source), MAX_SHOWN)
    while begin < last:
        end = min(begin + PART, last)
        if end < last:
            line = source.rfind("\n", begin, end)
            cut = line if line >= 0 else source.rfind(" ", begin, end)
            end = cut + 1 if cut >= 0 else end
        yield begin, end
        begin = end


def _placed(leaf: Leaf) -> str:
    return f'<span data-at="{leaf.at}">{escaped(leaf.text)}</span>'
