"""Citations in a rendered text become links to the passages they name.

[1], [2, 3], [1-3], [doc-7], [^1], 【1】 and 【4:0†source】 are citations when everything inside
names a context, by its id or its number; any other bracket stays what it is. Code is never
touched. Works on sanitised HTML, whose only markup is what annotation/rendering.py made.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from typing import Any, Final

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from annotation.rendering import PresentedText

MARKER: Final = re.compile(r"\[\[?\^?([^\[\]\n]{1,120})\]\]?|【([^【】\n]{1,120})】")
BETWEEN: Final = re.compile(r"(\s*[,;،、]\s*)")
RANGE: Final = re.compile(r"(\d{1,4})\s*[-\u2013]\s*(\d{1,4})")
TAIL: Final = re.compile(r"(?::\d+)?(?:†.*)?$")
TAG: Final = re.compile(r"(<[^>]*>)")
TAG_NAME: Final = re.compile(r"</?([a-z][a-z0-9-]*)", re.IGNORECASE)
LEAF: Final = re.compile(r'<span data-at="(\d+)">')
FIXED: Final = " data-len="  # a leaf whose text is not letter by letter that of the source
UNTOUCHED: Final = frozenset({"a", "code", "pre", "math", "button"})


@dataclass(frozen=True)
class Target:
    """A context that can be cited."""

    number: int
    label: str


def citation_targets(contexts: Sequence[Mapping[str, Any] | str]) -> dict[str, Target]:
    """{what a citation says: its context}: numbers, and ids, which win over numbers."""
    named: dict[str, Target] = {}
    numbered: dict[str, Target] = {}
    for number, context in enumerate(contexts, start=1):
        given = context if isinstance(context, Mapping) else {}
        own = str(given.get("id") or "").strip()
        target = Target(number, str(given.get("title") or own or number))
        numbered[str(number)] = target
        if own:
            named.setdefault(own.casefold(), target)
    return numbered | named


@dataclass(frozen=True)
class CitedText(PresentedText):
    """A text whose citations lead to `targets`; `part` makes the links' ids its own."""

    part: str = ""
    targets: Mapping[str, Target] | None = None

    @cached_property
    def html(self) -> SafeString:
        return self._linked(PresentedText(self.source, allowance=self.allowance).html)

    @cached_property
    def marked_html(self) -> SafeString:
        return self._linked(PresentedText(self.source, allowance=self.allowance).marked_html)

    def _linked(self, rendered: str) -> SafeString:
        return link_citations(rendered, self.targets or {}, part=self.part)


def link_citations(html: str, targets: Mapping[str, Target], *, part: str) -> SafeString:
    """`html` (sanitised) with its citations as links to `#context-N`."""
    if not targets or not MARKER.search(html):
        return mark_safe(html)  # noqa: S308 - sanitised by the caller
    return mark_safe("".join(_linked(html, _Links(targets, part))))  # noqa: S308 - sanitised too


@dataclass
class _Links:
    """The links of one text, counted for their ids."""

    targets: Mapping[str, Target]
    part: str
    count: int = 0

    def link(self, target: Target, inner: str) -> str:
        self.count += 1
        return format_html(
            '<a class="citation" id="cite-{}-{}" href="#context-{}" data-cites="{}" title="{}">',
            self.part,
            self.count,
            target.number,
            target.number,
            target.label,
        ) + (inner + "</a>")

    def pieces(self, marker: re.Match[str]) -> list[tuple[str, Target | None]] | None:
        """The marker's text cut into what is linked and what is not; None: no citation."""
        inside = unescape(marker[1] or marker[2])
        whole = self._named(inside)
        if whole is not None:
            return [(unescape(marker[0]), whole)]
        cut = BETWEEN.split(inside)
        found = [self._range(each) if n % 2 == 0 else [(each, None)] for n, each in enumerate(cut)]
        if any(each is None for each in found):
            return None
        before, _, after = unescape(marker[0]).partition(inside)
        middle = [piece for each in found for piece in each or ()]
        return [(before, None), *middle, (after, None)]

    def _range(self, text: str) -> list[tuple[str, Target | None]] | None:
        target = self._named(text)
        if target is not None:
            return [(text, target)]
        ends = RANGE.fullmatch(text.strip())
        first, last = (self._named(ends[1]), self._named(ends[2])) if ends else (None, None)
        if ends is None or first is None or last is None:
            return None
        start, stop = text.index(ends[1]), text.rindex(ends[2])
        between = text[start + len(ends[1]) : stop]
        return [(text[:start], None), (ends[1], first), (between, None), (text[stop:], last)]

    def _named(self, text: str) -> Target | None:
        said = text.strip().removeprefix("^").casefold()
        return self.targets.get(said) or self.targets.get(TAIL.sub("", said))


def _linked(html: str, links: _Links) -> Iterator[str]:
    inside = 0  # how many untouched elements are open
    leaf: re.Match[str] | None = None
    is_fixed = False
    for n, piece in enumerate(TAG.split(html)):
        if n % 2:
            inside += _change(piece)
            leaf, is_fixed = LEAF.fullmatch(piece), FIXED in piece
            yield piece
        elif inside or is_fixed or not piece:
            yield piece
        elif leaf is not None:
            yield _in_leaf(piece, int(leaf[1]), links)
        else:
            yield _in_text(piece, links)


def _change(tag: str) -> int:
    name = TAG_NAME.match(tag)
    if name is None or name[1].lower() not in UNTOUCHED or tag.endswith("/>"):
        return 0
    return -1 if tag.startswith("</") else 1


def _cut(text: str, links: _Links) -> Iterator[tuple[str, Target | None]]:
    """`text` (still escaped) in pieces, unescaped, each with what it leads to."""
    at = 0
    for marker in MARKER.finditer(text):
        pieces = links.pieces(marker)
        if pieces is None:
            continue
        yield unescape(text[at : marker.start()]), None
        yield from pieces
        at = marker.end()
    yield unescape(text[at:]), None


def _in_text(text: str, links: _Links) -> str:
    return "".join(
        links.link(target, escape(piece)) if target else escape(piece)
        for piece, target in _cut(text, links)
    )


def _in_leaf(text: str, start: int, links: _Links) -> str:
    """The inside of <span data-at="start">: each piece becomes a leaf with its own offset.

    The caller has written the opening tag and will write the closing one.
    """
    written: list[str] = []
    for piece, target in _cut(text, links):
        if not piece:
            continue
        if target is not None:
            leaf = f'<span data-at="{start}">{escape(piece)}</span>'
            written.append(f"</span>{links.link(target, leaf)}")
            written.append(f'<span data-at="{start + len(piece)}">')
        else:
            written.append(escape(piece))
        start += len(piece)
    return "".join(written)
