"""What the readers yield."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from .problems import RowError


@dataclass(frozen=True, slots=True)
class Row:
    """One record as the file has it.

    `number` is what a person finds in the file: the line in JSONL, the record
    in CSV (the header is row 1), the sheet's row in XLSX, the n-th object in
    JSON and the n-th row in Parquet (both from 1).
    """

    number: int
    data: dict[str, Any]


type RowResult = Row | RowError
type Rows = Generator[RowResult]
