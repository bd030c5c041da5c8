"""Files for consumers: exact or reversible (T32), whole (T59), and the same every time."""

import csv as stdlib_csv
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.spreadsheets import DANGEROUS, neutralised, restored
from annotation.models import Item
from exports.errors import ContentChanged
from exports.formats import Target
from exports.formats.columns import LABEL_COLUMNS, RATING_COLUMNS
from exports.formats.xlsx import CUT, read_back
from exports.models import GoldRelease
from exports.services.export_files import export_to_path, write_release
from exports.services.gold import release_gold
from tests.exports.builders import decide, make_judged
from tests.factories import ORDINAL

FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1",
    "＝1+1", "'already quoted", "''twice", "'", "plain", "", "a,b", 'a "quoted" word', "two\nlines",
    "carriage\rreturn", "_x0041_", "\x07control", "#N/A", "3", "-3.5", "عربي", "\u202ereversed", "💥",
]  # fmt: skip


@given(st.text())
def test_neutralised_text_is_no_formula_and_comes_back_exactly(text: str) -> None:
    cell = neutralised(text)
    assert restored(cell) == text
    assert cell.startswith("'") or not DANGEROUS.match(cell)
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))


@given(st.sampled_from("=+-@\t\r'"), st.text())
def test_neutralised_text_begins_with_an_apostrophe_where_it_must(first: str, rest: str) -> None:
    assert neutralised(first + rest) == "'" + first + rest


@pytest.fixture
def release(db: None) -> GoldRelease:
    """Formulas wherever people or files may have put them."""
    round_ = make_judged(ORDINAL, [[1, 3]] * len(FORMULAS))
    for item, text in zip(Item.objects.order_by("pk"), FORMULAS, strict=True):
        item.sources = [{"model": text}]
        item.slices = {"topic": text}
        item.save()
        decide(round_, item, "quality", 2, rationale=text)
        round_.judgments.filter(item=item).update(rationale=text)
    return release_gold(project=round_.project, rounds=[round_], actor=None)


def written(release: GoldRelease, target: Target, **options: Any) -> bytes:
    file = io.BytesIO()
    manifest = write_release(file, release=release, target=target, **options)
    data = file.getvalue()
    assert (manifest.sha256, manifest.n_bytes) == (hashlib.sha256(data).hexdigest(), len(data))
    return data


def json_rows(release: GoldRelease) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written(release, Target.JSONL).splitlines()]


def csv_rows(data: bytes) -> list[dict[str, str]]:
    return list(stdlib_csv.DictReader(io.StringIO(data.decode(), newline="")))


