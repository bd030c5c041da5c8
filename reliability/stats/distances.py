"""Disagreement metrics for alpha, and agreement weights for the kappas.

A metric gives the distance of two values, zero when equal. A weighting gives
the credit for a pair of points, one on the diagonal. They are kept apart:
Krippendorff's ordinal metric depends on how often points occur, Gwet's ordinal
weights only on their positions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from .data import Point, origin, scale_values
from .errors import InvalidScaleError, UnknownNameError

FloatArray = NDArray[np.float64]
Distance = Callable[[Point, Point], float]


class Metric(StrEnum):
    """Named difference functions of Krippendorff's alpha, squared where metric."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"
    CIRCULAR = "circular"
    BIPOLAR = "bipolar"
    MASI = "masi"
    JACCARD = "jaccard"


class Weights(StrEnum):
    """Named agreement weights."""

    IDENTITY = "identity"
    LINEAR = "linear"
    QUADRATIC = "quadratic"
    ORDINAL = "ordinal"
    RADICAL = "radical"
    RATIO = "ratio"
    CIRCULAR = "circular"
    BIPOLAR = "bipolar"


def weight_matrix(
    weights: str | ArrayLike, points: Sequence[Point], *, period: float | None = None
) -> FloatArray:
    """Agreement weights between the points of a scale.

    Parameters
    ----------
    weights : str or array_like, shape (n_points, n_points)
        A name of `Weights`, or the agreement weights themselves: symmetric, one
        on the diagonal, at most one elsewhere.
    points : sequence
        Scale in order. All but "ordinal" use numeric values, or positions when
        points are words.
    period : float, optional
        Length of the circle for "circular"; range plus one if not given.

    Raises
    ------
    InvalidScaleError
        Weights that are none, or a circle without length.

    References
    ----------
    .. [1] K. L. Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed.,
       chapter 3, Advanced Analytics. ISBN 978-0-9708062-8-4
    """
    if not isinstance(weights, str):
        return _checked_weights(weights, len(points))
    if weights not in set(Weights):
        raise UnknownNameError(f"no weights are called {weights!r}")
    if len(points) < 2:
        return np.eye(len(points))
    if weights == Weights.RATIO:
        return _ratio(scale_values(points), origin(points))
    return _WEIGHTS[Weights(weights)](scale_values(points), period)


def product_with(matrix: FloatArray) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """Multiplication of a stack of rows by a matrix, quick for the two plain ones.

    Scales of thousands of words are compared as equal or not; then neither
    identity weights nor nominal distances need a product of that size. Rows of
    a large scale are mostly zero, and are multiplied as such.
    """
    if _is_plain(matrix, same=1.0):
        return lambda rows: rows
    if _is_plain(matrix, same=0.0):
        return lambda rows: rows.sum(axis=-1, keepdims=True) - rows
    return lambda rows: _product(rows, matrix)


def _is_plain(matrix: FloatArray, *, same: float) -> bool:
    """Whether pairs of points only count as equal or not: one value each."""
    size = len(matrix)
    if size > 1 and matrix[0, 1] != 1 - same:
        return False
    return np.array_equal(matrix, np.full((size, size), 1 - same) + (2 * same - 1) * np.eye(size))


# Points from which on a look for zeros pays.
_MANY_POINTS = 200


def _product(rows: NDArray[Any], matrix: FloatArray) -> NDArray[Any]:
    if rows.ndim == 2 and len(matrix) >= _MANY_POINTS:
        filled = sparse.csr_array(rows)
        if 10 * filled.nnz < rows.size:
            return np.asarray(filled @ matrix)
    return np.asarray(rows @ matrix)


def _checked_weights(weights: ArrayLike, n_points: int) -> FloatArray:
    matrix = _symmetric_matrix(weights, n_points, "a weight matrix")
    # Cohen (1968) penalises with weights below zero.
    if not np.allclose(np.diag(matrix), 1, rtol=0) or matrix.max(initial=0) > 1 + _ROUNDING:
        raise InvalidScaleError("weights are 1 on the diagonal and at most 1 elsewhere")
    return matrix


def checked_distances(distances: ArrayLike | None, n_points: int) -> FloatArray:
    """A matrix of distances as given.

    Raises
    ------
    InvalidScaleError
        Of another shape, not finite, not symmetric, below zero, or not zero on the
        diagonal.
    """
    matrix = _symmetric_matrix(distances, n_points, "a distance matrix")
    if np.diag(matrix).any() or matrix.min(initial=0) < -_ROUNDING:
        raise InvalidScaleError("distances are zero or more, and zero on the diagonal")
    return matrix


