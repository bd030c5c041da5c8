"""From the long form to counts: what is kept, refused and put in order."""

import numpy as np
import pytest

from reliability.stats import (
    ConflictingRatingsError,
    PairTable,
    Patterns,
    Ratings,
    alpha_of_ratings,
)
from reliability.stats.errors import InvalidCountsError, InvalidRatingsError, InvalidScaleError

pytestmark = pytest.mark.pure


def test_missing_values_are_left_out() -> None:
    ratings = Ratings.from_long([1, 1, 2], ["a", "b", "a"], [3.0, None, float("nan")])
    assert (ratings.n_ratings, ratings.n_units, ratings.n_raters) == (1, 1, 1)


def test_repeated_ratings_collapse_and_conflicts_name_their_rows() -> None:
    kept = Ratings.from_long([1, 1, 1], ["a", "b", "a"], ["x", "y", "x"])
    assert (kept.n_ratings, kept.n_repeated) == (2, 1)
    with pytest.raises(ConflictingRatingsError) as caught:
        Ratings.from_long([1, 1, 1, 2], ["a", "b", "a", "a"], ["x", "y", "z", "x"])
    assert caught.value.rows == [(0, 2)]
    assert caught.value.n_conflicts == 1


def test_declared_scale_sets_points_and_order() -> None:
    ratings = Ratings.from_long(
        [1, 1], ["a", "b"], ["low", "high"], categories=["low", "mid", "high"]
    )
    assert ratings.points == ("low", "mid", "high")
    assert ratings.patterns().counts.tolist() == [[1, 0, 1]]
    assert ratings.has_order
    with pytest.raises(InvalidScaleError, match="'low'"):
        Ratings.from_long([1], ["a"], ["low"], categories=["mid", "high"])


def test_numbers_are_put_in_order_and_words_are_not_ranked() -> None:
    assert Ratings.from_long([1, 1, 2], list("aba"), [10, 9, 2]).points == (2, 9, 10)
    assert not Ratings.from_long([1, 1], ["a", "b"], ["low", "high"]).has_order


@pytest.mark.parametrize("columns", [([1], ["a", "b"], [1]), ([None], ["a"], [1])])
def test_malformed_columns_are_refused(columns: tuple[list[object], ...]) -> None:
    with pytest.raises(InvalidRatingsError):
        Ratings.from_long(*columns)


@pytest.mark.parametrize("n_points", [3, 60])
def test_patterns_count_the_same_by_keys_and_by_rows(n_points: int) -> None:
    """Few points take the numeric key, many the dense rows: both must count alike."""
    rng = np.random.default_rng(n_points)
    values = rng.integers(0, n_points, (500, 4))
    units, raters = np.indices(values.shape)
    ratings = Ratings.from_long(
        units.ravel(), raters.ravel(), values.ravel(), categories=list(range(n_points))
    )
    expected = np.stack([(values == point).sum(axis=1) for point in range(n_points)], axis=1)
    rows, frequencies = np.unique(expected, axis=0, return_counts=True)
    found = ratings.patterns()
    order = np.lexsort(found.counts.T[::-1])
    assert np.array_equal(found.counts[order], rows)
    assert np.array_equal(found.frequencies[order], frequencies)


def test_pair_tables_cross_only_shared_units() -> None:
    ratings = Ratings.from_long([1, 1, 2, 2, 3], list("ababa"), [1, 2, 2, 2, 1])
    table = ratings.pair_table(0, 1)
    assert table.counts.tolist() == [[0, 1], [0, 1]]
    assert (table.n_units, table.n_ratings, table.raters) == (2, 5, ("a", "b"))


def test_interval_alpha_of_many_values_needs_no_table() -> None:
    """The form by moments equals the form by counts, past the limit between them."""
    rng = np.random.default_rng(0)
    values = np.round(rng.normal(size=(400, 1)) + rng.normal(size=(400, 3)), 3)
    units, raters = np.indices(values.shape)
    many = Ratings.from_long(units.ravel(), raters.ravel(), values.ravel(), level="interval")
    assert len(many.points) > 500
    from reliability.stats import krippendorff_alpha

    by_counts, by_moments = krippendorff_alpha(many.patterns()), alpha_of_ratings(many)
    assert by_moments.value == pytest.approx(by_counts.value, abs=1e-12)
    assert by_moments.se == pytest.approx(by_counts.se, abs=1e-12)


def test_a_million_distinct_values_give_a_figure_or_a_reason() -> None:
    values = np.random.default_rng(1).random(200_000)
    units, raters = np.repeat(np.arange(100_000), 2), np.tile([0, 1], 100_000)
    ratings = Ratings.from_long(units, raters, values, level="interval")
    assert alpha_of_ratings(ratings).value == pytest.approx(0, abs=0.02)
    assert alpha_of_ratings(ratings, "nominal").undefined == "too_many_values"


@pytest.mark.parametrize(
    ("counts", "frequencies"),
    [([[1, -1]], [1]), ([[0.5, 1]], [1]), ([[1, 1]], [1, 2]), ([[1, 1]], [float("nan")])],
)
def test_counts_that_cannot_be_are_refused(counts: object, frequencies: object) -> None:
    with pytest.raises(InvalidCountsError):
        Patterns(counts, frequencies, (0, 1))  # type: ignore[arg-type]


def test_tables_and_scales_that_cannot_be_are_refused() -> None:
    with pytest.raises(InvalidCountsError):
        PairTable(np.ones((2, 3)), (0, 1))
    with pytest.raises(InvalidScaleError):
        Patterns(np.ones((1, 2)), np.ones(1), ("x", "x"))
