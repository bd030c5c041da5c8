"""A report as headings, texts, tables and forest plots, whatever it is written as.

Page, PDF and Markdown lay out these blocks, so that they can't tell different stories. Cells keep
their values; `shown` writes them where there are only texts.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Literal

from django.utils.functional import Promise

from accounts.direction import left_to_right

Cell = str | int | float | None
Tone = Literal["", "info", "warn", "danger"]
DASH = "–"
PARTS = "; "
# From so many repetitions on a note is told once, below its table.
OFTEN = 3


class Form(StrEnum):
    """How a column's values are written."""

    TEXT = "text"
    COUNT = "count"
    FIGURE = "figure"
    SHARE = "share"
    P_VALUE = "p"
    EXACT = "exact"
    DIFFERENCE = "difference"


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    form: Form = Form.TEXT

    @property
    def is_number(self) -> bool:
        return self.form is not Form.TEXT


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; `is_source`: kept line by line as it was written, such as guidelines."""

    kind: ClassVar[str] = "text"
    text: str
    tone: Tone = ""
    is_source: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Names beside values."""

    kind: ClassVar[str] = "facts"
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """names_items: rows say who gave single items what, which some readers must not know yet."""

    kind: ClassVar[str] = "table"
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    names_items: bool = False

    @property
    def shown_rows(self) -> list[list[tuple[Column, str]]]:
        """Each cell with its column, as text."""
        return [
            [
                (column, shown(column.form, cell))
                for column, cell in zip(self.columns, row, strict=True)
            ]
            for row in self.rows
        ]


@dataclass(frozen=True, slots=True)
class Mark:
    """A row of a forest plot; nothing is drawn where there is no estimate."""

    label: str
    estimate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Forest:
    kind: ClassVar[str] = "forest"
    title: str
    marks: tuple[Mark, ...]
    targets: tuple[float, ...]
    note: str = ""


Block = Text | Facts | Table | Forest


@dataclass(frozen=True, slots=True)
class Section:
    """`level` 2 for parts of the report, 3 below."""

    title: str
    blocks: tuple[Block, ...]
    level: int = 2


@dataclass(frozen=True, slots=True)
class Document:
    title: str
    lead: str
    sections: tuple[Section, ...]


def table(
    title: str,
    columns: Iterable[tuple[str | Promise, Form]],
    rows: Iterable[Sequence[Any]],
    *,
    note: str = "",
    names_items: bool = False,
) -> list[Block]:
    """A table, or nothing where it would be empty; columns of empty texts are dropped."""
    cells = [tuple(row) for row in rows]
    if not cells:
        return []
    named = [Column(str(name), form) for name, form in columns]
    kept = [
        place
        for place, column in enumerate(named)
        if column.is_number or place == 0 or any(row[place] for row in cells)
    ]
    shown_rows = [tuple(row[place] for place in kept) for row in cells]
    return [Table(title, tuple(named[i] for i in kept), tuple(shown_rows), note, names_items)]


def lettered(notes: Sequence[str]) -> tuple[list[str], str]:
    """Notes that repeat, as letters, and what the letters stand for."""
    parts = [[part for part in note.split(PARTS) if part] for note in notes]
    times = Counter(part for each in parts for part in each)
    if max(times.values(), default=0) < OFTEN:
        return list(notes), ""
    letters = {part: _letter(n) for n, part in enumerate(times)}
    legend = PARTS.join(f"{letter}: {part}" for part, letter in letters.items())
    return [", ".join(letters[part] for part in each) for each in parts], legend + "."


def _letter(n: int) -> str:
    return chr(ord("a") + n) if n < 26 else f"a{n}"


def shown(form: Form, cell: Cell) -> str:
    """A cell as text: .843, 42, 17%, <.001."""
    if cell is None or cell == "":
        return DASH
    if isinstance(cell, str) or form is Form.TEXT:
        return str(cell)
    return _WRITERS[form](cell)


def _figure(value: float, digits: int = 3) -> str:
    text = f"{abs(value):.{digits}f}"
    text = text.removeprefix("0") if abs(value) < 1 else text
    return left_to_right(f"−{text}" if value < 0 and float(text) != 0 else text)


def _share(value: float) -> str:
    return f"{100 * value:.0f}%"


def _p_value(value: float) -> str:
    return left_to_right("<.001") if value < 0.001 else _figure(value)


def _exact(value: float) -> str:
    return _figure(value, 6)


def _difference(value: float) -> str:
    return left_to_right(f"{value:+.1e}".replace("-", "−")) if value else "0"


_WRITERS: dict[Form, Callable[[Any], str]] = {
    Form.COUNT: str,
    Form.FIGURE: _figure,
    Form.SHARE: _share,
    Form.P_VALUE: _p_value,
    Form.EXACT: _exact,
    Form.DIFFERENCE: _difference,
}


def value_text(value: Any) -> str:
    """A rating's value as people write it: sets with commas, whole numbers without a point."""
    if isinstance(value, list | tuple):
        return ", ".join(map(value_text, value)) or "{}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def labelled(value: Any, label: str) -> str:
    text = value_text(value)
    return f"{text} ({label})" if label and label != text else text


def limits(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return DASH
    return f"{_figure(low)}\N{NO-BREAK SPACE}…\N{NO-BREAK SPACE}{_figure(high)}"
