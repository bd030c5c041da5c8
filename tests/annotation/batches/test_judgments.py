"""Judgments from outside: what is refused with row and fix, and what is kept and counted."""

import json
from datetime import UTC, datetime
from io import BytesIO, StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.choices import Role
from accounts.errors import Conflict
from annotation.models import Judgment, Rater, Rating, Round
from annotation.services.batches import import_items
from annotation.services.imported_judgments import (
    ImportOptions,
    JudgmentsRefused,
    import_judgments,
    version_named,
)
from rubrics.choices import Kind, Level, VersionState
from tests.annotation.readers.files import csv_file, item, jsonl, saved
from tests.factories import (
    CATEGORICAL,
    ORDINAL,
    PAIRWISE,
    make_project,
    make_rater,
    make_rubric_version,
    member,
)

pytestmark = pytest.mark.django_db

SPANS = {
    "key": "marks",
    "kind": Kind.SPAN,
    "level": Level.SET,
    "anchors": ["wrong", "odd"],
    "options": {"severities": ["minor", "major"]},
}
LABELS = {"key": "labels", "kind": Kind.MULTI_LABEL, "level": Level.SET, "anchors": ["a", "b"]}
TEXT = {"key": "note", "kind": Kind.TEXT, "level": Level.NOMINAL, "is_required": False}
ASKED = CATEGORICAL | {"key": "why", "show_if": {"verdict": ["no"]}}
HEADER = ["item_id", "rater_id", "dimension", "value", "comment", "timestamp"]


@pytest.fixture
def project():
    made = make_project()
    import_items(
        project=made,
        source=jsonl(
            item("one"), item("two"), item("pair", responses=[{"text": "x"}, {"text": "y"}])
        ),
    )
    return made


@pytest.fixture
def version(project):
    return make_rubric_version(
        project, ORDINAL, CATEGORICAL, PAIRWISE, SPANS, LABELS, TEXT, ASKED, key="r"
    )


def imported(project, version, *rows, name="study", **options):
    source = csv_file(HEADER, *[[*row, *[""] * (6 - len(row))] for row in rows])
    return import_judgments(
        project=project,
        version=version,
        source=source,
        round_name=name,
        options=ImportOptions(**options),
    )


