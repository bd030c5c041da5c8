"""Parquet, a small batch of rows at a time."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from .limits import Limits
from .problems import FileRefused, gettext_noop
from .rows import Row, Rows
from .tables import read_header
from .xlsx_guard import RATIO, UNPACKS

# A dictionary-encoded text of 1 MB may stand in every row of a tiny file: the
# batch is what such a file can make us hold at once.
BATCH_ROWS = 64

NOT_PARQUET = gettext_noop(
    "This is not a readable Parquet file (%(reason)s). Write it again, or send JSONL."
)


def read_parquet(file: BinaryIO, limits: Limits) -> Rows:
    """Rows from 1, with Python values; what a nested field lacks is left out.

    Raises
    ------
    FileRefused
        Damaged, too wide, or unpacking to more than the limits allow.
    """
    packed = file.seek(0, 2)
    file.seek(0)
    opened = _opened(file, packed, limits)
    number = 0
    for batch in _batches(opened, packed, limits):
        for data in batch:
            number += 1
            yield Row(number, {name: _pruned(value) for name, value in data.items()})


def _opened(file: BinaryIO, packed: int, limits: Limits) -> pq.ParquetFile:
    try:
        opened = pq.ParquetFile(file)
        groups = [opened.metadata.row_group(i) for i in range(opened.metadata.num_row_groups)]
        names = opened.schema_arrow.names
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _unreadable(error) from error
    read_header(names, limits)
    _check_unpacked(sum(group.total_byte_size for group in groups), packed, limits)
    return opened


def _check_unpacked(unpacked: int, packed: int, limits: Limits) -> None:
    if unpacked > limits.unpacked_bytes:
        raise FileRefused(UNPACKS, unpacked=unpacked, limit=limits.unpacked_bytes)
    # Columns that repeat one value compress without bound; a small file may.
    if unpacked > limits.ratio * max(packed, limits.cell_bytes):
        raise FileRefused(RATIO, ratio=limits.ratio)


def _batches(opened: pq.ParquetFile, packed: int, limits: Limits) -> Iterator[list[dict[str, Any]]]:
    unpacked = 0
    batches = opened.iter_batches(batch_size=BATCH_ROWS, use_threads=False)
    while True:
        try:
            batch = next(batches, None)
            if batch is None:
                return
            unpacked += batch.nbytes
            _check_unpacked(unpacked, packed, limits)
            rows = batch.to_pylist()
        except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
            raise _unreadable(error) from error
        yield rows


def _unreadable(error: Exception) -> FileRefused:
    reason = (str(error) or type(error).__name__).splitlines()[0][:200]
    return FileRefused(NOT_PARQUET, reason=reason)


def _pruned(value: object) -> object:
    """Structs without the members that are null: the format can't leave one out."""
    if isinstance(value, dict):
        return {name: _pruned(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        if value and all(isinstance(each, tuple) and len(each) == 2 for each in value):
            return {str(name): _pruned(each) for name, each in value}  # a map column
        return [_pruned(each) for each in value]
    return value
