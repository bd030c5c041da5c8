"""Every format holds the report's figures, and no text of a study becomes anything but text."""

import io
import json
import re
import zipfile
from typing import Any

import openpyxl
import pytest
from markdown_it import MarkdownIt

from reliability.choices import ReportFormat
from reliability.models import FinalReport
from reliability.report_files.document import Form, shown
from reliability.report_files.markdown import escaped
from reliability.report_files.pdf import scripts_without_font
from reliability.services.finalise import finalise_report
from rubrics.choices import Kind, Level
from tests.factories import ORDINAL, make_project
from tests.reliability.builders import judged_round
from tests.reliability.reports import HOSTILE, closed_round, file_of

pytestmark = pytest.mark.django_db

NASTY = {
    "key": "nasty",
    "question": HOSTILE,
    "kind": Kind.CATEGORICAL,
    "level": Level.NOMINAL,
    "anchors": ["=1+1", "+x", "@a", "plain", "多", "عربي", "Ёλ"],
}
TABLE = [["=1+1", "=1+1"], ["+x", "@a"], ["plain", "多"], ["عربي", "Ёλ"], ["+x", "+x"]]


@pytest.fixture
def report() -> FinalReport:
    project = make_project("nasty", name=HOSTILE)
    round_, _items, _raters = judged_round(project, NASTY, TABLE, name=f"{HOSTILE}/../x")
    return finalise_report(round_=round_, actor=None, reason=HOSTILE)


def _alpha(report: FinalReport) -> float:
    found: float = report.data["figures"]["criteria"][0]["figures"][0]["estimate"]
    return found


def test_json_is_the_content_as_it_was_hashed(report: FinalReport) -> None:
    written = file_of(report, ReportFormat.JSON)
    assert f'{{"content":{report.content},'.encode() in written
    assert json.loads(written)["content"] == report.data


def test_workbook_has_numbers_as_numbers_and_texts_as_texts(report: FinalReport) -> None:
    book = openpyxl.load_workbook(io.BytesIO(file_of(report, ReportFormat.XLSX)))
    assert book.sheetnames[:4] == ["summary", "figures", "pairs", "slices"]
    header, alpha = [list(row) for row in book["figures"].iter_rows(max_row=2, values_only=True)]
    assert alpha[header.index("estimate")] == pytest.approx(_alpha(report), abs=1e-15)
    formulas = [
        cell.coordinate
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]
    assert formulas == []
    texts = [row[1] for row in book["values"].iter_rows(min_row=2, values_only=True)]
    assert "=1+1" in texts


def test_workbook_of_every_kind_opens() -> None:
    report = finalise_report(round_=closed_round(make_project(), n_items=8), actor=None)
    book = openpyxl.load_workbook(io.BytesIO(file_of(report, ReportFormat.XLSX)))
    assert book["pairs"].max_row > 10
    assert book["checks"].max_row > 30


def test_markdown_holds_no_markup_from_outside(report: FinalReport) -> None:
    text = file_of(report, ReportFormat.MARKDOWN).decode()
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert "<img" not in html
    assert "<b>" not in html
    assert "<a " not in html
    assert html.count("<h1>") == 1
    assert shown(Form.FIGURE, _alpha(report)) in text


@pytest.mark.parametrize(
    "text", [HOSTILE, "# x", "- x", "1. x", "> x", "a\n\n# b", "`x` ~~y~~", "|"]
)
def test_escaped_text_reads_as_it_was(text: str) -> None:
    html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(escaped(text))
    plain = re.sub(r"</?p>|\n", "", html)
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        plain = plain.replace(entity, character)
    assert plain == " ".join(text.split())


def test_pdf_is_tagged_and_takes_any_text(report: FinalReport) -> None:
    written = file_of(report, ReportFormat.PDF)
    assert written.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in written
    assert b"/MarkInfo" in written


def test_pdf_is_accessible_and_archival_where_every_letter_can_be_drawn(
    report: FinalReport,
) -> None:
    round_, _items, _raters = judged_round(make_project(), ORDINAL, [[1, 2], [3, 3], [5, 4]])
    plain = finalise_report(round_=round_, actor=None, reason="Ёλ é")
    for mark in (b"pdfuaid:part", b"pdfaid:part"):
        assert mark in file_of(plain, ReportFormat.PDF)
        assert mark not in file_of(report, ReportFormat.PDF)


def test_pdf_says_which_letters_it_can_not_draw() -> None:
    assert scripts_without_font("Latin é, Ёλ, עברית, عربي, 1 ≥ 2, ½ °") == []
    assert scripts_without_font("多 にほん 한국") == ["CJK", "HANGUL", "HIRAGANA"]


def test_names_of_files_are_safe(report: FinalReport) -> None:
    from reliability.services.final_files import report_file

    name = report_file(report, ReportFormat.ZIP, actor=None).name
    assert re.fullmatch(r"[a-z0-9.-]+", name)
    assert name.endswith("-report-1.recompute.zip")


def test_archive_holds_no_path_and_no_clock(report: FinalReport) -> None:
    with zipfile.ZipFile(io.BytesIO(file_of(report, ReportFormat.ZIP))) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert {"README.md", "recompute.py", "report.json", "rubric.yaml", "ratings.csv"} < set(
            names
        )
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        rows = archive.read("ratings.csv").decode().splitlines()
    assert rows[0].startswith("item_id,rater_id,dimension,value,level")
    cells: list[Any] = [row.split(",")[3] for row in rows[1:]]
    assert "'=1+1" in cells
    assert "=1+1" not in cells
