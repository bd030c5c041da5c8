"""The sufficient statistics that agreement depends on.

`Patterns` holds how many raters chose each point, for every distinct way in
which units were rated; `PairTable` crosses two raters. Both may be filled from
counts a database has aggregated, or from a long form through `Ratings`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from numbers import Rational, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import counting
from .counting import Codes
from .errors import InvalidCountsError, InvalidScaleError
from .results import Counts, Undefined
from .units import UnitRows

FloatArray = NDArray[np.float64]
Point = Hashable


class Level(StrEnum):
    """Levels of measurement a scale may have."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"
    CIRCULAR = "circular"
    BIPOLAR = "bipolar"
    SET = "set"


@dataclass(frozen=True, eq=False)
class Patterns:
    """Distinct value-count vectors of units, and how many units show each.

    Parameters
    ----------
    counts : array_like of int, shape (n_patterns, n_points)
        Raters who chose each point, on one unit of the pattern. Missing
        ratings are simply not counted. Rows may repeat.
    frequencies : array_like of int, shape (n_patterns,)
        Units that show the pattern.
    points : sequence
        The scale in order, points nobody used included: numbers, words, or
        frozensets at level "set".
    level : str
        Level of measurement.
    n_raters : int, optional
        Raters behind the counts, for the record; counts cannot tell.
    has_order : bool
        False for words whose order on the scale nobody declared: whatever
        rests on order is then undefined.
    units : UnitRows, optional
        Which unit shows which row, and the group it belongs to.

    Raises
    ------
    InvalidCountsError
        Shapes do not fit, or a count is negative or not whole.
    InvalidScaleError
        A point occurs twice, or is missing.
    """

    counts: FloatArray
    frequencies: FloatArray
    points: tuple[Point, ...]
    level: Level = Level.NOMINAL
    n_raters: int | None = None
    has_order: bool = True
    units: UnitRows | None = None

    def __post_init__(self) -> None:
        points = tuple(self.points)
        frequencies = _whole(self.frequencies).reshape(-1)
        counts = _whole(self.counts)
        if counts.size != len(frequencies) * len(points):
            raise InvalidCountsError("each pattern needs one count a point, and one frequency")
        counts = counts.reshape(len(frequencies), len(points))
        require_scale(points)
        # Patterns without ratings or without units say nothing; dropping them
        # here keeps every coefficient free of the special case.
        kept = (counts.sum(axis=1) > 0) & (frequencies > 0)
        all_kept = bool(kept.all())
        if self.units is not None and not all_kept:
            object.__setattr__(self, "units", self.units.kept(kept))
        object.__setattr__(self, "counts", counts if all_kept else counts[kept])
        object.__setattr__(self, "frequencies", frequencies if all_kept else frequencies[kept])
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "level", Level(self.level))

    @classmethod
    def from_matrix(
        cls,
        codes: ArrayLike,
        *,
        points: Sequence[Point],
        level: str = Level.NOMINAL,
        has_order: bool = True,
        groups: ArrayLike | None = None,
    ) -> Patterns:
        """Patterns of a matrix of ratings: one pass over it, and no copy in long form.

        Parameters
        ----------
        codes : array_like of int or float, shape (n_units, n_raters)
            Places on the scale, from 0. Below zero, or NaN: no rating. The
            smaller the type (int8), the less there is to read.
        points : sequence
            The scale in order: code c stands for `points[c]`.
        groups : array_like of int, shape (n_units,), optional
            Code of the group that each unit belongs to.

        Raises
        ------
        InvalidCountsError
            Not a matrix, or a code that is not whole or not on the scale.
        TooManyValuesError
            Points times distinct patterns pass what memory holds.

        Examples
        --------
        >>> codes = np.array([[0, 0, 1], [2, 2, -1], [1, 0, 0]], dtype=np.int8)
        >>> patterns = Patterns.from_matrix(codes, points=("low", "mid", "high"))
        >>> patterns.counts.tolist(), patterns.frequencies.tolist()
        ([[2.0, 1.0, 0.0], [0.0, 0.0, 2.0]], [2.0, 1.0])
        """
        table = _code_table(codes, len(points))
        of_group = None if groups is None else np.asarray(groups, dtype=np.int64)
        counts, frequencies = counting.count_vectors(table, len(points))
        return cls(
            counts,
            frequencies,
            tuple(points),
            Level(level),
            n_raters=counting.n_used_columns(table),
            has_order=has_order,
            units=UnitRows(lambda: counting.count_vector_of_row(table, len(points)), of_group),
        )

    @cached_property
    def ratings_per_unit(self) -> FloatArray:
        """Ratings on one unit of each pattern, shape (n_patterns,)."""
        per_unit: FloatArray = self.counts.sum(axis=1)
        return per_unit

    @property
    def n_units(self) -> int:
        """Units with at least one rating."""
        return int(self.frequencies.sum())

    @property
    def n_ratings(self) -> int:
        return int(self.frequencies @ self.ratings_per_unit)

    @cached_property
    def pairable(self) -> Patterns:
        """Only units with two or more ratings."""
        kept = self.ratings_per_unit >= 2
        if kept.all():
            return self
        return Patterns(
            self.counts[kept],
            self.frequencies[kept],
            self.points,
            self.level,
            self.n_raters,
            self.has_order,
            None if self.units is None else self.units.kept(kept),
        )

    @property
    def totals(self) -> FloatArray:
        """Ratings at each point, shape (n_points,)."""
        totals: FloatArray = self.frequencies @ self.counts
        return totals

    def evidence(self, *, n_units: int) -> Counts:
        """The counts that travel with an estimate using `n_units` units."""
        return Counts(
            n_units=n_units,
            n_raters=self.n_raters,
            n_ratings=self.n_ratings,
            n_pairable=self.pairable.n_ratings,
        )


