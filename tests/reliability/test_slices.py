"""Slices, periods and raters left out equal what pandas and the plain definition say."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from annotation.choices import Basis
from annotation.models import Item, Judgment, Rating, Round
from reliability.selectors.slices import MOST_VALUES, slicings_of
from reliability.services.figures import CriterionFigures, SliceFamily
from reliability.services.report import compute_report
from reliability.services.slice_figures import MIN_ITEMS
from reliability.stats import Ratings, coefficient
from reliability.stats.differences import difference
from reliability.stats.multiplicity import adjusted
from rubrics.choices import Kind, Level
from tests.factories import (
    CATEGORICAL,
    ORDINAL,
    make_batch,
    make_items,
    make_project,
    make_rater,
    make_round,
    make_rubric_version,
    make_vendor,
)
from tests.reliability.builders import judge, judged_round

pytestmark = pytest.mark.django_db

SLIDER = {"key": "slider", "kind": Kind.NUMERIC, "level": Level.INTERVAL}
LANGUAGES = ("en", "de", "fr")
FIRST_DAY = datetime(2026, 1, 5, 12, tzinfo=UTC)


def _study(seed: int, *, n_items: int = 90) -> Round:
    """Gaps, abstentions, surplus, re-votes; models, batches, vendors, languages, lengths, days."""
    rng = random.Random(seed)
    project = make_project()
    version = make_rubric_version(project, ORDINAL, CATEGORICAL, SLIDER)
    batches = [make_batch(project, make_vendor(), name=f"batch {at}") for at in range(3)]
    items = [make_items(project, 1, batch=rng.choice(batches))[0] for _ in range(n_items)]
    for item in items:
        item.sources = [{"model": rng.choice(["model-a", "model-b"])}]
        item.slices = {"language": rng.choice(LANGUAGES)} if rng.random() < 0.9 else {}
        item.meta = {"task": rng.choice(["sum", "chat"]), "row": item.external_id, "beta": True}
        item.content["responses"] = [{"text": "w" * rng.randrange(1, 500)}]
    Item.objects.bulk_update(items, ["sources", "slices", "meta", "content"])
    raters = [make_rater(project) for _ in range(4)]
    round_ = make_round(project, version=version, items=items, raters=raters)
    for item in items:
        truth = rng.randint(1, 5)
        for rater in rng.sample(raters, rng.choice([1, 2, 3, 3, 4])):
            _judged(rng, round_, item, rater, truth)
    return round_


def _judged(rng: random.Random, round_: Round, item: Item, rater: Any, truth: int) -> None:
    value = truth if rng.random() < 0.6 else rng.randint(1, 5)
    values: dict[str, Any] = {
        "quality": value,
        "verdict": rng.choice(["yes", "no", "unsure"]) if rng.random() < 0.4 else "yes",
        "slider": truth * 20 + rng.gauss(0, 7),
    }
    if rng.random() < 0.1:
        values["quality"] = {"abstain": True, "reason": "cut off"}
    basis = rng.choice([Basis.INDEPENDENT] * 8 + [Basis.SURPLUS, Basis.REVOTE, Basis.CHECK])
    judgment = judge(round_, item, rater, values, basis=basis)
    when = FIRST_DAY + timedelta(days=rng.randrange(40))
    Judgment.objects.filter(pk=judgment.pk).update(submitted_at=when)


def _frame(round_: Round, key: str) -> pd.DataFrame:
    """Counted ratings of one criterion, a row each, with what is known of the item."""
    rows = [
        {
            "item": rating.item_id,
            "rater": rating.rater.code,
            "value": rating.value,
            "day": rating.judgment.submitted_at.date(),
            "model": rating.item.sources[0]["model"],
            "batch": rating.item.batch.name,
            "vendor": rating.item.batch.vendor.name,
            "language": rating.item.slices.get("language"),
            "task": rating.item.meta["task"],
            "characters": len(rating.item.content["responses"][0]["text"]),
        }
        for rating in Rating.objects.filter(
            round=round_, criterion__key=key, basis=Basis.INDEPENDENT, is_abstention=False
        ).select_related("item__batch__vendor", "rater", "judgment")
    ]
    return pd.DataFrame(rows)


def _ratings(frame: pd.DataFrame, key: str) -> Ratings:
    level = {"quality": "ordinal", "verdict": "nominal", "slider": "interval"}[key]
    scale = {"quality": [1, 2, 3, 4, 5], "verdict": ["yes", "no", "unsure"], "slider": None}[key]
    columns = (frame["item"].tolist(), frame["rater"].tolist(), frame["value"].tolist())
    return Ratings.from_long(*columns, level=level, categories=scale)


def _criteria(round_: Round) -> Mapping[str, CriterionFigures]:
    return {each.key: each for each in compute_report(round_).criteria}


def _assert_equals(found: SliceFamily, frame: pd.DataFrame, column: str, key: str) -> None:
    for row in found.rows:
        part, rest = frame[frame[column] == row.value], frame[frame[column] != row.value]
        assert row.n_items == part["item"].nunique()
        assert row.n_ratings == len(part)
        assert row.is_suppressed == (row.n_items < MIN_ITEMS)
        if row.is_suppressed:
            assert (row.figure, row.agreement, row.difference) == (None, None, None)
            continue
        assert row.figure is not None
        expected = coefficient("krippendorff_alpha", _ratings(part, key))
        assert row.figure.estimate == pytest.approx(expected.value)
        assert row.figure.ci_low == pytest.approx(expected.ci_low)
        assert row.figure.n_raters == part["rater"].nunique()
        if rest["item"].nunique() >= MIN_ITEMS:
            assert row.difference is not None
            against = difference("krippendorff_alpha", _ratings(part, key), _ratings(rest, key))
            assert row.difference.value == pytest.approx(against.value)
            assert row.difference.ci_low == pytest.approx(against.ci_low, rel=1e-6)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("key", ["quality", "verdict", "slider"])
def test_slices_equal_a_computation_in_pandas(seed: int, key: str) -> None:
    round_ = _study(seed)
    criterion, frame = _criteria(round_)[key], _frame(round_, key)
    assert [(each.name, each.source) for each in criterion.slices] == [
        ("model", "model"),
        ("batch", "batch"),
        ("vendor", "vendor"),
        ("length", "length"),
        ("language", "slice"),
        ("task", "meta"),
    ]
    for family in criterion.slices:
        if family.source != "length":
            assert {row.value for row in family.rows} == set(frame[family.name].dropna())
            _assert_equals(family, frame, family.name, key)
        assert [row.n_items for row in family.rows] == sorted(
            (row.n_items for row in family.rows), reverse=True
        )


def test_lengths_are_quarters_of_the_rounds_items() -> None:
    round_ = _study(3)
    frame = _frame(round_, "quality")
    family = _criteria(round_)["quality"].slice_family("length")
    assert family is not None
    assert len(family.rows) == 4
    for row in family.rows:
        low, high = (int(edge) for edge in row.value.split("–"))
        inside = frame[frame["characters"].between(low, high)]
        assert row.n_items == inside["item"].nunique()
        assert 15 <= row.n_items <= 30


def test_p_values_are_adjusted_over_all_slices_of_the_criterion() -> None:
    criterion = _criteria(_study(4))["quality"]
    tested = [
        row.difference
        for family in criterion.slices
        for row in family.rows
        if row.difference is not None
    ]
    expected = adjusted([each.p_value for each in tested])
    assert [each.p_adjusted for each in tested] == pytest.approx(expected.tolist())
    assert max(expected) > max(each.p_value or 0 for each in tested[:1])


def test_periods_hold_the_items_whose_last_counted_judgment_they_saw() -> None:
    round_ = _study(5)
    criterion = _criteria(round_)["quality"]
    assert 2 <= len(criterion.periods) <= 12
    counted = Rating.objects.filter(round=round_, basis=Basis.INDEPENDENT)
    when = counted.values_list("item_id", "judgment__submitted_at")
    last = pd.DataFrame(list(when), columns=["item", "at"]).groupby("item")["at"].max()
    frame = _frame(round_, "quality")
    days = frame["item"].map(last).dt.date.astype(str)
    for period in criterion.periods:
        part = frame[(days >= period.start) & (days <= period.end)]
        assert period.n_items == part["item"].nunique()
        expected = coefficient("krippendorff_alpha", _ratings(part, "quality"))
        assert period.figure.estimate == pytest.approx(expected.value)
    assert sum(period.n_items for period in criterion.periods) == criterion.n_items


@pytest.mark.parametrize("key", ["quality", "verdict"])
def test_alpha_without_a_rater_is_alpha_of_the_others(key: str) -> None:
    round_ = _study(6)
    criterion, frame = _criteria(round_)[key], _frame(round_, key)
    whole = criterion.figure("krippendorff_alpha")
    assert whole is not None
    assert whole.estimate is not None
    assert [each.rater for each in criterion.raters_left_out] == sorted(criterion.raters)
    for each in criterion.raters_left_out:
        others = frame[frame["rater"] != each.rater]
        expected = coefficient("krippendorff_alpha", _ratings(others, key))
        assert each.without.estimate == pytest.approx(expected.value)
        assert each.without.ci_low == pytest.approx(expected.ci_low)
        assert each.without.n_units == expected.n_units
        assert each.without.n_pairable == expected.n_pairable
        assert each.change is not None
        assert each.change.value == pytest.approx(whole.estimate - (expected.value or 0))
        assert each.mean_agreement == pytest.approx(_meetings(frame, each.rater))


def _meetings(frame: pd.DataFrame, rater: str) -> float:
    own = frame[frame["rater"] == rater]
    met = own.merge(frame[frame["rater"] != rater], on="item")
    return float((met["value_x"] == met["value_y"]).mean())


def test_matrix_counts_every_rater_pair_of_every_item_once() -> None:
    round_ = _study(7)
    criterion, frame = _criteria(round_)["quality"], _frame(round_, "quality")
    pairs = frame.merge(frame, on="item")
    pairs = pairs[pairs["rater_x"] < pairs["rater_y"]]
    low, high = np.minimum(pairs.value_x, pairs.value_y), np.maximum(pairs.value_x, pairs.value_y)
    found = {(1 + each.row, 1 + each.column): each.n_pairs for each in criterion.matrix}
    assert found == pairs.groupby([low, high]).size().to_dict()
    items = pairs.groupby([low, high])["item"].nunique().to_dict()
    assert {(1 + e.row, 1 + e.column): e.n_items for e in criterion.matrix} == items


def test_stored_patterns_give_the_same_alpha() -> None:
    criterion = _criteria(_study(8))["quality"]
    whole = criterion.figure("krippendorff_alpha")
    assert whole is not None
    assert criterion.patterns is not None
    assert sum(n for _counts, n in criterion.patterns) == criterion.n_items
    assert sum(sum(counts) * n for counts, n in criterion.patterns) == criterion.n_ratings


def test_a_slider_has_alpha_and_intraclass_correlation() -> None:
    criterion = _criteria(_study(9))["slider"]
    for name in ("krippendorff_alpha", "icc_2_1", "icc_2_k"):
        figure = criterion.figure(name)
        assert figure is not None
        assert figure.undefined_reason is None
        assert figure.ci_low is not None
    assert (criterion.points, criterion.matrix, criterion.patterns) == ((), (), None)


def test_decision_says_what_more_raters_and_items_would_do() -> None:
    decision = _criteria(_study(10))["quality"].decision
    assert decision is not None
    assert decision.undefined_reason is None
    values = [each.value for each in decision.predicted]
    assert values == sorted(values)
    widths = [each.width for each in decision.widths]
    assert widths == sorted(widths, reverse=True)
    assert [width for width, _n in decision.items_needed] == [0.1, 0.2]


def test_values_past_the_limit_are_counted_not_shown() -> None:
    round_, items, _ = judged_round(make_project(), ORDINAL, [[1, 2]] * (MOST_VALUES + 5))
    for place, item in enumerate(items):
        item.slices = {"prompt": f"p{max(0, place - 2):03}"}
    Item.objects.bulk_update(items, ["slices"])
    prompt = next(each for each in slicings_of(round_) if each.name == "prompt")
    assert len(prompt.values) == MOST_VALUES
    assert prompt.values[0] == "p000"
    assert prompt.n_left_out == 3


def test_what_tells_no_items_apart_is_no_slice() -> None:
    round_, items, _ = judged_round(make_project(), ORDINAL, [[1, 2]] * 4)
    for item in items:
        item.slices, item.meta = {"language": "en"}, {"row": item.external_id * 30}
        item.sources = [{"model": "a"}, {"model": "b"}]
    Item.objects.bulk_update(items, ["slices", "meta", "sources"])
    names = {each.name for each in slicings_of(round_)}
    assert names <= {"length", "row"}


@pytest.mark.parametrize(
    ("declared", "sources"),
    [
        (["A", "A", "B", "B"], ["model"]),  # the same parts under other names
        (["b", "b", "a", "a"], ["model"]),
        (["a", "a", "a", "b"], ["model", "slice"]),
        (["a", "a", "b", None], ["model", "slice"]),
        (["a", "a", "b", "c"], ["model", "slice"]),
    ],
)
def test_a_declared_model_is_told_only_if_it_parts_items_otherwise(
    declared: list[str | None], sources: list[str]
) -> None:
    round_, items, _ = judged_round(make_project(), ORDINAL, [[1, 2]] * 4)
    for item, model, own in zip(items, ["a", "a", "b", "b"], declared, strict=True):
        item.sources = [{"model": model}]
        item.slices = {} if own is None else {"model": own}
    Item.objects.bulk_update(items, ["sources", "slices"])
    found = slicings_of(round_)
    assert [each.source for each in found if each.name == "model"] == sources


def test_batches_of_one_name_are_told_apart() -> None:
    project = make_project()
    batches = [make_batch(project, name="delivery") for _ in range(2)]
    items = [make_items(project, 1, batch=batch)[0] for batch in batches]
    version = make_rubric_version(project)
    rater = make_rater(project)
    round_ = make_round(project, version=version, items=items, raters=[rater])
    for item in items:
        judge(round_, item, rater, {"quality": 1})
    batch = next(each for each in slicings_of(round_) if each.source == "batch")
    assert set(batch.values) == {f"delivery ({each.public_id})" for each in batches}


def test_archived_items_still_count() -> None:
    """Their judgments were given; archiving keeps an item from further use, not from the past."""
    round_ = _study(11)
    before = compute_report(round_).criteria
    Item.objects.filter(judgments__round=round_).update(archived_at=FIRST_DAY)
    assert compute_report(round_).criteria == before


def test_slices_take_the_same_queries_however_many_there_are(
    django_assert_num_queries: Any,
) -> None:
    few, many = _study(12, n_items=10), _study(13, n_items=40)
    for round_ in (few, many):
        with django_assert_num_queries(6):
            slicings_of(round_)
