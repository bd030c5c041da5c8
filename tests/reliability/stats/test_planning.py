"""How many units a narrower interval takes."""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from reliability.stats import (
    Patterns,
    StatisticsError,
    UnitRows,
    expected_widths,
    krippendorff_alpha,
    units_for_alpha,
    units_for_kappa_interval,
    units_for_kappa_test,
    units_for_target,
    units_for_width,
)

pytestmark = pytest.mark.pure


def counts(seed: int, n: int, accuracy: float = 0.7) -> np.ndarray:
    """Three ratings on each of n units, five points."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 5, (n, 1))
    values = np.where(rng.random((n, 3)) < accuracy, truth, rng.integers(0, 5, (n, 3)))
    return np.stack([(values == point).sum(axis=1) for point in range(5)], axis=1)


def study(seed: int, n: int, accuracy: float = 0.7) -> Patterns:
    rows, frequencies = np.unique(counts(seed, n, accuracy), axis=0, return_counts=True)
    return Patterns(rows, frequencies, (1, 2, 3, 4, 5), "ordinal", n_raters=3)


def width(patterns: Patterns) -> float:
    alpha = krippendorff_alpha(patterns)
    assert alpha.ci_low is not None
    assert alpha.ci_high is not None
    return alpha.ci_high - alpha.ci_low


def test_width_foretold_is_the_width_that_comes() -> None:
    """What pilots of 150 units expect of 400 is what studies of 400 show, on average."""
    foretold = [expected_widths(study(seed, 150), n_units=[400])[0].width for seed in range(12)]
    come = [width(study(100 + seed, 400)) for seed in range(40)]
    assert np.mean(foretold) == pytest.approx(np.mean(come), rel=0.06)


def test_units_reach_the_width_asked_for() -> None:
    found = units_for_width(study(1, 60), 0.15)
    assert found.n_units is not None
    assert found.n_further == found.n_units - 60
    assert found.expected_width == pytest.approx(0.15, rel=0.03)
    (again,) = expected_widths(study(1, 60), n_units=[found.n_units])
    assert again.width == found.expected_width
    assert not found.small_pilot


def test_half_the_width_takes_four_times_the_units() -> None:
    wide, narrow = (units_for_width(study(2, 80), share).n_units for share in (0.16, 0.08))
    assert narrow / wide == pytest.approx(4, rel=0.1)


def test_widths_shrink_with_the_units() -> None:
    found = expected_widths(study(3, 60), n_units=(40, 80, 160, 320))
    widths = [one.width for one in found]
    assert widths == sorted(widths, reverse=True)
    assert [one.n_units for one in found] == [40, 80, 160, 320]
    assert expected_widths(study(3, 60), n_units=(40,)) == found[:1]


def test_single_rated_units_count_towards_the_plan_as_they_did_in_the_pilot() -> None:
    """Three of four units have one rating, so four times the units are needed."""
    paired = Patterns([[2, 0], [1, 1], [0, 2]], [30, 12, 18], points=(0, 1))
    with_single = Patterns([[2, 0], [1, 1], [0, 2], [1, 0]], [30, 12, 18, 180], points=(0, 1))
    plain, diluted = (units_for_width(pilot, 0.2) for pilot in (paired, with_single))
    assert diluted.n_units / plain.n_units == pytest.approx(4, rel=0.1)


def test_nothing_further_where_the_pilot_is_narrow_enough() -> None:
    found = units_for_width(study(4, 300), 0.5)
    assert found.n_further == 0
    assert found.n_units < 300


def test_pilot_that_cannot_tell_says_so() -> None:
    perfect = units_for_width(study(5, 40, accuracy=1.0), 0.1)
    assert (perfect.n_units, perfect.current_width, perfect.undefined) == (None, 0, None)
    assert "degenerate_interval" in perfect.warnings
    same = Patterns([[3, 0]], [40], points=(0, 1))
    assert units_for_width(same, 0.1).undefined == "no_variation"
    assert units_for_width(Patterns([], [], points=(0, 1)), 0.1).undefined == "no_data"
    assert expected_widths(Patterns([], [], points=(0, 1)), n_units=[9])[0].width is None
    assert units_for_width(study(6, 60), 1e-5).n_units is None
    assert units_for_width(study(6, 12), 0.3).small_pilot


def test_groups_ask_for_more_units_as_far_as_they_widen_the_interval() -> None:
    """Every unit three times: a third of the information, three times the units."""
    rows = counts(7, 60)
    plain = Patterns(rows, np.ones(60), (1, 2, 3, 4, 5), "ordinal")
    tripled = Patterns(
        rows,
        np.full(60, 3),
        (1, 2, 3, 4, 5),
        "ordinal",
        units=UnitRows.in_groups(np.arange(60), np.full(60, 3)),
    )
    one, three = units_for_width(plain, 0.15), units_for_width(tripled, 0.15)
    assert three.current_width == pytest.approx(one.current_width, rel=0.03)
    assert three.n_units / one.n_units == pytest.approx(3, rel=0.1)


def test_lower_limit_clears_the_target_as_often_as_promised() -> None:
    pilot = study(10, 100, accuracy=0.85)
    rng = np.random.default_rng(11)
    shares = pilot.frequencies / pilot.frequencies.sum()
    for chance in (0.5, 0.8):
        found = units_for_target(pilot, 0.7, chance=chance)
        assert found.n_units is not None
        cleared = [
            krippendorff_alpha(replace(pilot, frequencies=drawn)).ci_low >= 0.7
            for drawn in rng.multinomial(found.n_units, shares, size=400)
        ]
        assert np.mean(cleared) == pytest.approx(chance, abs=0.07)


def test_target_above_the_value_is_reached_with_no_number_of_units() -> None:
    pilot = study(10, 100)
    value = krippendorff_alpha(pilot).value
    found = units_for_target(pilot, value + 0.01)
    assert (found.n_units, found.n_further, found.value) == (None, None, value)
    assert units_for_target(pilot, value - 0.5).n_further == 0
    assert units_for_target(Patterns([[2, 0]], [9], points=(0, 1)), 0.5).undefined == "no_variation"
    with pytest.raises(StatisticsError):
        units_for_target(pilot, 0.5, chance=1.0)


def test_width_of_any_coefficient_of_patterns() -> None:
    for name in ("gwet_ac1", "percent_agreement", "fleiss_kappa", "gwet_ac2"):
        found = units_for_width(study(8, 80), 0.1, name, confidence=0.9)
        assert (found.coefficient, found.n_units is not None) == (name, True)
    with pytest.raises(StatisticsError):
        units_for_width(study(8, 80), 0.1, "cohen_kappa")
    with pytest.raises(StatisticsError):
        units_for_width(study(8, 80), 0.0)


def test_published_sample_sizes() -> None:
    """Donner and Eliasziw, Rotondi and Donner (kappaSize), and Krippendorff's table."""
    assert units_for_kappa_test(0.4, 0.6, 0.3).exact == pytest.approx(190.46, abs=0.01)
    assert units_for_kappa_interval(0.4, 0.3, 0.3).n_units == 397
    assert units_for_alpha(0.8, 0.25).n_units == 139
    for refused in (
        lambda: units_for_kappa_test(0.4, 0.4, 0.3),
        lambda: units_for_kappa_test(0.4, 0.6, 1.0),
        lambda: units_for_alpha(1.0, 0.25),
    ):
        with pytest.raises(StatisticsError):
            refused()


