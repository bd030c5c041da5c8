"""Adjusted p-values, slices against the rest, and whether slices differ at all."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from reliability.stats import (
    Estimate,
    Patterns,
    StatisticsError,
    UnitRows,
    adjusted,
    difference_of_estimates,
    heterogeneity,
    krippendorff_alpha,
    slice_differences,
)

pytestmark = pytest.mark.pure
# Benjamini and Hochberg (1995), section 4.1: 15 comparisons of two treatments.
PUBLISHED = [.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .3240, .4262, .5719, .6528, .7590, 1.0]  # fmt: skip
p_values = st.lists(st.floats(0, 1), max_size=12)


def test_benjamini_and_hochberg_find_four_where_holm_finds_three() -> None:
    assert (adjusted(PUBLISHED, "benjamini_hochberg") <= 0.05).sum() == 4
    assert (adjusted(PUBLISHED) <= 0.05).sum() == 3


@given(p_values, st.sampled_from([0.01, 0.05, 0.3]))
def test_holm_equals_its_stepwise_procedure(values: list[float], level: float) -> None:
    """Reject from the smallest on, at level over what is left; stop at the first that fails."""
    rejected = [False] * len(values)
    for step, at in enumerate(np.argsort(values, kind="stable")):
        if values[at] * (len(values) - step) > level:
            break
        rejected[at] = True
    assert (adjusted(values) <= level).tolist() == rejected


@given(p_values.filter(len))
def test_benjamini_and_hochberg_equal_scipy(values: list[float]) -> None:
    np.testing.assert_allclose(
        adjusted(values, "benjamini_hochberg"), stats.false_discovery_control(values)
    )


@given(p_values)
def test_adjusting_never_lowers_and_keeps_the_order(values: list[float]) -> None:
    for method in ("holm", "benjamini_hochberg"):
        found = adjusted(values, method)
        assert (found >= np.array(values) - 1e-15).all()
        assert (found <= 1).all()
        assert (np.diff(found[np.argsort(values)]) >= 0).all()


def test_p_values_off_their_range_are_refused() -> None:
    with pytest.raises(StatisticsError):
        adjusted([0.2, 1.2])
    with pytest.raises(ValueError, match="bonferroni"):
        adjusted([0.2], "bonferroni")


def units(rng: np.random.Generator, n: int, accuracy: float = 0.7) -> np.ndarray:
    """Counts of three ratings on each of n units, four points."""
    truth = rng.integers(0, 4, (n, 1))
    values = np.where(rng.random((n, 3)) < accuracy, truth, rng.integers(0, 4, (n, 3)))
    return np.stack([(values == point).sum(axis=1) for point in range(4)], axis=1)


def patterns(counts: np.ndarray) -> Patterns:
    rows, frequencies = np.unique(counts, axis=0, return_counts=True)
    return Patterns(rows, frequencies, (1, 2, 3, 4), "ordinal", n_raters=3)


def test_slice_is_compared_with_all_other_units() -> None:
    rng = np.random.default_rng(1)
    parts = {key: units(rng, n) for key, n in {"a": 40, "b": 25, "c": 60}.items()}
    whole = patterns(np.concatenate(list(parts.values())))
    found = slice_differences(whole, {key: patterns(part) for key, part in parts.items()})
    assert [one.key for one in found] == ["a", "b", "c"]
    for one in found:
        inside = krippendorff_alpha(patterns(parts[one.key]))
        others = [part for key, part in parts.items() if key != one.key]
        outside = krippendorff_alpha(patterns(np.concatenate(others)))
        plain = difference_of_estimates(inside, outside)
        assert one.estimate == inside
        assert one.rest == outside
        assert (one.value, one.ci_low, one.ci_high) == (plain.value, plain.ci_low, plain.ci_high)
        t = stats.ttest_ind_from_stats(  # Welch's test, from means and spreads
            inside.value, inside.se * np.sqrt(inside.n_units), inside.n_units,
            outside.value, outside.se * np.sqrt(outside.n_units), outside.n_units,
            equal_var=False,
        )  # fmt: skip
        assert one.p_value == pytest.approx(t.pvalue, abs=1e-12)
    assert [one.p_adjusted for one in found] == list(adjusted([one.p_value for one in found]))


def test_units_in_groups_stay_in_them() -> None:
    """Every unit twice in its group: the rest has as few degrees of freedom as before."""
    rng = np.random.default_rng(8)
    counts = units(rng, 90)
    whole, part, rest = (
        Patterns(
            counts[rows],
            np.full(len(rows), 2),
            (1, 2, 3, 4),
            "ordinal",
            units=UnitRows.in_groups(rows, np.full(len(rows), 2)),
        )
        for rows in (np.arange(90), np.arange(40), np.arange(40, 90))
    )
    (one,) = slice_differences(whole, {"first": part})
    other = krippendorff_alpha(rest)
    assert (one.rest.value, one.rest.se) == pytest.approx((other.value, other.se), abs=1e-12)
    assert one.rest.n_groups == 50
    assert one.estimate == krippendorff_alpha(part)
    ungrouped = Patterns(counts[:40], np.full(40, 2), (1, 2, 3, 4), "ordinal")
    with pytest.raises(StatisticsError):
        slice_differences(whole, {"first": ungrouped})


def test_small_slices_are_suppressed_and_count_in_no_family() -> None:
    rng = np.random.default_rng(2)
    parts = {"a": units(rng, 40), "tiny": units(rng, 19), "b": units(rng, 60)}
    whole = patterns(np.concatenate(list(parts.values())))
    slices = {key: patterns(part) for key, part in parts.items()}
    a, tiny, b = slice_differences(whole, slices)
    assert (tiny.suppressed, tiny.estimate, tiny.value, tiny.p_value) == (True, None, None, None)
    assert tiny.n_units == 19
    assert [one.p_adjusted for one in (a, b)] == list(adjusted([a.p_value, b.p_value]))
    assert not any(one.suppressed for one in slice_differences(whole, slices, min_units=19))


def test_units_with_one_rating_do_not_fill_a_slice() -> None:
    single = Patterns([[1, 0], [0, 2], [1, 1]], [500, 5, 5], points=(0, 1))
    whole = Patterns([[1, 0], [0, 2], [1, 1]], [500, 50, 50], points=(0, 1))
    assert slice_differences(whole, {"single": single})[0].suppressed


def test_undefined_slice_says_why_and_counts_in_no_family() -> None:
    same = Patterns([[3, 0]], [30], points=(0, 1))
    whole = Patterns([[3, 0], [2, 1], [0, 3]], [50, 20, 30], points=(0, 1))
    (one,) = slice_differences(whole, {"same": same})
    assert (one.undefined, one.value, one.p_value, one.p_adjusted) == (
        "no_variation",
        None,
        None,
        None,
    )
    assert one.rest is not None
    (everything,) = slice_differences(whole, {"all": whole})
    assert everything.undefined == "no_data"


def test_no_spread_on_either_side_gives_no_p_value() -> None:
    perfect = Patterns([[3, 0], [0, 3]], [30, 30], points=(0, 1))
    whole = Patterns([[3, 0], [0, 3]], [60, 60], points=(0, 1))
    (one,) = slice_differences(whole, {"half": perfect})
    assert (one.value, one.p_value, one.p_adjusted) == (0, None, None)


def test_slice_of_other_units_or_scale_is_refused() -> None:
    whole = Patterns([[3, 0], [2, 1]], [5, 5], points=(0, 1))
    with pytest.raises(StatisticsError):
        slice_differences(whole, {"more": Patterns([[3, 0]], [6], points=(0, 1))})
    with pytest.raises(StatisticsError):
        slice_differences(whole, {"other": Patterns([[3, 0]], [2], points=(1, 2))})


def test_family_finds_something_in_few_studies_where_nothing_is() -> None:
    """150 studies of six equal slices: a finding in about one of twenty, both ways."""
    rng = np.random.default_rng(3)
    found = uneven = 0
    for _ in range(150):
        parts = [units(rng, 30) for _ in range(6)]
        whole = patterns(np.concatenate(parts))
        results = slice_differences(whole, dict(enumerate(map(patterns, parts))))
        found += min(one.p_adjusted for one in results) < 0.05
        uneven += heterogeneity(one.estimate for one in results).p_value < 0.05
    assert found / 150 <= 0.1
    assert uneven / 150 <= 0.1


def test_slice_with_poor_agreement_is_found() -> None:
    rng = np.random.default_rng(4)
    parts = {
        "good": units(rng, 150, 0.8),
        "fine": units(rng, 150, 0.8),
        "poor": units(rng, 80, 0.4),
    }
    whole = patterns(np.concatenate(list(parts.values())))
    found = slice_differences(whole, {key: patterns(part) for key, part in parts.items()})
    assert found[2].p_adjusted < 0.001
    assert found[2].value < 0 < found[0].value
    assert heterogeneity(one.estimate for one in found).i_squared > 0.8


def estimate(value: float, se: float | None, n_units: int = 50) -> Estimate:
    return Estimate(coefficient="krippendorff_alpha", value=value, se=se, n_units=n_units)


def test_heterogeneity_is_welchs_analysis_of_variance() -> None:
    """Group means, standard errors and sizes in place of estimates."""
    from statsmodels.stats.oneway import anova_oneway

    rng = np.random.default_rng(5)
    groups = [
        rng.normal(mean, spread, n) for mean, spread, n in ((0, 1, 20), (1, 2, 9), (0, 3, 30))
    ]
    welch = anova_oneway(groups, use_var="unequal", welch_correction=True)
    found = heterogeneity(
        estimate(float(g.mean()), float(g.std(ddof=1) / np.sqrt(len(g))), len(g)) for g in groups
    )
    assert found.p_value == pytest.approx(welch.pvalue, abs=1e-12)


def test_cochrans_q_by_hand() -> None:
    """Weights 100 and 25 around .56: Q = 100 x .04^2 + 25 x .16^2 = .8."""
    found = heterogeneity([estimate(0.6, 0.1), estimate(0.4, 0.2), estimate(0.1, None)])
    assert (found.n_slices, found.i_squared) == (2, 0)
    assert found.q == pytest.approx(0.8)
    assert heterogeneity([estimate(0.6, 0.1), estimate(0.9, 0.0)]).p_value is None


def test_a_page_can_afford_many_slices() -> None:
    rng = np.random.default_rng(6)
    parts = [patterns(units(rng, 500)) for _ in range(20)]
    whole = Patterns(
        np.concatenate([part.counts for part in parts]),
        np.concatenate([part.frequencies for part in parts]),
        (1, 2, 3, 4),
        "ordinal",
    )
    start = time.perf_counter()
    slice_differences(whole, dict(enumerate(parts)))
    assert time.perf_counter() - start < 1  # 30 ms where nothing else runs
