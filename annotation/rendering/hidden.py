"""Direction controls and characters without width, which can make a text say what it does not
show: each becomes a visible mark.
"""

import re
import unicodedata
from typing import Final

from django.utils.html import escape
from django.utils.translation import gettext as _

JOINERS: Final = "\u200c\u200d"  # needed inside words of several scripts and in emoji
HIDDEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
)


def show_hidden(html: str) -> str:
    """Each hidden character becomes a visible mark, in text only: tags are sanitised."""
    if not HIDDEN.search(html):
        return html
    return "".join(
        part if part.startswith("<") else HIDDEN.sub(_mark, part)
        for part in re.split(r"(<[^>]*>)", html)
    )


def escaped(text: str) -> str:
    """Text as HTML, its hidden characters marked."""
    return show_hidden(str(escape(text)))


def _mark(match: re.Match[str]) -> str:
    char = match[0]
    if _is_ordinary(match.string, match.start(), char):
        return char
    name = unicodedata.name(char, _("control character"))
    return f'<span class="hidden-char" title="{escape(name)}">U+{ord(char):04X}</span>'


def _is_ordinary(text: str, at: int, char: str) -> bool:
    """Joiners and emoji selectors do their work right after what they belong to."""
    before = text[at - 1] if at else ""
    if "\ufe00" <= char <= "\ufe0f":
        return before > "\x7f" or before in tuple("0123456789#*")
    return char in JOINERS and (
        before == "\ufe0f" or (before > "\x7f" and not HIDDEN.match(before))
    )
