"""From a table of value codes to the distinct ways in which its rows were rated.

A table has one row a unit and one column a rater, or a place in the unit where
raters are not told apart: codes from 0, below zero where nobody rated. Each row
becomes one number, so that counting rows is one `bincount`. Columns are read a
few at a time: what a few columns can say fits a table small enough for the
processor's cache, which then answers for all of them at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .errors import TooManyValuesError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Codes = NDArray[np.integer[Any]]

# Rows taken at a time, and what a few columns may say: both fit the cache.
_BLOCK_ROWS = 1 << 16
_MOST_TUPLES = 1 << 16
_LARGEST_KEY = 2**62
# Whole floats are exact up to here.
_EXACT = 2**53
# Values in one table of counts.
MOST_CELLS = 50_000_000
# Keys are counted in an array of their span up to this size, or a few times their number.
_SPAN = 1 << 22


def count_vectors(codes: Codes, n_points: int) -> tuple[FloatArray, FloatArray]:
    """Distinct vectors of how often a row holds each code, and the rows showing each.

    Parameters
    ----------
    codes : ndarray of int, shape (n_rows, n_columns)
        Below `n_points`; below zero where nobody rated.

    Returns
    -------
    counts : ndarray of float, shape (n_vectors, n_points)
        In an order that depends neither on the order of rows nor of columns.
    frequencies : ndarray of float, shape (n_vectors,)

    Raises
    ------
    TooManyValuesError
        Distinct vectors times points pass what memory holds.
    """
    rows, weights = codes, None
    if len(_groups(codes.shape[1], n_points)) == 1:
        # The columns together say few things: count those, then a few rows remain.
        rows, weights = distinct_rows(codes, n_points)
    base = codes.shape[1] + 1
    if base**n_points > _LARGEST_KEY:
        index, of_row = _by_hash(rows, n_points)
        if len(index) * n_points > MOST_CELLS:
            raise TooManyValuesError(f"{n_points} distinct values in {len(index)} combinations")
        frequencies = np.bincount(of_row, weights=weights, minlength=len(index))
        return counted(rows[index], n_points), frequencies.astype(np.float64)
    keys, frequencies = tally(_count_keys(rows, n_points, base), base**n_points, weights)
    return digits(keys, base, n_points), frequencies


def count_vector_of_row(codes: Codes, n_points: int) -> IntArray:
    """Which of `count_vectors` each row shows, shape (n_rows,)."""
    base = codes.shape[1] + 1
    if base**n_points > _LARGEST_KEY:
        return _by_hash(codes, n_points)[1]
    return placed(_count_keys(codes, n_points, base))


def long_count_keys(
    rows: IntArray, codes: IntArray, ratings_per_row: IntArray, n_points: int
) -> tuple[IntArray, int] | None:
    """For each row a number whose digits are its counts of each code, and their base.

    `rows` and `codes` have one entry a rating. None where such numbers would be
    too large to be exact.
    """
    base = int(ratings_per_row.max(initial=0)) + 1
    if base**n_points >= _EXACT:
        return None
    keys = np.bincount(rows, weights=float(base) ** codes, minlength=len(ratings_per_row))
    return keys.astype(np.int64), base


def distinct_rows(codes: Codes, n_points: int) -> tuple[Codes, FloatArray]:
    """Distinct rows, and how many rows are equal to each."""
    base, n_columns = n_points + 1, codes.shape[1]
    if base**n_columns <= _SPAN:
        keys, frequencies = tally(_row_keys(codes, n_points), base**n_columns)
        rows = np.flip(digits(keys, base, n_columns), axis=1).astype(np.int64) - 1
        return rows, frequencies
    index, of_row = distinct_row_of_row(codes, n_points)
    return codes[index], np.bincount(of_row, minlength=len(index)).astype(np.float64)


def distinct_row_of_row(codes: Codes, n_points: int) -> tuple[IntArray, IntArray]:
    """A row for each of `distinct_rows`, and which of those each row is, shape (n_rows,)."""
    if (n_points + 1) ** codes.shape[1] > _LARGEST_KEY:
        odd = int(np.random.default_rng(0).integers(2**62, 2**63, dtype=np.uint64)) | 1
        return _verified(_row_keys(codes, n_points, odd=odd), codes)
    of_row = placed(_row_keys(codes, n_points))
    return _first(of_row), of_row


def tally(
    keys: NDArray[Any], span: int, weights: FloatArray | None = None
) -> tuple[IntArray, FloatArray]:
    """Distinct keys, ascending, and how often each occurs; keys are 0 to `span` - 1."""
    if span <= max(_SPAN, 4 * len(keys)):
        counts = np.bincount(keys, weights=weights)
        distinct = np.flatnonzero(counts)
        return distinct, counts[distinct].astype(np.float64)
    of_key, distinct = pd.factorize(keys, sort=True)
    counts = np.bincount(of_key, weights=weights, minlength=len(distinct))
    return distinct, counts.astype(np.float64)


def placed(keys: NDArray[Any]) -> IntArray:
    """Place of each key among the distinct ones, ascending."""
    places: IntArray = pd.factorize(keys, sort=True)[0].astype(np.int64)
    return places


def digits(keys: Codes, base: int, n_digits: int) -> FloatArray:
    """Digits of whole numbers, the least first, shape (n_keys, n_digits)."""
    powers = base ** np.arange(n_digits, dtype=np.int64)
    return (keys[:, None] // powers % base).astype(np.float64)


def counted(codes: Codes, n_points: int) -> FloatArray:
    """How often each row holds each code, shape (n_rows, n_points)."""
    row, column = np.nonzero(codes >= 0)
    cells = row * n_points + codes[row, column]
    counts = np.bincount(cells, minlength=len(codes) * n_points)
    return counts.reshape(len(codes), n_points).astype(np.float64)


def n_used_columns(codes: Codes) -> int:
    """Columns that hold a rating at all."""
    # Nearly always the first rows answer for every column.
    used = (codes[: _BLOCK_ROWS // 16] >= 0).any(axis=0)
    return sum(
        bool(seen or (column >= 0).any()) for seen, column in zip(used, codes.T, strict=True)
    )


def _groups(n_columns: int, n_points: int) -> list[slice]:
    """Columns in groups, each of which can say at most `_MOST_TUPLES` things."""
    width = 1
    while width < n_columns and (n_points + 1) ** (width + 1) <= _MOST_TUPLES:
        width += 1
    n_groups = max(1, -(-n_columns // width))
    edges = np.linspace(0, n_columns, n_groups + 1).astype(int)
    return [slice(*ends) for ends in pairwise(edges)]


def _blocks(n_rows: int) -> Iterator[slice]:
    for start in range(0, n_rows, _BLOCK_ROWS):
        yield slice(start, start + _BLOCK_ROWS)


def _said(columns: Codes, n_points: int) -> Codes:
    """One number for what a few columns say: digits of base `n_points` + 1, 0 for nothing."""
    kind = np.uint16 if n_points + 1 < _MOST_TUPLES else np.int64
    said: Any = np.zeros(len(columns), dtype=kind)
    for column in columns.T:
        said *= kind(n_points + 1)
        said += column.astype(kind)  # -1 wraps around, and back by the next line
        said += kind(1)
    return np.asarray(said)


def _count_keys(codes: Codes, n_points: int, base: int) -> Codes:
    """A number for each row whose digits of `base` are its counts of each code."""
    return _summed(codes, base ** np.arange(n_points, dtype=np.int64))


def _summed(codes: Codes, worth: Codes) -> Codes:
    """Sum over the columns of what each code is worth, shape (n_rows,)."""
    n_points = len(worth)
    groups = _groups(codes.shape[1], n_points)
    one = np.append(np.zeros(1, dtype=worth.dtype), worth)
    tables = []
    for group in groups:
        table = np.zeros(1, dtype=worth.dtype)
        for _ in range(group.stop - group.start):
            table = np.add.outer(table, one).ravel()
        tables.append(table)
    sums = np.zeros(len(codes), dtype=worth.dtype)
    for block in _blocks(len(codes)):
        for group, table in zip(groups, tables, strict=True):
            sums[block] += table[_said(codes[block, group], n_points)]
    return sums


def _row_keys(codes: Codes, n_points: int, *, odd: int | None = None) -> Codes:
    """A number for each row: its codes as digits, or a hash of them with an `odd` factor."""
    groups = _groups(codes.shape[1], n_points)
    keys = np.zeros(len(codes), dtype=np.int64 if odd is None else np.uint64)
    for block in _blocks(len(codes)):
        part = keys[block]
        for group in groups:
            part *= keys.dtype.type(odd or (n_points + 1) ** (group.stop - group.start))
            part += _said(codes[block, group], n_points).astype(keys.dtype)
    return keys


def _by_hash(codes: Codes, n_points: int) -> tuple[IntArray, IntArray]:
    """Rows standing for all with the same counts, and which of those each row is."""
    salt = np.random.default_rng(0).integers(1, 2**63, size=n_points, dtype=np.uint64)
    return _verified(_summed(codes, salt), np.sort(codes, axis=1))


def _verified(hashes: Codes, rows: Codes) -> tuple[IntArray, IntArray]:
    of_row = placed(hashes)
    index = _first(of_row)
    if not all(np.array_equal(column, column[index][of_row]) for column in rows.T):
        # Two different rows share a hash: compare the rows themselves.
        _, index, of_row = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return index, of_row.ravel().astype(np.int64)


def _first(of_row: IntArray) -> IntArray:
    """The first row of each kind, shape (n_kinds,)."""
    index = np.zeros(int(of_row.max(initial=-1)) + 1, dtype=np.int64)
    index[of_row[::-1]] = np.arange(len(of_row))[::-1]
    return index