@dataclass(frozen=True, eq=False)
class PairTable:
    """Units that two raters both rated, crossed by the points they chose.

    Parameters
    ----------
    counts : array_like of int, shape (n_points, n_points)
        Units by the first rater's point (rows) and the second's (columns).
    points : sequence
        The scale in order, points nobody used included.
    level : str
        Level of measurement.
    raters : pair, optional
        Who they are, for the record.
    n_ratings : int, optional
        Ratings both gave, single-rated units included; twice the number of
        shared units if not told.
    has_order : bool
        As for `Patterns`.
    units : UnitRows, optional
        Which unit shows which cell, counted row by row.
    """

    counts: FloatArray
    points: tuple[Point, ...]
    level: Level = Level.NOMINAL
    raters: tuple[Point, Point] | None = None
    n_ratings: int | None = None
    has_order: bool = True
    units: UnitRows | None = None

    def __post_init__(self) -> None:
        points = tuple(self.points)
        counts = _whole(self.counts)
        if counts.shape != (len(points), len(points)):
            raise InvalidCountsError("a pair table has one row and column a point")
        require_scale(points)
        object.__setattr__(self, "counts", counts)
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "level", Level(self.level))

    @property
    def n_units(self) -> int:
        """Units rated by both."""
        return int(self.counts.sum())

    def evidence(self) -> Counts:
        """The counts that travel with an estimate."""
        both = 2 * self.n_units
        n_ratings = both if self.n_ratings is None else self.n_ratings
        return Counts(n_units=self.n_units, n_raters=2, n_ratings=n_ratings, n_pairable=both)

    @property
    def occupied(self) -> UnitRows | None:
        """Which unit shows which occupied cell, counted row by row."""
        return None if self.units is None else self.units.kept(self.counts.ravel() > 0)

    def patterns(self) -> Patterns:
        """The same units with the two raters no longer told apart."""
        first, second = np.nonzero(self.counts)
        counts = np.zeros((len(first), len(self.points)))
        np.add.at(counts, (np.arange(len(first)), first), 1)
        np.add.at(counts, (np.arange(len(first)), second), 1)
        frequencies = self.counts[first, second]
        return Patterns(
            counts, frequencies, self.points, self.level, n_raters=2, units=self.occupied
        )


