"""The long form (unit, rater, value) and what is counted from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .data import Level, PairTable, Patterns, Point, has_numbers
from .errors import (
    ConflictingGroupsError,
    ConflictingRatingsError,
    InvalidRatingsError,
    InvalidScaleError,
)
from .results import Counts
from .units import UnitRows

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Conflicting rows named in an error; more would not help anyone.
_NAMED_CONFLICTS = 20
# Cells of a dense units x points count table held at once.
_DENSE_CELLS = 50_000_000
_EXACT_INTEGERS = 2**53
# Points of a scale: weights and distances are square in their number.
MOST_POINTS = 5000


class TooManyValuesError(InvalidScaleError):
    """So many distinct values that counting them per unit is hopeless."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Ratings:
    """Ratings as codes: one entry a rating, missing ones absent.

    Attributes
    ----------
    units, raters, values : ndarray of int, shape (n_ratings,)
        Codes from 0 without gaps; values index `points`. Each unit and rater
        pair occurs once.
    rater_labels : sequence
        What the rater codes stand for.
    points : tuple
        The scale in order.
    level : str
        Level of measurement.
    has_order : bool
        Whether the order of the points is known: numbers, or a declared scale.
    n_repeated : int
        Rows dropped because they repeat a rating exactly.
    unit_labels : sequence, optional
        What the unit codes stand for; needed to match units across ratings.
    groups : ndarray of int, shape (n_units,), optional
        Code of the group that each unit belongs to, from 0 without gaps; None
        when units are independent.
    group_labels : sequence, optional
        What the group codes stand for.
    """

    units: IntArray
    raters: IntArray
    values: IntArray
    rater_labels: Sequence[Any]
    points: tuple[Point, ...]
    level: Level = Level.NOMINAL
    has_order: bool = True
    n_repeated: int = 0
    unit_labels: Sequence[Any] | None = None
    groups: IntArray | None = None
    group_labels: Sequence[Any] | None = None

    @classmethod
    def from_long(
        cls,
        units: ArrayLike,
        raters: ArrayLike,
        values: ArrayLike,
        *,
        level: str = Level.NOMINAL,
        categories: Sequence[Point] | None = None,
        groups: ArrayLike | None = None,
    ) -> Ratings:
        """Ratings from three columns of one length.

        Parameters
        ----------
        units, raters, values : array_like, shape (n_rows,)
            None and NaN in `values` are missing ratings and are left out.
            At level "set" values are collections of labels.
        level : str
            Level of measurement.
        categories : sequence, optional
            The scale in order, unused points included. Observed values, sorted
            when they are numbers, if not given.
        groups : array_like, shape (n_rows,), optional
            The group that the row's unit belongs to (the summary of a sentence,
            the conversation of a turn). Units of one group are not taken for
            independent: intervals resample whole groups.

        Raises
        ------
        InvalidRatingsError
            Unequal lengths, or a unit, rater or group is missing.
        InvalidScaleError
            A value lies off the declared scale.
        ConflictingRatingsError
            A rater gave one unit two different values. Rows that repeat a
            rating exactly are counted once.
        ConflictingGroupsError
            A unit is in two groups.
        """
        unit_codes, unit_labels = _factorized(units, "unit")
        rater_codes, rater_labels = _factorized(raters, "rater")
        value_codes, observed = _factorized_values(values, level)
        points, value_codes = on_scale(value_codes, observed, categories)
        group_codes, group_labels = _groups_of_units(groups, unit_codes, unit_labels)
        return cls.from_codes(
            unit_codes,
            rater_codes,
            value_codes,
            rater_labels=rater_labels,
            points=points,
            level=level,
            has_order=categories is not None or has_numbers(points),
            unit_labels=unit_labels,
            groups=group_codes,
            group_labels=group_labels,
        )

    @classmethod
    def from_codes(
        cls,
        units: IntArray,
        raters: IntArray,
        values: IntArray,
        *,
        rater_labels: Sequence[Any],
        points: Sequence[Point],
        level: str = Level.NOMINAL,
        has_order: bool = True,
        unit_labels: Sequence[Any] | None = None,
        groups: IntArray | None = None,
        group_labels: Sequence[Any] | None = None,
    ) -> Ratings:
        """Ratings from whole codes; a value code below zero is a missing rating.

        `groups` has the group's code for each unit code. Raises as `from_long`.
        """
        if not len(units) == len(raters) == len(values):
            raise InvalidRatingsError("units, raters and values differ in length")
        rows = np.flatnonzero(values >= 0)
        kept = _first_of_each(units[rows], raters[rows], values[rows], rows)
        raters_used, rater_codes = _compact(raters[kept])
        units_used, unit_codes = _compact(units[kept])
        if unit_labels is not None:
            unit_labels = [unit_labels[code] for code in units_used]
        if groups is not None:
            groups_used, groups = _compact(groups[units_used])
            if group_labels is not None:
                group_labels = [group_labels[code] for code in groups_used]
        return cls(
            units=unit_codes,
            raters=rater_codes,
            values=values[kept],
            rater_labels=[rater_labels[code] for code in raters_used],
            points=tuple(points),
            level=Level(level),
            has_order=has_order,
            n_repeated=len(rows) - len(kept),
            unit_labels=unit_labels,
            groups=groups,
            group_labels=group_labels,
        )

    @property
    def n_ratings(self) -> int:
        return len(self.units)

    @property
    def n_raters(self) -> int:
        return len(self.rater_labels)

    @cached_property
    def n_units(self) -> int:
        return int(self.units.max()) + 1 if len(self.units) else 0

    @cached_property
    def ratings_per_unit(self) -> IntArray:
        """Shape (n_units,)."""
        return np.bincount(self.units, minlength=self.n_units)

    @property
    def n_pairable(self) -> int:
        """Ratings in units that hold two or more."""
        per_unit = self.ratings_per_unit
        return int(per_unit[per_unit >= 2].sum())

    def evidence(self, *, n_units: int | None = None) -> Counts:
        """The counts that travel with an estimate."""
        return Counts(
            n_units=self.n_units if n_units is None else n_units,
            n_raters=self.n_raters,
            n_ratings=self.n_ratings,
            n_pairable=self.n_pairable,
        )

    @cached_property
    def _patterns(self) -> Patterns:
        counts, frequencies = _value_patterns(
            self.units, self.values, self.ratings_per_unit, len(self.points)
        )
        return Patterns(
            counts,
            frequencies,
            self.points,
            self.level,
            n_raters=self.n_raters,
            has_order=self.has_order,
            units=UnitRows(lambda: self.pattern_of_unit, self.groups),
        )

    @cached_property
    def pattern_of_unit(self) -> IntArray:
        """Row of `patterns` that each unit shows, shape (n_units,)."""
        return _pattern_codes(self.units, self.values, self.ratings_per_unit, len(self.points))

    def patterns(self) -> Patterns:
        """Distinct value-count vectors and how many units show each.

        Raises
        ------
        TooManyValuesError
            Distinct values times distinct vectors pass what memory holds.
        """
        return self._patterns

    @property
    def rater_patterns(self) -> tuple[IntArray, FloatArray]:
        """Distinct ways in which units were rated, raters told apart.

        Returns the value codes, shape (n_patterns, n_raters), -1 where a rater
        did not rate, and the units showing each, shape (n_patterns,).

        Raises
        ------
        TooManyValuesError
            Units times raters pass what memory holds.
        """
        patterns, codes = self._rater_patterns
        return patterns, np.bincount(codes, minlength=len(patterns)).astype(np.float64)

    @property
    def rater_pattern_of_unit(self) -> IntArray:
        """Row of `rater_patterns` that each unit shows, shape (n_units,)."""
        return self._rater_patterns[1]

    @property
    def by_rater_pattern(self) -> UnitRows:
        """Units over the rows of `rater_patterns`."""
        return UnitRows(lambda: self.rater_pattern_of_unit, self.groups)

    @cached_property
    def _rater_patterns(self) -> tuple[IntArray, IntArray]:
        if self.n_units * self.n_raters > _DENSE_CELLS:
            raise TooManyValuesError(f"{self.n_units} units times {self.n_raters} raters")
        cells = np.full((self.n_units, self.n_raters), -1, dtype=np.int32)
        cells[self.units, self.raters] = self.values
        index, codes = _distinct_rows(cells + 1)
        return cells[index].astype(np.int64), codes

    def without_unit(self, unit: int) -> Ratings:
        """The same ratings without one unit, by code; the scale stays."""
        return self._kept(self.units != unit)

    def of_pair(self, first: int, second: int) -> Ratings:
        """The ratings of two raters alone, by code; the scale stays."""
        return self._kept((self.raters == first) | (self.raters == second))

    def _kept(self, rows: NDArray[np.bool_]) -> Ratings:
        return Ratings.from_codes(
            self.units[rows],
            self.raters[rows],
            self.values[rows],
            rater_labels=self.rater_labels,
            points=self.points,
            level=self.level,
            has_order=self.has_order,
            unit_labels=self.unit_labels,
            groups=self.groups,
            group_labels=self.group_labels,
        )

    def pair_table(self, first: int, second: int) -> PairTable:
        """The table of two raters, by code."""
        patterns, frequencies = self.rater_patterns
        a, b = patterns[:, first], patterns[:, second]
        both = (a >= 0) & (b >= 0)
        n_points = len(self.points)
        cells = np.bincount(
            a[both] * n_points + b[both],
            weights=frequencies[both],
            minlength=n_points**2,
        )
        n_ratings = frequencies @ ((a >= 0).astype(np.int64) + (b >= 0))
        return PairTable(
            cells.reshape(n_points, n_points),
            self.points,
            self.level,
            raters=(self.rater_labels[first], self.rater_labels[second]),
            n_ratings=int(n_ratings),
            has_order=self.has_order,
            units=self.by_rater_pattern.moved(np.where(both, a * n_points + b, -1)),
        )

    def pair_tables(self) -> Iterator[PairTable]:
        """The tables of all rater pairs, in the order of the rater codes."""
        for first, second in combinations(range(self.n_raters), 2):
            yield self.pair_table(first, second)