def test_rows_become_ratings_with_points_numbers_reasons_and_times(project, version):
    report = imported(
        project,
        version,
        ["one", "ann", "quality", "4", "good", "2026-01-02T03:04:05+01:00"],
        ["one", "ann", "verdict", "unsure", "good"],
        ["pair", "bob", "preference", "tie"],
        ["two", "bob", "labels", '["b", "a"]'],
        ["two", "bob", "note", "NULL as a text"],
        ["two", "cy", "quality", '{"abstain": true, "reason": "broken"}'],
    )
    assert (report.judgments, report.ratings, report.raters, report.items) == (4, 6, 3, 3)
    ratings = {
        (r.item.external_id, r.rater.code, r.criterion.key): (
            r.value, r.point, r.number, r.is_abstention, r.abstention_reason,
        )
        for r in Rating.objects.select_related("item", "rater", "criterion")
    }  # fmt: skip
    assert ratings == {
        ("one", "ann", "quality"): (4, 3, 4.0, False, ""),
        ("one", "ann", "verdict"): ("unsure", 2, None, False, ""),
        ("pair", "bob", "preference"): ("tie", 2, None, False, ""),
        ("two", "bob", "labels"): (["a", "b"], None, None, False, ""),
        ("two", "bob", "note"): ("NULL as a text", None, None, False, ""),
        ("two", "cy", "quality"): (None, None, None, True, "broken"),
    }
    judged = Judgment.objects.get(rater__code="ann")
    assert judged.rationale == "good"
    assert judged.submitted_at == datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC)
    assert judged.locked_at is not None
    round_ = Round.objects.get()
    assert (round_.state, round_.overlap, round_.is_imported, round_.public_id) == (
        "closed", 2, True, report.round,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("row", "field", "says"),
    [
        (["nope", "ann", "quality", "1"], "item_id", "no item “nope” in this project. Correct"),
        (["one", "ann", "color", "1"], "dimension", "no criterion “color”. It has: quality, verd"),
        (["one", "ann", "quality", "9"], "value", "“9” is not on the scale. Choose one of: 1, 2,"),
        (["one", "ann", "quality", "2.5"], "value", "is not on the scale"),
        (["one", "ann", "verdict", "maybe"], "value", "“maybe” is not on the scale"),
        (["one", "ann", "preference", "tie"], "item_id", "needs an item with two responses; this one has 1."),
        (["pair", "ann", "preference", "A"], "value", "Choose one of: response_1, response_2, tie"),
        (["one", "", "quality", "1"], "rater_id", "The field is empty"),
        (["one", "r" * 101, "quality", "1"], "rater_id", "at most 100 characters"),
        (["one", "ann", "quality", "1", "", "noon"], "timestamp", "“noon” is not a time"),
        (["one", "ann", "quality", "1", "a\x00b"], "rationale", "U+0000"),
        (["one", "ann", "labels", '["c"]'], "value", "is not on the scale"),
        (["one", "ann", "marks", "{"], "value", "is not JSON"),
        (["one", "ann", "marks", '{"start": 1}'], "value", "not a list"),
        (["one", "ann", "marks", '[{"begin": 1}]'], "value", "{start, end, text, label}"),
        (["one", "ann", "marks", '[{"start": 5, "end": 2, "label": "odd"}]'], "value", "from 5 to 2"),
        (["one", "ann", "marks", '[{"start": null, "end": 2, "label": "odd"}]'], "value", "both null"),
        (["one", "ann", "marks", '[{"start": 0, "end": 99, "label": "odd"}]'], "value", "ends at 99, but the text has 20"),
        (["one", "ann", "marks", '[{"start": 0, "end": 1, "label": "bad"}]'], "value", "wrong, odd"),
        (["one", "ann", "marks", '[{"start": 0, "end": 1, "label": "odd", "severity": "x"}]'], "value", "minor, major"),
    ],
)  # fmt: skip
def test_bad_row_stops_the_import_and_names_row_field_and_fix(project, version, row, field, says):
    report = imported(project, version, ["one", "ann", "verdict", "yes"], row)
    assert report.refusal.startswith("1 of 2 rows can't be accepted, so nothing was imported.")
    [rejected] = report.rejected
    assert (rejected["row"], rejected["field"]) == (3, field)
    assert says in rejected["error"]
    assert not Round.objects.exists()
    assert not Rater.objects.exists()


def test_good_rows_go_in_when_bad_ones_are_left_out_on_purpose(project, version):
    rows = (["one", "ann", "quality", "3"], ["one", "ann", "quality2", "9"])
    report = imported(project, version, *rows, skip_bad=True)
    assert (report.refusal, report.ratings, len(report.rejected)) == ("", 1, 1)
    again = imported(project, version, *rows, skip_bad=True)
    assert again.as_json() == report.as_json() | {"repeats_earlier": True}


def test_identical_repeats_collapse_and_conflicting_ones_are_refused(project, version):
    rating = ["one", "ann", "quality", "3"]
    report = imported(project, version, rating, rating, ["one", "ann", "quality", "3.0"])
    assert (report.ratings, report.tally.duplicates, report.tally.rows) == (1, 2, 3)
    report = imported(project, version, rating, ["one", "ann", "quality", "4"], name="other")
    assert report.rejected == [
        {
            "row": 3,
            "field": "value",
            "error": "The rater gave another value for this item and criterion in row 2. Keep one "
            "of the two rows.",
        }
    ]


def test_missing_values_are_counted_and_never_become_ratings(project, version):
    rows = [
        ["one", "ann", "quality", ""],
        ["one", "bob", "quality", "  "],
        ["one", "cy", "quality", "NULL"],
        ["one", "di", "labels", "nan"],
        ["one", "ed", "quality", "5"],
    ]
    report = imported(project, version, *rows)
    assert (report.tally.missing, report.ratings, report.judgments) == (4, 1, 1)


def test_markers_that_may_be_answers_are_missing_only_when_named(project, version):
    row = ["one", "ann", "quality", "NA"]
    assert "is not on the scale" in imported(project, version, row).rejected[0]["error"]
    both = [row, ["one", "bob", "note", "NA"], ["one", "cy", "quality", "2"]]
    report = imported(project, version, *both, missing=["NA"])
    assert (report.tally.missing, report.ratings) == (2, 1)
    refused = imported(
        project, version, ["one", "ann", "quality", "NULL"], name="x", missing=["NA"]
    )
    assert refused.tally.rejected_rows == 1


