"""Each format: what is read, which row a mistake is in, and when the file is refused."""

import io
import json
from datetime import date, datetime, time

import pytest

from annotation.readers import (
    TEXT_TABLES,
    FileRefused,
    Format,
    ItemRow,
    Limits,
    Row,
    RowError,
    detect_format,
    open_rows,
    read_items,
)
from tests.annotation.readers.files import csv_file, item, jsonl, parquet_file, saved, xlsx_file

# Cells of a workbook have no time zone.
AT = datetime.combine(date(2026, 1, 2), time(3, 4))


def rows_of(source, **options):
    with open_rows(source, **options) as rows:
        return list(rows)


def items_of(source, **options):
    with open_rows(source, **options) as rows:
        return list(read_items(rows, text_table=rows.format in TEXT_TABLES))


def refusal_of(source, **options):
    with pytest.raises(FileRefused) as caught:
        rows_of(source, **options)
    return caught.value


def summary(results):
    return [
        (each.row, each.field, each.error)
        if isinstance(each, RowError)
        else (each.number, each.form.item_id)
        for each in results
    ]


def test_jsonl_rows_are_line_numbers_and_blank_lines_count():
    file = io.BytesIO(b'\xef\xbb\xbf{"a": 1}\r\n\n  \n{"a": 2}')
    assert rows_of(file) == [Row(1, {"a": 1}), Row(4, {"a": 2})]


def test_jsonl_broken_line_is_malformed_and_reading_goes_on():
    first, second, third = rows_of(jsonl({"a": 1}, '{"a": ', {"a": 3}))
    assert (first, third) == (Row(1, {"a": 1}), Row(3, {"a": 3}))
    assert (second.row, second.malformed) == (2, True)
    assert "not valid JSON: Expecting value at column 6" in second.error
    assert "cut off" in second.error


@pytest.mark.parametrize(
    ("line", "field", "says", "malformed"),
    [
        ("[1]", "", "The record is a list. Write each item as one JSON object", False),
        ("null", "", "The record is null", False),
        ('{"a": 1} {"a": 2}', "", "Extra data at column 10", True),
        ('{"a": 1, "a": 2}', "a", "occurs twice in one object", False),
        ('{"b": {"c": 1, "c": 1}}', "c", "occurs twice", False),
        ('{"a": ' + "9" * 5000 + "}", "", "not valid JSON", True),
        ('{"a": ' + "[" * 3000 + "]" * 3000 + "}", "", "", False),
    ],
)
def test_jsonl_bad_line_is_one_row_error(line, field, says, malformed):
    _, found, last = rows_of(jsonl({"x": 1}, line, {"x": 2}))
    assert last == Row(3, {"x": 2})
    if says:
        assert (found.row, found.field, found.malformed) == (2, field, malformed)
        assert says in found.error


def test_jsonl_bytes_that_are_not_utf8_name_row_and_byte():
    file = io.BytesIO(b'{"a": "ok"}\n{"a": "caf\xe9"}\n')
    _, found = rows_of(file)
    assert (found.row, found.malformed) == (2, True)
    assert found.error.startswith("Byte 11 is 0xE9, which is not UTF-8. Save the file as UTF-8")


def test_jsonl_record_over_the_limit_is_skipped_without_being_kept():
    limits = Limits(record_bytes=100)
    results = rows_of(jsonl({"a": 1}, {"a": "x" * 1000}, {"a": 3}), limits=limits)
    assert results[0] == Row(1, {"a": 1})
    assert (results[1].row, results[1].error) == (
        2,
        "The record is longer than 100 bytes. Shorten or split it.",
    )
    assert results[2] == Row(3, {"a": 3})


def test_json_brackets_without_end_do_not_take_memory():
    limits = Limits(brackets=1000)
    _, found = rows_of(jsonl({"a": 1}, "[" * 2000), limits=limits)
    assert (found.row, found.error) == (2, "The record is nested too deeply. Flatten it.")


def test_json_list_is_read_object_by_object():
    records = [{"n": n, "text": "ä" * 50_000} for n in range(5)]
    file = io.BytesIO(json.dumps(records, indent=2, ensure_ascii=False).encode())
    assert detect_format(file) is Format.JSON
    assert rows_of(file) == [Row(n + 1, record) for n, record in enumerate(records)]


