"""Differences: paired where units are shared, in groups, from counts and from estimates."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from reliability.stats import (
    COEFFICIENTS,
    Interval,
    Ratings,
    coefficient,
    difference,
    difference_of_estimates,
    fleiss_kappa,
    independent_difference,
    krippendorff_alpha,
    permutation_test,
)
from reliability.stats.errors import InvalidRatingsError, StatisticsError

pytestmark = pytest.mark.pure
NAMES = sorted(COEFFICIENTS)


def study(n_units: int, *, seed: int, first_unit: int = 0, n_raters: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    truth = np.random.default_rng(first_unit).integers(0, 4, (n_units, 1))
    shape = (n_units, n_raters)
    return np.where(rng.random(shape) < 0.75, truth, rng.integers(0, 4, shape))


def rated(values: np.ndarray, *, first_unit: int = 0, group_size: int = 0) -> Ratings:
    units, raters = np.indices(values.shape)
    labels = first_unit + units.ravel()
    return Ratings.from_long(
        labels,
        raters.ravel(),
        values.ravel(),
        level="interval",
        categories=range(4),
        groups=labels // group_size if group_size else None,
    )


def of_name(name: str, seed: int, *, first_unit: int = 0) -> Ratings:
    n_raters = COEFFICIENTS[name].n_raters or 3
    values = study(30, seed=seed, first_unit=first_unit, n_raters=n_raters)
    ratings = rated(values, first_unit=first_unit)
    if "interval" in COEFFICIENTS[name].levels:
        return ratings
    units, raters = np.indices(values.shape)
    return Ratings.from_long(first_unit + units.ravel(), raters.ravel(), values.ravel())


@pytest.mark.parametrize("name", NAMES)
def test_shared_units_leave_both_sides_together(name: str) -> None:
    first, second = of_name(name, 1), of_name(name, 2)
    found = difference(name, first, second)
    assert (found.n_shared, found.n_units, found.df) == (30, 30, 29)
    changes = np.array(
        [
            (coefficient(name, first.without_unit(unit)).value or 0)
            - (coefficient(name, second.without_unit(unit)).value or 0)
            for unit in range(30)
        ]
    )
    se = np.sqrt(29 / 30 * ((changes - changes.mean()) ** 2).sum())
    assert found.se == pytest.approx(se, rel=1e-6)
    assert found.ci_high == pytest.approx(found.value + stats.t.ppf(0.975, 29) * se)


@pytest.mark.parametrize("name", NAMES)
def test_separate_units_give_the_difference_of_estimates(name: str) -> None:
    """Paired machinery without shared units is Welch's interval."""
    first, second = of_name(name, 1), of_name(name, 2, first_unit=100)
    found = difference(name, first, second)
    expected = difference_of_estimates(coefficient(name, first), coefficient(name, second))
    assert found.n_shared == 0
    for figure in ("value", "se", "df", "ci_low", "ci_high", "first", "second"):
        assert getattr(found, figure) == pytest.approx(getattr(expected, figure)), figure
    assert (found.ci_method, expected.ci_method) == ("jackknife_t", "welch_t")


@pytest.mark.parametrize("method", ["jackknife_t", "linearized_t", "bootstrap_bca"])
def test_counts_of_separate_studies_equal_their_ratings(method: str) -> None:
    first, second = rated(study(40, seed=1)), rated(study(60, seed=2), first_unit=100)
    interval = Interval(method, draws=500, seed=4)
    found = independent_difference(
        partial(fleiss_kappa, weights="linear"),
        first.patterns(),
        second.patterns(),
        interval=interval,
    )
    expected = difference("fleiss_kappa", first, second, weights="linear", interval=interval)
    for figure in ("value", "se", "ci_low", "ci_high"):
        assert getattr(found, figure) == pytest.approx(getattr(expected, figure), rel=0.1), figure
    assert found.ci_method == method
    assert found.draws == (500 if "bootstrap" in method else None)


