"""Variance components and predicted reliability: published, naive, simulated."""

import time
from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reliability.stats import (
    PairTable,
    Patterns,
    Ratings,
    StatisticsError,
    VarianceComponents,
    icc,
    predicted_reliability,
    raters_needed,
    variance_components,
)
from reliability.stats.icc import _complete, _complete_rows

pytestmark = pytest.mark.pure
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
)


def of_table(table: np.ndarray, rated: np.ndarray | None = None, **scale: object) -> Ratings:
    units, raters = np.nonzero(np.ones(table.shape) if rated is None else rated)
    return Ratings.from_long(units, raters, table[units, raters], **{"level": "interval"} | scale)


def tables(ratings: Ratings) -> dict[tuple[int, int], PairTable]:
    return {table.raters: table for table in ratings.pair_tables() if table.n_units}


def by_rater(ratings: Ratings) -> dict[int, int]:
    return dict(zip(ratings.rater_labels, np.bincount(ratings.raters).tolist(), strict=True))


def components(ratings: Ratings) -> VarianceComponents:
    return variance_components(
        ratings.patterns(), tables(ratings), ratings_by_rater=by_rater(ratings)
    )


def crossed(rng: np.random.Generator, n_units: int, n_raters: int) -> np.ndarray:
    """Item, rater and residual variance 1, .36 and .64."""
    shared = rng.normal(0, 1, (n_units, 1)) + rng.normal(0, 0.6, n_raters)
    return np.round(shared + rng.normal(0, 0.8, (n_units, n_raters)), 1)


def test_shrout_and_fleiss_table_gives_the_mean_squares_they_print() -> None:
    """BMS 11.24, JMS 32.49, EMS 1.02 on six targets and four judges."""
    found = components(of_table(SHROUT_FLEISS))
    assert found.item == pytest.approx((11.2417 - 1.0194) / 4, abs=1e-4)
    assert found.rater == pytest.approx((32.4861 - 1.0194) / 6, abs=1e-4)
    assert found.residual == pytest.approx(1.0194, abs=1e-4)
    assert sum(found.shares or ()) == pytest.approx(1)
    assert (found.n_units, found.n_raters) == (6, 4)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 12), st.integers(2, 5))
def test_complete_design_equals_the_analysis_of_variance(seed: int, n: int, k: int) -> None:
    table = crossed(np.random.default_rng(seed), n, k)
    expected = _complete(_complete_rows(table).sum(axis=0))
    found = components(of_table(table))
    assert found.item == pytest.approx(expected.unit, abs=1e-9)
    assert found.rater == pytest.approx(expected.rater, abs=1e-9)
    assert found.residual == pytest.approx(expected.error, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(-50, 50), st.floats(0.1, 20))
def test_shift_changes_nothing_and_stretching_squares(seed: int, shift: float, by: float) -> None:
    rng = np.random.default_rng(seed)
    table, rated = crossed(rng, 12, 4), rng.random((12, 4)) < 0.8
    plain, moved = (
        components(of_table(table, rated)),
        components(of_table(table * by + shift, rated)),
    )
    if plain.undefined is None:
        for part in ("item", "rater", "residual"):
            assert getattr(moved, part) == pytest.approx(
                by**2 * getattr(plain, part), abs=1e-6 * by**2
            )


