"""Units counted by what they show and the group they belong to, to add and subtract."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .data import Patterns
from .errors import InvalidCountsError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Kinds:
    """Kinds of units.

    Attributes
    ----------
    rows : ndarray of int, shape (n_kinds,)
        What a unit shows, as a row of some table.
    groups : ndarray of int, shape (n_kinds,)
        Code of the group it belongs to; zero where units are independent.
    sizes : ndarray of float, shape (n_kinds,)
        Units of the kind.
    """

    rows: IntArray
    groups: IntArray
    sizes: FloatArray

    @classmethod
    def of(cls, patterns: Patterns, rows: IntArray, *, by_group: bool) -> Kinds:
        """Units of patterns that show the given rows, shape (n_patterns,)."""
        units = patterns.units
        if not by_group or units is None or units.groups is None:
            return cls(rows, np.zeros(len(rows), dtype=np.int64), patterns.frequencies)
        shown = units.of_unit()
        part = shown >= 0
        sizes = np.ones(len(shown)) if units.sizes is None else units.sizes
        return cls(rows[shown[part]], units.groups[part], sizes[part])

    def minus(self, others: Kinds) -> Kinds:
        """The units that are not among the others, each kind once.

        Raises
        ------
        InvalidCountsError
            Some of the others are not here.
        """
        rows = np.append(self.rows, others.rows)
        groups = np.append(self.groups, others.groups)
        n_groups = int(groups.max(initial=0)) + 1
        kinds, place = np.unique(rows * n_groups + groups, return_inverse=True)
        sizes = np.append(self.sizes, -others.sizes)
        left = np.bincount(place.ravel(), sizes, len(kinds))
        if (left < 0).any():
            raise InvalidCountsError("units to leave out are not among those of the patterns")
        # A group whose units are all gone is no group.
        kinds, left = kinds[left > 0], left[left > 0]
        return Kinds(kinds // n_groups, kinds % n_groups, left)


def is_grouped(patterns: Patterns) -> bool:
    """Whether the units of the patterns come in groups."""
    return patterns.units is not None and patterns.units.groups is not None
