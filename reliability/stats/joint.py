"""Two studies at once: a difference as a function of the units of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from .data import Point, has_numbers
from .errors import InvalidRatingsError
from .inference import Resampled
from .ratings import Ratings

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class JointSums:
    """First minus second, as a function of the units of both.

    Attributes
    ----------
    rows : ndarray of int, shape (n_patterns, 2)
        Row of each side that a unit shows; -1 where that side lacks it.
    frequencies : ndarray of float, shape (n_patterns,)
        Units showing both rows.
    """

    first: Resampled
    second: Resampled
    rows: IntArray
    frequencies: FloatArray

    @classmethod
    def of(cls, first: Resampled, second: Resampled, rows: IntArray) -> JointSums:
        """From the rows of each unit, shape (n_units, 2)."""
        span = len(second.frequencies) + 1
        keys, frequencies = counted((rows + 1) @ np.array([span, 1]))
        distinct = np.column_stack([keys // span - 1, keys % span - 1])
        return cls(first, second, distinct, frequencies.astype(np.float64))

    @property
    def bounds(self) -> tuple[float, float]:
        (low_a, high_a), (low_b, high_b) = self.first.bounds, self.second.bounds
        return low_a - high_b, high_a - low_b

    @property
    def strata(self) -> IntArray | None:
        """Units of both sides, of the first alone, of the second alone."""
        strata: IntArray = (self.rows >= 0) @ np.array([1, 2])
        return None if (strata == strata[0]).all() else strata

    @property
    def n_row_values(self) -> int:
        return max(self.first.n_row_values, self.second.n_row_values)

    def value(self) -> float:
        return self.first.value() - self.second.value()

    def leave_one_out(self) -> FloatArray:
        """Both sides without the unit; a side that lacks it stays as it is."""
        first, second = (
            np.append(side.leave_one_out(), side.value())[rows]
            for side, rows in zip((self.first, self.second), self.rows.T, strict=True)
        )
        left_out: FloatArray = first - second
        return left_out

    def influence(self) -> FloatArray:
        first, second = (
            np.append(side.influence(), 0.0)[rows]
            for side, rows in zip((self.first, self.second), self.rows.T, strict=True)
        )
        influence: FloatArray = first - second
        return influence

    def draw(self, frequencies: FloatArray) -> FloatArray:
        first, second = (np.asarray(frequencies @ shown) for shown in self._shown())
        return self.first.draw(first) - self.second.draw(second)

    def gathered(self, compositions: sparse.csr_array, frequencies: FloatArray) -> JointSums:
        """The same difference over groups of units; see `Resampled`."""
        first, second = self._shown()
        each = np.arange(len(frequencies))
        return JointSums(
            self.first.gathered(compositions @ first, frequencies),
            self.second.gathered(compositions @ second, frequencies),
            np.column_stack([each, each]),
            frequencies,
        )

    def _shown(self) -> tuple[sparse.csr_array, sparse.csr_array]:
        """Joint patterns by the rows of each side."""
        first, second = (
            indicator(rows, len(side.frequencies))
            for side, rows in zip((self.first, self.second), self.rows.T, strict=True)
        )
        return first, second


def on_one_scale(first: Ratings, second: Ratings) -> tuple[Ratings, Ratings]:
    """Both sides on the scale of the two together, which sets chance terms and weights.

    Raises
    ------
    InvalidRatingsError
        The sides are at different levels of measurement.
    """
    if first.level is not second.level:
        raise InvalidRatingsError("the two sides are at different levels of measurement")
    points, has_order = _joint_scale(first, second)
    return _moved(first, points, has_order=has_order), _moved(second, points, has_order=has_order)


def _joint_scale(first: Ratings, second: Ratings) -> tuple[tuple[Point, ...], bool]:
    """The points of both sides, and whether their order is known."""
    points = tuple(dict.fromkeys((*first.points, *second.points)))
    if first.points == second.points:
        return points, first.has_order and second.has_order
    if has_numbers(points):
        return tuple(sorted(points, key=float)), True  # type: ignore[arg-type]
    sides = (first, second)
    wide, narrow = sides if len(first.points) >= len(second.points) else sides[::-1]
    inside = set(narrow.points)
    if tuple(point for point in wide.points if point in inside) == narrow.points:
        return wide.points, wide.has_order and narrow.has_order
    # Words of two scales have no order in common.
    return points, False


def _moved(side: Ratings, points: tuple[Point, ...], *, has_order: bool) -> Ratings:
    if side.points == points:
        return side if side.has_order == has_order else replace(side, has_order=has_order)
    place = {point: code for code, point in enumerate(points)}
    places = np.array([*(place[point] for point in side.points), -1])
    dense = side.dense
    if dense is not None:
        dense = places.astype(np.min_scalar_type(-max(1, len(points))))[dense]
    values = places[side.values]
    return replace(side, values=values, points=points, has_order=has_order, dense=dense)


def indicator(rows: IntArray, n_rows: int) -> sparse.csr_array:
    """1 in the row that each entry shows, nothing where it is -1; shape (n, n_rows)."""
    shown = np.flatnonzero(rows >= 0)
    cells = (np.ones(len(shown)), (shown, rows[shown]))
    return sparse.csr_array(cells, shape=(len(rows), n_rows))


def matched(labels: Sequence[Sequence[Any]]) -> list[IntArray]:
    """One code for equal labels of both sides."""
    sides = [pd.Series(each, dtype=None if len(each) else object) for each in labels]
    codes = pd.factorize(pd.concat(sides))[0].astype(np.int64)
    return [codes[: len(labels[0])], codes[len(labels[0]) :]]


def present(codes: IntArray, n_codes: int) -> NDArray[np.bool_]:
    """Which codes occur, shape (n_codes,)."""
    found = np.zeros(n_codes, dtype=np.bool_)
    found[codes] = True
    return found


def in_either_and_both(codes: Sequence[IntArray]) -> tuple[int, int]:
    """How many codes occur on either side, and on both."""
    n_codes = 1 + max(int(each.max(initial=-1)) for each in codes)
    first, second = (present(each, n_codes) for each in codes)
    return int((first | second).sum()), int((first & second).sum())


def counted(keys: IntArray) -> tuple[IntArray, IntArray]:
    """Distinct keys, ascending, and how often each occurs."""
    span = int(keys.max(initial=-1)) + 1
    if span > 4 * len(keys) + 1_000_000:
        return np.unique(keys, return_counts=True)
    counts = np.bincount(keys, minlength=span)
    distinct = np.flatnonzero(counts)
    return distinct, counts[distinct]


def joint_rows(rows: Sequence[IntArray], codes: Sequence[IntArray]) -> IntArray:
    """Row of each side that each unit of either shows, shape (n_units, 2)."""
    joint = np.full((1 + max(int(each.max(initial=-1)) for each in codes), 2), -1)
    for side in (0, 1):
        joint[codes[side], side] = rows[side]
    return joint[(joint >= 0).any(axis=1)]


def apart(first: Resampled, second: Resampled) -> tuple[IntArray, FloatArray]:
    """Joint rows and frequencies of two sides that share nothing."""
    n, m = len(first.frequencies), len(second.frequencies)
    rows = np.full((n + m, 2), -1)
    rows[:n, 0], rows[n:, 1] = np.arange(n), np.arange(m)
    return rows, np.concatenate([first.frequencies, second.frequencies])