def test_json_objects_one_after_another_are_read():
    records = [{"n": 1, "deep": {"a": [1, 2]}}, {"n": 2}, {"n": 3}]
    text = "\n".join(json.dumps(record, indent=4) for record in records)
    file = io.BytesIO(text.encode())
    assert detect_format(file) is Format.JSON
    assert rows_of(file) == [Row(n + 1, record) for n, record in enumerate(records)]


def test_json_list_entry_that_is_no_object_is_one_row_error():
    results = rows_of(io.BytesIO(b'[{"a": 1}, "text", {"a": 3}]'))
    assert [type(each) for each in results] == [Row, RowError, Row]
    assert (results[1].row, results[1].malformed) == (2, False)


@pytest.mark.parametrize(
    ("text", "row", "says"),
    [
        ('[{"a": 1}, {"a": 2', 2, "Object 2, near line 1, is not valid JSON"),
        ('[{"a": 1}\n{"a": 2}]', 2, "near line 2, is not valid JSON: a comma is missing"),
        ('[{"a": 1},]', 2, "there is a comma before ]"),
        ('[{"a": 1}', 2, "the list is not closed with ]"),
        ('[{"a": 1}] {"b": 1}', 2, "follows the end of the list"),
        ('[{"a": 1}, {"a": b}]', 2, "Expecting value"),
    ],
)
def test_broken_json_list_is_refused_where_it_breaks(text, row, says):
    refusal = refusal_of(io.BytesIO(text.encode()))
    assert refusal.row == row
    assert says in str(refusal)


def test_json_list_with_wrong_encoding_is_refused():
    refusal = refusal_of(io.BytesIO(b'[{"a": 1}, {"a": "caf\xe9"}]'))
    assert "Byte 22 is 0xE9, which is not UTF-8" in str(refusal)


