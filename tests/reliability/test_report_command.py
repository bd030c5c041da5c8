"""`manage.py report` prints what the page shows, in the form of `agreement`."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotation.models import Item, Round
from reliability.models import Report
from tests.factories import CATEGORICAL, ORDINAL, make_project, make_round
from tests.reliability.builders import judged_round
from tests.reliability.calling import FIELDS

pytestmark = pytest.mark.django_db


def _report(round_: Round, **options: Any) -> str:
    printed = io.StringIO()
    given = {"project": round_.project.slug, "round": round_.name} | options
    call_command("report", **given, stdout=printed)
    return printed.getvalue()


@pytest.fixture
def round_() -> Round:
    found, _, _ = judged_round(make_project(), ORDINAL, [[1, 2], [3, 3], [5, 4]])
    return found


def test_records_have_the_fields_of_agreement_and_pairs_name_raters(round_: Round) -> None:
    records = json.loads(_report(round_, format="json"))
    plain = [each for each in records if "raters" not in each]
    pairs = [each for each in records if "raters" in each]
    assert plain[0]["coefficient"] == "krippendorff_alpha"
    assert {each["coefficient"] for each in plain} == {
        "krippendorff_alpha",
        "percent_agreement",
        "percent_agreement_pooled",
        "gwet_ac1",
        "gwet_ac2",
        "fleiss_kappa",
        "conger_kappa",
        "light_kappa",
        "brennan_prediger",
    }
    assert [(each["coefficient"], each["weights"]) for each in pairs] == [
        ("cohen_kappa", "identity"),
        ("cohen_kappa", "quadratic"),
    ]
    for record in plain:
        assert list(record) == FIELDS
    for record in pairs:
        assert list(record) == [*FIELDS, "raters"]
        assert len(record["raters"]) == 2
    assert {each["source"] for each in records} == {round_.name}


def test_round_is_found_by_name_or_public_id(round_: Round) -> None:
    by_name = _report(round_, format="json")
    assert _report(round_, round=round_.public_id, format="json") == by_name
    assert Report.objects.count() == 1


def test_table_names_figures_and_reasons_in_words(round_: Round) -> None:
    text = _report(round_)
    assert "Krippendorff’s alpha" in text
    assert "quadratic weights" in text
    empty, _, _ = judged_round(make_project(), CATEGORICAL, [["yes", "yes"]])
    assert "everybody gave one and the same value" in _report(empty)


def test_unknown_round_is_wrong_usage(round_: Round) -> None:
    elsewhere = make_round(make_project())
    for options in ({"round": "nonsense"}, {"round": elsewhere.name}, {"project": "nonsense"}):
        with pytest.raises(CommandError) as refused:
            _report(round_, **options)
        assert refused.value.returncode == 2


def test_slices_follow_when_asked_for() -> None:
    """Two models, one of them with too few items to be told."""
    table = [[1 + place % 5, 1 + (place * 3) % 5] for place in range(26)]
    round_, items, _ = judged_round(make_project(), ORDINAL, table)
    for place, item in enumerate(items):
        item.sources = [{"model": "small" if place < 3 else "large"}]
    Item.objects.bulk_update(items, ["sources"])
    records = json.loads(_report(round_, format="json", by="model"))
    assert [
        (each["coefficient"], each["slice"], each["n_ratings"])
        for each in records
        if each["slice"] is not None
    ] == [
        ("krippendorff_alpha", {"model": "large"}, 46),
        ("percent_agreement", {"model": "large"}, 46),
    ]
    assert all(list(each)[: len(FIELDS)] == FIELDS for each in records)
    printed = _report(round_, by="model")
    assert "model=small" in printed
    assert "fewer than 20 items" in printed
    assert "model=" not in _report(round_)


def test_an_unknown_slice_is_wrong_usage(round_: Round) -> None:
    with pytest.raises(CommandError, match="colour") as error:
        _report(round_, by="colour")
    assert error.value.returncode == 2
