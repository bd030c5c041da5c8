"""Rank coefficients: closed forms against leaving units out one by one."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from reliability.stats import Interval, Ratings, coefficient, kendall_w
from reliability.stats import concordance as counting
from reliability.stats.concordance import concordance
from reliability.stats.inference import N_GROUPS, SumsRequest
from reliability.stats.sums import MOST_ROW_VALUES, condensed

pytestmark = pytest.mark.pure


def ratings_of(values: np.ndarray, groups: np.ndarray | None = None) -> Ratings:
    """Ordinal ratings from a table of units by raters; NaN where nobody rated."""
    units, raters = np.nonzero(np.isfinite(values))
    of_rows = None if groups is None else groups[units]
    return Ratings.from_long(units, raters, values[units, raters], level="ordinal", groups=of_rows)


def mean_over_pairs(name: str, values: np.ndarray) -> float:
    """What SciPy says of each pair of raters, over the units both rated."""
    function = {"spearman": stats.spearmanr, "kendall_tau": stats.kendalltau}[name]
    found = []
    for first, second in combinations(values.T, 2):
        both = np.isfinite(first) & np.isfinite(second)
        found.append(function(first[both], second[both]).statistic)
    return float(np.mean(found))


def concordance_of(values: np.ndarray, *, ties: bool = True) -> float:
    """Kendall's W from ranks, term by term as Kendall and Babington Smith give it."""
    n, k = values.shape
    totals = np.sum([stats.rankdata(column) for column in values.T], axis=0)
    tied = sum((np.unique(column, return_counts=True)[1] ** 3).sum() - n for column in values.T)
    most = k**2 * (n**3 - n) - (k * tied if ties else 0)
    return float(12 * ((totals - totals.mean()) ** 2).sum() / most)


def value_of(name: str, values: np.ndarray) -> float:
    if name == "kendall_w":
        return concordance_of(values[np.isfinite(values).all(axis=1)])
    return mean_over_pairs(name, values)