def on_scale(
    codes: IntArray, observed: Sequence[Point], categories: Sequence[Point] | None
) -> tuple[tuple[Point, ...], IntArray]:
    """The points of the scale, and the codes turned to index them.

    Raises
    ------
    InvalidScaleError
        A value lies off the declared scale.
    """
    points = tuple(categories) if categories is not None else _sorted(list(dict.fromkeys(observed)))
    place = {point: index for index, point in enumerate(points)}
    off = [point for point in observed if point not in place]
    if off:
        shown = ", ".join(repr(point) for point in off[:5])
        raise InvalidScaleError(f"values off the declared scale: {shown}")
    moved = np.array([place[point] for point in observed] + [-1], dtype=np.int64)
    return points, moved[codes]


def _sorted(observed: Sequence[Point]) -> tuple[Point, ...]:
    if has_numbers(observed):
        return tuple(sorted(observed, key=float))  # type: ignore[arg-type]
    return tuple(sorted(observed, key=_text_key))


def _text_key(point: Point) -> str:
    if isinstance(point, frozenset):
        return repr(sorted(map(str, point)))
    return str(point)


def _factorized(column: ArrayLike, role: str) -> tuple[IntArray, Sequence[Any]]:
    codes, labels = pd.factorize(pd.Series(column), sort=False)
    if (codes < 0).any():
        row = int(np.flatnonzero(codes < 0)[0])
        raise InvalidRatingsError(f"row {row}: the {role} is missing")
    return codes.astype(np.int64), list(labels)


