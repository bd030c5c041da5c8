"""CSV and TSV files, every cell as text."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from .columns import LongFileError, coded, frame_of, joined, require_distinct

_BLOCK_BYTES = 1 << 24
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
# Spreadsheets in countries with a decimal comma write semicolons.
_SEPARATORS = (",", ";", "\t")


def read_csv(path: Path, columns: Sequence[str] | None) -> pd.DataFrame:
    """Separated by commas, or by the semicolons or tabs of a header without commas."""
    line = _first_line(path)
    return _read(path, columns, next((sign for sign in _SEPARATORS if sign in line), ","))


def read_tsv(path: Path, columns: Sequence[str] | None) -> pd.DataFrame:
    return _read(path, columns, "\t")


def _read(path: Path, columns: Sequence[str] | None, separator: str) -> pd.DataFrame:
    names = _header(path, separator)
    kept = names if columns is None else [name for name in names if name in set(columns)]
    if not _has_rows(path, separator):
        return frame_of({name: coded([], []) for name in kept}, 0)
    _require_closed_quotes(path, separator)
    frame = _parsed(path, names, kept, separator)
    blank = _all_missing(frame)
    if blank.any() and kept != names:
        # Only a row without any cell is blank; one that lacks what was asked for
        # is for the caller to refuse.
        blank = _all_missing(_parsed(path, names, names, separator))
    return frame[~blank] if blank.any() else frame


def _all_missing(frame: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    blank = np.full(len(frame), bool(len(frame.columns)))
    for name in frame.columns:
        blank &= np.asarray(frame[name].cat.codes) < 0
    return blank


def _parsed(path: Path, names: Sequence[str], kept: Sequence[str], separator: str) -> pd.DataFrame:
    """A row with too many or too few cells is an error; a blank line is a row without cells."""
    ragged: list[pa_csv.InvalidRow] = []
    try:
        table = _table(path, names, kept, separator, ragged)
    except pa.ArrowInvalid as error:
        if not ragged:
            raise _not_text(path, error) from error
        raise _ragged(path, names, kept, separator) from error
    return frame_of({name: joined(table.column(name).chunks) for name in kept}, table.num_rows)


def _table(
    path: Path,
    names: Sequence[str],
    kept: Sequence[str],
    separator: str,
    ragged: list[pa_csv.InvalidRow],
    *,
    in_order: bool = False,
) -> pa.Table:
    def refuse(row: pa_csv.InvalidRow) -> str:
        ragged.append(row)
        return "error"

    return pa_csv.read_csv(
        path,
        read_options=pa_csv.ReadOptions(use_threads=not in_order, block_size=_BLOCK_BYTES),
        parse_options=pa_csv.ParseOptions(
            delimiter=separator,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=refuse,
        ),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.dictionary(pa.int32(), pa.string())),
            null_values=[""],
            strings_can_be_null=True,
            include_columns=kept,
        ),
    )


def _ragged(path: Path, names: Sequence[str], kept: Sequence[str], separator: str) -> LongFileError:
    """The first row with the wrong number of cells; only reading in order knows its number."""
    ragged: list[pa_csv.InvalidRow] = []
    with suppress(pa.ArrowInvalid):
        _table(path, names, kept, separator, ragged, in_order=True)
    row = ragged[0]
    n_cells = "1 cell" if row.actual_columns == 1 else f"{row.actual_columns} cells"
    return LongFileError(f"row {row.number - 1} has {n_cells}, the header has {len(names)}")


def _not_text(path: Path, error: pa.ArrowInvalid) -> LongFileError:
    place = undecodable(path)
    return LongFileError(str(error) if place is None else place)


def undecodable(path: Path) -> str | None:
    """Where a file stops being UTF-8, in words; None if it is UTF-8 throughout."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                if number == 1 and line.startswith(_UTF_16):
                    return "the file is UTF-16; save it as UTF-8"
                place = f"line {number}, byte {error.start + 1} of the line"
                return f"not UTF-8: {place} is 0x{line[error.start]:02X}; save the file as UTF-8"
    return None


def _header(path: Path, separator: str) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            names = next(csv.reader(lines, delimiter=separator), None)
    except UnicodeDecodeError as error:
        raise LongFileError(undecodable(path) or str(error)) from error
    if names is None:
        raise LongFileError("the file is empty")
    if not any(names):
        raise LongFileError("the first line is empty; it has to name the columns")
    require_distinct(names)
    return names


def _first_line(path: Path) -> str:
    with path.open("rb") as lines:
        return lines.readline().decode("utf-8", errors="replace")


def _has_rows(path: Path, separator: str) -> bool:
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as lines:
        rows = csv.reader(lines, delimiter=separator)
        return len(list(islice(rows, 2))) == 2


def _require_closed_quotes(path: Path, separator: str) -> None:
    """An open quote would take all rows below it for one cell."""
    with path.open("rb") as file:
        blocks = iter(lambda: file.read(_BLOCK_BYTES), b"")
        if sum(block.count(b'"') for block in blocks) % 2 == 0:
            return
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as lines:
        rows = csv.reader(lines, delimiter=separator, strict=True)
        n_read = 0
        try:
            for _ in rows:
                n_read += 1
        except csv.Error as error:
            reason = f"row {n_read}: a quotation mark opens a cell and is never closed"
            raise LongFileError(reason) from error
