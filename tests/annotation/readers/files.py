"""Writes small files of every format, for the reader tests."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq


def item(item_id: str = "q1", **fields: Any) -> dict[str, Any]:
    return {
        "item_id": item_id,
        "prompt": "What is the boiling point of water?",
        "responses": [{"model": "m1", "text": "100 °C at sea level."}],
        **fields,
    }


def jsonl(*records: Any) -> io.BytesIO:
    lines = [each if isinstance(each, str) else json.dumps(each) for each in records]
    return io.BytesIO("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass"))


def csv_file(header: list[str], *rows: list[str], delimiter: str = ",") -> io.BytesIO:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([header, *rows])
    return io.BytesIO(text.getvalue().encode())


def xlsx_file(*rows: list[Any]) -> io.BytesIO:
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet("items")
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    workbook.save(file)
    file.seek(0)
    return file


def parquet_file(records: list[dict[str, Any]]) -> io.BytesIO:
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(records), file)
    file.seek(0)
    return file


def saved(tmp_path: Path, file: io.BytesIO, name: str = "items.bin") -> Path:
    path = tmp_path / name
    path.write_bytes(file.getvalue())
    return path
