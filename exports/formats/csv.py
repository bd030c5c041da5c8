"""CSV that a spreadsheet can open without running anything in it (see accounts/spreadsheets.py)."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import IO

from accounts.spreadsheets import neutralised
from exports.formats.columns import (
    Cell,
    ReleaseFacts,
    label_cells,
    label_columns,
    rating_cells,
    rating_columns,
)
from exports.records import LabelRecord


def write_labels(file: IO[bytes], facts: ReleaseFacts, records: Iterable[LabelRecord]) -> int:
    """A header and one label a row, UTF-8; the number of labels."""
    return _write(
        file, list(label_columns(facts)), (label_cells(facts, record) for record in records)
    )


def write_ratings(file: IO[bytes], facts: ReleaseFacts, records: Iterable[LabelRecord]) -> int:
    """The raters' labels in long form, one rating a row; the number of ratings."""
    rows = (row for record in records for row in rating_cells(facts, record))
    return _write(file, rating_columns(facts), rows)


def _write(file: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    n = 0
    for row in rows:
        writer.writerow([neutralised(cell) if isinstance(cell, str) else cell for cell in row])
        n += 1
    # The file stays open for whoever gave it.
    text.detach()
    return n
