"""Rows as JSON, CSV, Markdown, or a table for people."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from itertools import groupby

from .study import AgreementRow

FIELDS = tuple(field.name for field in fields(AgreementRow))
_BAR = 20
# A cell that a spreadsheet would run as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_json(rows: Sequence[AgreementRow]) -> str:
    """A list of objects, fields in a fixed order, numbers at full precision."""
    return json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1, allow_nan=False)


def to_csv(rows: Sequence[AgreementRow]) -> str:
    """RFC 4180 with a header; the slice is one cell, as in the table."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(FIELDS)
    for row in rows:
        cells = asdict(row) | {"slice": slice_name(row)}
        writer.writerow([_safe(cells[name]) for name in FIELDS])
    return text.getvalue().rstrip("\n")


def _safe(cell: object) -> object:
    """Text that starts like a formula gets an apostrophe in front."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def to_markdown(rows: Sequence[AgreementRow]) -> str:
    """One table, figures to three places."""
    head = ("source", "criterion", "slice", *_HEAD[:-1], "interval by", "n", "undefined because")
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    for row in rows:
        cells = (row.source, row.criterion or "", slice_name(row), *_cells(row)[:-1])
        cells = (*cells, row.ci_method or "", _evidence(row), row.undefined_reason or "")
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def to_table(rows: Sequence[AgreementRow]) -> str:
    """Figures to three places with bars, one block a criterion and slice."""
    blocks = []
    for title, members in groupby(rows, key=_title):
        blocks.append("\n".join([title, *_aligned([_HEAD, *map(_cells, members)])]))
    return "\n\n".join(blocks)


_HEAD = ("coefficient", "level", "weights", "value", "interval", "0        .5        1")


def _title(row: AgreementRow) -> str:
    parts = (row.source, row.criterion or "", slice_name(row))
    return " · ".join(part for part in parts if part)


def slice_name(row: AgreementRow) -> str:
    """The slice in one cell: "model=a, source=b"; empty for the whole."""
    return ", ".join(
        f"{name}={'(none)' if value is None else value}"
        for name, value in (row.slice or {}).items()
    )


def _cells(row: AgreementRow) -> tuple[str, ...]:
    labels = (row.coefficient, row.level, row.weights or "")
    if row.estimate is None:
        return (*labels, "-", "", f"undefined: {row.undefined_reason}, {_evidence(row)}")
    return (*labels, _figure(row.estimate), _interval(row), f"{_bar(row)} {_evidence(row)}")


def _evidence(row: AgreementRow) -> str:
    raters = "" if row.n_raters is None else f", {row.n_raters} raters"
    return f"{row.n_units} units{raters}, {row.n_ratings} ratings"


def _figure(value: float) -> str:
    return f"{value:.3f}".replace("-0.000", "0.000")


def _interval(row: AgreementRow) -> str:
    if row.ci_low is None or row.ci_high is None:
        return "no interval"
    return f"{_figure(row.ci_low)} to {_figure(row.ci_high)}"


def _bar(row: AgreementRow) -> str:
    """The interval from 0 to 1 as dashes, the value as a block; below 0 at the left."""
    cells = [" "] * _BAR
    low = row.estimate if row.ci_low is None else row.ci_low
    high = row.estimate if row.ci_high is None else row.ci_high
    for place in range(_place(low), _place(high) + 1):
        cells[place] = "─"
    cells[_place(row.estimate)] = "█"
    return "▕" + "".join(cells) + "▏"


def _place(value: float | None) -> int:
    return min(_BAR - 1, max(0, int((value or 0.0) * _BAR)))


def _aligned(lines: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    widths[-1] = 0
    return [
        "  "
        + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


FORMATS: dict[str, Callable[[Sequence[AgreementRow]], str]] = {
    "json": to_json,
    "csv": to_csv,
    "markdown": to_markdown,
    "table": to_table,
}
