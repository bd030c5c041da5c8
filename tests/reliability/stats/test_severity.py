"""Severity of raters: by hand, with gaps, and what its interval holds."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reliability.stats import PairTable, Patterns, Ratings, rater_severity
from reliability.stats.severity import Meetings

pytestmark = pytest.mark.pure


def of_table(table: np.ndarray, rated: np.ndarray | None = None, **scale: object) -> Ratings:
    units, raters = np.nonzero(np.ones(table.shape) if rated is None else rated)
    return Ratings.from_long(units, raters, table[units, raters], **{"level": "interval"} | scale)


def tables(ratings: Ratings) -> dict[tuple[int, int], PairTable]:
    return {table.raters: table for table in ratings.pair_tables() if table.n_units}


def severity(ratings: Ratings) -> dict[int, float]:
    found = rater_severity(ratings.patterns(), tables(ratings))
    return {one.rater: one.value for one in found}


def test_complete_design_gives_rater_means_around_the_grand_mean() -> None:
    """Shrout and Fleiss (1979): means of the judges 7.67, 2.5, 4.33, 6.67; residual 1.02."""
    table = np.array(
        [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    )
    ratings = of_table(table)
    found = rater_severity(ratings.patterns(), tables(ratings))
    assert [one.value for one in found] == pytest.approx(list(table.mean(axis=0) - table.mean()))
    assert [one.se for one in found] == pytest.approx([np.sqrt(1.0194 * (3 / 4) / 6)] * 4, abs=1e-4)
    assert [one.n_compared for one in found] == [18] * 4


def test_sharing_units_with_a_lenient_rater_makes_nobody_severe() -> None:
    """Raters 0 and 1 are alike; only 1 meets rater 2, who gives two points more."""
    table = np.array([[3, 3, 0]] * 6 + [[0, 2, 4]] * 6)
    found = severity(of_table(table, table > 0))
    assert found[0] == pytest.approx(found[1], abs=1e-12)
    assert found[2] - found[1] == pytest.approx(2)
    assert sum(found.values()) == pytest.approx(0, abs=1e-12)


def test_raters_who_share_no_unit_are_not_compared() -> None:
    ratings = of_table(np.eye(3) * [1, 2, 3], np.eye(3) > 0)
    assert rater_severity(ratings.patterns(), tables(ratings)) == []


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.permutations(range(4)))
def test_least_squares_of_ratings_by_unit_and_rater(seed: int, order: list[int]) -> None:
    """Two ratings a unit: the same as regressing ratings on units and raters."""
    rng = np.random.default_rng(seed)
    rated = rng.permuted(np.tile(np.arange(4) < 2, (16, 1)), axis=1)
    table = rng.integers(1, 6, (16, 4))[:, order]
    ratings = of_table(table, rated)
    one = rater_severity(ratings.patterns(), tables(ratings))
    if max(each.group for each in one) > 0:
        return
    units, raters = np.nonzero(rated)
    x = np.column_stack([np.eye(16)[units], np.eye(4)[raters]])
    b = np.linalg.lstsq(x, table[units, raters].astype(float), rcond=None)[0]
    residual = ((table[units, raters] - x @ b) ** 2).sum() / (32 - 16 - 4 + 1)
    contrast = np.zeros((4, 20))
    contrast[:, 16:] = np.eye(4) - 0.25
    se = np.sqrt(residual * np.diag(contrast @ np.linalg.pinv(x.T @ x) @ contrast.T))
    expected = b[16:] - b[16:].mean()
    for each in one:
        assert each.value == pytest.approx(expected[each.rater], abs=1e-9)
        assert each.se == pytest.approx(se[each.rater], abs=1e-9)


def test_raters_who_never_meet_are_told_apart_as_groups() -> None:
    table = np.array([[1, 2, 0, 0]] * 5 + [[0, 0, 5, 4]] * 5)
    ratings = of_table(table, table > 0)
    found = rater_severity(ratings.patterns(), tables(ratings))
    assert [one.group for one in found] == [0, 0, 1, 1]
    assert [one.value for one in found] == pytest.approx([-0.5, 0.5, 0.5, -0.5])


def test_inverse_of_the_equations_keeps_its_precision_with_many_units() -> None:
    rng = np.random.default_rng(2)
    pairs = {
        (i, j): PairTable(rng.integers(0, 1_000_000, (2, 2)), points=(1, 2))
        for i in range(6)
        for j in range(i + 1, 6)
    }
    meetings = Meetings.of(pairs, np.array([[1.0], [2.0]]))
    equations = np.diag(meetings.shared.sum(axis=1)) - meetings.shared
    expected = np.linalg.pinv(equations, hermitian=True)
    np.testing.assert_allclose(meetings.inverse, expected, rtol=1e-9)


def studies(rng: np.random.Generator, bias: np.ndarray) -> Iterator[Ratings]:
    for _ in range(250):
        size = rng.integers(2, 5, 40)
        rated = rng.permuted(np.arange(5) < size[:, None], axis=1)
        table = rng.normal(0, 1, (40, 1)) + bias + rng.normal(0, 0.7, (40, 5))
        yield of_table(np.round(table, 1), rated)


def test_interval_covers_the_bias_with_gaps() -> None:
    bias = np.array([-0.5, -0.2, 0.0, 0.1, 0.6])
    inside = [
        one.ci_low <= bias[one.rater] <= one.ci_high
        for ratings in studies(np.random.default_rng(1), bias)
        for one in rater_severity(ratings.patterns(), tables(ratings))
    ]
    assert 0.93 <= np.mean(inside) <= 0.97


def test_one_shared_unit_gives_a_value_without_an_interval() -> None:
    table = PairTable([[0, 1], [0, 0]], points=(1, 2), level="interval")
    found = rater_severity(table.patterns(), {("a", "b"): table})
    assert [one.value for one in found] == pytest.approx([-0.5, 0.5])
    assert {(one.se, one.ci_low, one.ci_high) for one in found} == {(None, None, None)}


def test_scales_without_order_have_no_severity() -> None:
    table = PairTable([[3, 1], [1, 3]], points=("red", "blue"))
    found = rater_severity(table.patterns(), {("a", "b"): table})
    assert [(one.rater, one.value, one.undefined) for one in found] == [
        ("a", None, "needs_order"),
        ("b", None, "needs_order"),
    ]
    empty = Patterns(np.zeros((0, 2)), [], points=(1, 2), level="ordinal")
    assert rater_severity(empty, {}) == []
