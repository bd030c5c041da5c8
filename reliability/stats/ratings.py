"""The long form (unit, rater, value) and what is counted from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from . import counting
from .counting import Codes
from .data import (
    Level,
    PairTable,
    Patterns,
    Point,
    has_numbers,
    in_order,
    is_number,
    require_scale,
    scale_values,
)
from .errors import (
    ConflictingGroupsError,
    InvalidRatingsError,
    InvalidScaleError,
    TooManyValuesError,
)
from .longform import LongForm, by_label, compact, filled_table, labels_of
from .results import Counts
from .units import UnitRows

__all__ = ["MOST_POINTS", "IntArray", "Ratings", "TooManyValuesError", "on_scale"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Points of a scale: weights and distances are square in their number.
MOST_POINTS = 5000


@dataclass(frozen=True, eq=False, kw_only=True)
class Ratings:
    """Ratings as codes: one entry a rating, missing ones absent.

    Attributes
    ----------
    units, raters, values : ndarray of int, shape (n_ratings,)
        Codes from 0 without gaps; values index `points`. Each unit and rater
        pair occurs once.
    rater_labels : sequence
        What the rater codes stand for, in order.
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
    dense : ndarray of int, shape (n_units, n_raters), optional
        The same value codes as a table, -1 where nobody rated; None where it
        would be mostly empty.
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
    dense: Codes | None = None

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
            Unequal lengths, a unit, rater or group is missing, or truth values
            stand beside numbers (Python takes True for 1).
        InvalidScaleError
            A value lies off the declared scale, a scale with a point twice or a
            missing one, or numbers too large to be squared.
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
        require_scale(points)
        # Draws go through patterns in order, which is that of the raters: it must
        # not depend on whose rating happened to be read first.
        rater_labels, places = by_label(rater_labels)
        form = LongForm.of(units, raters, values, n_points=len(points), rater_places=places)
        if groups is not None:
            groups_used, groups = compact(np.asarray(groups)[form.units_used])
            if group_labels is not None:
                group_labels = labels_of(group_labels, groups_used)
        return cls(
            units=form.units,
            raters=form.raters,
            values=form.values,
            rater_labels=list(labels_of(rater_labels, form.raters_used)),
            points=tuple(points),
            level=Level(level),
            has_order=has_order,
            n_repeated=form.n_repeated,
            unit_labels=None if unit_labels is None else labels_of(unit_labels, form.units_used),
            groups=groups,
            group_labels=group_labels,
            dense=form.dense,
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

    @cached_property
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
    def numbers(self) -> FloatArray | None:
        """Numeric values of the points, shape (n_points,); None where they are words."""
        return scale_values(self.points) if has_numbers(self.points) else None

    def once[T](self, count: Callable[[Ratings], T]) -> T:
        """What `count` makes of these ratings, made once however many coefficients ask."""
        if count not in self._counted:
            self._counted[count] = count(self)
        found: T = self._counted[count]
        return found

    @cached_property
    def _counted(self) -> dict[Callable[[Ratings], Any], Any]:
        return {}

    @cached_property
    def _patterns(self) -> Patterns:
        n_points = len(self.points)
        if n_points > MOST_POINTS:
            raise TooManyValuesError(f"{n_points} distinct values")
        if self._long_keys is not None:
            keys, base = self._long_keys
            distinct, frequencies = counting.tally(keys, base**n_points)
            counts = counting.digits(distinct, base, n_points)
        else:
            counts, frequencies = counting.count_vectors(self._by_place, n_points)
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
        if self._long_keys is not None:
            return counting.placed(self._long_keys[0])
        return counting.count_vector_of_row(self._by_place, len(self.points))

    @cached_property
    def _long_keys(self) -> tuple[IntArray, int] | None:
        if self.dense is not None:
            return None
        per_unit = self.ratings_per_unit
        return counting.long_count_keys(self.units, self.values, per_unit, len(self.points))

    @cached_property
    def _by_place(self) -> Codes:
        """Value codes by unit and place in the unit, raters not told apart."""
        if self.dense is not None:
            return self.dense
        shape = self.n_units, int(self.ratings_per_unit.max(initial=0))
        if shape[0] * shape[1] > counting.MOST_CELLS:
            raise TooManyValuesError(f"{shape[0]} units times {shape[1]} ratings")
        order = np.argsort(self.units, kind="stable")
        starts = np.cumsum(self.ratings_per_unit) - self.ratings_per_unit
        units = self.units[order]
        places = np.arange(len(units)) - starts[units]
        return filled_table(units, places, self.values[order], shape, n_points=len(self.points))

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
        return self._rater_patterns

    @cached_property
    def _rater_patterns(self) -> tuple[IntArray, FloatArray]:
        rows, frequencies = counting.distinct_rows(self._by_rater, len(self.points))
        return rows.astype(np.int64), frequencies

    @cached_property
    def rater_pattern_of_unit(self) -> IntArray:
        """Row of `rater_patterns` that each unit shows, shape (n_units,)."""
        return counting.distinct_row_of_row(self._by_rater, len(self.points))[1]

    @property
    def by_rater_pattern(self) -> UnitRows:
        """Units over the rows of `rater_patterns`."""
        return UnitRows(lambda: self.rater_pattern_of_unit, self.groups)

    @cached_property
    def _by_rater(self) -> Codes:
        if self.dense is not None:
            return self.dense
        shape = self.n_units, self.n_raters
        if shape[0] * shape[1] > counting.MOST_CELLS:
            raise TooManyValuesError(f"{shape[0]} units times {shape[1]} raters")
        return filled_table(self.units, self.raters, self.values, shape, n_points=len(self.points))

    def without_unit(self, unit: int) -> Ratings:
        """The same ratings without one unit, by code; the scale stays."""
        return self._kept(np.flatnonzero(self.units != unit))

    def of_units(self, units: NDArray[np.bool_]) -> Ratings:
        """The ratings of the units marked, shape (n_units,); the scale stays."""
        return self._kept(np.flatnonzero(units[self.units]))

    def of_pair(self, first: int, second: int) -> Ratings:
        """The ratings of two raters alone, by code; the scale stays."""
        return self._kept(np.concatenate([self._rows_of_rater[code] for code in (first, second)]))

    @cached_property
    def _rows_of_rater(self) -> list[IntArray]:
        # Once for all pairs: looking through every rating for each pair would
        # cost the square of the number of raters.
        order = np.argsort(self.raters, kind="stable")
        return np.split(order, np.cumsum(np.bincount(self.raters, minlength=self.n_raters))[:-1])

    def _kept(self, rows: IntArray) -> Ratings:
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


def values_of_points(ratings: Ratings) -> FloatArray:
    """Values of the points, positions in place of words; shape (n_points,)."""
    return scale_values(ratings.points) if ratings.numbers is None else ratings.numbers


def centred(ratings: Ratings) -> FloatArray:
    """Values of the points, measured from the mean rating; shape (n_points,).

    Centring keeps sums of squares accurate. Positions stand in for words.
    """
    values = values_of_points(ratings)
    return values - values[ratings.values].mean() if ratings.n_ratings else values


def on_scale(
    codes: IntArray, observed: Sequence[Point], categories: Sequence[Point] | None
) -> tuple[tuple[Point, ...], IntArray]:
    """The points of the scale, and the codes turned to index them.

    Raises
    ------
    InvalidScaleError
        A value lies off the declared scale, the scale names a point twice or a
        missing one, mixes truth values with numbers, or has numbers that are too
        large.
    """
    points = tuple(categories) if categories is not None else _sorted(list(dict.fromkeys(observed)))
    if categories is not None:
        require_scale(points)
    _require_numbers_or_words((*points, *observed))
    place = {point: index for index, point in enumerate(points)}
    off = [point for point in observed if point not in place]
    if off:
        shown = ", ".join(repr(point) for point in off[:5])
        raise InvalidScaleError(f"values off the declared scale: {shown}")
    moved = np.array([place[point] for point in observed] + [-1], dtype=np.int64)
    return points, moved[codes]


def _require_numbers_or_words(points: Sequence[Point]) -> None:
    kinds = set(map(type, points))
    numbers = {kind for kind in kinds if is_number(kind)}
    if numbers and not kinds.isdisjoint(_TRUTHS):
        raise InvalidScaleError(_MIXTURE)
    if numbers and numbers == kinds and not has_numbers(points):
        raise InvalidScaleError(
            "numbers of 1e60 and more cannot be squared: divide all by a common factor, "
            "or give them as text"
        )


_TRUTHS = frozenset({bool, np.bool_})
_MIXTURE = "truth values beside numbers: give 0 and 1 for both, or text for both"


def _sorted(observed: Sequence[Point]) -> tuple[Point, ...]:
    if has_numbers(observed):
        return tuple(in_order(observed))
    return tuple(sorted(observed, key=_text_key))


def _text_key(point: Point) -> tuple[str, str]:
    if isinstance(point, frozenset):
        return repr(sorted(map(str, point))), ""
    return str(point), type(point).__name__


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
        values = [_as_set(value, row) for row, value in enumerate(values)]
    series = pd.Series(values, dtype=object if level == Level.SET else None)
    if series.dtype == np.float64 and not hasattr(values, "dtype") and _merges(series):
        series = pd.Series(values, dtype=object)
    if level != Level.SET:
        _require_one_kind(series)
    codes, labels = pd.factorize(series, sort=False)
    return codes.astype(np.int64), [_plain(label) for label in labels]


def _merges(series: pd.Series[float]) -> bool:
    """Whether floats may have taken large whole numbers for one."""
    return bool((series.abs() >= 2**53).any())


def _require_one_kind(column: pd.Series[Any]) -> None:
    """Refuse True beside 1, which are equal: which of them it is would depend on the order."""
    series = column.reset_index(drop=True)
    if not pd.api.types.infer_dtype(series).startswith("mixed"):
        return
    kinds = series[series.notna()].map(type)
    truths, numbers = kinds.isin(_TRUTHS), kinds.map(is_number)
    if truths.any() and numbers.any():
        first, second = sorted(kinds.index[each][0] for each in (truths, numbers))
        raise InvalidRatingsError(f"rows {first} and {second}: {_MIXTURE}")


def _as_set(value: Any, row: int) -> frozenset[Any] | None:
    """The labels of a set; a text is one label too many to guess at, so it is refused."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise InvalidRatingsError(f"row {row}: a set is a collection of labels, not {value!r}")
    return frozenset(value)


def _plain(label: Any) -> Any:
    return label.item() if isinstance(label, np.generic) else label
