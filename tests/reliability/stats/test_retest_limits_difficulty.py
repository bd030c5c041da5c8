"""Self-agreement, limits of agreement and item difficulty, against loops and closed forms."""

from itertools import combinations
from math import log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reliability.stats import (
    COEFFICIENTS,
    Interval,
    Patterns,
    Ratings,
    bland_altman,
    coefficient,
    item_difficulty,
    krippendorff_alpha,
    self_agreement,
)
from reliability.stats.errors import InvalidRatingsError, InvalidScaleError

pytestmark = pytest.mark.pure
SCALE = [1, 2, 3]
few = settings(max_examples=40, deadline=None)
occasion = st.dictionaries(
    st.tuples(st.integers(0, 5), st.sampled_from("abc")), st.sampled_from(SCALE), max_size=14
)


def ratings(given_values: dict[tuple[int, str], int], level: str = "interval") -> Ratings:
    units, raters = [u for u, _ in given_values], [r for _, r in given_values]
    values = list(given_values.values())
    return Ratings.from_long(units, raters, values, level=level, categories=SCALE)


@given(first=occasion, second=occasion)
@few
def test_pooled_self_agreement_counts_each_rating_given_twice(
    first: dict[tuple[int, str], int], second: dict[tuple[int, str], int]
) -> None:
    both = sorted(first.keys() & second.keys())
    alike = [first[key] == second[key] for key in both]
    found = self_agreement("percent_agreement", ratings(first), ratings(second))
    assert found.pooled.value == (pytest.approx(np.mean(alike)) if both else None)
    assert found.pooled.n_units == len(both)
    for rater, own in found.raters:
        of_rater = [same for (_, r), same in zip(both, alike, strict=True) if r == rater]
        assert own.value == (pytest.approx(np.mean(of_rater)) if of_rater else None)
        assert own.undefined == (None if of_rater else "no_data")


def test_interval_leaves_out_whole_units() -> None:
    rng = np.random.default_rng(2)
    keys = [(u, r) for u in range(10) for r in "abc"]
    first = {key: int(rng.integers(1, 4)) for key in keys}
    second = {k: v if rng.random() < 0.7 else int(rng.integers(1, 4)) for k, v in first.items()}
    found = self_agreement("cohen_kappa", ratings(first), ratings(second)).pooled
    left_out = []
    for unit in range(10):
        halves = ({k: v for k, v in each.items() if k[0] != unit} for each in (first, second))
        left_out.append(self_agreement("cohen_kappa", *map(ratings, halves)).pooled.value)
    values = np.array(left_out, dtype=float)
    se = np.sqrt(9 / 10 * ((values - values.mean()) ** 2).sum())
    assert found.se == pytest.approx(se)
    assert found.n_groups == 10


@pytest.mark.parametrize("name", sorted(COEFFICIENTS))
def test_any_registered_coefficient_compares_occasions(name: str) -> None:
    rng = np.random.default_rng(3)
    keys = [(u, r) for u in range(12) for r in "ab"]
    first = {key: int(rng.integers(1, 4)) for key in keys}
    found = self_agreement(name, ratings(first), ratings(first))
    assert found.pooled.value == pytest.approx(1)
    assert [own.n_units for _, own in found.raters] == [12, 12]


def test_occasions_that_do_not_fit_are_refused() -> None:
    cells = {(1, "a"): 1, (2, "a"): 2}
    other = Ratings.from_long([1, 2], ["a", "a"], [1, 2], level="interval", categories=[1, 2])
    with pytest.raises(InvalidScaleError):
        self_agreement("percent_agreement", ratings(cells), other)
    with pytest.raises(InvalidScaleError):
        self_agreement("percent_agreement", ratings(cells), ratings(cells, "ordinal"))
    nameless = Ratings.from_codes(
        np.array([0]), np.array([0]), np.array([0]), rater_labels=["a"], points=SCALE
    )
    with pytest.raises(InvalidRatingsError):
        self_agreement("percent_agreement", nameless, ratings(cells))