def _groups_of_units(
    column: ArrayLike | None, units: IntArray, unit_labels: Sequence[Any]
) -> tuple[IntArray | None, Sequence[Any] | None]:
    """The group of each unit, from one entry a row."""
    if column is None:
        return None, None
    codes, labels = _factorized(column, "group")
    if len(codes) != len(units):
        raise InvalidRatingsError("units and groups differ in length")
    of_unit = np.zeros(len(unit_labels), dtype=np.int64)
    of_unit[units] = codes
    moved = np.flatnonzero(of_unit[units] != codes)
    if len(moved):
        row = moved[0]
        found = (labels[codes[row]], labels[of_unit[units[row]]])
        raise ConflictingGroupsError(unit_labels[units[row]], found)
    return of_unit, labels


def _factorized_values(column: ArrayLike, level: str) -> tuple[IntArray, list[Point]]:
    values: Any = column
    if level == Level.SET:
        values = [None if value is None else frozenset(value) for value in values]
    series = pd.Series(values, dtype=object if level == Level.SET else None)
    codes, labels = pd.factorize(series, sort=False)
    return codes.astype(np.int64), [_plain(label) for label in labels]


def _plain(label: Any) -> Any:
    return label.item() if isinstance(label, np.generic) else label


def _compact(codes: IntArray) -> tuple[IntArray, IntArray]:
    """The codes in use, ascending, and the same codes without gaps."""
    if not len(codes):
        return codes, codes
    used = np.bincount(codes) > 0
    return np.flatnonzero(used), (np.cumsum(used) - 1)[codes]


