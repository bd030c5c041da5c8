"""What holds for every file, whatever its bytes (T37)."""

import csv
import io
import json
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.readers import (
    TEXT_TABLES,
    FileRefused,
    Format,
    ItemForm,
    ItemRow,
    Limits,
    Row,
    RowError,
    open_rows,
    read_items,
    read_judgments,
    validate_item,
)
from annotation.readers.characters import FORBIDDEN
from tests.annotation.readers.files import csv_file, item, jsonl, parquet_file, xlsx_file

pytestmark = pytest.mark.pure

SMALL = Limits(record_bytes=10_000, cell_bytes=5_000, rows=500)
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

texts = st.text(max_size=30).filter(lambda text: not FORBIDDEN.search(text))
ids = st.text(
    st.characters(categories=["L", "N", "P", "S"], exclude_characters="\ufffe\uffff"),
    min_size=1,
    max_size=20,
).filter(str.isprintable)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)
valid_items = st.fixed_dictionaries(
    {
        "prompt": texts,
        "responses": st.lists(
            st.fixed_dictionaries({"text": texts}, optional={"model": texts}),
            min_size=1,
            max_size=3,
        ),
    },
    optional={
        "reference": texts,
        "contexts": st.lists(texts, max_size=2),
        "slices": st.dictionaries(ids, texts, max_size=2),
        "meta": st.dictionaries(ids, st.integers() | texts | st.none(), max_size=2),
    },
)


def read_through(content: bytes, format: Format | None = None) -> list[object]:
    """Every result of reading; FileRefused is the only exception allowed."""
    results: list[object] = []
    said = "read"
    try:
        with open_rows(io.BytesIO(content), format=format, limits=SMALL) as rows:
            table = rows.format in TEXT_TABLES
            results.extend(read_items(rows, text_table=table, limits=SMALL))
    except FileRefused as refusal:
        said = str(refusal)
    try:
        with open_rows(io.BytesIO(content), format=format, limits=SMALL) as rows:
            results.extend(read_judgments(rows, limits=SMALL))
    except FileRefused as refusal:
        said = str(refusal)
    assert said
    for each in results:
        if isinstance(each, RowError):
            assert each.error
            assert each.row >= 1
    return results


@FUZZ
@given(content=st.binary(max_size=2000))
def test_arbitrary_bytes_never_raise(content):
    read_through(content)


@FUZZ
@given(
    content=st.text(alphabet='{}[]",:;\\ \n\r\tnultrefas019.-eE\ufeffä\x00', max_size=300),
    format=st.sampled_from([None, Format.JSONL, Format.JSON, Format.CSV]),
)
def test_text_that_is_nearly_json_or_csv_never_raises(content, format):
    read_through(content.encode(), format)


@FUZZ
@given(
    record=st.dictionaries(
        st.sampled_from([*item(), "messages", "slices", "meta", "contexts"]), json_values
    )
)
def test_arbitrary_values_in_known_fields_never_raise(record):
    found = validate_item(record)
    assert isinstance(found, ItemForm) or found


def _mutated(content: bytes, changes: list[tuple[int, int]], cut: int | None) -> bytes:
    damaged = bytearray(content)
    for position, byte in changes:
        damaged[position % len(damaged)] = byte
    return bytes(damaged[: len(damaged) - cut] if cut else damaged)


WHOLE = {
    Format.JSONL: jsonl(item("a"), item("b", slices={"x": "y"})),
    Format.CSV: csv_file(["item_id", "prompt", "response"], ["a", 'p, "q"', "r\ns"]),
    Format.XLSX: xlsx_file(["item_id", "prompt", "response"], ["a", "p", "r"], ["b", "p", 5]),
    Format.JSON: io.BytesIO(json.dumps([item("a"), item("b")], indent=1).encode()),
}


@FUZZ
@given(
    format=st.sampled_from(list(WHOLE)),
    changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=4),
    cut=st.none() | st.integers(1, 200),
)
def test_damaged_files_never_raise(format, changes, cut):
    read_through(_mutated(WHOLE[format].getvalue(), changes, cut))


