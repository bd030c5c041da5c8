"""Published sets of human judgments go in unchanged, and every count comes out."""

import csv
import json
from collections import Counter
from io import StringIO

import pytest
from django.core.management import call_command

from annotation.models import Item, Judgment, JudgmentRevision, Rating, Round, Slot
from annotation.services.judgments import broken_revision
from rubrics.choices import Kind, Level
from tests.factories import PAIRWISE, make_project, make_rubric_version

pytestmark = pytest.mark.django_db


def ordinal(key, *anchors):
    return {"key": key, "kind": Kind.ORDINAL, "level": Level.ORDINAL, "anchors": list(anchors)}


def nominal(key, *anchors, **fields):
    form = {"key": key, "kind": Kind.CATEGORICAL, "level": Level.NOMINAL}
    return form | {"anchors": list(anchors)} | fields


SETS = {
    "summeval": [
        ordinal(key, 1, 2, 3, 4, 5) for key in ("coherence", "consistency", "fluency", "relevance")
    ],
    "pandalm": [PAIRWISE],
    "ttcw": [nominal(f"ttcw_{n:02d}", "Yes", "No") for n in range(1, 15)],
    "wmt-mqm-ted-ende": [
        {
            "key": "error_spans",
            "kind": Kind.SPAN,
            "level": Level.SET,
            "options": {"severities": ["Minor", "Major"], "sides": ["target", "source"]},
        },
        {"key": "mqm_score", "kind": Kind.NUMERIC, "level": Level.RATIO, "options": {"min": 0}},
    ],
    "xsum-hallucination": [
        {
            "key": "hallucination_spans",
            "kind": Kind.SPAN,
            "level": Level.SET,
            "anchors": ["intrinsic", "extrinsic"],
        },
        {
            "key": "hallucination_types",
            "kind": Kind.MULTI_LABEL,
            "level": Level.SET,
            "anchors": ["extrinsic", "intrinsic"],
        },
        nominal("has_hallucination", "yes", "no"),
        nominal("is_factual", "yes", "no", show_if={"has_hallucination": ["yes"]}),
    ],
}


def run(*args):
    out = StringIO()
    call_command(*args, stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture(params=sorted(SETS))
def imported(request, shared):
    """(folder, project, what import_batch printed, what import_judgments printed)."""
    folder = shared / "data" / request.param
    project = make_project(slug=request.param)
    make_rubric_version(project, *SETS[request.param], key="study")
    items = run("import_batch", "--project", project.slug, str(folder / "items.jsonl"))
    judgments = run(
        "import_judgments",
        "--project",
        project.slug,
        "--rubric",
        "study",
        str(folder / "judgments.csv"),
    )
    return folder, project, items, judgments


def test_published_set_goes_in_unchanged_and_all_counts_come_out(imported):
    folder, project, items, judgments = imported
    expected = json.loads((folder / "expected.json").read_text())
    with (folder / "judgments.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    n_items = expected["n_items"]
    assert (items["rows"], items["created"], items["duplicates"], items["rejected"]) == (
        n_items,
        n_items,
        0,
        [],
    )
    assert Item.objects.filter(project=project).count() == n_items

    pairs = {(row["item_id"], row["rater_id"]) for row in rows}
    assert judgments["rows"] == judgments["ratings"] == expected["n_judgments"] == len(rows)
    assert judgments["judgments"] == len(pairs)
    assert judgments["raters"] == len({row["rater_id"] for row in rows})
    assert judgments["items"] == len({row["item_id"] for row in rows})
    assert (judgments["duplicates"], judgments["missing"], judgments["rejected"]) == (0, 0, [])

    round_ = Round.objects.get(public_id=judgments["round"])
    assert (round_.state, round_.is_imported, round_.name) == ("closed", True, "judgments")
    assert not round_.round_raters.filter(rater__user__isnull=False).exists()
    for model in (Judgment, Slot):
        assert model.objects.filter(round=round_).count() == len(pairs)
    assert JudgmentRevision.objects.filter(judgment__round=round_).count() == len(pairs)


def test_every_value_of_the_set_is_stored_as_it_was(imported):
    folder, _project, _items, judgments = imported
    with (folder / "judgments.csv").open(newline="", encoding="utf-8") as file:
        expected = Counter(
            (row["item_id"], row["rater_id"], row["dimension"], _comparable(row["value"]))
            for row in csv.DictReader(file)
        )
    ratings = Rating.objects.filter(round__public_id=judgments["round"])
    found = Counter(
        (item, rater, criterion, _comparable(value))
        for item, rater, criterion, value in ratings.values_list(
            "item__external_id", "rater__code", "criterion__key", "value"
        )
    )
    assert found == expected


def _comparable(value):
    """Numbers as numbers, lists as their members; unlabelled marks have no label."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return value
    if isinstance(value, list):
        return json.dumps([_member(each) for each in value], sort_keys=True)
    return float(value)


def _member(each):
    if not isinstance(each, dict):
        return each
    kept = {name: value for name, value in each.items() if value is not None}
    return {name: value for name, value in kept.items() if (name, value) != ("label", "NULL")}


@pytest.mark.parametrize(
    ("imported", "noted"),
    [
        (
            "xsum-hallucination",
            {
                "spans": 10404,
                "spans_without_place": 39,
                "spans_without_label": 7,
                "spans_with_other_text": 19,
            },
        ),
        ("wmt-mqm-ted-ende", {"spans": 4031, "spans_without_place": 1}),
    ],
    indirect=["imported"],
)
def test_what_is_odd_about_marks_is_counted(imported, noted):
    judgments = imported[3]
    assert noted.items() <= judgments.items()


@pytest.mark.parametrize("imported", ["ttcw"], indirect=True)
def test_reasons_by_criterion_are_kept_with_the_judgment(imported):
    folder, _project, _items, judgments = imported
    with (folder / "judgments.csv").open(newline="", encoding="utf-8") as file:
        first = next(row for row in csv.DictReader(file) if row["comment"])
    revision = JudgmentRevision.objects.get(
        judgment__round__public_id=judgments["round"],
        judgment__item__external_id=first["item_id"],
        judgment__rater__code=first["rater_id"],
    )
    assert revision.body["rationales"][first["dimension"]] == first["comment"]
    assert broken_revision(revision.judgment) is None
    assert f"{first['dimension']}: {first['comment']}" in revision.judgment.rationale


@pytest.mark.parametrize("imported", ["pandalm"], indirect=True)
def test_same_files_again_change_nothing_and_print_the_first_outcome(imported):
    folder, project, items, judgments = imported
    before = Rating.objects.count(), Item.objects.count(), Round.objects.count()
    again = run("import_batch", "--project", project.slug, str(folder / "items.jsonl"))
    once_more = run(
        "import_judgments",
        "--project",
        project.slug,
        "--rubric",
        "study@1",
        str(folder / "judgments.csv"),
    )
    assert again == items | {"repeats_earlier": True}
    assert once_more == judgments | {"repeats_earlier": True}
    assert (Rating.objects.count(), Item.objects.count(), Round.objects.count()) == before
