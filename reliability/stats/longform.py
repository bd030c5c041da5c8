"""Columns of codes made fit for counting: complete, without gaps or repeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .counting import Codes
from .errors import ConflictingRatingsError, InvalidRatingsError, InvalidScaleError

IntArray = NDArray[np.int64]

# Conflicting rows named in an error; more would not help anyone.
_NAMED_CONFLICTS = 20
# A table of units by raters is worth its memory up to this many cells a rating.
_CELLS_A_RATING = 4
_FEW_CELLS = 1_000_000


@dataclass(frozen=True, eq=False)
class LongForm:
    """One entry a rating, each unit and rater pair once.

    Attributes
    ----------
    units, raters, values : ndarray of int, shape (n_ratings,)
        Units and raters from 0 without gaps.
    units_used, raters_used : ndarray of int
        The code that each had before, ascending.
    n_repeated : int
        Rows left out because they repeat a rating exactly.
    dense : ndarray of int, shape (n_units, n_raters), optional
        The values as a table, -1 where nobody rated, unless mostly empty.
    """

    units: IntArray
    raters: IntArray
    values: IntArray
    units_used: IntArray
    raters_used: IntArray
    n_repeated: int
    dense: Codes | None

    @classmethod
    def of(
        cls,
        units: ArrayLike,
        raters: ArrayLike,
        values: ArrayLike,
        *,
        n_points: int,
        rater_places: IntArray | None = None,
    ) -> LongForm:
        """From whole codes; rows with a value code below zero are left out.

        `rater_places` has another code for each rater code, if raters are to be
        in another order.

        Raises
        ------
        InvalidRatingsError
            Unequal lengths, or a unit or rater code below zero.
        InvalidScaleError
            A value code of `n_points` or more.
        ConflictingRatingsError
            A rater gave one unit two different values.
        """
        columns = [np.asarray(column, dtype=np.int64) for column in (units, raters, values)]
        _require_codes(*columns, n_points=n_points)
        columns[1] = columns[1] if rater_places is None else rater_places[columns[1]]
        rows = _rated_rows(columns[2])
        unit_codes, rater_codes, value_codes = (taken(column, rows) for column in columns)
        units_used, unit_codes = compact(unit_codes)
        raters_used, rater_codes = compact(rater_codes)
        dense = dense_table(unit_codes, rater_codes, value_codes, n_points=n_points)
        kept = None
        if not _is_once_each(unit_codes, rater_codes, dense):
            kept = _first_of_each(unit_codes, rater_codes, value_codes, rows)
        n_rated = len(value_codes)
        unit_codes, rater_codes, value_codes = (
            taken(codes, kept) for codes in (unit_codes, rater_codes, value_codes)
        )
        n_repeated = n_rated - len(value_codes)
        return cls(unit_codes, rater_codes, value_codes, units_used, raters_used, n_repeated, dense)


def taken(column: Any, rows: IntArray | None) -> Any:
    """The column at some rows; itself, uncopied, if `rows` is None."""
    return column if rows is None else column[rows]


def labels_of(labels: Sequence[Any], used: IntArray) -> Sequence[Any]:
    """Labels of the codes in use, ascending."""
    return labels if len(used) == len(labels) else [labels[code] for code in used]


def by_label(labels: Sequence[Any]) -> tuple[Sequence[Any], IntArray | None]:
    """The labels in order, and the place of each there; None if they were in order."""
    try:
        order = sorted(range(len(labels)), key=labels.__getitem__)
    except TypeError:  # labels of several kinds
        kinds = [(type(label).__name__, str(label)) for label in labels]
        order = sorted(range(len(labels)), key=kinds.__getitem__)
    if order == list(range(len(labels))):
        return labels, None
    places = np.empty(len(labels), dtype=np.int64)
    places[order] = np.arange(len(labels))
    return [labels[code] for code in order], places


def compact(codes: IntArray) -> tuple[IntArray, IntArray]:
    """The codes in use, ascending, and the same codes without gaps."""
    if not len(codes):
        return codes, codes
    span = int(codes.max()) + 1
    if span > _CELLS_A_RATING * len(codes) + _FEW_CELLS:
        places, used = pd.factorize(codes, sort=True)
        return used, places.astype(np.int64)
    is_used = np.bincount(codes) > 0
    used = np.flatnonzero(is_used)
    return used, codes if len(used) == span else (np.cumsum(is_used) - 1)[codes]


def dense_table(
    units: IntArray, raters: IntArray, values: IntArray, *, n_points: int
) -> Codes | None:
    """Value codes by unit and rater, -1 where nobody rated; None if mostly empty."""
    if not len(units):
        return None
    shape = int(units.max()) + 1, int(raters.max()) + 1
    if shape[0] * shape[1] > _CELLS_A_RATING * len(units) + _FEW_CELLS:
        return None
    return filled_table(units, raters, values, shape, n_points=n_points)


def filled_table(
    rows: IntArray, columns: IntArray, values: IntArray, shape: tuple[int, int], *, n_points: int
) -> Codes:
    """Value codes by row and column, -1 elsewhere, in the smallest type that holds them."""
    table = np.full(shape, -1, dtype=np.min_scalar_type(-max(1, n_points)))
    table.ravel()[rows * shape[1] + columns] = values
    return table


def _require_codes(units: IntArray, raters: IntArray, values: IntArray, *, n_points: int) -> None:
    if not len(units) == len(raters) == len(values):
        raise InvalidRatingsError("units, raters and values differ in length")
    for role, codes in (("unit", units), ("rater", raters)):
        if codes.min(initial=0) < 0:
            row = int(np.flatnonzero(codes < 0)[0])
            raise InvalidRatingsError(f"row {row}: the {role} is missing")
    if values.max(initial=-1) >= n_points:
        raise InvalidScaleError(f"value code {values.max()} on a scale of {n_points} points")


def _rated_rows(values: IntArray) -> IntArray | None:
    return None if values.min(initial=0) >= 0 else np.flatnonzero(values >= 0)


def _is_once_each(units: IntArray, raters: IntArray, dense: Codes | None) -> bool:
    if dense is not None:
        return int(np.count_nonzero(dense >= 0)) == len(units)
    if not len(units):
        return True
    key = units * (int(raters.max()) + 1) + raters
    return bool((key[1:] > key[:-1]).all()) or not pd.Series(key).duplicated().any()


def _first_of_each(
    units: IntArray, raters: IntArray, values: IntArray, rows: IntArray | None
) -> IntArray:
    """Places of the first rating of each unit by each rater; `rows` is where they were read."""
    key = units * (int(raters.max()) + 1) + raters
    order = np.argsort(key, kind="stable")
    key, values = key[order], values[order]
    starts = np.concatenate([[True], key[1:] != key[:-1]])
    first = np.flatnonzero(starts)[np.cumsum(starts) - 1]
    conflict = np.flatnonzero(values != values[first])
    if len(conflict):
        read = order if rows is None else rows[order]
        named = conflict[:_NAMED_CONFLICTS]
        pairs = [(int(read[first[at]]), int(read[at])) for at in named]
        raise ConflictingRatingsError(pairs, len(conflict))
    return np.sort(order[starts])
