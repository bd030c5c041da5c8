"""Blocks as text in columns, for a terminal or a pipe; no colours."""

from __future__ import annotations

import shutil
import textwrap
import unicodedata
from collections.abc import Sequence

from reliability.longfile import AgreementRow

from .blocks import Bar, Block, Line, blocks_of

_NARROWEST_BAR, _WIDEST_BAR = 12, 40
_SHORTEST_LABEL = 30
_GAP, _INDENT = "  ", "  "
# What a pipe gets, which has no width of its own.
_WIDTH = (100, 24)


def to_table(rows: Sequence[AgreementRow]) -> str:
    """One block a criterion, level and slice, as wide as the terminal."""
    width = max(60, shutil.get_terminal_size(_WIDTH).columns)
    blocks = blocks_of(rows)
    several = len({block.source for block in blocks}) > 1
    texts, source = [], None
    for block in blocks:
        heading = [block.source] if block.source != source and (several or source is None) else []
        source = block.source
        texts.append("\n".join([*heading, *_block(block, width)]))
    return "\n\n".join(texts)


def _block(block: Block, width: int) -> list[str]:
    title = f"{block.title} · {block.evidence}"
    lines = [*_wrapped(title, "", width)]
    if block.lines:
        lines += _table(block, width)
    for note in block.notes:
        lines += _wrapped(note.text, _INDENT, width)
    return lines


def _wrapped(text: str, indent: str, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent + _INDENT,
        break_on_hyphens=False,
    )


def _table(block: Block, width: int) -> list[str]:
    cells = [block.head, *(line.cells for line in block.lines)]
    figures = [max(map(columns_of, column)) for column in list(zip(*cells, strict=True))[1:]]
    # What labels and bars may share: figures come first.
    left = width - len(_INDENT) - sum(figures) - len(_GAP) * len(figures)
    cells = [(_clipped(each[0], _label_room(left)), *each[1:]) for each in cells]
    widths = [max(columns_of(each[0]) for each in cells), *figures]
    room = min(_WIDEST_BAR, left - widths[0] - len(_GAP) - 2)
    if room < _NARROWEST_BAR:
        return [_row(each, widths) for each in cells]
    drawn = [_ticks(block.axis, room), *(_drawn(line, block.axis, room) for line in block.lines)]
    rows = (f"{_row(each, widths)}{_GAP}{bar}" for each, bar in zip(cells, drawn, strict=True))
    return [row.rstrip() for row in rows]


def _label_room(left: int) -> int:
    """Labels leave the narrowest bar its place, unless they would get too short to tell."""
    return max(min(left, _SHORTEST_LABEL), left - len(_GAP) - _NARROWEST_BAR - 2)


def _clipped(text: str, room: int) -> str:
    """The beginning of a label that would push the figures off the line."""
    if columns_of(text) <= room:
        return text
    while columns_of(text) >= room:
        text = text[:-1]
    return text + "…"


def _row(cells: tuple[str, ...], widths: Sequence[int]) -> str:
    """Labels to the left, figures to the right."""
    padded = [
        _padded(cell, width, is_label=at == 0)
        for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return _INDENT + _GAP.join(padded)


def _padded(cell: str, width: int, *, is_label: bool) -> str:
    space = " " * (width - columns_of(cell))
    return cell + space if is_label else space + cell


def columns_of(text: str) -> int:
    """Columns the text takes: two for wide characters, none for combining ones."""
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _ticks(axis: tuple[float, float], room: int) -> str:
    low, high = (f"{end:g}" for end in axis)
    return " " + low + high.rjust(room - len(low))


def _drawn(line: Line, axis: tuple[float, float], room: int) -> str:
    """The interval as a line with the value on it, and a dotted zero inside the axis."""
    cells = [" "] * room
    if axis[0] < 0:
        cells[_place(-axis[0] / (axis[1] - axis[0]), room)] = "┊"
    bar = line.bar
    if bar is not None:
        _draw(cells, bar)
    return "▕" + "".join(cells) + "▏"


def _draw(cells: list[str], bar: Bar) -> None:
    low, value, high = (_place(share, len(cells)) for share in (bar.low, bar.value, bar.high))
    cells[low : high + 1] = "─" * (high + 1 - low)
    cells[value] = "█"


def _place(share: float, room: int) -> int:
    return min(room - 1, int(share * room))