def _first_of_each(units: IntArray, raters: IntArray, values: IntArray, rows: IntArray) -> IntArray:
    """Rows of the first rating of each unit by each rater."""
    if not len(rows):
        return rows
    key = units * (int(raters.max()) + 1) + raters
    if not _has_repeats(key):
        return rows
    order = np.argsort(key, kind="stable")
    key, values = key[order], values[order]
    starts = np.concatenate([[True], key[1:] != key[:-1]])
    first = np.flatnonzero(starts)[np.cumsum(starts) - 1]
    conflict = np.flatnonzero(values != values[first])
    if len(conflict):
        named = conflict[:_NAMED_CONFLICTS]
        pairs = [(int(rows[order[first[at]]]), int(rows[order[at]])) for at in named]
        raise ConflictingRatingsError(pairs, len(conflict))
    return np.sort(rows[order[starts]])


def _has_repeats(key: IntArray) -> bool:
    span = int(key.max()) + 1
    if span <= 4 * len(key) + 1_000_000:
        return bool((np.bincount(key, minlength=span) > 1).any())
    return bool(pd.Series(key).duplicated().any())


def _value_patterns(
    units: IntArray, values: IntArray, per_unit: IntArray, n_points: int
) -> tuple[FloatArray, FloatArray]:
    if not len(per_unit):
        return np.zeros((0, n_points)), np.zeros(0)
    base = int(per_unit.max()) + 1
    if base**n_points < _EXACT_INTEGERS:
        distinct, units_each = np.unique(
            _pattern_keys(units, values, base, len(per_unit)), return_counts=True
        )
        digits = distinct.astype(np.int64)[:, None] // base ** np.arange(n_points)
        return (digits % base).astype(np.float64), units_each.astype(np.float64)
    counts = _counts_of_units(units, values, len(per_unit), n_points)
    index, codes = _distinct_rows(counts)
    frequencies = np.bincount(codes, minlength=len(index)).astype(np.float64)
    return counts[index].astype(np.float64), frequencies


def _pattern_codes(
    units: IntArray, values: IntArray, per_unit: IntArray, n_points: int
) -> IntArray:
    """Row of `_value_patterns` for each unit."""
    if not len(per_unit):
        return np.zeros(0, dtype=np.int64)
    base = int(per_unit.max()) + 1
    if base**n_points < _EXACT_INTEGERS:
        keys = _pattern_keys(units, values, base, len(per_unit))
        return np.unique(keys, return_inverse=True)[1].ravel().astype(np.int64)
    return _distinct_rows(_counts_of_units(units, values, len(per_unit), n_points))[1]


def _pattern_keys(units: IntArray, values: IntArray, base: int, n_units: int) -> FloatArray:
    # One number a unit, whose digits are the counts: sums of whole floats
    # are exact up to 2**53.
    return np.bincount(units, weights=float(base) ** values, minlength=n_units)


def _counts_of_units(units: IntArray, values: IntArray, n_units: int, n_points: int) -> IntArray:
    if n_points > MOST_POINTS or n_units * n_points > _DENSE_CELLS:
        raise TooManyValuesError(f"{n_points} distinct values on {n_units} units")
    cells = np.bincount(units * n_points + values, minlength=n_units * n_points)
    return cells.reshape(n_units, n_points)


def _distinct_rows(table: NDArray[np.integer[Any]]) -> tuple[IntArray, IntArray]:
    """Rows standing for all rows equal to them, and which of those each row is."""
    rng = np.random.default_rng(0)
    salt = rng.integers(0, 2**63, size=table.shape[1], dtype=np.uint64)
    odd = salt * np.uint64(2) + np.uint64(1)
    key = (table.astype(np.uint64) * odd).sum(axis=1, dtype=np.uint64)
    _, index, codes = np.unique(key, return_index=True, return_inverse=True)
    if not np.array_equal(table[index][codes], table):  # two different rows share a key
        _, index, codes = np.unique(table, axis=0, return_index=True, return_inverse=True)
    return index, codes.ravel().astype(np.int64)
