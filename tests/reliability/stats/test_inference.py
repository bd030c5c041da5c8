"""Intervals: their cautions, their limits, and what they hold."""

import numpy as np
import pytest

from reliability.stats import (
    Interval,
    PairTable,
    Patterns,
    Ratings,
    StatisticsError,
    coefficient,
    cohen_kappa,
    difference,
    gwet_ac1,
    krippendorff_alpha,
    percent_agreement,
)
from reliability.stats.inference import N_GROUPS

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