@pytest.mark.parametrize("shift", [0, 15, 30])
def test_the_bootstrap_agrees_with_the_jackknife_however_many_units_are_shared(shift: int) -> None:
    first, second = rated(study(200, seed=1)), rated(study(200, seed=2), first_unit=shift * 200)
    if shift == 15:
        second = rated(study(200, seed=2), first_unit=100)
    plain = difference("krippendorff_alpha", first, second)
    for method in ("bootstrap_percentile", "bootstrap_bca", "linearized_t"):
        interval = Interval(method, draws=2000, seed=3)
        found = difference("krippendorff_alpha", first, second, interval=interval)
        assert found.se == pytest.approx(plain.se, rel=0.1), method
        assert found.ci_low == pytest.approx(plain.ci_low, abs=0.15 * (plain.se or 0) * 2)
    assert (found.draws, found.seed) == (None, None)


def test_correlated_sides_narrow_the_interval() -> None:
    values = study(100, seed=1)
    changed = values.copy()
    changed[:10] = changed[:10, :1]
    paired = difference("fleiss_kappa", rated(changed), rated(values))
    apart = difference("fleiss_kappa", rated(changed), rated(values, first_unit=1000))
    assert paired.value == apart.value
    assert paired.se is not None
    assert apart.se is not None
    assert paired.se < 0.6 * apart.se


def test_groups_take_the_place_of_units() -> None:
    """Every unit three times over, in a group, is the unit once."""
    values = [study(40, seed=seed) for seed in (1, 2)]
    once = difference("percent_agreement", *(rated(each) for each in values))
    thrice = [rated(np.repeat(each, 3, axis=0), group_size=3) for each in values]
    found = difference("percent_agreement", *thrice)
    assert (found.n_units, found.n_shared, found.n_groups, once.n_groups) == (120, 120, 40, None)
    for figure in ("value", "se", "df", "ci_low"):
        assert getattr(found, figure) == pytest.approx(getattr(once, figure)), figure
    with pytest.raises(InvalidRatingsError, match="only one side"):
        difference("percent_agreement", thrice[0], rated(values[1]))


def test_a_unit_of_one_side_leaves_the_other_as_it_is() -> None:
    """The first side has one unit of its own, which is a stratum without a mean."""
    first, second = rated(study(21, seed=1)), rated(study(20, seed=2))
    found = difference("fleiss_kappa", first, second)
    whole = (found.first or 0) - (found.second or 0)
    changes = np.array(
        [
            (coefficient("fleiss_kappa", first.without_unit(unit)).value or 0)
            - (coefficient("fleiss_kappa", second.without_unit(unit)).value or 0)
            for unit in range(21)
        ]
    )
    paired = changes[:20]
    variance = 19 / 20 * ((paired - paired.mean()) ** 2).sum() + (changes[20] - whole) ** 2
    assert (found.n_units, found.n_shared) == (21, 20)
    assert found.se == pytest.approx(np.sqrt(variance))


@given(seed=st.integers(0, 10**6), overlap=st.integers(0, 12))
@settings(max_examples=30, deadline=None)
def test_exchanging_the_sides_turns_the_sign(seed: int, overlap: int) -> None:
    first = rated(study(12, seed=seed))
    second = rated(study(12, seed=seed + 1), first_unit=12 - overlap)
    there, back = (
        difference("krippendorff_alpha", *sides) for sides in ((first, second), (second, first))
    )
    assert there.n_shared == overlap
    assert there.value == pytest.approx(-back.value)  # type: ignore[operator]
    assert there.se == pytest.approx(back.se)


def test_a_difference_covers_what_it_promises() -> None:
    """300 pairs of studies with half their units shared and no true difference."""
    covered = 0
    rng = np.random.default_rng(6)
    for _ in range(300):
        truth = rng.integers(0, 2, (90, 1))
        sides = []
        for start in (0, 30):
            own = truth[start : start + 60]
            values = np.where(rng.random((60, 2)) < 0.7, own, rng.integers(0, 2, (60, 2)))
            sides.append(rated(values, first_unit=start))
        found = difference("krippendorff_alpha", *sides)
        assert found.ci_low is not None
        assert found.ci_high is not None
        covered += found.ci_low <= 0 <= found.ci_high
    assert 0.915 <= covered / 300 <= 0.98


def test_cautions_of_both_sides_travel_with_the_difference() -> None:
    skewed = np.zeros((30, 3), dtype=int)
    skewed[:2, 0] = 1
    found = difference("krippendorff_alpha", rated(study(30, seed=1)), rated(skewed))
    assert "rare_value" in found.warnings
    assert found.value == pytest.approx((found.first or 0) - (found.second or 0))


