"""CSV that a spreadsheet can open without running anything in it, and a rule to undo that.

A text is written with a leading apostrophe when it begins with an apostrophe, a tab or a line
end, or when its first visible character is one of = + - @ (full-width ones included). Whoever
reads the file removes one leading apostrophe from every cell that has one and has the exact
text again. Numbers are written as numbers: they can't be formulas.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import IO

from exports.formats.columns import (
    LABEL_COLUMNS,
    RATING_COLUMNS,
    Cell,
    ReleaseFacts,
    label_cells,
    rating_cells,
)
from exports.records import LabelRecord

DANGEROUS = re.compile(r"['\t\r\n]|\s*[=+\-@＝＋－＠]")


def neutralised(text: str) -> str:
    """`text` so that no spreadsheet takes it for a formula."""
    return f"'{text}" if DANGEROUS.match(text) else text


def restored(cell: str) -> str:
    """The exact text behind a neutralised cell."""
    return cell.removeprefix("'")


def write_labels(file: IO[bytes], facts: ReleaseFacts, records: Iterable[LabelRecord]) -> int:
    """A header and one label a row, UTF-8; the number of labels."""
    return _write(file, list(LABEL_COLUMNS), (label_cells(facts, record) for record in records))


def write_ratings(file: IO[bytes], facts: ReleaseFacts, records: Iterable[LabelRecord]) -> int:
    """The raters' labels in long form, one rating a row; the number of ratings."""
    rows = (row for record in records for row in rating_cells(facts, record))
    return _write(file, RATING_COLUMNS, rows)


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