def test_limits_equal_the_textbook() -> None:
    rng = np.random.default_rng(6)
    x = np.round(rng.normal(50, 10, 40))
    y = np.round(x + rng.normal(2, 3, 40))
    columns = ([*range(40), *range(40)], ["x"] * 40 + ["y"] * 40, [*x, *y])
    (found,) = bland_altman(Ratings.from_long(*columns, level="interval"))
    apart = x - y
    assert found.bias.value == pytest.approx(apart.mean())
    assert found.bias.se == pytest.approx(apart.std(ddof=1) / np.sqrt(40))
    for limit, side in ((found.lower, -1), (found.upper, 1)):
        assert limit.value == pytest.approx(apart.mean() + side * 1.96 * apart.std(ddof=1))
        # Bland and Altman (1999): about the square root of 3/n standard deviations.
        assert limit.se == pytest.approx(np.sqrt(3 / 40) * apart.std(ddof=1), rel=0.35)
        assert limit.ci_low is not None
        assert limit.ci_high is not None
        assert limit.ci_low < limit.value < limit.ci_high


def test_limits_are_a_table_of_pairs() -> None:
    cells = {(u, r): 1 + (u + i * u // 3) % 3 for u in range(6) for i, r in enumerate("abc")}
    del cells[0, "c"]
    found = bland_altman(ratings(cells))
    assert [each.raters for each in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [each.bias.n_units for each in found] == [6, 5, 5]
    assert bland_altman(ratings({(1, "a"): 1, (2, "b"): 2})) == ()
    assert bland_altman(ratings({})) == ()


def test_limits_without_spread_numbers_or_units_say_so() -> None:
    same = ratings({(u, r): 1 + u % 3 for u in range(6) for r in "ab"})
    (found,) = bland_altman(same)
    assert (found.lower.value, found.bias.value, found.upper.value) == (0, 0, 0)
    assert "degenerate_interval" in found.lower.warnings
    (one,) = bland_altman(ratings({(1, "a"): 1, (1, "b"): 3}))
    assert (one.bias.value, one.lower.undefined) == (-2, "too_few_units")
    words = Ratings.from_long([1, 1], ["a", "b"], ["x", "y"])
    assert bland_altman(words)[0].bias.undefined == "needs_numbers"


def entropy(counts: list[int]) -> float:
    return sum(-n / sum(counts) * log2(n / sum(counts)) for n in counts if n)


def test_entropy_is_one_where_so_many_ratings_cannot_scatter_more() -> None:
    two = item_difficulty(Patterns([[2, 1], [1, 1], [3, 0], [3, 2]], [1] * 4, points=("no", "yes")))
    assert two.entropy.tolist() == pytest.approx([1, 1, 0, 1])
    one = item_difficulty(Patterns([[3]], [1], points=("yes",)))
    assert one.entropy.tolist() == [0]


rows = st.lists(st.lists(st.sampled_from(SCALE), min_size=1, max_size=5), min_size=1, max_size=8)


@given(rated=rows)
@few
def test_difficulty_equals_a_naive_loop(rated: list[list[int]]) -> None:
    counts = [[unit.count(point) for point in SCALE] for unit in rated]
    patterns = Patterns(counts, np.ones(len(rated)), SCALE)
    found = item_difficulty(patterns)
    if not any(len(unit) > 1 for unit in rated):
        assert found.undefined == "no_pairable_units"
        return
    for at, unit in enumerate(rated):
        pairs = [a != b for a, b in combinations(unit, 2)]
        assert bool(found.disagreement.mask[at]) == (not pairs)
        if pairs:
            assert found.disagreement[at] == pytest.approx(np.mean(pairs))
            most = entropy([(len(unit) + place) // len(SCALE) for place in range(len(SCALE))])
            own = entropy([unit.count(point) for point in SCALE])
            assert found.entropy[at] == pytest.approx(own / most)
        assert 0 <= found.expected_disagreement[at] <= 1
        assert 0 <= found.own_weight[at] <= 1


def test_expected_disagreement_is_the_mean_over_simulated_items() -> None:
    """Items drawn from one Dirichlet: the figure is right on average for each pattern."""
    rng = np.random.default_rng(8)
    chances = rng.dirichlet([1.2, 0.8], size=60_000)
    first = rng.binomial(3, chances[:, 0])
    further = rng.random((60_000, 2)) < chances[:, [0]]
    apart = further[:, 0] != further[:, 1]
    patterns = Patterns([[k, 3 - k] for k in range(4)], np.bincount(first), ("x", "y"))
    found = item_difficulty(patterns)
    actual = [apart[first == k].mean() for k in range(4)]
    assert found.expected_disagreement == pytest.approx(actual, abs=0.015)


def test_items_that_nothing_tells_apart_get_one_figure() -> None:
    patterns = Patterns([[1, 1], [1, 1]], [2, 3], ("x", "y"))
    alpha = krippendorff_alpha(patterns, interval=Interval("none")).value
    assert alpha is not None
    assert alpha < 0
    found = item_difficulty(patterns)
    assert found.expected_disagreement.tolist() == [0.5, 0.5]
    assert found.own_weight.tolist() == [0, 0]


def test_one_value_everywhere_is_no_disagreement() -> None:
    found = item_difficulty(Patterns([[3, 0], [2, 0]], [1, 1], ("x", "y")))
    assert found.expected_disagreement.tolist() == [0, 0]
    assert item_difficulty(Patterns([], [], ("x", "y"))).undefined == "no_data"


def test_pooled_pairs_of_one_rater_are_the_coefficient_of_two_columns() -> None:
    rng = np.random.default_rng(5)
    first = {(u, "a"): int(rng.integers(1, 4)) for u in range(20)}
    second = {(u, "a"): int(rng.integers(1, 4)) for u in range(20)}
    columns = {**first, **{(u, "b"): v for (u, _), v in second.items()}}
    found = self_agreement("krippendorff_alpha", ratings(first), ratings(second))
    wanted = coefficient("krippendorff_alpha", ratings(columns))
    assert found.pooled.value == pytest.approx(wanted.value)
    assert found.raters[0][1].se == pytest.approx(wanted.se)


def test_limits_of_more_raters_than_a_table_holds_are_those_of_each_pair() -> None:
    """Ten thousand raters of one unit each with the next one; 60 million cells as a table."""
    n = 10_000
    units = np.repeat(np.arange(n), 2)
    raters = (np.arange(2 * n) // 2 + np.tile([0, 1], n)) % n
    values = np.random.default_rng(0).integers(0, 9, 2 * n)
    keep = units < 8
    many = Ratings.from_long(
        [*units[keep], *range(n, 2 * n)],
        [*raters[keep], *range(n, 2 * n)],
        [*values[keep], *values[:n]],
        level="interval",
    )
    few = Ratings.from_long(units[keep], raters[keep], values[keep], level="interval")
    found, expected = bland_altman(many), bland_altman(few)
    assert [each.raters for each in found] == [(at, at + 1) for at in range(8)]
    assert [each.bias.value for each in found] == [each.bias.value for each in expected]


@pytest.mark.parametrize("size", [1e-15, 1e9])
def test_limits_follow_the_unit_of_measurement(size: float) -> None:
    table = np.array([[1, 2], [3, 3], [5, 4], [2, 2]]) * size
    units, raters = np.indices(table.shape)
    ratings = Ratings.from_long(units.ravel(), raters.ravel(), table.ravel(), level="interval")
    (found,) = bland_altman(ratings)
    apart = table[:, 0] - table[:, 1]
    upper = apart.mean() + 1.96 * apart.std(ddof=1)
    assert found.upper.value == pytest.approx(upper, rel=1e-9, abs=0)


@pytest.mark.parametrize("grouped", ["first", "second", "both"])
def test_self_agreement_leaves_out_whole_groups_of_units(grouped: str) -> None:
    """Copies of one unit in a group carry no more than the unit alone."""
    rng = np.random.default_rng(5)
    alone = [rng.integers(0, 2, 40), rng.integers(0, 2, 40)]
    units, raters = np.repeat(np.arange(20), 2), np.tile([0, 1], 20)
    occasions = [Ratings.from_long(units, raters, values) for values in alone]
    plain = self_agreement("cohen_kappa", *occasions).pooled

    copied = np.repeat(units, 5) * 5 + np.tile(np.arange(5), 40)
    copies = [
        Ratings.from_long(
            copied,
            np.repeat(raters, 5),
            np.repeat(values, 5),
            groups=copied // 5 if grouped in {which, "both"} else None,
        )
        for which, values in zip(("first", "second"), alone, strict=True)
    ]
    found = self_agreement("cohen_kappa", *copies)
    assert (plain.n_groups, found.pooled.n_groups) == (20, 20)
    assert found.pooled.se == pytest.approx(plain.se, rel=1e-9)
    assert [each.n_groups for _, each in found.raters] == [20, 20]
