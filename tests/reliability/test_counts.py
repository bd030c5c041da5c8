"""Counts made by the database equal counts made one rating at a time."""

import random
from collections import Counter
from itertools import combinations
from typing import Any

import pytest

from annotation.choices import Basis
from annotation.models import Rating, Round
from reliability.selectors.counts import most_points, pair_tables_of, patterns_of, usage_of
from reliability.selectors.disagreement import mean_squared_difference, split_items_of
from reliability.selectors.free_values import free_counts_of
from reliability.selectors.scales import scales_of
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


def _by_item(round_: Round, key: str) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = {}
    for rating in Rating.objects.filter(round=round_, criterion__key=key, basis=Basis.INDEPENDENT):
        if rating.point is not None:
            found.setdefault(rating.item_id, {})[rating.rater_id] = rating.point
    return found


@pytest.mark.parametrize("key", ["quality", "preference", "topic"])
def test_patterns_equal_a_naive_count(busy: Round, key: str) -> None:
    scales = scales_of(busy)
    scale = next(scale for scale in scales if scale.key == key)
    patterns = patterns_of(busy, scales, usage_of(busy))[scale.pk]
    expected: Counter[tuple[int, ...]] = Counter()
    for ratings in _by_item(busy, key).values():
        chosen = Counter(ratings.values())
        expected[tuple(chosen[i] for i in range(len(scale.points)))] += 1
    found = {
        tuple(int(c) for c in row): int(n)
        for row, n in zip(patterns.counts, patterns.frequencies, strict=True)
    }
    assert found == dict(expected)


@pytest.mark.parametrize("key", ["quality", "preference"])
def test_pair_tables_equal_a_naive_count(busy: Round, key: str) -> None:
    scales = scales_of(busy)
    scale = next(scale for scale in scales if scale.key == key)
    tables = pair_tables_of(busy, scales, usage_of(busy))[scale.pk]
    expected: Counter[tuple[int, int, int, int]] = Counter()
    for ratings in _by_item(busy, key).values():
        for a, b in combinations(sorted(ratings), 2):
            expected[a, b, ratings[a], ratings[b]] += 1
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
    scales, usage = scales_of(busy), usage_of(busy)
    with django_assert_num_queries(4):
        patterns_of(busy, scales, usage)
        pair_tables_of(busy, scales, usage)
        split_items_of(busy, scales, n=5)


def test_free_values_reduce_to_what_the_database_counts(busy: Round) -> None:
    """The path for free values, given a fixed scale, agrees with the one in the database."""
    scales, usage = scales_of(busy), usage_of(busy)
    quality = scales[0]
    free = free_counts_of(busy, [quality], usage, n_split=3)[quality.pk]
    counted = patterns_of(busy, scales, usage)[quality.pk]
    assert free.counts.patterns is not None
    used = counted.totals > 0
    assert free.counts.patterns.totals.tolist() == counted.totals[used].tolist()
    tables = pair_tables_of(busy, scales, usage)[quality.pk]
    assert free.counts.tables.keys() == tables.keys()
    for pair, table in free.counts.tables.items():
        assert table.counts.tolist() == tables[pair].counts[used][:, used].tolist()
    worst = split_items_of(busy, scales, n=3)[quality.pk]
    assert [each.disagreement for each in free.split] == [each.disagreement for each in worst]


def test_most_disputed_items_come_first_with_who_gave_what() -> None:
    project = make_project()
    round_, items, _ = judged_round(project, ORDINAL, [[3, 3, 3], [1, 5, 1], [2, 3, 3], [4, 5, 4]])
    scale = scales_of(round_)[0]
    split = split_items_of(round_, [scale], n=2)[scale.pk]
    assert [each.item for each in split] == [items[1].pk, items[2].pk]
    assert split[0].values == ((1, 2), (5, 1))
    assert split[0].disagreement == pytest.approx(mean_squared_difference([(0, 2), (4, 1)]))


def test_nominal_disagreement_is_the_share_of_pairs_that_differ() -> None:
    round_, _, _ = judged_round(make_project(), CATEGORICAL, [["yes", "no", "yes"]])
    scale = scales_of(round_)[0]
    assert split_items_of(round_, [scale], n=5)[scale.pk][0].disagreement == pytest.approx(2 / 3)


def test_many_raters_leave_room_for_fewer_points() -> None:
    assert most_points(3) == 4 * 31
    assert most_points(1000) == 4 * 6