def test_a_page_can_afford_it() -> None:
    pilot = study(9, 20_000)
    start = time.perf_counter()
    units_for_width(pilot, 0.01)
    assert time.perf_counter() - start < 1  # 50 ms where nothing else runs


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "plan",
    [
        lambda: units_for_kappa_test(2, 0.5, 0.3),
        lambda: units_for_kappa_test(-0.9, 0.5, 0.1),
        lambda: units_for_kappa_test(0.5, -0.9, 0.1),
        lambda: units_for_kappa_test(1, 0.5, 0.3),
        lambda: units_for_kappa_test(float("nan"), 0.5, 0.3),
        lambda: units_for_kappa_interval(0.4, 0.6, 0.3),
        lambda: units_for_kappa_interval(0.4, 0.4, 0.3),
        lambda: units_for_kappa_interval(1.2, 0.4, 0.3),
        lambda: units_for_alpha(-2, 0.25),
        lambda: units_for_alpha(0.8, 0.7),
    ],
)
def test_plans_for_what_cannot_be_are_refused(plan: Callable[[], object]) -> None:
    with pytest.raises(StatisticsError):
        plan()


def test_perfect_agreement_is_an_alternative_to_plan_for() -> None:
    assert units_for_kappa_test(0.4, 1, 0.3).n_units > 0