def _symmetric_matrix(values: ArrayLike | None, n_points: int, name: str) -> FloatArray:
    matrix = np.asarray(values, dtype=np.float64)
    if matrix.shape != (n_points, n_points) or not np.isfinite(matrix).all():
        raise InvalidScaleError(f"{name} has one finite number for each pair of points")
    if not np.allclose(matrix, matrix.T, rtol=_ROUNDING, atol=0):
        raise InvalidScaleError(f"{name} is symmetric")
    return matrix


_ROUNDING = 1e-9


def _steps(values: FloatArray) -> FloatArray:
    steps: FloatArray = np.abs(np.subtract.outer(values, values))
    return steps


def _reach(values: FloatArray) -> float:
    return float(values.max() - values.min())


def _linear(values: FloatArray, _: float | None) -> FloatArray:
    return 1 - _steps(values) / _reach(values)


def _quadratic(values: FloatArray, _: float | None) -> FloatArray:
    return 1 - (_steps(values) / _reach(values)) ** 2


def _radical(values: FloatArray, _: float | None) -> FloatArray:
    return 1 - np.sqrt(_steps(values) / _reach(values))


def _ordinal(values: FloatArray, _: float | None) -> FloatArray:
    apart = _steps(np.arange(1.0, len(values) + 1)) + 1
    pairs = apart * (apart - 1) / 2
    return 1 - pairs / pairs.max()


def _ratio(values: FloatArray, start: float) -> FloatArray:
    distance = ratio_distance(values, start)
    return 1 - _relative(distance, distance.max())


def _circular(values: FloatArray, period: float | None) -> FloatArray:
    distance = circular_distance(values, period)
    return 1 - _relative(distance, distance.max())


def _relative(distance: FloatArray, largest: float) -> FloatArray:
    return distance / largest if largest > 0 else distance


def _bipolar(values: FloatArray, _: float | None) -> FloatArray:
    distance = bipolar_distance(values)
    return 1 - distance / distance.max()


_WEIGHTS: dict[Weights, Callable[[FloatArray, float | None], FloatArray]] = {
    Weights.IDENTITY: lambda values, _: np.eye(len(values)),
    Weights.LINEAR: _linear,
    Weights.QUADRATIC: _quadratic,
    Weights.ORDINAL: _ordinal,
    Weights.RADICAL: _radical,
    Weights.CIRCULAR: _circular,
    Weights.BIPOLAR: _bipolar,
}


def interval_distance(values: FloatArray) -> FloatArray:
    """Squared difference."""
    return _steps(values) ** 2


def ratio_distance(values: FloatArray, start: float = 0.0) -> FloatArray:
    """Squared relative difference, ((a-b)/(a+b))^2; zero for two zeros.

    Values are counted from `start`.
    """
    total = np.add.outer(values, values) + 2 * start
    safe = np.where(total == 0, 1, total)
    return (_steps(values) / safe) ** 2


def circular_distance(values: FloatArray, period: float | None = None) -> FloatArray:
    """Squared sine of half the angle, on a circle of `period` (range plus one).

    Raises
    ------
    InvalidScaleError
        A circle without length.
    """
    length = _reach(values) + 1 if period is None else period
    if not 0 < length < np.inf:
        raise InvalidScaleError("the length of a circle is above zero")
    # Whole turns are left out: the sine of pi itself is not quite zero.
    return np.sin(np.pi * (_steps(values) % length) / length) ** 2


def bipolar_distance(values: FloatArray) -> FloatArray:
    """Squared difference relative to the distance of both from the two ends."""
    total = np.add.outer(values, values)
    scale = (total - 2 * values.min()) * (2 * values.max() - total)
    safe = np.where(scale == 0, 1, scale)
    return _steps(values) ** 2 / safe


def jaccard_distance(first: Collection[Point], second: Collection[Point]) -> float:
    """One minus shared over all labels; zero for two empty sets."""
    a, b = frozenset(first), frozenset(second)
    return 0.0 if a == b else 1 - len(a & b) / len(a | b)


def masi_distance(first: Collection[Point], second: Collection[Point]) -> float:
    """One minus Jaccard times monotonicity (1 equal, 2/3 subset, 1/3 overlap, 0).

    References
    ----------
    .. [1] R. Passonneau (2006), "Measuring agreement on set-valued items
       (MASI) for semantic and pragmatic annotation", LREC 2006, 831-836.
    """
    a, b = frozenset(first), frozenset(second)
    if a == b:
        return 0.0
    shared = len(a & b)
    if shared == 0:
        return 1.0
    monotonicity = 2 / 3 if a <= b or b <= a else 1 / 3
    return 1 - shared / len(a | b) * monotonicity


def distance_matrix(distance: Distance, points: Sequence[Point]) -> FloatArray:
    """Distances between all points, shape (n_points, n_points)."""
    size = len(points)
    matrix = np.zeros((size, size))
    for row in range(size):
        for column in range(row):
            matrix[row, column] = matrix[column, row] = distance(points[row], points[column])
    return matrix
