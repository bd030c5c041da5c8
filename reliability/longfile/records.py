"""JSONL and XLSX files: rows that hold values of any kind, read one by one."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from openpyxl import load_workbook
from openpyxl.cell.cell import ERROR_CODES

from .columns import LongFileError, coded, frame_of, require_distinct
from .delimited import undecodable

Row = Mapping[str, Any]


def read_jsonl(path: Path, columns: Sequence[str] | None) -> pd.DataFrame:
    """One JSON object a line; the number of a row is that of its line."""
    try:
        with path.open(encoding="utf-8-sig") as lines:
            frame = _from_rows(_json_rows(lines), columns)
    except UnicodeDecodeError as error:
        raise LongFileError(undecodable(path) or str(error)) from error
    if not len(frame):
        raise LongFileError("the file is empty")
    return frame


def _json_rows(lines: Iterable[str]) -> Iterator[tuple[int, Row]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, object_pairs_hook=_object)
        except json.JSONDecodeError as error:
            raise LongFileError(f"line {number}: not JSON: {error.msg}") from error
        except (LongFileError, RecursionError, ValueError) as error:
            raise LongFileError(f"line {number}: {error}") from error
        if not isinstance(row, dict):
            raise LongFileError(f"line {number}: not a JSON object")
        yield number, row


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        require_distinct([name for name, _ in pairs])
    return found


def cell_of(value: Any) -> Any:
    """Lists and objects as their JSON text, as a CSV cell would hold them; "" is missing."""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value == "" or value != value else value


class _Column:
    """Cells as they come: a code for each, each distinct one kept once."""

    def __init__(self, n_before: int) -> None:
        self.codes = array("i", [-1]) * n_before
        self.labels: dict[Any, int] = {}

    def add(self, value: Any) -> None:
        cell = cell_of(value)
        code = -1 if cell is None else self.labels.setdefault(cell, len(self.labels))
        self.codes.append(code)

    def categorical(self) -> pd.Categorical:
        labels = pd.Series(list(self.labels), dtype=object).infer_objects()
        return coded(np.frombuffer(self.codes, dtype=np.int32), labels)


def _from_rows(rows: Iterable[tuple[int, Row]], columns: Sequence[str] | None) -> pd.DataFrame:
    """A frame of the columns asked for, from the number and the cells of each row."""
    wanted = None if columns is None else set(columns)
    found: dict[str, _Column] = {}
    numbers = array("q")
    for number, row in rows:
        for name, value in row.items():
            if wanted is not None and name not in wanted:
                continue
            if name not in found:
                found[name] = _Column(len(numbers))
            found[name].add(value)
        numbers.append(number)
        for name in found.keys() - row.keys():
            found[name].add(None)
    categories = {name: column.categorical() for name, column in found.items()}
    return frame_of(categories, len(numbers), np.frombuffer(numbers, dtype=np.int64))


def read_xlsx(path: Path, columns: Sequence[str] | None) -> pd.DataFrame:
    """The first sheet; its first row with a cell is the header."""
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # whatever a broken archive makes its readers raise
        raise LongFileError(f"not readable as xlsx: {error}") from error
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size is often wrong
        with closing(sheet.iter_rows(values_only=True)) as cells:
            return _from_rows(_sheet_rows(cells, columns), columns)
    finally:
        book.close()


def _sheet_rows(
    cells: Iterator[tuple[Any, ...]], columns: Sequence[str] | None
) -> Iterator[tuple[int, Row]]:
    header = next((row for row in cells if _has_cells(row)), None)
    if header is None:
        raise LongFileError("the file is empty")
    names = ["" if name is None else str(name) for name in header]
    require_distinct([name for name in names if name])
    kept = {name for name in names if name and (columns is None or name in columns)}
    for number, row in enumerate(cells, start=1):
        if not _has_cells(row):
            continue
        padded = (*row, *[None] * (len(names) - len(row)))
        found = {name: padded[at] for at, name in enumerate(names) if name in kept}
        for name, cell in found.items():
            if isinstance(cell, str) and cell in ERROR_CODES:
                raise LongFileError(f"row {number}, column {name}: the cell is an error, {cell}")
        yield number, found


def _has_cells(row: Sequence[Any]) -> bool:
    return any(cell is not None and cell != "" for cell in row)
