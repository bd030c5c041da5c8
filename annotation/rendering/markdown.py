"""Untrusted text as safe HTML: Markdown without HTML, then a sanitiser with a short list.

Whatever an item holds, the result loads nothing, runs nothing, names nothing and covers
nothing (T29, T30, T31): no raw HTML, images, ids, classes, styles or data attributes.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import nh3
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from annotation.rendering.hidden import show_hidden
from annotation.rendering.plain import render_plain

MAX_RENDERED: Final = 100_000  # characters; what is longer is shown as plain text

BLOCKS: Final = ("blockquote", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "ul")
INLINE: Final = ("a", "br", "code", "del", "em", "s", "strong")
TABLES: Final = ("table", "tbody", "td", "th", "thead", "tr")
TAGS: Final = frozenset((*BLOCKS, *INLINE, *TABLES))
ATTRIBUTES: Final = {"*": set[str](), "a": {"href"}, "ol": {"start"}}
SCHEMES: Final = frozenset({"http", "https", "mailto"})

_HEADING: Final = re.compile(r"(</?)h([1-6])(?=[\s>])")


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
    return mark_safe(show_hidden(clean))  # noqa: S308 - sanitised above


def _lower_headings(html: str) -> str:
    """The levels that a text uses become h3, h4 and so on, below the page's own headings."""
    used = sorted({match[2] for match in _HEADING.finditer(html)})
    return _HEADING.sub(lambda match: f"{match[1]}h{min(used.index(match[2]) + 3, 6)}", html)


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
