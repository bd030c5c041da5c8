"""Files built to exhaust whoever opens them are refused before they can (T38)."""

import io
import tracemalloc
import zipfile

import pytest

from annotation.readers import FileRefused, Limits, open_rows, read_items
from tests.annotation.readers.files import item, jsonl, xlsx_file

pytestmark = pytest.mark.pure

SHEET = "xl/worksheets/sheet1.xml"
ROWS = b'<row r="1"><c r="A1" t="inlineStr"><is><t>item_id</t></is></c></row>'
HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TAIL = b"</sheetData></worksheet>"


def workbook(**parts):
    """A small workbook with some of its parts replaced."""
    whole = zipfile.ZipFile(xlsx_file(["item_id", "prompt"], ["a", "b"]))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in whole.namelist():
            archive.writestr(name, parts.get(name, whole.read(name)))
    file.seek(0)
    return file


def refusal(file, **limits):
    tracemalloc.start()
    try:
        with pytest.raises(FileRefused) as caught, open_rows(file, limits=Limits(**limits)) as rows:
            for _ in read_items(rows):
                pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 60 * 1024 * 1024
    return str(caught.value)


def test_workbook_that_unpacks_beyond_the_limits_is_refused_unread():
    bomb = workbook(**{SHEET: HEAD + ROWS + b" " * 20_000_000 + TAIL})
    assert len(bomb.getvalue()) < 50_000
    assert "more than 100 times its size" in refusal(bomb)
    assert "unpacks to 2" in refusal(bomb, unpacked_bytes=1_000_000)


@pytest.mark.parametrize(
    "prolog",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        b'<?xml version="1.0"?><!-- hidden behind this --><!DOCTYPE x SYSTEM "file:///etc/passwd">',
    ],
)
def test_workbook_with_entities_is_refused(prolog):
    said = refusal(workbook(**{SHEET: prolog + HEAD + ROWS + TAIL}))
    assert "declares XML entities" in said


def test_workbook_in_an_encoding_that_hides_its_tags_is_refused():
    text = '<?xml version="1.0" encoding="utf-16"?>' + (HEAD + ROWS + TAIL).decode()
    assert "not a readable XLSX" in refusal(workbook(**{SHEET: text.encode("utf-16")}))


def test_row_of_endless_cells_is_refused_before_it_is_built():
    cells = b"<c/>" * 300_000
    bomb = workbook(**{SHEET: HEAD + b"<row>" + cells + b"</row>" + TAIL})
    assert "too many parts or cells" in refusal(bomb, ratio=10_000)


def test_wide_sheet_is_refused_by_its_columns():
    assert "The file has 300 columns" in refusal(
        xlsx_file([f"c{n}" for n in range(300)], ["x"] * 300)
    )


def test_sheet_with_one_row_far_below_ends_soon():
    far = ROWS + b'<row r="999999999999"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row>'
    assert "rows beyond 1048576" in refusal(workbook(**{SHEET: HEAD + far + TAIL}))


def test_sheet_of_a_declared_size_is_read_by_its_cells():
    declared = HEAD.replace(b"<sheetData>", b'<dimension ref="A1:XFD1048576"/><sheetData>')
    row = ROWS + b'<row r="2"><c r="A2" t="inlineStr"><is><t>x</t></is></c></row>'
    with open_rows(workbook(**{SHEET: declared + row + TAIL})) as rows:
        assert [each.data for each in rows] == [{"item_id": "x"}]


def test_endless_first_line_does_not_fill_memory():
    assert "Line 1 is longer than" in refusal(io.BytesIO(b"item_id," + b"x" * 50_000_000))
    assert "The record is longer" in refusal(io.BytesIO(b'[{"a": "' + b"x" * 50_000_000))


def test_long_file_takes_no_more_memory_than_a_short_one():
    def peak(n):
        file = jsonl(*(item(f"q{k}", reference="x" * 2000) for k in range(n)))
        tracemalloc.start()
        with open_rows(file) as rows:
            assert sum(1 for _ in read_items(rows)) == n
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    short, long = peak(200), peak(4000)
    # Only the ids are remembered: some hundred bytes each.
    assert long - short < 4000 * 300