def simulated(rated: Iterator[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    found = [components(of_table(crossed(rng, *mask.shape), mask)) for mask in rated]
    assert all(one.undefined is None for one in found)
    return np.array([(one.item, one.rater, one.residual) for one in found])


def uneven(rng: np.random.Generator, times: int) -> Iterator[np.ndarray]:
    """Half of the units rated by two of three raters, the others by many of eight."""
    for _ in range(times):
        rated = np.zeros((30, 8), dtype=bool)
        for unit in range(30):
            group, size = (range(3), 2) if unit % 2 else (range(8), int(rng.integers(3, 7)))
            rated[unit, rng.choice(list(group), size, replace=False)] = True
        yield rated


def sparse(rng: np.random.Generator, times: int) -> Iterator[np.ndarray]:
    """Three ratings a unit by 12 raters, so that a pair shares four units or so."""
    for _ in range(times):
        yield rng.permuted(np.tile(np.arange(12) < 3, (80, 1)), axis=1)


@pytest.mark.parametrize("design", [uneven, sparse])
def test_components_are_unbiased_with_gaps(design: object) -> None:
    rng = np.random.default_rng(7)
    found = simulated(design(rng, 120), rng)  # type: ignore[operator]
    error = found.std(axis=0) / np.sqrt(len(found))
    assert (np.abs(found.mean(axis=0) - (1, 0.36, 0.64)) < 3.5 * error).all(), found.mean(axis=0)


def test_nominal_scale_counts_the_indicators_of_the_points() -> None:
    """Between and within are the shares of differing pairs; two points differ twice."""
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 2, (40, 1))
    table = np.where(rng.random((40, 3)) < 0.7, truth, rng.integers(0, 2, (40, 3)))
    nominal = components(of_table(table, level="nominal"))
    numeric = components(of_table(table, level="interval"))
    for part in ("item", "rater", "residual"):
        assert getattr(nominal, part) == pytest.approx(2 * getattr(numeric, part), abs=1e-12)


def test_one_rating_equals_a_loop_over_all_pairs_of_ratings() -> None:
    rng = np.random.default_rng(5)
    table = np.where(
        rng.random((12, 4)) < 0.7, rng.integers(0, 3, (12, 1)), rng.integers(0, 3, (12, 4))
    )
    rated = rng.random((12, 4)) < 0.7
    ratings = of_table(table, rated, level="nominal")
    inside, outside = [], []
    for (u, i), (v, j) in combinations(zip(*np.nonzero(rated), strict=True), 2):
        if u != v:
            outside.append(table[u, i] != table[v, j])
    for unit, mask in zip(table, rated, strict=True):
        values = unit[mask]
        pairs = [a != b for a, b in combinations(values, 2)]
        inside += [(2 * sum(pairs) / len(values), len(values) - 1)] if len(values) else []
    within = sum(part for part, _ in inside) / sum(free for _, free in inside)
    (found,) = predicted_reliability(ratings.patterns(), n_raters=[1])
    assert found.value > 0.2
    assert found.value == pytest.approx(1 - within / np.mean(outside), abs=1e-12)


def test_one_way_prediction_is_the_intraclass_correlation_with_its_interval() -> None:
    ratings = of_table(crossed(np.random.default_rng(1), 40, 3))
    single, mean = (icc(name, ratings) for name in ("icc_1_1", "icc_1_k"))
    one, three = predicted_reliability(ratings.patterns(), n_raters=[1, 3])
    assert one.design == "one_way"
    assert (one.value, one.ci_low, one.ci_high) == pytest.approx(
        (single.value, single.ci_low, single.ci_high), abs=1e-9
    )
    assert three.value == pytest.approx(mean.value, abs=1e-9)
    assert three.ci_low == pytest.approx(3 * one.ci_low / (1 + 2 * one.ci_low), abs=1e-12)


def test_two_way_prediction_is_icc_2_and_its_interval_nearly_so() -> None:
    ratings = of_table(crossed(np.random.default_rng(2), 60, 4))
    found = predicted_reliability(
        ratings.patterns(), tables(ratings), [1, 4], ratings_by_rater=by_rater(ratings)
    )
    assert [one.design for one in found] == ["two_way", "two_way"]
    for one, name in zip(found, ("icc_2_1", "icc_2_k"), strict=True):
        assert one.value == pytest.approx(icc(name, ratings).value, abs=1e-9)
    whole = icc("icc_2_1", ratings)
    width = found[0].ci_high - found[0].ci_low
    assert width == pytest.approx(whole.ci_high - whole.ci_low, rel=0.05)


def test_interval_covers_what_it_promises() -> None:
    """300 studies of 40 units and three raters each; true value for five raters .8929."""
    rng = np.random.default_rng(8)
    covered = 0
    for _ in range(300):
        table = np.round(rng.normal(0, 1, (40, 1)) + rng.normal(0, np.sqrt(0.6), (40, 3)), 1)
        (five,) = predicted_reliability(of_table(table).patterns(), n_raters=[5])
        covered += five.ci_low <= 1 / (1 + 0.6 / 5) <= five.ci_high
    assert 0.91 <= covered / 300 <= 0.985


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_more_raters_never_predict_less(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ratings = of_table(rng.integers(1, 4, (10, 3)), level="ordinal", categories=[1, 2, 3])
    found = predicted_reliability(ratings.patterns())
    values = [one.value for one in found if one.value is not None]
    assert values == sorted(values)
    assert all(0 <= value <= 1 for value in values)


def test_raters_needed_are_the_fewest_that_reach_the_target() -> None:
    ratings = of_table(crossed(np.random.default_rng(4), 60, 3))
    arguments = {"tables": tables(ratings), "ratings_by_rater": by_rater(ratings)}
    needed = raters_needed(ratings.patterns(), 0.8, **arguments)
    assert needed.n_raters is not None
    assert needed.n_raters_surely is not None
    assert needed.n_raters <= needed.n_raters_surely
    ks = (needed.n_raters - 1, needed.n_raters, needed.n_raters_surely - 1, needed.n_raters_surely)
    before, at, unsure, sure = predicted_reliability(ratings.patterns(), n_raters=ks, **arguments)
    assert before.value < 0.8 <= at.value
    assert unsure.ci_low < 0.8 <= sure.ci_low


def test_raters_needed_is_exact_where_the_formula_is() -> None:
    """Asked for what three raters reach, the answer is three, not four by rounding."""
    patterns = Patterns([[2, 0], [1, 1], [0, 2]], [3, 2, 3], points=(0, 1))
    (single,) = predicted_reliability(patterns, n_raters=[1])
    k = raters_needed(patterns, 3 * single.value / (1 + 2 * single.value)).n_raters
    assert k == 3


def test_items_that_do_not_differ_need_no_number_of_raters() -> None:
    opposite = of_table(np.array([[1, 2]] * 8 + [[2, 1]] * 8))
    needed = raters_needed(opposite.patterns(), 0.8)
    assert (needed.n_raters, needed.n_raters_surely, needed.undefined) == (None, None, None)
    (one,) = predicted_reliability(opposite.patterns(), n_raters=[1])
    assert one.value == 0
    shares = components(opposite).shares
    assert shares is not None
    assert shares[0] == 0


def test_perfect_agreement_is_flagged_degenerate() -> None:
    (one,) = predicted_reliability(
        of_table(np.array([[1, 1], [2, 2], [3, 3]])).patterns(), n_raters=[1]
    )
    assert (one.value, one.ci_low, one.ci_high) == (1, 1, 1)
    assert "degenerate_interval" in one.warnings


def test_undefined_says_why() -> None:
    words = {"level": "ordinal", "categories": None}
    cases = {
        "needs_order": of_table(np.array([["a", "b"], ["b", "b"]]), **words),
        "no_variation": of_table(np.array([[1, 1], [1, 1]])),
        "no_pairable_units": of_table(np.array([[1], [2]])),
        "needs_numbers": of_table(np.array([["a", "b"], ["b", "b"]]), level="ratio"),
        "too_few_units": of_table(np.array([[1, 2]])),
    }
    for reason, ratings in cases.items():
        assert components(ratings).undefined == reason, reason
        found = predicted_reliability(ratings.patterns())
        assert {one.undefined for one in found} == {reason}
        assert raters_needed(ratings.patterns(), 0.8).undefined == reason
    sets = Patterns([[1, 1]], [9], points=(frozenset("a"), frozenset("b")), level="set")
    assert predicted_reliability(sets)[0].undefined == "unsuitable_level"
    names = Patterns(np.eye(2000)[:2] * 2, [3, 3], points=tuple(map(str, range(2000))))
    assert predicted_reliability(names)[0].undefined == "too_many_values"


def test_without_a_free_difference_rater_and_residual_cannot_be_told_apart() -> None:
    """Each pair of raters shares one unit, and no circle of pairs closes."""
    rated = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 0]], dtype=bool)
    found = components(of_table(np.array([[1, 2, 0], [0, 3, 1], [2, 0, 0]]), rated))
    assert found.undefined == "too_few_units"


