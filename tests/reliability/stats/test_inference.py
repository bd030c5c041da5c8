"""Intervals: their cautions, their limits, and what they hold."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchmarks.coverage import Design, studies
from reliability.stats import (
    Caution,
    Interval,
    IntervalMethod,
    Level,
    PairTable,
    Patterns,
    Ratings,
    StatisticsError,
    coefficient,
    cohen_kappa,
    confused_points,
    difference,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    percent_agreement,
)
from reliability.stats.inference import N_GROUPS, UnitSums, limits_of, random_groups
from reliability.stats.resampling import bca_limits

pytestmark = pytest.mark.pure


def patterns(counts: list[list[int]], frequencies: list[int]) -> Patterns:
    return Patterns(np.array(counts), np.array(frequencies), tuple(range(len(counts[0]))))


def test_jackknife_that_does_not_exist_gives_way_to_the_derivative() -> None:
    """All variation sits in one unit; without it there is nothing to compare."""
    alpha = krippendorff_alpha(patterns([[2, 0], [1, 1]], [9, 1]))
    assert alpha.value == pytest.approx(0.0, abs=1e-12)
    assert alpha.ci_method == "linearized_t"
    assert "leave_one_out_undefined" in alpha.warnings
    assert "rare_value" in alpha.warnings


def test_one_unit_has_a_value_and_no_interval() -> None:
    alpha = krippendorff_alpha(patterns([[1, 1]], [1]))
    assert (alpha.value, alpha.se, alpha.ci_low, alpha.ci_method) == (0.0, None, None, None)
    assert "too_few_units_for_interval" in alpha.warnings


def test_perfect_agreement_is_flagged_degenerate() -> None:
    alpha = krippendorff_alpha(patterns([[2, 0], [0, 2]], [6, 6]))
    assert (alpha.value, alpha.ci_low, alpha.ci_high, alpha.se) == (1.0, 1.0, 1.0, 0.0)
    assert alpha.warnings == ("degenerate_interval",)


def test_one_value_everywhere_is_undefined_except_on_a_declared_scale() -> None:
    same = patterns([[3, 0]], [9])
    assert krippendorff_alpha(same).undefined == "no_variation"
    assert gwet_ac1(same).value == 1.0
    assert percent_agreement(same).value == 1.0
    assert gwet_ac1(Patterns(np.array([[3]]), np.array([9]), ("x",))).undefined == "one_category"


def test_percent_agreement_interval_stays_between_0_and_1() -> None:
    estimate = percent_agreement(patterns([[2, 0], [1, 1]], [1, 4]))
    assert estimate.ci_low == 0.0
    assert estimate.ci_high is not None
    assert estimate.ci_high <= 1.0


def test_confidence_widens_the_interval() -> None:
    table = PairTable(np.array([[20, 5], [10, 15]]), ("no", "yes"))
    narrow = cohen_kappa(table, interval=Interval(confidence=0.8))
    wide = cohen_kappa(table, interval=Interval(confidence=0.99))
    assert wide.ci_low is not None
    assert narrow.ci_low is not None
    assert wide.ci_low < narrow.ci_low
    assert (narrow.confidence, wide.confidence) == (0.8, 0.99)


@pytest.mark.parametrize("confidence", [0, 1, 95, -0.5])
def test_confidence_off_its_range_is_refused(confidence: float) -> None:
    with pytest.raises(StatisticsError):
        Interval(confidence=confidence)


def test_bootstrap_standard_error_is_close_to_the_jackknife() -> None:
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 3, 300)
    values = np.where(rng.random((3, 300)) < 0.75, truth, rng.integers(0, 3, (3, 300)))
    units, raters = np.tile(np.arange(300), 3), np.repeat(np.arange(3), 300)
    ratings = Ratings.from_long(units, raters, values.ravel())
    for name in ("krippendorff_alpha", "light_kappa", "conger_kappa", "gwet_ac1"):
        plain = coefficient(name, ratings)
        drawn = coefficient(name, ratings, interval=Interval("bootstrap_percentile", draws=3000))
        assert drawn.se == pytest.approx(plain.se, rel=0.08), name
        assert drawn.ci_low == pytest.approx(plain.ci_low, abs=0.2 * (plain.se or 0)), name


def test_interval_of_alpha_covers_what_it_promises() -> None:
    """400 studies of 50 units, three raters, true alpha .5625; 95 % should cover."""
    rng = np.random.default_rng(4)
    covered = 0
    for _ in range(400):
        truth = rng.integers(0, 3, (50, 1))
        values = np.where(rng.random((50, 3)) < 0.75, truth, rng.integers(0, 3, (50, 3)))
        counts = np.stack([(values == point).sum(axis=1) for point in range(3)], axis=1)
        alpha = krippendorff_alpha(Patterns(counts, np.ones(50), (0, 1, 2)))
        assert alpha.ci_low is not None
        assert alpha.ci_high is not None
        covered += alpha.ci_low <= 0.5625 <= alpha.ci_high
    assert 0.92 <= covered / 400 <= 0.98


def test_groups_stand_in_for_too_many_units_without_moving_the_value() -> None:
    rng = np.random.default_rng(6)
    n_units = 12_000
    truth = rng.normal(size=n_units)
    values = np.concatenate([truth + rng.normal(size=n_units) for _ in range(2)])
    units, raters = np.tile(np.arange(n_units), 2), np.repeat([0, 1], n_units)
    ratings = Ratings.from_long(units, raters, values, level="interval")
    estimate = coefficient("spearman", ratings)
    few = coefficient("pearson", ratings)
    assert n_units > N_GROUPS
    assert estimate.value == pytest.approx(0.48, abs=0.03)
    assert estimate.se == pytest.approx(few.se, rel=0.3)
    assert estimate.n_units == n_units


@pytest.mark.parametrize("times", [1, 300])
def test_a_frequent_pattern_is_dealt_to_every_random_group(times: int) -> None:
    """Units are dealt, or the group that holds them all would make the error a hundredfold."""
    values = np.append(np.random.default_rng(1).normal(size=12_000), -9.0)
    frequencies = np.append(np.full(12_000, float(times)), 6_000.0)
    sums = UnitSums(
        np.column_stack([np.ones(len(values)), values]),
        frequencies,
        lambda totals: totals[..., 1] / totals[..., 0],
        bounds=(-np.inf, np.inf),
    )
    groups = random_groups(frequencies)
    assert (np.asarray(groups.sum(axis=0)) == frequencies).all()
    exact = limits_of(sums.value(), sums, Interval())
    dealt = limits_of(sums.value(), sums.gathered(groups, np.ones(N_GROUPS)), Interval())
    assert exact is not None
    assert dealt is not None
    assert dealt.se == pytest.approx(exact.se, rel=0.15)


def long_form(values: np.ndarray, *, first_unit: int = 0) -> Ratings:
    units, raters = np.indices(values.shape)
    return Ratings.from_long(first_unit + units.ravel(), raters.ravel(), values.ravel())


def test_difference_of_separate_units_adds_the_variances() -> None:
    rng = np.random.default_rng(8)
    values = rng.integers(0, 2, (60, 3))
    values[:, 1] = values[:, 0]
    first, second = long_form(values[:30]), long_form(values[30:], first_unit=30)
    found = difference("krippendorff_alpha", first, second)
    parts = [coefficient("krippendorff_alpha", side) for side in (first, second)]
    assert found.value == pytest.approx((parts[0].value or 0) - (parts[1].value or 0))
    assert found.n_shared == 0
    assert found.se == pytest.approx(np.hypot(parts[0].se or 0, parts[1].se or 0), rel=0.02)


def test_difference_of_the_same_ratings_is_exactly_nothing() -> None:
    ratings = long_form(np.random.default_rng(9).integers(0, 3, (40, 3)))
    found = difference("fleiss_kappa", ratings, ratings)
    assert (found.value, found.se, found.ci_low, found.ci_high) == (0.0, 0.0, 0.0, 0.0)
    assert found.n_shared == 40


def test_difference_with_an_undefined_side_gives_its_reason() -> None:
    defined = long_form(np.random.default_rng(9).integers(0, 3, (40, 3)))
    found = difference("fleiss_kappa", defined, long_form(np.ones((5, 3))))
    assert (found.value, found.undefined) == (None, "no_variation")
    assert (found.n_units, found.n_shared) == (40, 5)


def binary_agreement(n_units: int, n_agreeing: int) -> Patterns:
    return patterns([[2, 0], [1, 1]], [n_agreeing, n_units - n_agreeing])


@pytest.mark.parametrize(("n_units", "n_agreeing"), [(40, 31), (60, 55), (25, 10)])
def test_bca_of_mean_agreement_equals_scipy(n_units: int, n_agreeing: int) -> None:
    """The mean of 0 and 1, whose BCa interval another package computes from raw units."""
    found = percent_agreement(
        binary_agreement(n_units, n_agreeing), interval=Interval("bootstrap_bca", draws=40_000)
    )
    agreeing = np.repeat([1.0, 0.0], [n_agreeing, n_units - n_agreeing])
    expected = stats.bootstrap(
        (agreeing,), np.mean, n_resamples=40_000, method="BCa", rng=np.random.default_rng(3)
    )
    assert (found.ci_method, found.draws, found.seed) == ("bootstrap_bca", 40_000, 0)
    limits = expected.confidence_interval
    # The statistic moves in steps of one unit; limits may fall to either side of one.
    step = 1.01 / n_units
    assert found.ci_low == pytest.approx(limits.low, abs=step)
    assert found.ci_high == pytest.approx(limits.high, abs=step)
    assert found.se == pytest.approx(expected.standard_error, rel=0.03)


def test_bca_of_a_smooth_coefficient_equals_scipy() -> None:
    """Interval alpha of distinct numbers, where no two draws are equal."""
    rng = np.random.default_rng(5)
    values = rng.normal(size=(40, 1)) + 0.6 * rng.normal(size=(40, 3))
    units, raters = np.indices(values.shape)
    ratings = Ratings.from_long(units.ravel(), raters.ravel(), values.ravel(), level="interval")
    found = coefficient("icc_1_1", ratings, interval=Interval("bootstrap_bca", draws=20_000))

    def icc_1_1(*raters: np.ndarray, axis: int = -1) -> np.ndarray:
        table = np.stack(raters)
        between = 3 * table.mean(axis=0).var(axis=axis, ddof=1)
        within = table.var(axis=0, ddof=1).mean(axis=axis)
        return (between - within) / (between + 2 * within)

    expected = stats.bootstrap(
        tuple(values.T),
        icc_1_1,
        paired=True,
        vectorized=True,
        n_resamples=20_000,
        method="BCa",
        rng=np.random.default_rng(6),
    ).confidence_interval
    assert found.ci_low == pytest.approx(expected.low, abs=0.01)
    assert found.ci_high == pytest.approx(expected.high, abs=0.01)


def test_bca_moves_towards_the_long_tail() -> None:
    """Agreement near 1 is skewed: its plain percentiles reach too far up."""
    table = patterns([[3, 0], [2, 1], [0, 3]], [40, 4, 36])
    plain = krippendorff_alpha(table, interval=Interval("bootstrap_percentile", draws=4000))
    moved = krippendorff_alpha(table, interval=Interval("bootstrap_bca", draws=4000))
    assert moved.ci_low is not None
    assert plain.ci_low is not None
    assert moved.ci_low < plain.ci_low - 0.005
    assert (moved.ci_high or 1) < (plain.ci_high or 0)


def test_bca_without_two_sides_of_draws_is_the_percentile_interval() -> None:
    assert bca_limits(np.array([0.1, 0.2, 0.3]), 0.4, 0.0, 0.95) is None
    same = krippendorff_alpha(
        patterns([[2, 0], [0, 2]], [6, 6]), interval=Interval("bootstrap_bca", draws=200)
    )
    assert (same.ci_low, same.ci_high) == (1.0, 1.0)
    assert "degenerate_interval" in same.warnings


def test_the_log_jackknife_stays_below_one_and_reaches_further_down() -> None:
    table = patterns([[3, 0], [2, 1], [0, 3]], [20, 2, 18])
    plain = krippendorff_alpha(table)
    log = krippendorff_alpha(table, interval=Interval("jackknife_log"))
    assert plain.ci_high == 1.0
    assert log.value is not None
    assert log.ci_high is not None
    assert log.ci_high < 1.0
    assert (log.se, log.ci_method) == (plain.se, "jackknife_log")
    reach = stats.t.ppf(0.975, 39) * (log.se or 0) / (1 - log.value)
    assert log.ci_low == pytest.approx(1 - (1 - log.value) * np.exp(reach))
    assert log.ci_high == pytest.approx(1 - (1 - log.value) * np.exp(-reach))


def test_without_an_upper_bound_the_log_jackknife_gives_way() -> None:
    log = Interval("jackknife_log")
    table = patterns([[2, 0], [1, 1], [0, 2]], [5, 4, 5])
    (confused,) = confused_points(table, interval=log)
    (plain,) = confused_points(table)
    assert (confused.ci_low, confused.ci_high) == (plain.ci_low, plain.ci_high)
    first, second = (
        long_form(np.array([[0, 0], [1, 1], [2, 2], [0, 0], [1, 0]])),
        long_form(np.array([[0, 0], [1, 2], [2, 2], [0, 0], [1, 1]])),
    )
    for name in ("krippendorff_alpha", "percent_agreement"):
        found = difference(name, first, second, interval=log)
        back = difference(name, second, first, interval=log)
        assert found.ci_method == "jackknife_t"
        assert found.ci_low == pytest.approx(-(back.ci_high or 0))


def test_a_reach_beyond_all_measure_gives_way_too() -> None:
    values = np.array([[1.0, 1.0], [1.0, 1.0], [1.0, 2.0], [1e5, 1e5]])
    units, raters = np.indices(values.shape)
    ratings = Ratings.from_long(units.ravel(), raters.ravel(), values.ravel(), level="interval")
    found = coefficient("lin_ccc", ratings, interval=Interval("jackknife_log"))
    assert found.ci_method == "jackknife_t"
    alpha = coefficient("krippendorff_alpha", ratings, interval=Interval("jackknife_log"))
    assert alpha.ci_low is not None
    assert np.isfinite(alpha.ci_low)


COUNT_SINGLE_RATINGS = (
    "percent_agreement",
    "percent_agreement_pooled",
    "fleiss_kappa",
    "conger_kappa",
    "gwet_ac1",
    "gwet_ac2",
    "brennan_prediger",
    "pabak",
    "krippendorff_alpha",
    "icc_1_1",
)


@pytest.mark.parametrize("method", ["jackknife_t", "linearized_t", "bootstrap_percentile"])
@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("name", COUNT_SINGLE_RATINGS)
def test_one_unit_that_compares_ratings_has_no_interval(
    name: str, grouped: bool, method: str
) -> None:
    """Single ratings move the chance term; they say nothing about how agreement varies."""
    units, raters = [0, 0, 1, 2, 3, 4, 5, 6], list("ababccab")
    groups = None
    if grouped:
        units, raters = [*units, 9, 9], [*raters, "a", "b"]
        groups = [9 if unit in {0, 9} else unit for unit in units]
    values = [1, 2, 1, 2, 1, 2, 2, 1, 2, 2][: len(units)]
    ratings = Ratings.from_long(units, raters, values, level="interval", groups=groups)
    found = coefficient(name, ratings, interval=Interval(IntervalMethod(method), draws=50))
    assert found.is_defined
    assert (found.ci_low, found.ci_high, found.se, found.ci_method) == (None, None, None, None)
    assert "too_few_units_for_interval" in found.warnings


def test_a_difference_needs_two_units_that_compare_on_either_side() -> None:
    one = Ratings.from_long([0, 0, 1, 2], list("abab"), [1, 2, 1, 2])
    many = Ratings.from_long([0, 0, 1, 1, 2, 2], list("ababab"), [1, 2, 1, 1, 2, 2])
    for first, second in ((one, many), (many, one)):
        found = difference("percent_agreement", first, second)
        assert found.value is not None
        assert (found.ci_low, found.warnings[-1]) == (None, "too_few_units_for_interval")


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval"])
def test_the_pair_bootstrap_draws_pairs_as_the_macro_does(metric: str) -> None:
    """Difference by difference from the coincidences, with the expectation fixed."""
    counts = [[3, 0, 0], [2, 1, 0], [0, 2, 0], [0, 1, 1], [0, 0, 6], [1, 0, 5]]
    table = Patterns(counts, [10, 4, 8, 5, 9, 2], (1, 2, 3), n_raters=6)
    interval = Interval("kalpha_pairs", draws=4000, seed=2)
    found = krippendorff_alpha(table, metric, interval=interval)
    naive = naive_pair_bootstrap(table, metric)
    assert (found.ci_method, found.draws, found.seed) == ("kalpha_pairs", 4000, 2)
    assert found.se == pytest.approx(np.std(naive), rel=0.06)
    assert found.ci_low == pytest.approx(np.quantile(naive, 0.025), abs=0.03)
    assert np.mean(naive) == pytest.approx(found.value, abs=0.01)
    unit_bootstrap = krippendorff_alpha(table, metric, interval=Interval("bootstrap_percentile"))
    assert found.value == unit_bootstrap.value


def naive_pair_bootstrap(table: Patterns, metric: str) -> list[float]:
    ranks = np.cumsum(table.totals) - table.totals / 2
    place = {"nominal": None, "ordinal": ranks, "interval": np.array([1.0, 2.0, 3.0])}[metric]
    units = [
        np.repeat([0, 1, 2], counts.astype(int))
        for counts in np.repeat(table.counts, table.frequencies.astype(int), axis=0)
    ]

    def distance(a: int, b: int) -> float:
        return float(a != b) if place is None else float((place[a] - place[b]) ** 2)

    pairs = [(a, b, len(unit)) for unit in units for a, b in combinations(unit, 2)]
    chances = np.array([1 / (size - 1) for *_, size in pairs])
    used = {cell for a, b, _ in pairs for cell in ((a, b), (b, a))}
    everything = np.concatenate(units)
    expected = np.mean([distance(a, b) for a, b in combinations(everything, 2)])
    n_drawn = min(25 * len(used), 5 * len(everything) // 2)
    distances = [distance(a, b) for a, b, _ in pairs]
    rng = np.random.default_rng(4)
    drawn = rng.choice(distances, size=(2000, n_drawn), p=chances / chances.sum())
    return list(1 - drawn.mean(axis=1) / expected)


def test_the_pair_bootstrap_is_centred_where_units_differ_in_ratings() -> None:
    """Pairs of large units weigh less, as in alpha itself."""
    large = [[5, 1, 0], [0, 5, 1], [0, 0, 6], [6, 0, 0]]
    small = [[1, 1, 0], [1, 0, 1], [0, 1, 1]]
    table = patterns([*large, *small], [1, 1, 1, 1, 1, 2, 2])
    found = krippendorff_alpha(table, interval=Interval("kalpha_pairs"))
    assert found.value == pytest.approx(0.391, abs=5e-4)
    assert found.ci_low is not None
    assert found.ci_high is not None
    assert found.ci_low < found.value < found.ci_high


def test_the_pair_bootstrap_makes_a_resample_without_variation_zero() -> None:
    interval = Interval("kalpha_pairs", draws=1000)
    one_agreed = krippendorff_alpha(patterns([[2, 0], [1, 1]], [30, 1]), interval=interval)
    assert one_agreed.ci_high is not None
    assert one_agreed.ci_high < 1
    two_agreed = patterns([[2, 0], [0, 2], [1, 1]], [10, 12, 1])
    assert krippendorff_alpha(two_agreed, interval=interval).ci_high == 1.0


def test_the_pair_bootstrap_gives_way_where_units_come_in_groups() -> None:
    units, raters = np.repeat(np.arange(12), 2), list("ab") * 12
    values = [0, 0, 1, 1, 0, 1, 1, 1, 0, 0, 1, 0, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1]
    ratings = Ratings.from_long(units, raters, values, groups=units // 3)
    found = coefficient("krippendorff_alpha", ratings, interval=Interval("kalpha_pairs"))
    assert (found.n_groups, found.ci_method, found.draws) == (4, "jackknife_t", None)


def test_other_coefficients_have_no_pair_bootstrap() -> None:
    table = patterns([[2, 0], [1, 1], [0, 2]], [9, 4, 8])
    assert gwet_ac1(table, interval=Interval("kalpha_pairs")).ci_method == "jackknife_t"


def test_few_units_that_carry_the_variation_are_pointed_out() -> None:
    """Three disagreements among 300 units say little about how often they happen."""
    few = percent_agreement(binary_agreement(300, 297))
    many = percent_agreement(binary_agreement(300, 250))
    assert few.warnings == ("few_informative_units",)
    assert many.warnings == ()
    for method in ("linearized_t", "bootstrap_bca", "bootstrap_percentile"):
        again = percent_agreement(binary_agreement(300, 297), interval=Interval(method))
        assert "few_informative_units" in again.warnings


@given(seed=st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_drawing_patterns_is_drawing_units(seed: int) -> None:
    """One row a unit or one row a pattern: the same distribution of resamples."""
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(3, (0.5, 0.3, 0.2), size=40)
    rows, frequencies = np.unique(counts, axis=0, return_counts=True)
    interval = Interval("bootstrap_percentile", draws=1500)
    whole, single = (
        fleiss_kappa(Patterns(table, units, (0, 1, 2)), interval=interval)
        for table, units in ((rows, frequencies), (counts, np.ones(40)))
    )
    assert whole.value == pytest.approx(single.value)
    assert whole.se == pytest.approx(single.se, rel=0.12)


@pytest.mark.parametrize("level", [Level.NOMINAL, Level.ORDINAL, Level.INTERVAL])
def test_the_coverage_study_knows_the_true_value(level: Level) -> None:
    """Its true alpha, which follows from the model, is what a very large study finds."""
    design = Design(100_000, 4, (2, 4), level, (0.1, 0.2, 0.7), 0.6)
    (study,) = studies(design, 1, np.random.default_rng(3))
    found = krippendorff_alpha(study)
    assert study.n_units == 100_000
    assert found.value == pytest.approx(0.6, abs=4 * (found.se or 0))


def test_every_interval_and_caution_is_documented() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs/statistics.md").read_text()
    named = {*IntervalMethod, *Caution} - {IntervalMethod.NONE}
    assert sorted(name for name in named if f"`{name}`" not in text) == []
