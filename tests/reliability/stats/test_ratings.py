"""From the long form to counts: what is kept, refused and put in order."""

import numpy as np
import pandas as pd
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


@pytest.mark.parametrize("n_raters", [4, 400])
@pytest.mark.parametrize("n_points", [3, 60])
def test_patterns_count_the_same_densely_and_sparsely(n_raters: int, n_points: int) -> None:
    """Four ratings a unit, from four raters or from hundreds: the counts are the same."""
    rng = np.random.default_rng(n_points)
    n_units = 5_000
    units = rng.permutation(np.repeat(np.arange(n_units), 4))
    raters = (np.arange(len(units)) * 7) % n_raters
    once = ~pd.DataFrame({"unit": units, "rater": raters}).duplicated().to_numpy()
    units, raters = units[once], raters[once]
    values = rng.integers(0, n_points, len(units))
    ratings = Ratings.from_codes(
        units, raters, values, rater_labels=range(n_raters), points=range(n_points)
    )
    assert (ratings.dense is None) == (n_raters == 400)
    expected = np.zeros((n_units, n_points))
    np.add.at(expected, (units, values), 1)
    rows, frequencies = np.unique(expected[expected.any(axis=1)], axis=0, return_counts=True)
    found = ratings.patterns()
    order = np.lexsort(found.counts.T[::-1])
    assert np.array_equal(found.counts[order], rows)
    assert np.array_equal(found.frequencies[order], frequencies)
    assert np.array_equal(
        found.counts[ratings.pattern_of_unit].sum(axis=1), ratings.ratings_per_unit
    )


def test_repeats_are_found_among_many_raters_too() -> None:
    """Too sparse for a table, so that pairs are compared by key."""
    units, raters = np.arange(3_000), np.arange(3_000)
    values = np.zeros(3_000, dtype=np.int64)
    twice = [np.append(column, column[-1]) for column in (units, raters, values)]
    ratings = Ratings.from_codes(*twice, rater_labels=raters, points=("no", "yes"))
    assert (ratings.n_repeated, ratings.n_ratings, ratings.dense) == (1, 3_000, None)
    twice[2][-1] = 1
    with pytest.raises(ConflictingRatingsError) as caught:
        Ratings.from_codes(*twice, rater_labels=raters, points=("no", "yes"))
    assert caught.value.rows == [(2_999, 3_000)]


def test_a_conflict_names_rows_as_they_were_read() -> None:
    values = np.array([-1, 0, 1, -1, 1])
    with pytest.raises(ConflictingRatingsError) as caught:
        Ratings.from_codes(
            np.array([0, 0, 1, 1, 0]), np.zeros(5), values, rater_labels=["a"], points=(1, 2)
        )
    assert caught.value.rows == [(1, 4)]


@pytest.mark.parametrize(
    ("codes", "error"), [([-1, 0], InvalidRatingsError), ([0, 0], InvalidScaleError)]
)
def test_codes_off_their_range_are_refused(codes: list[int], error: type[Exception]) -> None:
    with pytest.raises(error):
        Ratings.from_codes(
            np.array(codes), np.array([0, 1]), np.array([0, 2]), rater_labels="ab", points=(1, 2)
        )


def test_a_pair_keeps_only_its_own_ratings_and_labels() -> None:
    ratings = Ratings.from_long([1, 1, 1, 2, 2, 3], list("abcbca"), [1, 2, 3, 2, 2, 1])
    pair = ratings.of_pair(1, 2)
    assert (pair.rater_labels, pair.n_units, pair.n_ratings) == (["b", "c"], 2, 4)
    assert pair.pair_table(0, 1).counts.tolist() == [[0, 0, 0], [0, 1, 1], [0, 0, 0]]


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
