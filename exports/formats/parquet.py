"""Parquet with the columns of the CSV file; every value also as text, numbers also as numbers."""

from collections.abc import Iterable
from itertools import batched
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from accounts.canonical import canonical_json
from exports.formats.columns import ReleaseFacts, label_columns, label_values
from exports.labelling import value_text
from exports.records import LabelRecord

ROW_GROUP = 10_000
WHOLE = frozenset({"n_ratings", "rubric_version", "release"})
REAL = frozenset({"alpha", "alpha_low", "alpha_high"})


def write_labels(
    file: IO[bytes], facts: ReleaseFacts, records: Iterable[LabelRecord], card: dict[str, Any]
) -> int:
    """The number of labels. The data card lies in the file's metadata under `data_card`."""
    schema = _schema(facts).with_metadata({"data_card": canonical_json(card)})
    n = 0
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for group in batched(records, ROW_GROUP):
            rows = [_row(label_values(facts, record)) for record in group]
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))
            n += len(group)
    return n


def _schema(facts: ReleaseFacts) -> Any:
    fields = [(name, _type(name)) for name in label_columns(facts)]
    return pa.schema([*fields, ("value_number", pa.float64())])


def _type(name: str) -> Any:
    if name in WHOLE:
        return pa.int64()
    return pa.float64() if name in REAL else pa.string()


def _row(values: dict[str, Any]) -> dict[str, Any]:
    number = values["value"]
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    row = {
        name: value if value is None or name in WHOLE | REAL else value_text(value)
        for name, value in values.items()
    }
    return row | {"value_number": float(number) if is_number else None}