def test_csv_rows_are_records_with_the_header_as_row_1():
    file = csv_file(
        ["item_id", "response"],
        ["a", 'two\nlines, "quoted"'],
        [],
        ["b", ""],
    )
    assert rows_of(file) == [
        Row(2, {"item_id": "a", "response": 'two\nlines, "quoted"'}),
        Row(4, {"item_id": "b", "response": ""}),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_delimiter_is_found_in_the_header(delimiter):
    file = csv_file(["item_id", "prompt"], ["a", "b, c; d"], delimiter=delimiter)
    assert rows_of(file) == [Row(2, {"item_id": "a", "prompt": "b, c; d"})]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_csv_line_endings_and_byte_order_mark(ending):
    file = io.BytesIO(ending.join(["\ufeffitem_id,prompt", "a,b", "c,d"]).encode())
    assert rows_of(file) == [
        Row(2, {"item_id": "a", "prompt": "b"}),
        Row(3, {"item_id": "c", "prompt": "d"}),
    ]


def test_csv_row_with_wrong_number_of_cells_is_malformed():
    _, found, last = rows_of(io.BytesIO(b"item_id,prompt\na,b\nc,d,e\nf,g\n"))
    assert (found.row, found.malformed) == (3, True)
    assert "The row has 3 cells, the header has 2." in found.error
    assert "the header, which is row 1" in found.error
    assert last == Row(4, {"item_id": "f", "prompt": "g"})


def test_csv_cell_in_another_encoding_names_row_column_and_fix():
    file = io.BytesIO("item_id,prompt\na,ok\nb,Straße\n".encode("latin-1"))
    _, found = rows_of(file)
    assert (found.row, found.field, found.malformed) == (3, "prompt", True)
    assert found.error == (
        "The cell holds the byte 0xDF, which is not UTF-8. Save the file as UTF-8 (in Excel: "
        "“CSV UTF-8”) and send it again."
    )


@pytest.mark.parametrize(
    ("text", "row", "says"),
    [
        ('item_id,prompt\na,"b"c\n', 2, "The quotes are wrong at record 2, near line 2"),
        ('item_id,prompt\na,b\nc,"open\nand on', 3, "The quotes are wrong at record 3"),
        ("item_id,prompt,item_id\n", 1, "names the column “item_id” twice"),
        ("item_id,,prompt\n", 1, "Column 2 of the header has no name"),
        ("item_id,prompt\n", None, "The file has no rows"),
        (",,\n", None, "The file is empty"),
    ],
)
def test_unusable_csv_is_refused(text, row, says):
    refusal = refusal_of(io.BytesIO(text.encode()))
    assert refusal.row == row
    assert says in str(refusal)


def test_csv_limits_on_columns_rows_cells_and_lines():
    wide = csv_file([f"c{n}" for n in range(201)], ["x"] * 201)
    assert str(refusal_of(wide)) == "The file has 201 columns; at most 200 are read."
    long = csv_file(["item_id"], *[[str(n)] for n in range(11)])
    assert refusal_of(long, limits=Limits(rows=10)).row == 12
    big = csv_file(["item_id", "prompt"], ["a", "x" * 200])
    refusal = refusal_of(big, limits=Limits(cell_bytes=100))
    assert "A cell of record 2, near line 2, is longer than 100 bytes" in str(refusal)
    refusal = refusal_of(big, limits=Limits(record_bytes=100))
    assert "Line 2 is longer than 100 bytes" in str(refusal)


def test_file_over_the_size_limit_is_refused_unread():
    refusal = refusal_of(jsonl({"a": 1}), limits=Limits(file_bytes=5))
    assert str(refusal) == "The file has 9 bytes; at most 5 are read. Split it."


def test_xlsx_rows_are_sheet_rows_and_numbers_become_text():
    file = xlsx_file(
        ["item_id", "response", "seen", "at"],
        [17, "=1+1 is two", True, AT],
        [None, None, None, None],
        ["b", 2.5, None, None],
        ["c", 40.0, None, None],
    )
    assert rows_of(file) == [
        Row(
            2,
            {
                "item_id": "17",
                "response": None,  # a formula that no program computed yet
                "seen": True,
                "at": AT,
            },
        ),
        Row(4, {"item_id": "b", "response": "2.5", "seen": None, "at": None}),
        Row(5, {"item_id": "c", "response": "40", "seen": None, "at": None}),
    ]


def test_xlsx_value_outside_the_header_and_error_cells_are_row_errors():
    results = rows_of(xlsx_file(["item_id", "prompt"], ["a", "b", "c"], ["d", "#REF!"], ["e", "f"]))
    assert [(each.row, each.field) for each in results[:2]] == [(2, ""), (3, "prompt")]
    assert "value in column 3, to the right of the header" in results[0].error
    assert "the spreadsheet error #REF!" in results[1].error
    assert results[2] == Row(4, {"item_id": "e", "prompt": "f"})


def test_xlsx_boolean_and_date_answers_are_refused_not_converted():
    results = items_of(
        xlsx_file(
            ["item_id", "prompt", "response"],
            ["a", "p", True],
            ["b", "p", AT],
        )
    )
    assert [(each.row, each.field) for each in results] == [
        (2, "responses[0].text"),
        (3, "responses[0].text"),
    ]
    assert "true or false, not a text" in results[0].error
    assert "datetime, not a text" in results[1].error


def test_parquet_nested_and_flat_columns_are_read():
    nested = parquet_file(
        [
            item("a", slices={"lang": "de"}),
            item("b", responses=[{"model": "m", "text": "x", "url": "https://example.org"}]),
        ]
    )
    assert summary(items_of(nested)) == [(1, "a"), (2, "b")]
    flat = parquet_file([{"item_id": 1, "prompt": "p", "response_1": "a", "response_2": "b"}])
    [row] = items_of(flat)
    assert row.form.item_id == "1"
    assert [each["text"] for each in row.form.responses] == ["a", "b"]


def test_parquet_repeated_text_is_cut_off_before_it_unpacks():
    file = parquet_file([{"item_id": "a", "prompt": "x" * 100_000}] * 5000)
    assert len(file.getvalue()) < 20_000
    refusal = refusal_of(file)
    assert "times its size" in str(refusal)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty"),
        (b"  \n ", "The file is empty"),
        ("item_id,prompt\n".encode("utf-16"), "encoded as UTF-16. Save it as UTF-8"),
        ("item_id,prompt\na,b\n".encode("utf-16-le"), "encoded as UTF-16"),
        (b"\x1f\x8b\x08\x00", "packed with gzip. Unpack it"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old (.xls) or a password-protected"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0d", "not a text file, a workbook or a Parquet"),
        (b"PK\x03\x04 and then nothing", "not a readable XLSX workbook"),
        (b"PAR1 and then nothing", "not a readable Parquet file"),
    ],
)
def test_file_of_no_usable_format_is_refused_with_the_fix(content, says):
    assert says in str(refusal_of(io.BytesIO(content)))