def test_words_in_order_count_by_position() -> None:
    words, numbers = ["bad", "fair", "good"], [1, 2, 3]
    rng = np.random.default_rng(9)
    table = rng.integers(0, 3, (20, 3))
    in_words = of_table(np.array(words)[table], level="ordinal", categories=words)
    in_numbers = of_table(np.array(numbers)[table], level="interval", categories=numbers)
    assert components(in_words) == components(in_numbers)


def test_counts_of_other_ratings_are_refused() -> None:
    ratings = of_table(SHROUT_FLEISS)
    with pytest.raises(StatisticsError):
        variance_components(ratings.patterns(), tables(ratings), ratings_by_rater={0: 3})
    with pytest.raises(StatisticsError):
        predicted_reliability(ratings.patterns(), n_raters=[0])
    with pytest.raises(StatisticsError):
        raters_needed(ratings.patterns(), 1.0)


def test_confidence_is_that_asked_for() -> None:
    patterns = of_table(crossed(np.random.default_rng(4), 80, 3)).patterns()
    wide, narrow = (
        predicted_reliability(patterns, n_raters=[2], confidence=share)[0] for share in (0.99, 0.8)
    )
    assert wide.ci_low < narrow.ci_low < narrow.ci_high < wide.ci_high
    assert (wide.confidence, narrow.confidence) == (0.99, 0.8)


def test_a_page_can_afford_it() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(1, 6, (5_000, 1))
    values = np.where(rng.random((5_000, 6)) < 0.6, truth, rng.integers(1, 6, (5_000, 6)))
    ratings = of_table(values, level="ordinal", categories=[1, 2, 3, 4, 5])
    patterns, pairs, each = ratings.patterns(), tables(ratings), by_rater(ratings)
    start = time.perf_counter()
    predicted_reliability(patterns, pairs, ratings_by_rater=each)
    assert time.perf_counter() - start < 0.5  # 10 ms where nothing else runs