def test_differences_need_labels_and_one_coefficient() -> None:
    ratings = rated(study(20, seed=1))
    nameless = Ratings.from_codes(
        ratings.units,
        ratings.raters,
        ratings.values,
        rater_labels=ratings.rater_labels,
        points=ratings.points,
    )
    with pytest.raises(InvalidRatingsError):
        difference("fleiss_kappa", ratings, nameless)
    estimates = [coefficient(name, ratings) for name in ("fleiss_kappa", "gwet_ac1")]
    with pytest.raises(StatisticsError, match="one coefficient"):
        difference_of_estimates(*estimates)


def test_undefined_sides_of_counts_give_their_reason() -> None:
    same = rated(np.ones((20, 3), dtype=int)).patterns()
    other = rated(study(20, seed=1)).patterns()
    found = independent_difference(krippendorff_alpha, same, other)
    assert (found.value, found.undefined) == (None, "no_variation")
    estimates = [krippendorff_alpha(each) for each in (same, other)]
    assert difference_of_estimates(*estimates).undefined == "no_variation"


def test_a_hundred_thousand_units_take_one_pass() -> None:
    """By patterns, not unit by unit: a loop over 100,000 units would take hours."""
    values = study(100_000, seed=1)
    found = difference("krippendorff_alpha", rated(values), rated(study(100_000, seed=2)))
    assert found.n_shared == 100_000
    assert found.se == pytest.approx(0.0026, abs=0.001)


def words(*cells: str, level: str = "nominal", categories: list[str] | None = None) -> Ratings:
    """One unit a cell of two letters, rated by two raters."""
    units, raters = np.repeat(np.arange(len(cells)), 2), [0, 1] * len(cells)
    values = [letter for cell in cells for letter in cell]
    return Ratings.from_long(units, raters, values, level=level, categories=categories)


@pytest.mark.parametrize("name", ["gwet_ac1", "brennan_prediger"])
def test_both_sides_stand_on_one_scale(name: str) -> None:
    """Where no scale is declared, neither side may take its own points for all there are."""
    first, second = words("aa", "ab", "bb"), words("aa", "bc", "bb")
    declared = [
        words("aa", "ab", "bb", categories=[*"abc"]),
        words("aa", "bc", "bb", categories=[*"abc"]),
    ]
    found = difference(name, first, second)
    assert found.value == pytest.approx(difference(name, *declared).value)
    assert found.value == pytest.approx(permutation_test(name, first, second, draws=20).value)
    back = difference(name, second, first)
    assert back.value == pytest.approx(-(found.value or 0))


def test_numbers_of_both_sides_make_one_scale() -> None:
    sides = [
        Ratings.from_long([0, 0, 1, 1, 2, 2], [0, 1] * 3, values, level="interval")
        for values in ([1, 2, 2, 2, 1, 1], [4, 4, 3, 2, 2, 2])
    ]
    scale = [1, 2, 3, 4]
    declared = [
        Ratings.from_long(
            [0, 0, 1, 1, 2, 2], [0, 1] * 3, values, level="interval", categories=scale
        )
        for values in ([1, 2, 2, 2, 1, 1], [4, 4, 3, 2, 2, 2])
    ]
    found, wanted = (difference("gwet_ac2", *each) for each in (sides, declared))
    assert (found.value, found.se) == (pytest.approx(wanted.value), pytest.approx(wanted.se))


def test_the_order_of_declared_words_survives_only_where_both_agree_on_it() -> None:
    low, mid = [*"lh"], [*"lmh"]
    first = words("ll", "lh", "hh", level="ordinal", categories=low)
    second = words("lm", "mh", "hh", level="ordinal", categories=mid)
    wide = words("ll", "lh", "hh", level="ordinal", categories=mid)
    found = difference("krippendorff_alpha", first, second)
    assert found.value == pytest.approx(difference("krippendorff_alpha", wide, second).value)
    against = words("lm", "mh", "hh", level="ordinal", categories=[*"hml"])
    assert difference("krippendorff_alpha", first, against).undefined == "needs_order"


def test_sides_at_different_levels_are_refused() -> None:
    first, second = words("aa", "ab", categories=["a", "b"]), words("aa", "ab", level="ordinal")
    with pytest.raises(InvalidRatingsError, match="different levels"):
        difference("percent_agreement", first, second)