def test_empty_list_of_marks_is_an_answer_not_a_missing_one(project, version):
    report = imported(
        project, version, ["one", "ann", "marks", "[]"], ["one", "ann", "labels", "[]"]
    )
    assert (report.tally.missing, report.ratings) == (0, 2)
    assert list(Rating.objects.values_list("value", flat=True)) == [[], []]


def test_rating_that_the_rubric_would_not_have_asked_is_kept_and_counted(project, version):
    report = imported(
        project,
        version,
        ["one", "ann", "verdict", "yes"],
        ["one", "ann", "why", "no"],
        ["one", "bob", "verdict", "no"],
        ["one", "bob", "why", "no"],
    )
    assert (report.ratings, report.tally.not_asked) == (4, 1)


def test_code_of_a_person_of_the_project_is_never_used(project, version):
    make_rater(project, member(project, Role.ANNOTATOR), code="R001")
    with pytest.raises(JudgmentsRefused, match=r"belong to people of this project: R001\. Give"):
        imported(project, version, ["one", "R001", "quality", "3"])
    assert not Round.objects.exists()


def test_rater_of_an_earlier_import_is_the_same_rater(project, version):
    imported(project, version, ["one", "ann", "quality", "3"])
    imported(project, version, ["two", "ann", "quality", "4"], name="later")
    assert Rater.objects.count() == 1
    assert Judgment.objects.count() == 2


def test_same_file_under_the_same_name_gives_the_same_round(project, version):
    rows = [["one", "ann", "quality", "3"], ["one", "bob", "quality", "NULL"]]
    first = imported(project, version, *rows)
    again = imported(project, version, *rows)
    assert again.as_json() == first.as_json() | {"repeats_earlier": True}
    assert Round.objects.count() == 1


def test_name_of_another_round_is_not_reused(project, version):
    imported(project, version, ["one", "ann", "quality", "3"])
    with pytest.raises(Conflict, match="“study” exists already with other content"):
        imported(project, version, ["one", "ann", "quality", "4"])


def test_typed_formats_may_hold_lists_and_numbers(project, version):
    source = jsonl(
        {"item_id": "one", "rater": "ann", "criterion": "quality", "value": 4},
        {
            "item_id": "one",
            "rater": "ann",
            "criterion": "marks",
            "value": [{"start": 0, "end": 3, "label": "odd", "text": "100"}],
        },
    )
    report = import_judgments(project=project, version=version, source=source, round_name="j")
    assert (report.refusal, report.ratings, report.tally.spans_with_other_text) == ("", 2, 0)


def test_file_without_a_needed_column_or_without_values_is_refused(project, version):
    source = BytesIO(b"item_id,rater_id,value\na,b,c\n")
    report = import_judgments(project=project, version=version, source=source, round_name="x")
    assert "There is no column “dimension”" in report.refusal
    assert [each["row"] for each in report.rejected] == [2]
    empty = imported(project, version, ["one", "ann", "quality", ""])
    assert empty.refusal == "No row holds a judgment, so nothing was imported."


def test_newest_published_version_is_meant_unless_another_is_named(project):
    first = make_rubric_version(project, ORDINAL, key="r")
    second = make_rubric_version(project, ORDINAL, key="r")
    make_rubric_version(project, ORDINAL, key="r", state=VersionState.DRAFT)
    assert version_named(project, "r") == second
    assert version_named(project, "r@1") == first
    with pytest.raises(JudgmentsRefused, match=r"“r@3” is not a published version.*r”: 1, 2\."):
        version_named(project, "r@3")
    with pytest.raises(JudgmentsRefused, match=r"no rubric “x” in this project. It has: r\."):
        version_named(project, "x")


def test_rubric_with_only_a_draft_is_refused(project):
    make_rubric_version(project, ORDINAL, key="r", state=VersionState.DRAFT)
    for name in ("r", "r@1"):
        with pytest.raises(JudgmentsRefused, match="“r” has only a draft"):
            version_named(project, name)


def run(*args):
    out = StringIO()
    try:
        call_command("import_judgments", *args, stdout=out)
    except CommandError as refused:
        return refused.returncode, json.loads(out.getvalue() or "null"), str(refused)
    return 0, json.loads(out.getvalue()), ""


