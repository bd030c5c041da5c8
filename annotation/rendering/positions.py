"""Where in the source each rendered leaf stands, in code points from 0.

The parser gives every token's place in its block's content; the block's content is the source's
lines without what marks the block. Both are put together here, and every leaf is compared with
the source: what does not fit has no place, and can't be marked.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markdown_it.token import Token

_NEWLINE: Final = re.compile(r"\r\n?|\n")
_PREFIX: Final = re.compile(r"[\s>*+\-.)\d]*\Z")
_PIPE: Final = re.compile(r"(?<!\\)\|")  # as the parser sees it: any backslash escapes
_EQUAL: Final = str.maketrans({"\r": "\n", " ": "\n", "\0": "\ufffd"})


@dataclass(frozen=True, slots=True)
class Leaf:
    """A piece of rendered text; `at` None: it has no place. `length` in the source."""

    text: str
    at: int | None
    length: int


@dataclass(frozen=True, slots=True)
class _Way:
    """From a place in a block's content to the source: stretches that run in step."""

    begins: Sequence[int]
    places: Sequence[int | None]

    def place(self, at: int) -> int | None:
        n = bisect_right(self.begins, at) - 1
        place = self.places[n] if n >= 0 else None
        return None if place is None else place + at - self.begins[n]

    def stretches(self, begin: int, end: int) -> Iterator[tuple[int, int]]:
        n = bisect_right(self.begins, begin)
        while n < len(self.begins) and self.begins[n] < end:
            yield begin, self.begins[n]
            begin = self.begins[n]
            n += 1
        yield begin, end


