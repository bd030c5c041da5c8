"""Rows as other programs read them: JSON and CSV, at full precision."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from accounts.spreadsheets import neutralised
from reliability.longfile import AgreementRow

from .words import slice_name


def to_json(rows: Sequence[AgreementRow], *, ascii_only: bool = False) -> str:
    """A list of objects, fields in a fixed order."""
    records = [row.record() for row in rows]
    return json.dumps(records, ensure_ascii=ascii_only, indent=1, allow_nan=False)


def to_csv(rows: Sequence[AgreementRow]) -> str:
    """RFC 4180 with a header; a slice is one cell, as in the table, a pair two columns."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    records = [_flat(row) for row in rows]
    writer.writerow(records[0] if records else AgreementRow.names())
    for record in records:
        writer.writerow(
            [neutralised(cell) if isinstance(cell, str) else cell for cell in record.values()]
        )
    return text.getvalue().rstrip("\n")


def _flat(row: AgreementRow) -> dict[str, object]:
    cells: dict[str, object] = {}
    for name, cell in (row.record() | {"slice": slice_name(row.slice)}).items():
        if isinstance(cell, list):
            cells |= {f"{name}_{at}": each for at, each in enumerate(cell, start=1)}
        else:
            cells[name] = cell
    return cells
