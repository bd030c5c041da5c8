"""Counting patterns: every way of counting finds what a loop over the rows finds."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from reliability.stats import Patterns, Ratings, counting, krippendorff_alpha
from reliability.stats.errors import InvalidCountsError

pytestmark = pytest.mark.pure

Codes = NDArray[np.integer[Any]]


def table(n_rows: int, n_columns: int, n_points: int, seed: int = 0) -> Codes:
    return np.random.default_rng(seed).integers(-1, n_points, (n_rows, n_columns))


def naive(rows: Codes, n_points: int) -> Counter[tuple[int, ...]]:
    return Counter(tuple(int((row == code).sum()) for code in range(n_points)) for row in rows)


# One group of columns; several; keys too wide for a plain array; keys too wide
# for a number, so that rows are hashed; more points than a small table holds.
SHAPES = [(200, 3, 5), (200, 9, 5), (300, 20, 9), (200, 4, 40), (100, 25, 40), (50, 2, 70_000)]


@pytest.mark.parametrize(("n_rows", "n_columns", "n_points"), SHAPES)
def test_vectors_are_those_of_a_loop(n_rows: int, n_columns: int, n_points: int) -> None:
    rows = table(n_rows, n_columns, n_points)
    counts, frequencies = counting.count_vectors(rows, n_points)
    found = {tuple(map(int, row)): int(n) for row, n in zip(counts, frequencies, strict=True)}
    assert found == naive(rows, n_points)
    assert len(found) == len(counts)
    shown = counts[counting.count_vector_of_row(rows, n_points)]
    assert np.array_equal(shown, counting.counted(rows, n_points))


@pytest.mark.parametrize(("n_rows", "n_columns", "n_points"), SHAPES)
def test_distinct_rows_are_those_of_a_loop(n_rows: int, n_columns: int, n_points: int) -> None:
    rows = table(n_rows, n_columns, n_points)
    distinct, frequencies = counting.distinct_rows(rows, n_points)
    found = {tuple(row): int(n) for row, n in zip(distinct.tolist(), frequencies, strict=True)}
    assert found == Counter(map(tuple, rows.tolist()))
    _, of_row = counting.distinct_row_of_row(rows, n_points)
    assert np.array_equal(distinct[of_row], rows)


@pytest.mark.parametrize(("n_rows", "n_columns", "n_points"), SHAPES)
def test_order_of_rows_and_columns_does_not_matter(
    n_rows: int, n_columns: int, n_points: int
) -> None:
    """Draws with a seed must not depend on the order in which a file was written."""
    rows = table(n_rows, n_columns, n_points)
    shuffled = np.random.default_rng(1).permutation(rows)[:, ::-1]
    for one, other in zip(
        counting.count_vectors(rows, n_points),
        counting.count_vectors(shuffled, n_points),
        strict=True,
    ):
        assert np.array_equal(one, other)


def test_rows_that_share_a_hash_are_still_told_apart() -> None:
    rows = np.array([[0, 1], [1, 0], [0, 1], [2, 2]])
    same = np.zeros(4, dtype=np.uint64)
    index, of_row = counting._verified(same, rows)
    assert np.array_equal(rows[index][of_row], rows)
    assert len(index) == 3


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int64, np.float64])
def test_a_matrix_counts_as_its_long_form(kind: type) -> None:
    rows = table(500, 4, 5, seed=2)
    if kind is np.uint8:
        rows = np.maximum(rows, 0)
    matrix = rows.astype(kind)
    if kind is np.float64:
        matrix[rows < 0] = np.nan
    units, raters = np.indices(rows.shape)
    points = (1, 2, 3, 4, 5)
    direct = Patterns.from_matrix(matrix, points=points, level="ordinal")
    ratings = Ratings.from_codes(
        units.ravel(), raters.ravel(), rows.ravel(), rater_labels=range(4), points=points
    )
    assert np.array_equal(direct.counts, ratings.patterns().counts)
    assert np.array_equal(direct.frequencies, ratings.patterns().frequencies)
    assert direct.n_raters == ratings.n_raters == 4


def test_a_matrix_takes_groups_and_empty_columns() -> None:
    rows = table(60, 3, 3, seed=3)
    rows[:, 1] = -1
    patterns = Patterns.from_matrix(rows, points="abc", groups=np.arange(60) // 4)
    assert patterns.n_raters == 2
    estimate = krippendorff_alpha(patterns)
    alone = krippendorff_alpha(Patterns.from_matrix(rows, points="abc"))
    assert estimate.value == alone.value
    assert estimate.se != alone.se


def test_an_empty_matrix_is_no_data() -> None:
    patterns = Patterns.from_matrix(np.empty((0, 3), dtype=np.int8), points=(1, 2))
    assert krippendorff_alpha(patterns).undefined == "no_data"


@pytest.mark.parametrize(
    "codes", [[0, 1], [[0, 2]], [[0.5, 1.0]], [["a", "b"]], [[np.inf, 0.0]], [[True, False]]]
)
def test_matrices_that_cannot_be_are_refused(codes: object) -> None:
    with pytest.raises(InvalidCountsError):
        Patterns.from_matrix(codes, points=("no", "yes"))  # type: ignore[arg-type]


@pytest.mark.parametrize("n_points", [65_534, 65_535, 65_536])
def test_as_many_points_as_a_short_number_holds(n_points: int) -> None:
    codes = np.array([[n_points - 1, -1], [0, n_points - 1], [n_points - 1, -1]])
    rows, frequencies = counting.distinct_rows(codes, n_points)
    assert sorted(zip(rows.tolist(), frequencies.tolist(), strict=True)) == [
        ([0, n_points - 1], 1),
        ([n_points - 1, -1], 2),
    ]
