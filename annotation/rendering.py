"""Untrusted text as safe HTML: Markdown without HTML, then a sanitiser with a short list.

Whatever an item holds, the result loads nothing, runs nothing, names nothing and covers
nothing (T29, T30, T31): no raw HTML, images, ids, classes, styles or data attributes.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import nh3
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

MAX_RENDERED: Final = 100_000  # characters; what is longer is shown as plain text
MAX_SHOWN: Final = 1_000_000  # characters; what is longer is cut, and the page says so
LONG: Final = 6_000  # characters from which a text scrolls in a frame of its own

BLOCKS: Final = ("blockquote", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "ul")
INLINE: Final = ("a", "br", "code", "del", "em", "s", "strong")
TABLES: Final = ("table", "tbody", "td", "th", "thead", "tr")
TAGS: Final = frozenset((*BLOCKS, *INLINE, *TABLES))
ATTRIBUTES: Final = {"*": set[str](), "a": {"href"}, "ol": {"start"}}
SCHEMES: Final = frozenset({"http", "https", "mailto"})

# Direction controls and characters without width can make a text say what it does not show.
JOINERS: Final = "\u200c\u200d"  # needed inside words of several scripts and in emoji
HIDDEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
)
_HEADING: Final = re.compile(r"(</?)h([1-6])(?=[\s>])")


@dataclass(frozen=True)
class PresentedText:
    """A text as a rater may see it. `source` is the text itself, exactly."""

    source: str

    @property
    def is_empty(self) -> bool:
        return not self.source.strip()

    @property
    def is_long(self) -> bool:
        return len(self.source) > LONG

    @property
    def is_cut(self) -> bool:
        return len(self.source) > MAX_SHOWN

    @cached_property
    def html(self) -> SafeString:
        return render_markdown(self.source)

    @cached_property
    def raw(self) -> SafeString:
        return render_plain(self.source)


def render_markdown(source: str) -> SafeString:
    """Markdown as safe HTML; headings start at h3; images become the words that name them."""
    if len(source) > MAX_RENDERED:
        return format_html("<pre>{}</pre>", render_plain(source))
    return _rendered(source)


@lru_cache(maxsize=256)
def _rendered(source: str) -> SafeString:
    html = _lower_headings(_markdown().render(source))
    clean = nh3.clean(
        html,
        tags=set(TAGS),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        url_schemes=set(SCHEMES),
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank", "referrerpolicy": "no-referrer"}},
        strip_comments=True,
    )
    return mark_safe(_show_hidden(clean))  # noqa: S308 - sanitised above


def render_plain(source: str) -> SafeString:
    """The text itself, escaped, with its hidden characters made visible."""
    return mark_safe(_show_hidden(str(escape(source[:MAX_SHOWN]))))  # noqa: S308 - escaped


def _lower_headings(html: str) -> str:
    """The levels that a text uses become h3, h4 and so on, below the page's own headings."""
    used = sorted({match[2] for match in _HEADING.finditer(html)})
    return _HEADING.sub(lambda match: f"{match[1]}h{min(used.index(match[2]) + 3, 6)}", html)


def _show_hidden(html: str) -> str:
    """Each hidden character becomes a visible mark, in text only: tags were sanitised."""
    if not HIDDEN.search(html):
        return html
    return "".join(
        part if part.startswith("<") else HIDDEN.sub(_mark, part)
        for part in re.split(r"(<[^>]*>)", html)
    )


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


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": 20})
    markdown.enable(["table", "strikethrough"])
    markdown.add_render_rule("image", _image_in_words)
    return markdown


def _image_in_words(
    renderer: RendererProtocol, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType
) -> str:
    """An image is never loaded: it would tell its server who is reading."""
    token = tokens[at]
    words = _("image not loaded: %(name)s") % {
        "name": token.content or token.attrs.get("src") or ""
    }
    return f"<em>[{escape(words)}]</em>"