@pytest.mark.parametrize(
    ("content", "format"),
    [
        (b'{"a": 1}\n{"a": 2}\n', Format.JSONL),
        (b'\xef\xbb\xbf{"a": 1}', Format.JSONL),
        (b'{"a": 1,}\n{"a": 2}\n', Format.JSONL),
        (b'\n\n[\n{"a": 1}]', Format.JSON),
        (b'{\n "a": 1\n}\n{\n "a": 2\n}', Format.JSON),
        (b"item_id\na\n", Format.CSV),
    ],
)
def test_format_is_found_by_content(content, format):
    assert detect_format(io.BytesIO(content)) is format


def test_path_and_open_file_give_the_same_rows(tmp_path):
    file = jsonl({"a": 1}, {"a": 2})
    assert rows_of(saved(tmp_path, file, "wrong-name.csv")) == rows_of(file)
    assert not file.closed


def test_reading_tells_how_far_it_is():
    with open_rows(jsonl(*[{"a": "x" * 200}] * 2000)) as rows:
        shares = [rows.share_read for _ in rows]
    assert shares == sorted(shares)
    assert shares[0] < 0.5
    assert shares[-1] == 1.0


def test_columns_of_a_table_become_the_neutral_form():
    file = csv_file(
        [
            "item_id",
            "prompt",
            "response_1",
            "response_2",
            "model_1",
            "model_2",
            "url_1",
            "reference",
            "contexts",
            "slice:lang",
            "slices",
            "meta:run",
            "comment",
        ],
        [
            "a",
            "Q?",
            "one",
            "",
            "m1",
            "m2",
            "https://example.org",
            "ref",
            '["c1", {"id": "d", "text": "c2"}]',
            "de",
            '{"len": 3}',
            "7",
            "kept",
        ],
        ["b", "Q?", "one", "", "m1", "", "", "", "just text", "", "", "", ""],
    )
    first, second = items_of(file)
    assert isinstance(first, ItemRow)
    assert first.form.responses == [
        {"text": "one", "model": "m1", "url": "https://example.org"},
        {"text": "", "model": "m2"},
    ]
    assert first.form.reference == "ref"
    assert first.form.contexts == [{"text": "c1"}, {"text": "c2", "id": "d"}]
    assert first.form.slices == {"lang": "de", "len": "3"}
    assert first.form.meta == {"run": "7", "comment": "kept"}
    assert first.moved == ("comment",)
    assert second.form.responses == [{"text": "one", "model": "m1"}]
    assert second.form.reference is None
    assert second.form.contexts == [{"text": "just text"}]
    assert second.moved == ()


def test_empty_answers_stay_answers_without_a_model_column():
    file = csv_file(["item_id", "prompt", "response_1", "response_2"], ["a", "p", "", ""])
    [row] = items_of(file)
    assert row.form.responses == [{"text": ""}, {"text": ""}]


def test_responses_are_ordered_by_number_not_by_name():
    header = ["item_id", "prompt", *[f"response_{n}" for n in (10, 2, 1)]]
    [row] = items_of(csv_file(header, ["a", "p", "ten", "two", "one"]))
    assert [each["text"] for each in row.form.responses] == ["one", "two", "ten"]


def test_table_cell_that_should_be_json_names_the_form():
    file = csv_file(["item_id", "messages", "response"], ["a", "[{'role': 'user'}]", "x"])
    [found] = items_of(file)
    assert (found.row, found.field) == (2, "messages")
    assert '[{"role": "user", "content": "…"}]' in found.error
    assert found.excerpt == "[{'role': 'user'}]"


def test_ids_that_come_twice_name_the_first_row():
    results = items_of(jsonl(item("a"), item("b"), item("a", reference="other"), item("b")))
    assert summary(results) == [
        (1, "a"),
        (2, "b"),
        (
            3,
            "item_id",
            "The item “a” stands in row 1 already, with other content. Give each item its own id.",
        ),
        (4, "b"),
    ]
    assert [each.repeats for each in results if isinstance(each, ItemRow)] == [None, None, 2]


def test_field_both_in_meta_and_beside_it_is_refused():
    [found] = items_of(jsonl(item("a", meta={"note": 1}, note=2)))
    assert (found.row, found.field) == (1, "meta.note")


def test_single_response_columns_beside_responses_are_refused():
    [found] = items_of(jsonl(item("a", response_1="x")))
    assert (found.row, found.field) == (1, "responses")


def test_row_error_spells_out_further_problems():
    [found] = items_of(jsonl({"item_id": "a", "responses": [{"text": True}]}))
    assert found.field == "prompt"
    assert "Give every item a prompt or messages" in found.error
    assert "responses[0].text: The value is true or false" in found.error
