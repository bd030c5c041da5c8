"""Files of ratings as people have them, good and bad: what is read, and what is said of the rest."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reliability.longfile import (
    LongFileError,
    RefusedDataError,
    StudyRequest,
    agreement_of,
    read_long,
)
from reliability.longfile.columns import to_long
from reliability.stats.data import Level

pytestmark = pytest.mark.pure

HEADER = ("item_id", "rater_id", "value")
ROWS = [("q1", "ann", 1), ("q1", "bob", 1), ("q2", "ann", 2), ("q2", "bob", 3), ("q3", "ann", None)]


def cells(frame: pd.DataFrame, column: str) -> list[Any]:
    return [None if pd.isna(cell) else cell for cell in frame[column].astype(object)]


def write(path: Path, rows: list[tuple[Any, ...]], header: tuple[str, ...] = HEADER) -> Path:
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in [header, *rows]:
            book.worksheets[0].append(row)
        book.save(path)
    elif path.suffix == ".parquet":
        frame = pd.DataFrame(rows, columns=list(header))
        pq.write_table(pa.Table.from_pandas(frame), path, row_group_size=2)
    elif path.suffix == ".jsonl":
        path.write_text(
            "".join(json.dumps(dict(zip(header, row, strict=True))) + "\n" for row in rows)
        )
    else:
        separator = "\t" if path.suffix == ".tsv" else ","
        lines = [separator.join("" if cell is None else str(cell) for cell in row) for row in rows]
        path.write_text("\n".join([separator.join(header), *lines]) + "\n")
    return path


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.parquet", "a.xlsx"])
def test_every_format_holds_the_same_table(tmp_path: Path, name: str) -> None:
    frame = read_long(write(tmp_path / name, ROWS), HEADER)
    assert cells(frame, "item_id") == ["q1", "q1", "q2", "q2", "q3"]
    assert [None if cell is None else float(cell) for cell in cells(frame, "value")] == [
        1,
        1,
        2,
        3,
        None,
    ]
    assert frame.index.tolist() == [1, 2, 3, 4, 5]
    assert list(read_long(tmp_path / name, ["value", "none such"]).columns) == ["value"]


def refused(path: Path, columns: tuple[str, ...] | None = HEADER) -> str:
    with pytest.raises(LongFileError) as caught:
        read_long(path, columns)
    assert str(caught.value).startswith(path.name)
    return str(caught.value)


BAD = {
    "latin.csv": (
        b"item_id,rater_id,value\nq1,ann,1\nq2,Ren\xe9,2\n",
        "line 3, byte 7 of the line is 0xE9",
    ),
    "header.csv": (b"item_id,rat\xe9,value\nq1,ann,1\n", "line 1"),
    "utf16.csv": ("item_id,rater_id,value\n".encode("utf-16"), "UTF-16; save it as UTF-8"),
    "latin.jsonl": (b'{"item_id": "q1"}\n{"item_id": "\xe9"}\n', "line 2, byte 14"),
    "twice.csv": (b"item_id,value,value\nq1,1,2\n", "two columns are called 'value'"),
    "twice.jsonl": (b'{"value": 1, "value": 2}\n', "line 1: two columns are called 'value'"),
    "short.csv": (
        b"item_id,rater_id,value\nq1,ann,1\n\nq2,ann\n",
        "row 3 has 2 cells, the header has 3",
    ),
    "long.csv": (b"item_id,rater_id,value\nq1,ann,1,1\n", "row 1 has 4 cells, the header has 3"),
    "quote.csv": (
        b'item_id,rater_id,value\nq1,ann,1\nq2,"ann,1\nq3,ann,1\n',
        "row 2: a quotation mark",
    ),
    "empty.csv": (b"", "the file is empty"),
    "blank.csv": (b"\n\nitem_id,value\n", "the first line is empty"),
    "empty.jsonl": (b"\n\n", "the file is empty"),
    "array.jsonl": (b"[1, 2]\n", "line 1: not a JSON object"),
    "cut.jsonl": (b'{"value": 1}\n\n{"value": \n', "line 3: not JSON"),
    "deep.jsonl": (b'{"value": ' + b"[" * 200_000 + b"\n", "line 1"),
    "not.parquet": (b"no parquet", "not readable"),
    "not.xlsx": (b"no workbook", "not readable as xlsx"),
    "a.csv.gz": (gzip.compress(b"item_id\n"), "compressed; unpack it first"),
    "a.json": (b"[]", "one object a line"),
    "a.xls": (b"", "save it as .xlsx"),
    "a.txt": (b"", "unknown kind of file"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_refused_with_the_place(tmp_path: Path, name: str) -> None:
    content, said = BAD[name]
    (tmp_path / name).write_bytes(content)
    assert said in refused(tmp_path / name)


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "parts.parquet").mkdir()
    assert "a directory" in refused(tmp_path / "parts.parquet")


def test_a_workbook_names_its_faults(tmp_path: Path) -> None:
    assert "two columns" in refused(write(tmp_path / "a.xlsx", [], ("value", "value")))
    bad = write(tmp_path / "b.xlsx", [("q1", "ann", 1), (None,) * 3, ("q2", "ann", "#N/A")])
    assert "row 3, column value: the cell is an error, #N/A" in refused(bad)
    openpyxl.Workbook().save(tmp_path / "c.xlsx")
    assert "the file is empty" in refused(tmp_path / "c.xlsx")


def test_a_byte_order_mark_and_quoted_line_breaks_are_no_part_of_a_cell(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'\xef\xbb\xbfitem_id,"value"\r\n"q,1","a\nb"\r\nq2,5"\r\nq3,6"\r\n')
    frame = read_long(path)
    assert list(frame.columns) == ["item_id", "value"]
    assert cells(frame, "item_id") == ["q,1", "q2", "q3"]
    assert cells(frame, "value") == ["a\nb", '5"', '6"']


@pytest.mark.parametrize("sign", [";", "\t"])
def test_other_separators_are_told_from_the_header(tmp_path: Path, sign: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"item_id{sign}value\nq1{sign}3,5\n")
    assert cells(read_long(path), "value") == ["3,5"]


@pytest.mark.parametrize("ending", ["", "\n"])
def test_a_header_alone_is_a_table_without_rows(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text("item_id,rater_id,value" + ending)
    frame = read_long(path, HEADER)
    assert (len(frame), list(frame.columns)) == (0, list(HEADER))
    rows, _ = agreement_of(frame, StudyRequest(coefficients=("krippendorff_alpha",)), source="a")
    assert rows[0].undefined_reason == "no_data"


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.xlsx"])
def test_blank_rows_are_left_out_and_still_counted(tmp_path: Path, name: str) -> None:
    """The row that an error names is the one that people find in the file."""
    path = tmp_path / name
    good, bad = ("q1", "ann", 1), ("q1", "bob", "one")
    if name == "a.jsonl":
        lines = [json.dumps(dict(zip(HEADER, row, strict=True))) for row in (good, bad)]
        path.write_text("\n".join(["", lines[0], "  ", "", lines[1], ""]))
        place = "row 5, column value"
    else:
        write(path, [good, ("",) * 3 if name == "a.csv" else (None,) * 3, (None,) * 3, bad])
        place = "row 4, column value"
        if name == "a.csv":
            path.write_text(path.read_text().replace("\n,,\n", "\n\n", 1))
    frame = read_long(path, HEADER)
    assert len(frame) == 2
    with pytest.raises(RefusedDataError, match=place):
        agreement_of(frame, StudyRequest(levels=(Level.ORDINAL,)), source="a")


def test_a_row_that_lacks_what_was_asked_for_is_not_blank(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("item_id,rater_id,value,note\nq1,ann,1,\n,,,left out\n")
    with pytest.raises(RefusedDataError, match="row 2, column item_id: the cell is empty"):
        agreement_of(read_long(path, HEADER), StudyRequest(), source="a")


def test_parquet_columns_of_every_kind(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table(
        {
            "whole": pa.array([1, None, 1, 2]),
            "real": pa.array([1.5, float("nan"), None, 1.5]),
            "truth": pa.array([True, False, None, True]),
            "bytes": pa.array([b"x", b"", None, b"x"]),
            "sets": pa.array([["a", "b"], [], None, ["a", "b"]]),
            "texts": pa.array(["x", "", None, "y"], pa.large_string()),
            "names": pa.array(["x", None, "y", "x"]).dictionary_encode(),
            "none": pa.nulls(4),
        }
    )
    pq.write_table(table, path, row_group_size=2)
    frame = read_long(path)
    assert cells(frame, "whole") == [1, None, 1, 2]
    assert cells(frame, "real") == [1.5, None, None, 1.5]
    assert cells(frame, "truth") == ["true", "false", None, "true"]
    assert cells(frame, "bytes") == ["x", None, None, "x"]
    assert cells(frame, "sets") == ['["a", "b"]', "[]", None, '["a", "b"]']
    assert cells(frame, "texts") == ["x", None, None, "y"]
    assert cells(frame, "names") == ["x", None, "y", "x"]
    assert cells(frame, "none") == [None] * 4


def test_pieces_of_a_file_share_their_labels(tmp_path: Path) -> None:
    """Every row group brings a dictionary of its own, in its own order."""
    rng = np.random.default_rng(0)
    words = np.array([f"w{at}" for at in range(50)])[rng.integers(0, 50, 1_000)]
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"word": words}), path, row_group_size=37)
    frame = read_long(path)
    assert cells(frame, "word") == words.tolist()
    assert len(frame["word"].cat.categories) == len(set(words))


def test_values_of_mixed_kinds_and_nan_in_jsonl(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    values = ["1", "1.0", '"1"', "true", "NaN", "null", '""', "[1]", '{"a": 1}']
    path.write_text("\n".join(f'{{"value": {value}}}' for value in values))
    assert cells(read_long(path), "value") == [
        1,
        1,
        "1",
        "true",
        None,
        None,
        None,
        "[1]",
        '{"a": 1}',
    ]


def test_a_key_that_appears_late_is_missing_before(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n{"b": 2}\n{"a": 3, "b": 4}\n')
    frame = read_long(path)
    assert (cells(frame, "a"), cells(frame, "b")) == ([1, None, 3], [None, 2, 4])


def test_a_workbook_whose_rows_end_early_or_say_a_wrong_size(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", [("q1",), ("q2", "bob", 2, "beyond the header")])
    frame = read_long(path)
    assert cells(frame, "value") == [None, 2]
    assert list(frame.columns) == list(HEADER)


def test_a_wide_frame_becomes_long_row_by_row_of_each_rater(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("item_id,ann,bob\nq1,1,2\nq2,,1\n")
    frame = to_long(read_long(path), ["ann", "bob"], rater="rater", value="value")
    assert cells(frame, "item_id") == ["q1", "q2", "q1", "q2"]
    assert cells(frame, "rater") == ["ann", "ann", "bob", "bob"]
    assert cells(frame, "value") == ["1", None, "2", "1"]


@pytest.mark.parametrize("cell", ["1_000", "inf", "nan", "one", "1,5", "0x10"])
def test_what_is_no_number_is_refused_among_numbers(tmp_path: Path, cell: str) -> None:
    path = write(tmp_path / "a.tsv", [("q1", "ann", 1), ("q1", "bob", cell)])
    with pytest.raises(RefusedDataError, match=r"row 2, column value: .* is not a number"):
        agreement_of(read_long(path), StudyRequest(levels=(Level.INTERVAL,)), source="a")


def test_very_many_distinct_values_give_figures_or_reasons(tmp_path: Path) -> None:
    n_units = 60_000
    rng = np.random.default_rng(0)
    truth = rng.normal(size=n_units)
    table = pa.table(
        {
            "item_id": np.repeat(np.arange(n_units), 2),
            "rater_id": np.tile(["ann", "bob"], n_units),
            "value": np.repeat(truth, 2) + rng.normal(size=2 * n_units),
        }
    )
    path = tmp_path / "a.parquet"
    pq.write_table(table, path)
    request = StudyRequest(
        levels=(Level.INTERVAL,), coefficients=("krippendorff_alpha", "gwet_ac1")
    )
    rows, _ = agreement_of(read_long(path, HEADER), request, source="a")
    assert rows[0].estimate == pytest.approx(0.5, abs=0.02)
    assert rows[1].undefined_reason == "too_many_values"
