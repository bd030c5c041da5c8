"""A report as headings, texts, tables and forest plots, whatever it is written as.

Page, PDF and Markdown lay out these blocks, so that they can't tell different stories. Cells keep
their values; `shown` writes them where there are only texts.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Literal

from django.utils.functional import Promise

Cell = str | int | float | None
Tone = Literal["", "info", "warn", "danger"]
DASH = "–"


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
    """A table, or nothing where it would be empty."""
    cells = tuple(tuple(row) for row in rows)
    if not cells:
        return []
    named = tuple(Column(str(name), form) for name, form in columns)
    return [Table(title, named, cells, note, names_items)]


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
    return f"−{text}" if value < 0 and float(text) != 0 else text


def _share(value: float) -> str:
    return f"{100 * value:.0f}%"


def _p_value(value: float) -> str:
    return "<.001" if value < 0.001 else _figure(value)


def _exact(value: float) -> str:
    return _figure(value, 6)


def _difference(value: float) -> str:
    return f"{value:+.1e}".replace("-", "−") if value else "0"


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
    return f"{_figure(low)} … {_figure(high)}"
