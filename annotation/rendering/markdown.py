"""Markdown as safe HTML: no HTML of the text's own, then a sanitiser with a short list.

Code has colours and formulas are MathML. With `marks`, each piece of text says where in the
source it stands (`data-at`), so that words selected on the page are known to the character.
"""

import re
from functools import lru_cache
from typing import Any, Final

import nh3
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from markdown_it import MarkdownIt
from markdown_it.token import Token

from annotation.rendering.budget import (
    MAX_STEPS,
    Allowance,
    BoundedBlock,
    BoundedInline,
    TooMuchWork,
)
from annotation.rendering.code import CLASSES
from annotation.rendering.drawing import Drawing, draw_code
from annotation.rendering.hidden import show_hidden
from annotation.rendering.mathematics import ATTRIBUTES as MATH_ATTRIBUTES
from annotation.rendering.mathematics import ELEMENTS as MATH_ELEMENTS
from annotation.rendering.mathematics import add_mathematics
from annotation.rendering.plain import render_parts
from annotation.rendering.positions import Leaf, Source, as_written

MAX_RENDERED: Final = 100_000  # characters; what is longer is shown as plain text

BLOCKS: Final = ("blockquote", "div", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "ul")
INLINE: Final = ("a", "br", "code", "del", "em", "s", "span", "strong")
TABLES: Final = ("table", "tbody", "td", "th", "thead", "tr")
TAGS: Final = frozenset((*BLOCKS, *INLINE, *TABLES, *MATH_ELEMENTS))
# The text itself can write none of these but `href` and `start`: it holds no HTML.
ATTRIBUTES: Final = {
    "*": set[str](),
    "a": {"href"},
    "ol": {"start"},
    "span": {"data-at", "data-len"},
    "div": {"aria-label", "dir", "role", "tabindex"},
    **{name: set(MATH_ATTRIBUTES) for name in MATH_ELEMENTS},
}
CLASS_NAMES: Final = {
    "span": set(CLASSES),
    "div": {"text-part", "text-table", "text-formula", "code-language"},
}
SCHEMES: Final = frozenset({"http", "https", "mailto"})

_HEADING: Final = re.compile(r"(</?)h([1-6])(?=[\s>])")


def render_markdown(
    source: str, *, marks: bool = False, allowance: Allowance | None = None
) -> SafeString:
    """Markdown as safe HTML; headings start at h3; images become the words that name them."""
    most = MAX_STEPS if allowance is None else allowance.of_one
    if len(source) > MAX_RENDERED or not most:
        return render_parts(source, marks=marks)
    html, steps = _rendered(source, marks, most, get_language())
    if allowance is not None:
        allowance.take(steps)
    return html


def render_code(source: str, language: str, *, marks: bool = False) -> SafeString:
    """A text that is code from end to end."""
    leaves = list(as_written(source, 0)) if marks else [Leaf(source, None, 0)]
    return _sanitised(draw_code(leaves, language))


@lru_cache(maxsize=128)
def _rendered(source: str, marks: bool, most: int, language: str | None) -> tuple[SafeString, int]:
    """(HTML, steps taken). `language` is part of what is remembered: a few words of the page
    are in it."""
    markdown, env = _markdown(), dict[str, Any](most=most, steps=0)
    try:
        tokens = markdown.parse(_storable(source), env)
    except TooMuchWork:
        return render_parts(source, marks=marks), env["steps"]
    if not any(map(_is_seen, tokens)):
        return render_parts(source, marks=marks), env["steps"]
    if marks:
        Source(source).place(tokens)
    drawn = markdown.renderer.render(tokens, markdown.options, env)
    return _sanitised(_lower_headings(drawn)), env["steps"]


def _sanitised(html: str) -> SafeString:
    clean = nh3.clean(
        html,
        tags=set(TAGS),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        allowed_classes={tag: set(names) for tag, names in CLASS_NAMES.items()},
        url_schemes=set(SCHEMES),
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank", "referrerpolicy": "no-referrer"}},
        strip_comments=True,
    )
    return mark_safe(show_hidden(clean))  # noqa: S308 - sanitised above


def _is_seen(token: Token) -> bool:
    """Definitions of links show nothing; a text of nothing else is shown as it is written."""
    return bool(token.content) or token.type == "hr"


def _storable(source: str) -> str:
    """Halves of characters, which no file holds but a program can make, as replacement signs."""
    return re.sub("[\ud800-\udfff]", "\ufffd", source)


def _lower_headings(html: str) -> str:
    """The levels that a text uses become h3, h4 and so on, below the page's own headings."""
    used = sorted({match[2] for match in _HEADING.finditer(html)})
    return _HEADING.sub(lambda match: f"{match[1]}h{min(used.index(match[2]) + 3, 6)}", html)


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    options = {"html": False, "linkify": False, "maxNesting": 20}
    markdown = MarkdownIt("commonmark", options, renderer_cls=Drawing)
    inline, block = BoundedInline(), BoundedBlock()
    inline.ruler, inline.ruler2, block.ruler = (
        markdown.inline.ruler,
        markdown.inline.ruler2,
        markdown.block.ruler,
    )
    markdown.inline, markdown.block = inline, block
    markdown.enable(["table", "strikethrough"])
    # Texts stay in the pieces that the parser found, each with its place.
    markdown.disable(["text_join", "fragments_join"])
    add_mathematics(markdown)
    return markdown
