"""Guidelines as safe HTML. Leads write them, vendors read them: nothing runs, nothing loads."""

from functools import lru_cache
from typing import Final

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

BLOCKS: Final = ("blockquote", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "ul")
INLINE: Final = ("a", "br", "code", "del", "em", "s", "strong")
TABLES: Final = ("table", "tbody", "td", "th", "thead", "tr")
TAGS: Final = frozenset((*BLOCKS, *INLINE, *TABLES))
SCHEMES: Final = frozenset({"http", "https", "mailto"})


@lru_cache(maxsize=256)
def render_markdown(source: str) -> SafeString:
    """No raw HTML, images, ids, classes or styles; headings begin at h3."""
    html = _parser().render(source)
    for level in (4, 3, 2, 1):
        html = html.replace(f"<h{level}>", f"<h{level + 2}>").replace(
            f"</h{level}>", f"</h{level + 2}>"
        )
    clean = nh3.clean(
        html,
        tags=set(TAGS),
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes=set(SCHEMES),
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        strip_comments=True,
    )
    return mark_safe(clean)  # noqa: S308 - sanitised above


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": 20})
    return parser.enable(["table", "strikethrough"]).disable("image")
