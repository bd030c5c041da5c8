"""Correlations of pairs whose values lie far from those of other pairs."""

import numpy as np
import pytest
from scipy import stats

from reliability.stats import Ratings, coefficient

pytestmark = pytest.mark.pure
ROWS = [[1, 2, 2], [3, 3, 4], [2, 1, 1], [4, 4, 3]]
NAMES = ["pearson", "lin_ccc"]


def study(rows: list[list[float | None]]) -> Ratings:
    cells = [(u, r, v) for u, row in enumerate(rows) for r, v in enumerate(row) if v is not None]
    units, raters, values = zip(*cells, strict=True)
    return Ratings.from_long(units, raters, values, level="interval")


@pytest.mark.parametrize("name", NAMES)
def test_one_far_unit_leaves_the_other_pairs_their_variance(name: str) -> None:
    values = np.array(ROWS, dtype=float)
    far = np.vstack([values[:, :2], [9999999, 9999999]])
    expected = np.mean(
        [stats.pearsonr(*each.T)[0] for each in (far, values[:, [0, 2]], values[:, [1, 2]])]
    )
    estimate = coefficient(name, study([*ROWS, [9999999, 9999999, None]]))
    # Each rater uses 1 to 4 once in what is compared, so concordance is correlation here.
    assert estimate.value == pytest.approx(expected, abs=1e-9)
    assert estimate.se is not None
    assert "pairs_undefined" not in estimate.warnings


def test_pairs_at_different_levels_each_keep_their_own_correlation() -> None:
    rng = np.random.default_rng(0)
    near, far = (
        np.round(level + rng.normal(3, 1, (30, 1)) + rng.normal(0, 0.6, (30, 2)), 2)
        for level in (0, 1e7)
    )
    rows = [[*row, None, None] for row in far.tolist()]
    rows += [[None, None, *row] for row in near.tolist()]
    expected = (stats.pearsonr(*far.T)[0] + stats.pearsonr(*near.T)[0]) / 2
    assert coefficient("pearson", study(rows)).value == pytest.approx(expected, abs=1e-9)
    concordance = coefficient("lin_ccc", study(rows)).value
    assert concordance == pytest.approx((_lin(far) + _lin(near)) / 2, abs=1e-9)


def _lin(pair: np.ndarray) -> float:
    x, y = (pair - pair.mean()).T
    return float(2 * np.cov(x, y, ddof=0)[0, 1] / (x.var() + y.var() + (x.mean() - y.mean()) ** 2))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("unit", [1e-100, 1e-7, 1.0, 1e9])
def test_the_unit_of_measurement_does_not_matter(name: str, unit: float) -> None:
    scaled = [[value * unit for value in row] for row in ROWS]
    expected = coefficient(name, study(ROWS)).value
    assert coefficient(name, study(scaled)).value == pytest.approx(expected, abs=1e-9)
