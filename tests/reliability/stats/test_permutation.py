"""The permutation test: what it exchanges, and how often it errs."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from reliability.stats import COEFFICIENTS, Ratings, coefficient, permutation_test
from reliability.stats.errors import InvalidRatingsError, StatisticsError
from reliability.stats.permutation import together

pytestmark = pytest.mark.pure


def rated(
    values: np.ndarray,
    *,
    first_unit: int = 0,
    raters: str = "abc",
    level: str = "interval",
    group_size: int = 0,
) -> Ratings:
    units, codes = np.indices(values.shape)
    labels = first_unit + units.ravel()
    return Ratings.from_long(
        labels,
        np.array(list(raters))[codes.ravel()],
        values.ravel(),
        level=level,
        categories=range(4),
        groups=labels // group_size if group_size else None,
    )


def drawn(n_units: int, agreement: float, seed: int, n_raters: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    shape = (n_units, n_raters)
    truth = rng.integers(0, 4, (n_units, 1))
    return np.where(rng.random(shape) < agreement, truth, rng.integers(0, 4, shape))


@pytest.mark.parametrize("name", sorted(COEFFICIENTS))
@pytest.mark.parametrize("first_unit", [0, 20, 100])
def test_every_coefficient_tells_unlike_studies_apart(name: str, first_unit: int) -> None:
    n_raters = COEFFICIENTS[name].n_raters or 3
    level = "interval" if "interval" in COEFFICIENTS[name].levels else "nominal"
    sides = [
        rated(drawn(40, 0.97, 1, n_raters), level=level),
        rated(drawn(40, 0.2, 2, n_raters), first_unit=first_unit, level=level),
    ]
    found = permutation_test(name, *sides, draws=400)
    assert found.p_value is not None
    assert found.p_value < 0.02
    assert found.n_shared == max(0, 40 - first_unit)
    values = [coefficient(name, side).value or 0 for side in sides]
    assert found.value == pytest.approx(values[0] - values[1], abs=1e-9)


def test_swaps_of_few_units_equal_going_through_all_of_them() -> None:
    """Ten shared units have 1,024 ways to be swapped; sampling them gives the same p."""
    first, second = drawn(10, 0.8, 3), drawn(10, 0.5, 4)
    observed = agreement(first) - agreement(second)
    as_large = 0
    for swaps in product([False, True], repeat=10):
        swapped = np.array(swaps)[:, None]
        a, b = np.where(swapped, second, first), np.where(swapped, first, second)
        as_large += abs(agreement(a) - agreement(b)) >= abs(observed) - 1e-12
    found = permutation_test("percent_agreement", rated(first), rated(second), draws=20_000)
    assert found.p_value == pytest.approx(as_large / 1024, abs=0.015)


def agreement(values: np.ndarray) -> float:
    pairs = [(0, 1), (0, 2), (1, 2)]
    return float(np.mean([values[:, a] == values[:, b] for a, b in pairs]))


def test_dealt_units_equal_the_permutation_test_of_means() -> None:
    first, second = drawn(30, 0.8, 5, 2), drawn(25, 0.6, 6, 2)
    found = permutation_test(
        "percent_agreement",
        rated(first, raters="ab"),
        rated(second, raters="ab", first_unit=100),
        draws=20_000,
    )
    expected = stats.permutation_test(
        [first[:, 0] == first[:, 1], second[:, 0] == second[:, 1]],
        lambda x, y, axis: np.abs(x.mean(axis=axis) - y.mean(axis=axis)),
        vectorized=True,
        alternative="greater",
        n_resamples=20_000,
        rng=np.random.default_rng(1),
    )
    assert found.p_value == pytest.approx(expected.pvalue, abs=0.015)
    assert found.n_shared == 0


@pytest.mark.parametrize("first_unit", [0, 12, 100])
def test_p_is_uniform_where_the_sides_are_alike(first_unit: int) -> None:
    rng = np.random.default_rng(first_unit)
    p_values = []
    for _ in range(400):
        values = np.where(
            rng.random((48, 3)) < 0.7, rng.integers(0, 4, (48, 1)), rng.integers(0, 4, (48, 3))
        )
        # Where units are shared both sides rate the same truth anew.
        second = np.where(rng.random((48, 3)) < 0.5, values, rng.integers(0, 4, (48, 3)))
        first = np.where(rng.random((48, 3)) < 0.5, values, rng.integers(0, 4, (48, 3)))
        sides = rated(first[:24]), rated(second[:24], first_unit=first_unit)
        found = permutation_test("krippendorff_alpha", *sides, draws=199, seed=len(p_values))
        assert found.p_value is not None
        p_values.append(found.p_value)
    assert stats.kstest(p_values, "uniform").pvalue > 0.001
    assert 0.02 <= np.mean(np.array(p_values) <= 0.05) <= 0.085


def test_p_is_never_zero_and_repeats_with_its_seed() -> None:
    sides = rated(drawn(200, 0.99, 1)), rated(drawn(200, 0.05, 2))
    found = permutation_test("fleiss_kappa", *sides, draws=99, seed=7)
    assert (found.p_value, found.draws, found.seed) == (0.01, 99, 7)
    again = permutation_test("fleiss_kappa", *sides, draws=99, seed=7)
    assert again == found


def test_equal_sides_have_p_one() -> None:
    ratings = rated(drawn(30, 0.7, 1))
    found = permutation_test("krippendorff_alpha", ratings, ratings, draws=50)
    assert (found.value, found.p_value) == (0.0, 1.0)


def test_whole_groups_move() -> None:
    """Units three times over in groups give the p of the units once, not a smaller one."""
    values = drawn(25, 0.8, 5), drawn(25, 0.6, 6)
    once = permutation_test("percent_agreement", *map(rated, values), draws=5000)
    groups = [rated(np.repeat(each, 3, axis=0), group_size=3) for each in values]
    found = permutation_test("percent_agreement", *groups, draws=5000)
    assert (found.n_groups, found.n_units, once.n_groups) == (25, 75, None)
    assert found.p_value == pytest.approx(once.p_value, abs=0.03)
    with pytest.raises(InvalidRatingsError, match="only one side"):
        permutation_test("percent_agreement", groups[0], rated(values[1]))


def test_raters_of_equal_label_stay_themselves_and_others_take_free_places() -> None:
    sides = rated(drawn(5, 0.8, 1)), rated(drawn(5, 0.8, 2), raters="cxy")
    both = together(*sides)
    assert list(both.rater_labels) == ["a", "b", "c"]
    codes = both.raters[both.units == 5]
    assert codes.tolist() == [2, 0, 1]


def test_two_vendors_of_two_raters_each_compare_by_cohen() -> None:
    sides = (
        rated(drawn(60, 0.95, 1, 2), raters="ab"),
        rated(drawn(60, 0.3, 2, 2), raters="xy", first_unit=100),
    )
    found = permutation_test("cohen_kappa", *sides, draws=200)
    assert found.p_value is not None
    assert found.p_value < 0.02


def test_undefined_sides_give_their_reason() -> None:
    ratings = rated(drawn(30, 0.7, 1))
    found = permutation_test("fleiss_kappa", ratings, rated(np.ones((30, 3), dtype=int)))
    assert (found.p_value, found.undefined) == (None, "no_variation")


def test_permutations_without_a_value_count_as_large() -> None:
    """Two varying units, both on the first side or none: the other is undefined half the time."""
    first, second = np.zeros((3, 3), dtype=int), np.zeros((3, 3), dtype=int)
    first[0], second[1] = [1, 0, 0], [0, 1, 0]
    found = permutation_test("krippendorff_alpha", rated(first), rated(second), draws=400)
    assert "draws_undefined" in found.warnings
    assert found.p_value is not None
    assert found.p_value > 0.9


def test_nonsense_is_refused() -> None:
    ratings = rated(drawn(10, 0.7, 1))
    with pytest.raises(StatisticsError):
        permutation_test("fleiss_kappa", ratings, ratings, draws=0)
    with pytest.raises(InvalidRatingsError, match="level"):
        permutation_test("fleiss_kappa", ratings, rated(drawn(10, 0.7, 1), level="nominal"))