def test_command_prints_the_contract_and_its_exit_codes(project, version, tmp_path):
    good = saved(tmp_path, csv_file(HEADER[:4], ["one", "ann", "quality", "3"]), "good.csv")
    bad = saved(tmp_path, csv_file(HEADER[:4], ["one", "ann", "quality", "7"]), "bad.csv")
    where = ("--project", project.slug, "--rubric")
    code, report, _ = run(*where, "r", str(good))
    assert code == 0
    assert report == {
        "round": Round.objects.get().public_id,
        "name": "good",
        "rubric": "r@1",
        "rows": 1,
        "judgments": 1,
        "ratings": 1,
        "raters": 1,
        "items": 1,
        "duplicates": 0,
        "missing": 0,
        "rejected": [],
    }
    code, report, error = run(*where, "r", str(bad))
    assert (code, report["round"], report["rejected"][0]["row"]) == (1, None, 2)
    assert "First: row 2, value: “7” is not on the scale" in error
    assert run(*where, "nope", str(good))[0] == 1
    assert run("--project", "nope", "--rubric", "r", str(good))[0] == 2


# -- criteria that are asked of parts

PARTS_HEADER = ["item_id", "rater_id", "dimension", "part", "value"]
PER_RESPONSE = ORDINAL | {"key": "helpful", "options": {"per": "response"}}
PER_TURN = ORDINAL | {"key": "clear", "options": {"per": "turn"}}


@pytest.fixture
def with_parts(project):
    return make_rubric_version(project, ORDINAL, PER_RESPONSE, PER_TURN, key="parts")


def of_parts(project, version, *rows, **options):
    return import_judgments(
        project=project,
        version=version,
        source=csv_file(PARTS_HEADER, *map(list, rows)),
        round_name="parts",
        options=ImportOptions(**options),
    )


def test_column_part_gives_a_rating_for_each_part(project, with_parts):
    report = of_parts(
        project,
        with_parts,
        ("pair", "ann", "helpful", "response_1", "4"),
        ("pair", "ann", "helpful", "response_2", "2"),
        ("pair", "ann", "quality", "", "3"),
        ("pair", "ann", "clear", "", '{"abstain": true, "reason": "cut off"}'),
        ("pair", "bob", "helpful", "response_2", "5"),
        ("pair", "bob", "helpful", "response_2", "5"),
    )

    assert (report.refusal, report.judgments, report.ratings) == ("", 2, 5)
    assert report.tally.duplicates == 1
    rows = Rating.objects.values_list("rater__code", "criterion__key", "part", "value")
    assert set(rows) == {
        ("ann", "helpful", "response_1", 4),
        ("ann", "helpful", "response_2", 2),
        ("ann", "quality", "", 3),
        ("ann", "clear", "", None),
        ("bob", "helpful", "response_2", 5),
    }
    revision = Judgment.objects.get(rater__code="ann").revisions.get()
    assert revision.body["ratings"] == {
        "helpful": {"response_1": 4, "response_2": 2},
        "quality": 3,
        "clear": {"abstain": True, "reason": "cut off"},
    }


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (("pair", "ann", "helpful", "response_3", "4"), "It has: response_1, response_2."),
        (("pair", "ann", "helpful", "", "4"), "Name one of: response_1, response_2."),
        (("pair", "ann", "quality", "response_1", "4"), "Leave the part empty."),
        (("pair", "ann", "clear", "turn_1", "4"), "no such part"),
    ],
)
def test_part_that_does_not_fit_is_refused_with_its_row(project, with_parts, row, says):
    report = of_parts(project, with_parts, row)
    assert report.refusal
    (rejected,) = report.rejected
    assert rejected["row"] == 2
    assert says in rejected["error"]
    assert not Rating.objects.exists()


def test_rater_speaks_of_all_parts_or_of_some(project, with_parts):
    abstention = ("pair", "ann", "helpful", "", '{"abstain": true, "reason": "no"}')
    rating = ("pair", "ann", "helpful", "response_1", "4")
    for rows in ((abstention, rating), (rating, abstention)):
        report = of_parts(project, with_parts, *rows)
        assert "Keep one of the two" in report.rejected[0]["error"]


def test_two_values_for_one_part_conflict(project, with_parts):
    rows = [("pair", "ann", "helpful", "response_1", value) for value in "45"]
    assert "another value" in of_parts(project, with_parts, *rows).rejected[0]["error"]
