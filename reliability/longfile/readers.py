"""Long files of ratings (CSV, JSONL, Parquet, XLSX) as frames of categories.

Every column becomes a pandas categorical: codes for the rows, each distinct
value once. Ten million rows of Parquet cost a few seconds and no Python loop.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from openpyxl import load_workbook

SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "xlsx",
}


class LongFileError(ValueError):
    """The file cannot be read as a table; says where and why."""


def read_long(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The file as a frame of categorical columns; missing cells have code -1.

    Empty cells and nulls are missing. Text such as "NULL" or "NA" is text.

    Parameters
    ----------
    path : Path
        The suffix names the format; see `SUFFIXES`.
    columns : sequence of str, optional
        Read only these, where the format allows it; columns that the file does
        not have are passed over.

    Raises
    ------
    LongFileError
        Unknown suffix, unreadable file, or a row of the wrong shape.
    """
    kind = SUFFIXES.get(path.suffix.lower())
    if kind is None:
        known = ", ".join(sorted(SUFFIXES))
        raise LongFileError(f"{path.name}: unknown kind of file; known are {known}")
    try:
        return _READERS[kind](path, columns)
    except (pa.ArrowException, UnicodeDecodeError, csv.Error) as error:
        raise LongFileError(f"{path.name}: not readable as {kind}: {error}") from error


def to_long(frame: pd.DataFrame, raters: Sequence[str], *, rater: str, value: str) -> pd.DataFrame:
    """A wide frame (one column a rater) as a long one; all other columns repeat.

    Row r of rater column j becomes row j * n_rows + r.
    """
    kept = [name for name in frame.columns if name not in set(raters)]
    parts = {name: pd.concat([frame[name]] * len(raters), ignore_index=True) for name in kept}
    labels = _coded(np.repeat(np.arange(len(raters)), len(frame)), list(raters))
    values = pd.concat([frame[name].astype(object) for name in raters], ignore_index=True)
    return pd.DataFrame({**parts, rater: labels, value: categorical(values)})


def categorical(cells: Any) -> Any:
    """Codes and distinct values, in order of appearance; None and NaN are missing."""
    codes, labels = pd.factorize(cells, sort=False)
    return _coded(codes, labels)


def _coded(codes: Any, labels: Any) -> Any:
    return pd.Categorical.from_codes(codes, categories=pd.Index(labels))


def _read_delimited(path: Path, columns: Sequence[str] | None, separator: str) -> pd.DataFrame:
    """Every cell as text; a row with too many or too few cells is an error."""
    names = _header(path, separator)
    kept = names if columns is None else [name for name in names if name in set(columns)]
    table = pa_csv.read_csv(
        path,
        parse_options=pa_csv.ParseOptions(delimiter=separator, newlines_in_values=True),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            include_columns=kept,
        ),
    )
    return pd.DataFrame({name: _arrow_categorical(table.column(name)) for name in kept})


def _header(path: Path, separator: str) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        names = next(csv.reader(lines, delimiter=separator), [])
    if not names:
        raise LongFileError(f"{path.name}: the file is empty")
    _require_distinct(path, names)
    return names


def _require_distinct(path: Path, names: Sequence[str]) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise LongFileError(f"{path.name}: two columns are called {', '.join(repeated)}")


def _read_csv(path: Path, columns: Sequence[str] | None) -> pd.DataFrame:
    return _read_delimited(path, columns, ",")


def _read_tsv(path: Path, columns: Sequence[str] | None) -> pd.DataFrame:
    return _read_delimited(path, columns, "\t")


def _read_jsonl(path: Path, columns: Sequence[str] | None) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                rows.append(_json_row(path, number, line))
    return _from_rows(rows, columns)


def _json_row(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise LongFileError(f"{path.name}: line {number}: not JSON: {error.msg}") from error
    if not isinstance(row, dict):
        raise LongFileError(f"{path.name}: line {number}: not a JSON object")
    return {name: _hashable(cell) for name, cell in row.items()}


def _hashable(cell: Any) -> Any:
    """Lists and objects as their JSON text, as a CSV cell would hold them."""
    if isinstance(cell, list | dict):
        return json.dumps(cell, ensure_ascii=False, sort_keys=True)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return None if cell == "" else cell


def _from_rows(rows: Iterable[dict[str, Any]], columns: Sequence[str] | None) -> pd.DataFrame:
    table = list(rows)
    names = list(dict.fromkeys(name for row in table for name in row))
    kept = [name for name in names if columns is None or name in set(columns)]
    return pd.DataFrame(
        {name: categorical(_objects([row.get(name) for row in table])) for name in kept}
    )


def _objects(cells: Sequence[Any]) -> pd.Series[Any]:
    return pd.Series(list(cells), dtype=object)


def _read_parquet(path: Path, columns: Sequence[str] | None) -> pd.DataFrame:
    file = pq.ParquetFile(path)
    names = file.schema_arrow.names
    _require_distinct(path, names)
    kept = names if columns is None else [name for name in names if name in set(columns)]
    texts = [name for name in kept if _is_text(file.schema_arrow.field(name).type)]
    table = pq.read_table(path, columns=kept, read_dictionary=texts)
    return pd.DataFrame({name: _arrow_categorical(table.column(name)) for name in kept})


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _arrow_categorical(column: pa.ChunkedArray) -> Any:
    if pa.types.is_nested(column.type):
        return categorical(_objects([_hashable(cell) for cell in column.to_pylist()]))
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.string())
    if not pa.types.is_dictionary(column.type):
        if not _is_text(column.type):
            return categorical(column.to_pandas())
        column = column.dictionary_encode()
    joined = column.unify_dictionaries().combine_chunks()
    if isinstance(joined, pa.ChunkedArray):
        joined = joined.chunk(0)
    codes = joined.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    labels = joined.dictionary.to_pandas()
    return _without_empty(codes, labels)


def _without_empty(codes: Any, labels: pd.Series[Any]) -> Any:
    """Empty text is missing, as in a CSV cell."""
    empty = (labels == "").to_numpy()
    if not empty.any():
        return _coded(codes, labels)
    moved = np.append(np.where(empty, -1, np.cumsum(~empty) - 1), -1)
    return _coded(moved[codes], labels[~empty])


def _read_xlsx(path: Path, columns: Sequence[str] | None) -> pd.DataFrame:
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        raise LongFileError(f"{path.name}: not readable as xlsx: {error}") from error
    try:
        cells = book.worksheets[0].iter_rows(values_only=True)
        header = [str(name) if name is not None else "" for name in next(cells, ())]
        rows = [row for row in cells if any(cell is not None for cell in row)]
        _require_distinct(path, [name for name in header if name])
    finally:
        book.close()
    return _from_rows(
        (
            {name: _hashable(cell) for name, cell in zip(header, row, strict=False) if name}
            for row in rows
        ),
        columns,
    )


_READERS = {
    "csv": _read_csv,
    "tsv": _read_tsv,
    "jsonl": _read_jsonl,
    "parquet": _read_parquet,
    "xlsx": _read_xlsx,
}