class Source:
    """A text with its lines, as the parser counts them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts, self.lines = [0], []
        for newline in _NEWLINE.finditer(text):
            self.lines.append(text[self.starts[-1] : newline.start()].replace("\0", "\ufffd"))
            self.starts.append(newline.end())
        self.lines.append(text[self.starts[-1] :].replace("\0", "\ufffd"))

    def place(self, tokens: Sequence[Token]) -> None:
        """Give every token that shows text its leaves, as `meta["leaves"]`."""
        column = 0
        for n, token in enumerate(tokens):
            column = 0 if token.type == "tr_open" else column
            if token.type == "inline":
                is_cell = tokens[n - 1].tag in ("td", "th")
                way = self._cell(tokens, n, column) if is_cell else self._lines(tokens, n)
                column += 1
                self._place_inline(token, way)
            elif token.type in ("fence", "code_block"):
                way = self._code(token)
                token.meta["leaves"] = self._leaves(token.content, 0, way)
            elif token.type == "math_block":
                token.meta["leaves"] = self._formula(token)

    # -- blocks

    def _lines(self, tokens: Sequence[Token], n: int) -> _Way:
        """Paragraphs and headings: each line of the content ends as a line of the source does."""
        token = tokens[n]
        first, last = token.map or [0, 0]
        marker = tokens[n - 1].markup if tokens[n - 1].type == "heading_open" else ""
        if marker.startswith("#"):
            return self._heading(token.content, first, marker)
        content = token.content.split("\n")
        lines = range(first, last)
        if len(content) != len(lines):
            return _Way([0], [None])
        begins: list[int] = []
        places: list[int | None] = []
        at = 0
        for text, line in zip(content, lines, strict=True):
            # A tab that is indented by a part of itself has no place; what follows it has.
            bare = text if text in self.lines[line] else text.lstrip(" \t")
            column = self.lines[line].rfind(bare)
            begins += [at, at + len(text) - len(bare)] if bare != text else [at]
            places += [None] if bare != text else []
            places.append(self.starts[line] + column if column >= 0 else None)
            at += len(text) + 1
        return _Way(begins, places)

    def _heading(self, content: str, line: int, marker: str) -> _Way:
        found = re.search(rf"{marker}[ \t]+", self.lines[line])
        return _Way([0], [self.starts[line] + found.end() if found else None])

    def _code(self, token: Token) -> _Way:
        """Each line of the code ends as a line of the source does."""
        first = (token.map or [0])[0] + (1 if token.type == "fence" else 0)
        begins: list[int] = []
        places: list[int | None] = []
        at = 0
        shown_lines = token.content.split("\n")
        for shown, line in zip(shown_lines, range(first, len(self.lines)), strict=False):
            bare = shown if self.lines[line].endswith(shown) else shown.lstrip(" ")
            is_found = self.lines[line].endswith(bare)
            begins += [at, at + len(shown) - len(bare)] if bare != shown else [at]
            places += [None] if bare != shown else []
            end = self.starts[line] + len(self.lines[line])
            places.append(end - len(bare) if is_found else None)
            at += len(shown) + 1
        return _Way(begins, places)

    def _cell(self, tokens: Sequence[Token], n: int, column: int) -> _Way:
        content, line = tokens[n].content, (tokens[n].map or [0])[0]
        if not content:
            return _Way([0], [None])
        fields = self._fields(line)
        head, head_end = fields[0]
        first = self.lines[line][head:head_end].strip()
        shown = tokens[n - 3 * column].content if column else content
        is_led = bool(_PREFIX.match(first)) and not (shown and first.endswith(shown))
        if column + is_led >= len(fields):
            return _Way([0], [None])
        begin, end = fields[column + is_led]
        return self._unescaped(content, line, begin, end)

    def _fields(self, line: int) -> list[tuple[int, int]]:
        text = self.lines[line]
        pipes = [match.start() for match in _PIPE.finditer(text) if match[0] == "|"]
        return list(zip([0, *(at + 1 for at in pipes)], [*pipes, len(text)], strict=True))

    def _unescaped(self, content: str, line: int, begin: int, end: int) -> _Way:
        """In a cell, a pipe is written with a backslash that is not part of the content."""
        field = self.lines[line][begin:end]
        parts = field.split("\\|")
        column = "|".join(parts).rfind(content)
        if column < 0:
            return _Way([0], [None])
        begins: list[int] = []
        places: list[int | None] = []
        shown, at = -column, begin
        for n, part in enumerate(parts):
            begins.append(shown)
            places.append(self.starts[line] + at)
            # From the second part on, the pipe stands before it and the backslash is gone.
            shown, at = shown + len(part) + min(n, 1), at + len(part) + 1 + min(n, 1)
        return _Way(begins, places)

    def _formula(self, token: Token) -> list[Leaf]:
        first, last = token.map or [0, 1]
        line = self.lines[first]
        opener = token.markup or "\\begin"
        begin = self.starts[first] + max(line.find(opener), 0)
        end = self.starts[last - 1] + len(self.lines[last - 1].rstrip())
        return [Leaf(self.text[begin:end], begin, end - begin)]

    # -- what stands in a block

    def _place_inline(self, token: Token, way: _Way) -> None:
        cursor, content, is_address = 0, token.content, False
        for child in token.children or []:
            at = max(child.meta.get("at", cursor), cursor)
            if child.type == "text" and is_address:
                cursor = content.find(">", at) + 1
                child.meta["leaves"] = self._address(child.content, at + 1, cursor - 1, way)
            elif child.type == "text":
                child.meta["leaves"] = self._leaves(child.content, at, way)
                cursor = at + len(child.content)
            elif "end" in child.meta:
                cursor = child.meta["end"]
                child.meta["leaves"] = self._atom(child, content, at, cursor, way)
            elif child.type.startswith(("em_", "strong_", "s_")):
                cursor = at + len(child.markup)
            is_address = child.type == "link_open" and child.markup == "autolink"

    def _address(self, shown: str, at: int, end: int, way: _Way) -> list[Leaf]:
        leaves = self._leaves(shown, at, way)
        return leaves if end - at == len(shown) else self._whole(shown, at, end, way)

    def _atom(self, child: Token, content: str, at: int, end: int, way: _Way) -> list[Leaf]:
        if child.type == "code_inline":
            begin = at + len(child.markup)
            inner = content[begin : end - len(child.markup)]
            begin += 1 if len(inner) == len(child.content) + 2 else 0
            return self._leaves(child.content, begin, way)
        if child.info == "escape" and child.content == child.markup:
            return self._leaves(child.content, at, way)
        return self._whole(child.content, at, end, way)

    def _whole(self, text: str, at: int, end: int, way: _Way) -> list[Leaf]:
        """What is not shown as it is written: a leaf that is marked whole or not at all."""
        begin, last = way.place(at), way.place(end - 1)
        if begin is None or last is None:
            return [Leaf(text, None, 0)]
        return [Leaf(text, begin, last + 1 - begin)]

    def _leaves(self, text: str, at: int, way: _Way) -> list[Leaf]:
        leaves: list[Leaf] = []
        for begin, end in way.stretches(at, at + len(text)):
            part, place = text[begin - at : end - at], way.place(begin)
            bare = part.removesuffix("\n")
            if self._is_there(part, place):
                leaves.append(Leaf(part, place, len(part)))
            elif self._is_there(bare, place):  # the last line of a text that ends without one
                leaves += [Leaf(bare, place, len(bare)), Leaf("\n", None, 0)]
            else:
                leaves.append(Leaf(part, None, 0))
        return leaves

    def _is_there(self, part: str, place: int | None) -> bool:
        if place is None:
            return False
        written = self.text[place : place + len(part)]
        return written == part or written.translate(_EQUAL) == part.translate(_EQUAL)


def as_written(text: str, at: int) -> Iterator[Leaf]:
    """A text that is shown as it is, from place `at` on.

    A browser reads the two signs that end a line on Windows as one; the second is left out.
    """
    lines = text.split("\r\n")
    for n, line in enumerate(lines):
        piece = line if n + 1 == len(lines) else line + "\r"
        if piece:
            yield Leaf(piece.replace("\r", "\n"), at, len(piece))
        at += len(piece) + 1


def joined(leaves: Iterable[Leaf]) -> Iterator[Leaf]:
    """The same text in as few leaves as can be."""
    held: Leaf | None = None
    for leaf in leaves:
        if held and _continues(held, leaf):
            held = Leaf(held.text + leaf.text, held.at, held.length + leaf.length)
        elif leaf.text:
            if held:
                yield held
            held = leaf
    if held:
        yield held


def _continues(held: Leaf, leaf: Leaf) -> bool:
    if held.at is None or leaf.at is None:
        return held.at is None and leaf.at is None
    are_exact = held.length == len(held.text) and leaf.length == len(leaf.text)
    return are_exact and held.at + held.length == leaf.at
