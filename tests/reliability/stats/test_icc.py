"""Intraclass correlations at the edges: no residual, tiny units, raters linked by one unit."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy import stats

from reliability.stats import Interval, Ratings, icc
from reliability.stats.icc import ICC_NAMES

pytestmark = [pytest.mark.pure, pytest.mark.filterwarnings("error")]
F = Interval("f_distribution")
NONE = Interval("none")
ADDITIVE = [[1, 2], [2, 3], [4, 5], [3, 4]]
PLAIN = [[1, 2], [3, 3], [5, 4], [2, 2]]


def rated(table: list[list[Any]]) -> Ratings:
    units, raters = np.indices((len(table), len(table[0])))
    values = [value for row in table for value in row]
    return Ratings.from_long(units.ravel(), raters.ravel(), values, level="interval")


def test_f_limits_without_residual_are_those_of_a_vanishing_one() -> None:
    """With no residual Satterthwaite's degrees of freedom are (k - 1)."""
    found = icc("icc_2_1", rated(ADDITIVE), interval=F)
    table = np.array(ADDITIVE)
    n, k = table.shape
    units, raters = k * table.mean(axis=1).var(ddof=1), n * table.mean(axis=0).var(ddof=1)
    upper, lower = stats.f.ppf(0.975, n - 1, k - 1), stats.f.ppf(0.975, k - 1, n - 1)
    expected = [n * units / (upper * k * raters + n * units)]
    expected += [n * lower * units / (k * raters + n * lower * units)]
    assert (found.ci_low, found.ci_high) == pytest.approx(expected)
    assert expected == pytest.approx([0.0038, 0.9831], abs=1e-4)
    almost = np.array(ADDITIVE) + 1e-7 * np.array([[0, 0], [0, 1], [0, -1], [0, 0]])
    near = icc("icc_2_1", rated(almost.tolist()), interval=F)
    assert (near.ci_low, near.ci_high) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("name", ICC_NAMES)
def test_f_limits_of_perfect_agreement_are_one(name: str) -> None:
    found = icc(name, rated([[1, 1], [2, 2], [3, 3]]), interval=F)
    assert (found.ci_low, found.ci_high, found.ci_method) == pytest.approx((1, 1, "f_distribution"))
    assert "degenerate_interval" in found.warnings


def test_no_lower_f_limit_gives_way_to_the_jackknife() -> None:
    ratings = rated([[3, 1], [1, 1], [2, 3], [2, 1]])
    found = icc("icc_2_k", ratings, interval=F)
    plain = icc("icc_2_k", ratings)
    assert (found.ci_low, found.ci_high) == (plain.ci_low, plain.ci_high)
    assert found.ci_method == "jackknife_t"
    assert found.se == plain.se


@pytest.mark.parametrize("seed", range(40))
def test_f_limits_are_finite_and_in_order(seed: int) -> None:
    table = np.random.default_rng(seed).integers(1, 4, (4, 2)).tolist()
    for name in ICC_NAMES:
        found = icc(name, rated(table), interval=F)
        if found.ci_low is not None:
            assert np.isfinite([found.ci_low, found.ci_high]).all()
            assert found.ci_low <= found.ci_high


@pytest.mark.parametrize("size", [1e-7, 1e-20, 1e12])
@pytest.mark.parametrize("name", ICC_NAMES)
@pytest.mark.parametrize("table", [PLAIN, [*PLAIN, [4, None]]])
def test_the_unit_of_measurement_does_not_matter(
    name: str, size: float, table: list[list[Any]]
) -> None:
    scaled = [[None if value is None else value * size for value in row] for row in table]
    found, plain = icc(name, rated(scaled)), icc(name, rated(table))
    assert found.value == pytest.approx(plain.value, rel=1e-9)
    assert found.ci_low == pytest.approx(plain.ci_low, rel=1e-9)


def henderson(table: list[list[Any]]) -> float:
    """ICC(2,1) by Henderson's method III from least squares, written out."""
    cells = [(u, r) for u, r in product(range(len(table)), range(len(table[0])))]
    cells = [(u, r) for u, r in cells if table[u][r] is not None]
    y = np.array([table[u][r] for u, r in cells], dtype=float)
    units = np.array([[u == at for at in range(len(table))] for u, _ in cells], dtype=float)
    raters = np.array([[r == at for at in range(len(table[0]))] for _, r in cells], dtype=float)

    def left(design: np.ndarray) -> float:
        return float(((y - design @ np.linalg.lstsq(design, y)[0]) ** 2).sum())

    n_cells, n, k = len(y), len(table), len(table[0])
    both = left(np.hstack([units, raters]))
    error = both / (n_cells - n - k + 1)
    unit = (left(raters) - both - (n - 1) * error) / (n_cells - k)
    rater = (left(units) - both - (k - 1) * error) / (n_cells - n)
    return unit / (unit + rater + error)


@pytest.mark.parametrize("seed", range(6))
def test_gaps_give_the_least_squares_figure_to_rounding(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(12, 1)) + rng.normal(size=(1, 5)) + 0.5 * rng.normal(size=(12, 5))
    table = [
        [value if rng.random() < 0.6 or column < 2 else None for column, value in enumerate(row)]
        for row in (100 + scores).tolist()
    ]
    assert icc("icc_2_1", rated(table), interval=NONE).value == pytest.approx(
        henderson(table), abs=1e-12
    )


BRIDGED: list[list[Any]] = [
    *([a, b, None, None] for a, b in [(1, 2), (2, 3), (4, 3), (5, 5)]),
    *([None, None, c, d] for c, d in [(1, 1), (2, 3), (4, 5)]),
    [None, 3, 3, None],
]


@pytest.mark.parametrize("name", ["icc_2_1", "icc_3_k"])
def test_raters_linked_by_one_unit_have_no_figure_without_it(name: str) -> None:
    found = icc(name, rated(BRIDGED))
    assert found.value is not None
    assert found.ci_method == "linearized_t"
    assert "leave_one_out_undefined" in found.warnings
    drawn = icc(name, rated(BRIDGED), interval=Interval("bootstrap_percentile", draws=50))
    assert "draws_undefined" in drawn.warnings
    twice = icc(name, rated([*BRIDGED, [None, 4, 3, None]]))
    assert twice.ci_method == "jackknife_t"


def test_a_rater_who_is_left_out_with_a_unit_is_no_break() -> None:
    """Without the last unit the third rater is gone, and the other two still meet."""
    table = [*([a, b, None] for a, b in [(1, 2), (2, 3), (4, 3), (5, 5)]), [2, None, 3]]
    assert icc("icc_2_1", rated(table)).ci_method == "jackknife_t"
