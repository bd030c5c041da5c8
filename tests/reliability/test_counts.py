"""Counts made by the database equal counts made one rating at a time."""

import random
from collections import Counter
from itertools import combinations
from typing import Any

import pytest

from annotation.choices import Basis
from annotation.models import Item, Rating, Round
from reliability.selectors.counts import pair_tables, usage_of
from reliability.selectors.disagreement import (
    SplitItem,
    agreed_items,
    split_items,
)
from reliability.selectors.ratings import ratings_of
from reliability.selectors.scales import Scale, scales_of
from reliability.stats import Ratings
from rubrics.choices import Kind, Level
from tests.factories import (
    CATEGORICAL,
    ORDINAL,
    PAIRWISE,
    make_items,
    make_project,
    make_rater,
    make_round,
    make_rubric_version,
)
from tests.reliability.builders import judge, judged_round

pytestmark = pytest.mark.django_db

LONG = {
    "key": "topic",
    "kind": Kind.CATEGORICAL,
    "level": Level.NOMINAL,
    "anchors": [f"topic-{i}" for i in range(45)],
}


@pytest.fixture
def busy() -> Round:
    """Three criteria of different scales, gaps, abstentions, surplus and re-votes."""
    rng = random.Random(7)
    project = make_project()
    version = make_rubric_version(project, ORDINAL, PAIRWISE, LONG)
    items, raters = make_items(project, 12, responses=2), [make_rater(project) for _ in range(4)]
    round_ = make_round(project, version=version, items=items, raters=raters)
    for item in items:
        for rater in raters:
            if rng.random() < 0.25:
                continue
            values: dict[str, Any] = {
                "quality": rng.choice([1, 2, 2, 3, 5]),
                "preference": rng.choice(["response_1", "response_2", "tie"]),
                "topic": rng.choice(LONG["anchors"]),  # type: ignore[arg-type]
            }
            if rng.random() < 0.2:
                values["quality"] = {"abstain": True, "reason": "cut off"}
            basis = rng.choice([Basis.INDEPENDENT] * 5 + [Basis.SURPLUS, Basis.REVOTE])
            judge(round_, item, rater, values, basis=basis)
    return round_


PREFERENCES = {"response_1": 0, "tie": 1, "response_2": 2}


def _by_item(round_: Round, key: str) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = {}
    for rating in Rating.objects.filter(round=round_, criterion__key=key, basis=Basis.INDEPENDENT):
        if rating.point is not None:
            # A tie is stored last and lies between the two responses.
            place = PREFERENCES.get(str(rating.value), rating.point)
            found.setdefault(rating.item_id, {})[rating.rater_id] = place
    return found


def _ratings(round_: Round, key: str) -> tuple[Scale, Ratings]:
    return next(found for found in ratings_of(round_, scales_of(round_)) if found[0].key == key)


@pytest.mark.parametrize("key", ["quality", "preference", "topic"])
def test_patterns_equal_a_naive_count(busy: Round, key: str) -> None:
    scale, ratings = _ratings(busy, key)
    patterns = ratings.patterns()
    expected: Counter[tuple[int, ...]] = Counter()
    for chosen_by in _by_item(busy, key).values():
        chosen = Counter(chosen_by.values())
        expected[tuple(chosen[i] for i in range(len(scale.points)))] += 1
    found = {
        tuple(int(c) for c in row): int(n)
        for row, n in zip(patterns.counts, patterns.frequencies, strict=True)
    }
    assert found == dict(expected)


@pytest.mark.parametrize("key", ["quality", "preference"])
def test_pair_tables_equal_a_naive_count(busy: Round, key: str) -> None:
    scale, ratings = _ratings(busy, key)
    tables = pair_tables(ratings)
    expected: Counter[tuple[int, int, int, int]] = Counter()
    for chosen in _by_item(busy, key).values():
        for a, b in combinations(sorted(chosen), 2):
            expected[a, b, chosen[a], chosen[b]] += 1
    found = {
        (a, b, i, j): int(table.counts[i, j])
        for (a, b), table in tables.items()
        for i in range(len(scale.points))
        for j in range(len(scale.points))
        if table.counts[i, j]
    }
    assert found == dict(expected)


def test_usage_keeps_abstentions_surplus_and_revotes_apart(busy: Round) -> None:
    ratings = Rating.objects.filter(round=busy, criterion__key="quality")
    usage = usage_of(busy)[scales_of(busy)[0].pk]
    independent = ratings.filter(basis=Basis.INDEPENDENT)
    assert usage.n_abstentions == independent.filter(is_abstention=True).count() > 0
    assert usage.n_surplus == ratings.filter(basis=Basis.SURPLUS).count() > 0
    assert usage.n_revotes == ratings.filter(basis=Basis.REVOTE).count() > 0
    assert sum(usage.by_rater.values()) == independent.filter(is_abstention=False).count()
    assert sum(usage.by_point.values()) == sum(usage.by_rater.values())