@pytest.mark.django_db
@pytest.mark.parametrize("target", list(Target))
def test_write_release_gives_the_same_bytes_every_time(
    release: GoldRelease, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = written(release, target)
    import time

    later = time.time() + 90_000
    monkeypatch.setattr(time, "time", lambda: later)
    assert written(release, target) == first


@pytest.mark.django_db
def test_jsonl_is_exact(release: GoldRelease) -> None:
    rows = json_rows(release)
    by_id = {row["item_id"]: row for row in rows}
    items = list(Item.objects.order_by("pk"))
    assert [by_id[item.external_id]["model"] for item in items] == [[text] for text in FORMULAS]
    assert [by_id[item.external_id]["decision_rationale"] for item in items] == FORMULAS
    assert [
        by_id[item.external_id]["ratings"][0].get("rationale", "") for item in items
    ] == FORMULAS
    assert rows[0]["raters"] == {"R001": 1, "R002": 3}
    assert (rows[0]["value"], rows[0]["n_ratings"], rows[0]["release"]) == (2, 2, 1)
    assert rows[0]["content_hash"] == release.content_hash
    assert rows[0]["canary"] == release.canary
    assert set(rows[0]) == {*LABEL_COLUMNS, "ratings", "decision", "agreement"}


@pytest.mark.django_db
def test_csv_comes_back_exactly_and_runs_nothing(release: GoldRelease) -> None:
    rows = csv_rows(written(release, Target.CSV))
    assert list(rows[0]) == list(LABEL_COLUMNS)
    for row, exact in zip(rows, json_rows(release), strict=True):
        assert restored(row["decision_rationale"]) == exact["decision_rationale"]
        assert json.loads(restored(row["slices"])) == exact["slices"]
        assert row["value"] == "2"
        assert float(row["alpha"]) == exact["alpha"]
        texts = [cell for name, cell in row.items() if not name.startswith("alpha")]
        assert not [cell for cell in texts if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


@pytest.mark.django_db
def test_negative_numbers_stay_numbers(db: None) -> None:
    criterion = {"key": "delta", "kind": "numeric", "level": "interval"}
    round_ = make_judged(criterion, [[-2.5, -2.5]])
    release = release_gold(project=round_.project, rounds=[round_], actor=None)
    assert csv_rows(written(release, Target.CSV))[0]["value"] == "-2.5"
    sheet = openpyxl.load_workbook(io.BytesIO(written(release, Target.XLSX)))["labels"]
    cell = sheet.cell(2, list(LABEL_COLUMNS).index("value") + 1)
    assert (cell.value, cell.data_type, cell.number_format) == (-2.5, "n", "General")
    text = sheet.cell(2, list(LABEL_COLUMNS).index("origin") + 1)
    assert (text.value, text.data_type, text.number_format) == ("unanimous", "s", "@")


@pytest.mark.django_db
def test_ratings_csv_is_the_long_form_the_agreement_command_reads(release: GoldRelease) -> None:
    rows = csv_rows(written(release, Target.RATINGS))
    assert list(rows[0]) == list(RATING_COLUMNS)
    assert [(row["rater_id"], row["value"]) for row in rows[:2]] == [("R001", "1"), ("R002", "3")]
    assert len(rows) == 2 * len(FORMULAS)


@pytest.mark.django_db
def test_workbook_holds_texts_as_texts(release: GoldRelease) -> None:
    data = written(release, Target.XLSX)
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["labels", "ratings", "data card"]
    column = list(LABEL_COLUMNS).index("decision_rationale") + 1
    cells = [book["labels"].cell(row + 2, column) for row in range(len(FORMULAS))]
    exact = [row["decision_rationale"] for row in json_rows(release)]
    assert [read_back(cell.value or "") for cell in cells] == exact
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if "sheets/" in name]
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert not [sheet for sheet in sheets if b"<f" in sheet.replace(b"<fo", b"")]


@pytest.mark.django_db
def test_workbook_says_where_a_text_was_cut(db: None) -> None:
    round_ = make_judged(ORDINAL, [[1, 1]], rationale="x" * 40_000)
    release = release_gold(project=round_.project, rounds=[round_], actor=None)
    sheet = openpyxl.load_workbook(io.BytesIO(written(release, Target.XLSX)))["ratings"]
    cell = sheet.cell(2, list(RATING_COLUMNS).index("rationale") + 1).value
    assert (len(cell), cell.endswith(CUT)) == (32_767, True)


@pytest.mark.django_db
def test_parquet_holds_values_and_card(release: GoldRelease) -> None:
    table = pq.read_table(io.BytesIO(written(release, Target.PARQUET)))
    assert table.column_names == [*LABEL_COLUMNS, "value_number"]
    assert table.column("value_number").to_pylist() == [2.0] * len(FORMULAS)
    assert json.loads(table.schema.metadata[b"data_card"])["release"] == 1


@pytest.mark.django_db
def test_content_is_exported_only_as_the_raters_saw_it(release: GoldRelease) -> None:
    rows = written(release, Target.JSONL, with_content=True).splitlines()
    item = Item.objects.get(external_id=json.loads(rows[0])["item_id"])
    assert json.loads(rows[0])["content"] == item.content
    Item.objects.filter(pk=item.pk).update(content_hash="9" * 64)
    with pytest.raises(ContentChanged, match=item.external_id):
        written(release, Target.JSONL, with_content=True)


@pytest.mark.django_db
def test_columns_are_listed_one_by_one() -> None:
    """A new field of a model appears in no file until someone adds it here (T09)."""
    assert list(LABEL_COLUMNS) == [
        "item_id", "criterion", "value", "origin", "split", "n_ratings", "distribution", "raters",
        "decision_value", "decision_cause", "decision_rationale", "decision_by", "decision_at",
        "decision_blind_value", "rubric", "rubric_version", "rubric_hash", "kind", "level",
        "round", "alpha", "alpha_low", "alpha_high", "alpha_undefined", "model", "slices", "group",
        "item_hash", "release", "content_hash", "canary",
    ]  # fmt: skip


@pytest.mark.django_db
def test_export_to_path_replaces_the_file_or_leaves_it(
    release: GoldRelease, tmp_path: Path
) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text("what was here before")
    Item.objects.filter(pk=Item.objects.order_by("-pk")[0].pk).update(content_hash="9" * 64)
    with pytest.raises(ContentChanged):
        export_to_path(
            release=release, target=Target.JSONL, path=path, actor=None, with_content=True
        )
    assert [each.name for each in tmp_path.iterdir()] == ["gold.jsonl"]
    assert path.read_text() == "what was here before"
    manifest = export_to_path(release=release, target=Target.JSONL, path=path, actor=None)
    assert manifest.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert manifest.rows == len(FORMULAS) == len(path.read_bytes().splitlines())
    assert [each.name for each in tmp_path.iterdir()] == ["gold.jsonl"]