def scale_values(points: Sequence[Point]) -> FloatArray:
    """Numeric values of the points, less `origin`; positions 1, 2, ... when they are words."""
    if not has_numbers(points):
        return np.arange(1.0, len(points) + 1)
    if _are_floats(points):
        return np.asarray(points, dtype=np.float64)
    smallest = min(map(_exact, points))
    return np.array([float(_exact(point) - smallest) for point in points])


def origin(points: Sequence[Point]) -> float:
    """What `scale_values` are counted from: zero, unless floats would merge the numbers."""
    if not has_numbers(points) or _are_floats(points):
        return 0.0
    return float(min(map(_exact, points)))


def is_ratio_scale(points: Sequence[Point]) -> bool:
    """Whether no point is a number below zero."""
    return not has_numbers(points) or all(point >= 0 for point in points)  # type: ignore[operator]


def in_order(numbers: Sequence[Point]) -> list[Point]:
    """Numbers, ascending."""
    return sorted(numbers, key=lambda each: each if isinstance(each, int | float) else _exact(each))


def _are_floats(numbers: Sequence[Any]) -> bool:
    return all(isinstance(each, float) or float(each) == each for each in numbers)


def _exact(number: Any) -> Fraction:
    is_exact = isinstance(number, Rational | Decimal | float)
    return Fraction(number if is_exact else float(number))


def missing_order(weights: object, *, has_order: bool) -> bool:
    """Whether named weights or a metric need an order that nobody declared."""
    return not has_order and isinstance(weights, str) and weights not in _ORDER_FREE


def unsuitable_weights(
    weights: object, points: Sequence[Point], *, has_order: bool
) -> Undefined | None:
    """Why named weights or a metric mean nothing on these points, if so."""
    if missing_order(weights, has_order=has_order):
        return Undefined.NEEDS_ORDER
    if isinstance(weights, str) and weights == "ratio" and not is_ratio_scale(points):
        return Undefined.RATIO_NEEDS_NON_NEGATIVE
    return None


_ORDER_FREE = {"identity", "nominal", "masi", "jaccard", "custom"}


def has_numbers(points: Sequence[Point]) -> bool:
    """Whether every point is a number that can be squared (a truth value is not one)."""
    return all(is_number(type(point)) and abs(point) < _LARGEST for point in points)  # type: ignore[arg-type]


def is_number(kind: type) -> bool:
    return kind in _PLAIN or (issubclass(kind, Real | Decimal) and not issubclass(kind, bool))


_PLAIN = frozenset({int, float})
# Sums of fourth powers still fit a float; infinity and NaN are not below it.
_LARGEST = 1e60


def require_scale(points: Sequence[Point]) -> None:
    """Each point once, and none that stands for a missing rating."""
    distinct = set(points)
    if len(distinct) != len(points):
        raise InvalidScaleError("a scale lists each point once")
    # NaN alone differs from itself.
    if None in distinct or any(point != point for point in points):
        raise InvalidScaleError("a scale holds no missing value: leave None and NaN out")


def _whole(counts: ArrayLike) -> FloatArray:
    array: NDArray[Any] = np.asarray(counts, dtype=np.float64)
    # Written so that a NaN fails it.
    if array.size and not (
        array.min() >= 0 and array.max() < np.inf and np.array_equal(array, np.floor(array))
    ):
        raise InvalidCountsError("counts are whole numbers, zero or more")
    return array


def _code_table(codes: ArrayLike, n_points: int) -> Codes:
    table: NDArray[Any] = np.asarray(codes)
    if table.ndim != 2:
        raise InvalidCountsError("a matrix of ratings has one row a unit and one column a rater")
    if table.dtype.kind == "f":
        table = np.where(np.isnan(table), -1, table)
        if not np.array_equal(table, np.floor(table)):
            raise InvalidCountsError("codes are whole numbers: places on the scale, from 0")
    elif table.dtype.kind not in "iu":
        raise InvalidCountsError("codes are whole numbers: places on the scale, from 0")
    if table.size and table.max() >= n_points:
        raise InvalidCountsError(f"code {table.max()} on a scale of {n_points} points")
    if table.size and table.min() < -1:
        table = np.maximum(table, -1)
    return table if table.dtype.kind != "f" else table.astype(np.int32)
