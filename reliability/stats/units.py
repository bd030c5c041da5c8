"""Which row of a table of patterns each unit shows, and the group it belongs to.

Coefficients add up rows, one for each distinct pattern. Where units come in
groups (the sentences of one summary, the turns of one conversation), or where
two studies share units, inference also has to know which unit shows which row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class UnitRows:
    """The row that each unit shows, and the group it belongs to.

    Attributes
    ----------
    of_unit : callable
        Returns the row of each unit, shape (n_units,), -1 where a unit takes no
        part. Called only when somebody asks, because it costs a pass over units.
    groups : ndarray of int, shape (n_units,), optional
        Code of the group of each unit; None when units are independent.
    sizes : ndarray of float, shape (n_units,), optional
        Units that each entry stands for; 1 if not given.
    """

    of_unit: Callable[[], IntArray]
    groups: IntArray | None = None
    sizes: FloatArray | None = None

    @classmethod
    def in_groups(cls, groups: IntArray, frequencies: FloatArray) -> UnitRows:
        """Counts that a database has aggregated by group: one row a group and pattern.

        `groups` and `frequencies` have one entry a row, shape (n_rows,).
        """
        rows = np.arange(len(groups))
        return cls(lambda: rows, np.asarray(groups), np.asarray(frequencies, dtype=np.float64))

    def kept(self, rows: NDArray[np.bool_]) -> UnitRows:
        """The same units over fewer rows: those where `rows`, shape (n_rows,), is true."""
        return self.moved(np.where(rows, np.cumsum(rows) - 1, -1))

    def moved(self, places: IntArray) -> UnitRows:
        """The same units over other rows: `places` has the new row of each, or -1."""
        place = np.append(places, -1)  # the last entry answers for units without a row
        return replace(self, of_unit=lambda: place[self.of_unit()])

    def by_code(self, codes: IntArray, n_codes: int, n_rows: int) -> GatheredUnits:
        """Units gathered by a code each, shape (n_units,): the rows added up by code."""
        shown = self.of_unit()
        part = np.flatnonzero(shown >= 0)
        sizes = np.ones(len(shown)) if self.sizes is None else self.sizes
        cells = (sizes[part], (codes[part], shown[part]))
        return GatheredUnits.of(sparse.csr_array(cells, shape=(n_codes, n_rows)))

    def gathered(self, n_rows: int) -> GatheredUnits:
        """Units gathered by group."""
        assert self.groups is not None  # only asked of grouped units
        return self.by_code(self.groups, int(self.groups.max(initial=-1)) + 1, n_rows)


@dataclass(frozen=True, eq=False)
class GatheredUnits:
    """Groups of units, each distinct composition once.

    Attributes
    ----------
    compositions : sparse array, shape (n_compositions, n_rows)
        How many units of a group show each row.
    frequencies : ndarray of float, shape (n_compositions,)
        Groups of each composition.
    of_group : ndarray of int, shape (n_groups,)
        Composition of each group, -1 where none of its units takes part.
    """

    compositions: sparse.csr_array
    frequencies: FloatArray
    of_group: IntArray

    @classmethod
    def of(cls, members: sparse.csr_array) -> GatheredUnits:
        """From units by group and row, shape (n_groups, n_rows)."""
        n_groups = members.shape[0]
        members.sum_duplicates()
        taking_part = np.flatnonzero(np.diff(members.indptr))
        members = members[taking_part]
        index, codes = _distinct_rows(members)
        of_group = np.full(n_groups, -1, dtype=np.int64)
        of_group[taking_part] = codes
        frequencies = np.bincount(codes, minlength=len(index)).astype(np.float64)
        return cls(members[index], frequencies, of_group)


def _distinct_rows(table: sparse.csr_array) -> tuple[IntArray, IntArray]:
    """Rows standing for all rows equal to them, and which of those each row is."""
    salt = np.random.default_rng(0).integers(1, 2**63, size=table.shape[1], dtype=np.uint64)
    key = table.astype(np.uint64) @ salt
    _, index, codes = np.unique(key, return_index=True, return_inverse=True)
    if (table[index][codes] - table).count_nonzero():  # two different rows share a key
        return np.arange(table.shape[0]), np.arange(table.shape[0])
    return index, codes.ravel().astype(np.int64)