def jackknife(left_out: np.ndarray) -> float:
    n = len(left_out)
    return float(np.sqrt((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum()))


def study(n_units: int, n_points: int, *, gaps: float = 0.0, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, n_points, (n_units, 1))
    noise = rng.integers(-n_points // 3, n_points // 3 + 1, (n_units, 3))
    values = np.clip(truth + noise, 0, n_points - 1).astype(float)
    values[rng.random(values.shape) < gaps] = np.nan
    return values


@pytest.mark.parametrize("name", ["spearman", "kendall_tau", "kendall_w"])
@pytest.mark.parametrize("gaps", [0.0, 0.25])
@pytest.mark.parametrize(("n_units", "n_points"), [(12, 4), (40, 3), (60, 150)])
def test_standard_error_is_that_of_leaving_units_out_one_by_one(
    name: str, gaps: float, n_units: int, n_points: int
) -> None:
    values = study(n_units, n_points, gaps=gaps)
    rated = np.isfinite(values)
    part = rated.all(axis=1) if name == "kendall_w" else rated.sum(axis=1) >= 2
    values = values[part]
    found = coefficient(name, ratings_of(values))
    left_out = [value_of(name, np.delete(values, unit, axis=0)) for unit in range(len(values))]
    assert found.value == pytest.approx(value_of(name, values), abs=1e-12)
    assert found.se == pytest.approx(jackknife(np.array(left_out)), rel=1e-9)
    assert found.n_units == len(values)


def test_concordance_without_correction_for_ties() -> None:
    values = study(30, 4)
    found = kendall_w(ratings_of(values), ties=False)
    left_out = [concordance_of(np.delete(values, unit, axis=0), ties=False) for unit in range(30)]
    assert found.value == pytest.approx(concordance_of(values, ties=False), abs=1e-12)
    assert found.se == pytest.approx(jackknife(np.array(left_out)), rel=1e-9)


@pytest.mark.parametrize("ties", [True, False])
def test_derivatives_are_the_limits_of_small_changes(ties: bool) -> None:
    request = SumsRequest()
    kendall_w(ratings_of(study(25, 4)), ties=ties, interval=request)
    sums = request.found[0][0]
    step = 1e-5 * np.eye(len(sums.frequencies))
    slopes = (sums.draw(sums.frequencies + step) - sums.draw(sums.frequencies - step)) / 2e-5
    assert sums.influence() == pytest.approx(slopes, abs=1e-8)


@pytest.mark.parametrize("name", ["spearman", "kendall_tau"])
def test_derivatives_of_pairs_are_the_limits_of_small_changes(name: str) -> None:
    request = SumsRequest()
    coefficient(name, ratings_of(study(25, 4, gaps=0.2)), interval=request)
    sums = request.found[0][0]
    step = 1e-5 * np.eye(len(sums.frequencies))
    slopes = (sums.draw(sums.frequencies + step) - sums.draw(sums.frequencies - step)) / 2e-5
    assert sums.influence() == pytest.approx(slopes, abs=1e-8)


@pytest.mark.parametrize("name", ["spearman", "kendall_tau", "kendall_w"])
def test_groups_of_units_are_left_out_whole(name: str) -> None:
    values, groups = study(45, 5), np.arange(45) // 3
    found = coefficient(name, ratings_of(values, groups))
    left_out = [value_of(name, values[groups != group]) for group in range(15)]
    assert found.n_groups == 15
    assert found.se == pytest.approx(jackknife(np.array(left_out)), rel=1e-9)
    linear = coefficient(name, ratings_of(values, groups), interval=Interval("linearized_t"))
    assert linear.se == pytest.approx(found.se, rel=0.2)


@pytest.mark.parametrize("name", ["spearman", "kendall_w"])
def test_groups_of_one_unit_are_units(name: str) -> None:
    values = study(40, 5)
    alone = ratings_of(values, np.arange(40))
    plain = coefficient(name, ratings_of(values))
    for method in ("jackknife_t", "linearized_t"):
        interval = Interval(method)
        found = coefficient(name, alone, interval=interval)
        assert found.se == pytest.approx(
            coefficient(name, ratings_of(values), interval=interval).se, rel=1e-9
        )
        assert found.value == plain.value


def test_too_many_groups_give_way_to_two_hundred_without_moving_the_value() -> None:
    rng = np.random.default_rng(6)
    n_units = 10_500
    truth = rng.normal(size=(n_units, 1))
    values = truth + rng.normal(size=(n_units, 2))
    plain = coefficient("spearman", ratings_of(values))
    grouped = coefficient("spearman", ratings_of(values, np.arange(n_units)))
    assert n_units**2 > MOST_ROW_VALUES
    assert (grouped.value, grouped.n_groups) == (plain.value, n_units)
    assert grouped.se == pytest.approx(plain.se, rel=0.2)


def test_single_units_of_a_large_study_are_left_out_one_by_one() -> None:
    """20,000 units of two raters: the square of their number would not be affordable."""
    rng = np.random.default_rng(7)
    values = rng.normal(size=(20_000, 1)) + rng.normal(size=(20_000, 2))
    ratings = ratings_of(values)
    for name in ("spearman", "kendall_w"):
        request = SumsRequest()
        coefficient(name, ratings, interval=request)
        sums = request.found[0][0]
        assert condensed(sums) is sums
        left_out = sums.leave_one_out()
        for unit in (0, 777, 19_999):
            row = ratings.by_rater_pattern.of_unit()[unit]
            expected = value_of(name, np.delete(values, unit, axis=0))
            assert left_out[row] == pytest.approx(expected, abs=1e-12)
        assert len(sums.frequencies) > N_GROUPS


cells = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=60, unique=True
)


@settings(deadline=None, max_examples=150)
@given(cells=cells, seed=st.integers(0, 5))
def test_halving_counts_what_comparing_each_with_each_counts(
    cells: list[tuple[int, int]], seed: int
) -> None:
    first, second = np.array(sorted(cells)).T
    weights = np.random.default_rng(seed).integers(1, 5, len(cells)).astype(float)
    few = concordance(first, second, weights)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "FEW_CELLS", 0)
        assert concordance(first, second, weights) == pytest.approx(few, abs=0)


def test_concordance_of_many_cells_adds_up_to_kendalls_score() -> None:
    rng = np.random.default_rng(3)
    first, second = np.arange(5_000), rng.permutation(5_000)
    tau = stats.kendalltau(first, second).statistic
    score = concordance(first, second, np.ones(5_000)).sum() / 2
    assert score == pytest.approx(tau * 5_000 * 4_999 / 2)