XLSX_PARTS = {
    name: zipfile.ZipFile(WHOLE[Format.XLSX]).read(name)
    for name in zipfile.ZipFile(WHOLE[Format.XLSX]).namelist()
}


@FUZZ
@given(
    name=st.sampled_from(sorted(XLSX_PARTS)),
    changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=4),
    cut=st.none() | st.integers(1, 200),
)
def test_damaged_parts_of_a_workbook_never_raise(name, changes, cut):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for each, content in XLSX_PARTS.items():
            archive.writestr(each, _mutated(content, changes, cut) if each == name else content)
    read_through(file.getvalue())


@FUZZ
@given(records=st.lists(valid_items, min_size=1, max_size=4))
def test_valid_items_are_the_same_from_every_format(records):
    """JSONL, a JSON list and Parquet give equal forms with the right row numbers."""
    named = [{"item_id": f"id-{n}", **record} for n, record in enumerate(records)]
    expected = [validate_item(record) for record in named]
    as_list = io.BytesIO(json.dumps(named, ensure_ascii=False, indent=2).encode())
    # Parquet can't store an object without members, and has one type a column.
    flat = [{**r, "meta": json.dumps(r.get("meta", {}))} for r in named]
    for file in (jsonl(*named), as_list):
        with open_rows(file) as rows:
            results = list(read_items(rows))
        assert [(each.number, each.form) for each in results] == list(enumerate(expected, 1))
    header = ["item_id", "prompt", "responses", "contexts", "slices", "meta", "reference"]
    table = [_cells(record, header) for record in flat]
    with open_rows(csv_file(header, *table)) as rows:
        results = list(read_items(rows, text_table=True))
    # An empty cell of a table is an absent field.
    if all(record["prompt"] and record.get("reference") != "" for record in named):
        assert [(each.number, each.form) for each in results] == list(enumerate(expected, 2))


def _cells(record: dict, header: list[str]) -> list[str]:
    return [
        value if isinstance(value := record.get(name, ""), str) else json.dumps(value)
        for name in header
    ]


@FUZZ
@given(
    rows=st.lists(
        st.lists(st.text(max_size=10).filter(lambda t: "\r" not in t), min_size=2, max_size=2),
        min_size=1,
        max_size=5,
    )
)
def test_csv_cells_and_record_numbers_round_trip(rows):
    file = csv_file(["item_id", "b"], *rows)
    with open_rows(file, format=Format.CSV) as opened:
        found = list(opened)
    text = io.StringIO(file.getvalue().decode(), newline="")
    expected = [
        Row(number, dict(zip(["item_id", "b"], cells, strict=True)))
        for number, cells in enumerate(csv.reader(text), start=1)
        if number > 1
    ]
    assert found == expected


@FUZZ
@given(bad=st.sets(st.integers(0, 19)), blank=st.sets(st.integers(0, 19)))
def test_row_numbers_count_every_line(bad, blank):
    lines = [
        "" if n in blank else "{broken" if n in bad else json.dumps(item(f"id-{n}"))
        for n in range(20)
    ]
    try:
        with open_rows(jsonl(*lines), format=Format.JSONL) as rows:
            results = list(read_items(rows))
    except FileRefused:
        assert blank == set(range(20))
        return
    assert {e.row for e in results if isinstance(e, RowError)} == {n + 1 for n in bad - blank}
    assert {(e.number, e.form.item_id) for e in results if isinstance(e, ItemRow)} == {
        (n + 1, f"id-{n}") for n in range(20) if n not in bad | blank
    }


def test_parquet_of_text_columns_round_trips():
    records = [{"item_id": f"id-{n}", "prompt": "p", "response": f"r{n}"} for n in range(300)]
    with open_rows(parquet_file(records)) as rows:
        assert list(rows) == [Row(n + 1, record) for n, record in enumerate(records)]
