"""Scales of many points: counted sparsely, with the figures of the dense formulas."""

import numpy as np
import pytest

from reliability.stats import Interval, Patterns, Ratings, alpha_of_ratings, krippendorff_alpha
from reliability.stats.distances import product_with

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    "method", ["jackknife_t", "linearized_t", "gwet_t", "bootstrap_percentile"]
)
def test_ordinal_alpha_does_not_depend_on_unused_points(method: str) -> None:
    """Twenty points take the dense form, twenty-five the sparse one."""
    rng = np.random.default_rng(0)
    codes = np.clip(rng.integers(0, 20, 80)[:, None] + rng.integers(-2, 3, (80, 4)), -1, 19)
    interval = Interval(method, draws=200)
    few, many = (
        krippendorff_alpha(
            Patterns.from_matrix(codes, points=range(n), level="ordinal"), interval=interval
        )
        for n in (20, 25)
    )
    assert many.value == pytest.approx(few.value, abs=1e-12)
    assert many.se == pytest.approx(few.se, abs=1e-12)
    assert many.term("d_e") == pytest.approx(few.term("d_e"), rel=1e-12)


def test_ordinal_alpha_of_thousands_of_points_has_a_value() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(size=1_000)
    values = truth[:, None] + rng.normal(size=(1_000, 2)) / 3
    units, raters = np.indices(values.shape)
    ratings = Ratings.from_long(units.ravel(), raters.ravel(), values.ravel(), level="ordinal")
    assert len(ratings.points) == 2_000
    ranks = values.ravel().argsort().argsort().reshape(values.shape)
    by_rank = Ratings.from_long(units.ravel(), raters.ravel(), ranks.ravel(), level="interval")
    # Without ties the mid-ranks are the ranks, and the metrics are one.
    assert alpha_of_ratings(ratings).value == pytest.approx(alpha_of_ratings(by_rank).value)


@pytest.mark.parametrize("kind", ["identity", "nominal", "weights"])
def test_products_of_mostly_empty_rows_are_plain_products(kind: str) -> None:
    rng = np.random.default_rng(2)
    eye = np.eye(300)
    matrix = {"identity": eye, "nominal": 1 - eye, "weights": rng.random((300, 300))}[kind]
    rows = np.where(rng.random((50, 300)) < 0.01, rng.random((50, 300)), 0.0)
    product = product_with(matrix)
    assert product(rows) == pytest.approx(rows @ matrix)
    assert product(rows + 0j) == pytest.approx(rows @ matrix)
    assert product(rows[None]) == pytest.approx((rows @ matrix)[None])
    assert product(np.ones((2, 300))) == pytest.approx(np.ones((2, 300)) @ matrix)