def test_counts_take_the_same_queries_however_much_there_is(
    busy: Round, django_assert_num_queries: Any
) -> None:
    scales = scales_of(busy)
    with django_assert_num_queries(2):
        found = list(ratings_of(busy, scales))
    assert len(found) == 3


NUMERIC = {"key": "seconds", "kind": Kind.NUMERIC, "level": Level.RATIO}
LABELS = {"key": "faults", "kind": Kind.MULTI_LABEL, "level": Level.SET, "anchors": ["a", "b"]}


def test_numbers_come_back_as_they_were_given() -> None:
    """A third, a tiny and a huge one: joined to a text and read again, each is the same float."""
    given = [[1 / 3, 0.1, 2], [1e-300, 2**53 + 2.0, -7.25], [0.1, None, 1 / 3]]
    round_, items, raters = judged_round(make_project(), NUMERIC, given)
    _scale, ratings = _ratings(round_, "seconds")
    found = [[None] * 3 for _item in items]
    of_item = {item.pk: at for at, item in enumerate(items)}
    of_rater = {rater.pk: at for at, rater in enumerate(raters)}
    codes = zip(ratings.units, ratings.raters, ratings.values, strict=True)
    for unit, rater, value in codes:
        row, column = of_item[ratings.unit_labels[unit]], of_rater[ratings.rater_labels[rater]]
        found[row][column] = ratings.points[value]
    assert found == given


def test_sets_are_equal_whatever_the_order_of_their_labels() -> None:
    round_, _, _ = judged_round(make_project(), LABELS, [[["a", "b"], ["b", "a"]], [[], ["a"]]])
    _scale, ratings = _ratings(round_, "faults")
    assert ratings.points == (frozenset(), frozenset("a"), frozenset("ab"))
    assert ratings.patterns().n_units == 2


def test_items_of_one_conversation_are_a_group() -> None:
    round_, items, _ = judged_round(make_project(), ORDINAL, [[1, 2], [3, 3], [4, 5], [2, 2]])
    assert _ratings(round_, "quality")[1].groups is None
    Item.objects.filter(pk__in=[items[0].pk, items[2].pk]).update(group="talk")
    groups = _ratings(round_, "quality")[1].groups
    assert groups is not None
    assert groups[0] == groups[2]
    assert len(set(groups.tolist())) == 3


def _split(round_: Round, key: str, n: int) -> tuple[SplitItem, ...]:
    scale, ratings = _ratings(round_, key)
    return split_items(ratings, scale, n=n)


def test_most_disputed_items_come_first_with_who_gave_what() -> None:
    project = make_project()
    round_, items, _ = judged_round(project, ORDINAL, [[3, 3, 3], [1, 5, 1], [2, 3, 3], [4, 5, 4]])
    split = _split(round_, "quality", 2)
    assert [each.item for each in split] == [items[1].pk, items[2].pk]
    assert split[0].values == ((1, 2), (5, 1))
    assert split[0].disagreement == pytest.approx((16 + 16 + 0) / 3)


def test_nominal_disagreement_is_the_share_of_pairs_that_differ() -> None:
    round_, _, _ = judged_round(make_project(), CATEGORICAL, [["yes", "no", "yes"]])
    assert _split(round_, "verdict", 5)[0].disagreement == pytest.approx(2 / 3)


def test_numbers_far_from_zero_still_differ() -> None:
    round_, _, _ = judged_round(make_project(), NUMERIC, [[1e9 + 1, 1e9 + 2, 1e9 + 4]])
    (split,) = _split(round_, "seconds", 5)
    assert split.disagreement == pytest.approx((1 + 4 + 9) / 3)


def test_most_agreed_items_come_first_and_single_ratings_agree_with_nobody() -> None:
    table = [[3, 3, 3], [1, 5, 1], [2, 2, None], [4, None, None], [2, 3, 3]]
    round_, items, _ = judged_round(make_project(), ORDINAL, table)
    scale, ratings = _ratings(round_, "quality")
    agreed = agreed_items(ratings, scale, n=3)
    assert [each.item for each in agreed] == [items[0].pk, items[2].pk, items[4].pk]
    assert agreed[0].values == ((3, 3),)


def test_many_raters_and_points_are_counted_without_one_array_for_all(
    busy: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    ratings = _ratings(busy, "topic")[1]
    dense = pair_tables(ratings)
    monkeypatch.setattr("reliability.selectors.counts._MOST_CELLS", 1)
    sparse = pair_tables(ratings)
    assert dense.keys() == sparse.keys()
    for pair, table in dense.items():
        assert table.counts.tolist() == sparse[pair].counts.tolist()


@pytest.mark.parametrize("most_cells", [1, 10**6])
def test_raters_who_share_no_item_have_no_pair_tables(
    most_cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reliability.selectors.counts._MOST_CELLS", most_cells)
    round_, _, _ = judged_round(make_project(), ORDINAL, [[3, None], [None, 4]])
    assert pair_tables(_ratings(round_, "quality")[1]) == {}
