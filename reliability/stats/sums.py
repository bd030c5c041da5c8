"""Coefficients as functions of sums over units.

Each unit adds a short row of numbers, and the coefficient is computed from the
column totals. From that one shape follow the estimate, the values without one
unit, the derivatives and the resamples, each in a single pass over the distinct
rows ("patterns") weighted by how many units show them. Groups of units add the
sum of their units' rows, so they are again rows of the same coefficient.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Sums = NDArray[Any]  # real, or complex while differentiating

# Values of a block in one intermediate array: about 16 MB of floats.
BLOCK_VALUES = 2_000_000
_COMPLEX_STEP = 1e-30


class Resampled(Protocol):
    """What an interval needs to know of a coefficient and its units."""

    @property
    def bounds(self) -> tuple[float, float]:
        """Limits that the coefficient can't pass; intervals are cut there."""

    @property
    def frequencies(self) -> FloatArray:
        """Units showing each pattern, shape (n_patterns,)."""

    @property
    def strata(self) -> IntArray | None:
        """Stratum of each pattern where units were drawn apart, shape (n_patterns,)."""

    @property
    def n_row_values(self) -> int:
        """Numbers that leaving out single units has to go through."""

    def value(self) -> float:
        """The estimate, NaN when undefined."""

    def leave_one_out(self) -> FloatArray:
        """The value without one unit of each pattern, shape (n_patterns,)."""

    def influence(self) -> FloatArray:
        """Derivative of the value by the weight of a unit, shape (n_patterns,)."""

    def draw(self, frequencies: FloatArray) -> FloatArray:
        """Values under other frequencies, shape (n_draws, n_patterns)."""

    def gathered(self, compositions: sparse.csr_array, frequencies: FloatArray) -> Resampled:
        """The same coefficient over groups of units.

        `compositions`, shape (n_compositions, n_patterns), counts the units of
        each pattern in a group; `frequencies` the groups of each composition.
        """


@dataclass(frozen=True, eq=False)
class UnitSums:
    """A coefficient as a function of sums over units.

    Attributes
    ----------
    rows : ndarray of float, shape (n_patterns, n_sums)
        What one unit of each pattern adds to the sums.
    frequencies : ndarray of float, shape (n_patterns,)
        Units showing the pattern.
    of_sums : callable
        Maps sums of shape (..., n_sums) to values of shape (...,); NaN where
        undefined. Must accept complex input and must not branch on it.
    bounds : pair of float
        Limits that the coefficient can't pass; intervals are cut there.
    smooth : callable, optional
        `of_sums` with any small-sample factor held fixed, for derivatives.
    as_gwet : callable, optional
        Turns n times the influence into what `variance.gwet` uses in its place.
    compared : ndarray of float, shape (n_patterns,), optional
        Positive where a unit of the pattern holds two ratings or more; all do if
        not given. Others may add to the chance term but compare nothing.
    """

    rows: FloatArray | sparse.csr_array
    frequencies: FloatArray
    of_sums: Callable[[Sums], Sums]
    bounds: tuple[float, float] = (-np.inf, 1.0)
    smooth: Callable[[Sums], Sums] | None = None
    as_gwet: Callable[[FloatArray], FloatArray] | None = None
    strata: IntArray | None = None
    compared: FloatArray | None = None

    @property
    def totals(self) -> FloatArray:
        totals: FloatArray = np.asarray(self.frequencies @ self.rows)
        return totals

    @property
    def n_row_values(self) -> int:
        n_patterns, n_sums = self.rows.shape
        return int(n_patterns * n_sums)

    def value(self) -> float:
        """The estimate, NaN when undefined."""
        return self._value

    @cached_property
    def _value(self) -> float:
        # Means over pairs ask for it again and again.
        return float(_quiet(self.of_sums, self.totals))

    def leave_one_out(self) -> FloatArray:
        """The value without one unit of each pattern, shape (n_patterns,)."""
        totals = self.totals
        return joined(_quiet(self.of_sums, totals - block) for block in self._blocks())

    def influence(self) -> FloatArray:
        """Derivative of the value by the weight of a unit, shape (n_patterns,).

        Complex-step differentiation: exact to rounding, no step to choose.
        """
        totals, function = self.totals, self.smooth or self.of_sums
        return joined(
            _quiet(function, totals + 1j * _COMPLEX_STEP * block).imag / _COMPLEX_STEP
            for block in self._blocks()
        )

    def draw(self, frequencies: FloatArray) -> FloatArray:
        """Values under other frequencies, given in shape (n_draws, n_patterns)."""
        return joined([_quiet(self.of_sums, np.asarray(frequencies @ self.rows))])

    def gathered(self, compositions: sparse.csr_array, frequencies: FloatArray) -> UnitSums:
        """The same coefficient over groups of units; see `Resampled`."""
        rows: FloatArray | sparse.csr_array = compositions @ self.rows  # type: ignore[assignment]
        compared = None if self.compared is None else np.asarray(compositions @ self.compared)
        return replace(self, rows=rows, frequencies=frequencies, as_gwet=None, compared=compared)

    def _blocks(self) -> Iterator[FloatArray]:
        n_patterns, n_sums = self.rows.shape
        step = max(1, BLOCK_VALUES // max(1, n_sums))
        for start in range(0, n_patterns, step):
            block = self.rows[start : start + step]
            yield block.toarray() if sparse.issparse(block) else block


def joined(parts: Iterable[Sums]) -> FloatArray:
    """Parts of a result, end to end."""
    return np.concatenate([*parts, np.empty(0)]).astype(np.float64)


def _quiet(of_sums: Callable[[Sums], Sums], sums: Sums) -> Sums:
    # 0/0 is how a coefficient says "undefined" inside an array; the caller
    # turns it into a reason, so NumPy need not print anything.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.asarray(of_sums(sums))


def n_units(sums: Resampled) -> int:
    """Units (or groups) behind the sums."""
    return int(sums.frequencies.sum())


def n_compared(sums: Resampled) -> int:
    """Units (or groups) that compare ratings; variance between them takes two."""
    if isinstance(sums, UnitSums) and sums.compared is not None:
        return int(sums.frequencies[sums.compared > 0].sum())
    return n_units(sums)


# Beyond this many values in all rows, leaving out single units costs too much.
MOST_ROW_VALUES = 100_000_000
N_GROUPS = 200


def condensed(sums: Resampled) -> Resampled:
    """The same sums, with units gathered in random groups when there are too many.

    Coefficients of ranks carry one sum for each distinct unit, so the exact
    jackknife grows with the square of their number; 200 groups (seed 0) give
    its delete-a-group form. The value itself does not change.
    """
    if sums.n_row_values <= MOST_ROW_VALUES or n_units(sums) <= N_GROUPS:
        return sums
    return sums.gathered(random_groups(sums.frequencies), np.ones(N_GROUPS))


def random_groups(frequencies: FloatArray) -> sparse.csr_array:
    """Units of each pattern in each group, shape (N_GROUPS, n_patterns).

    Units are dealt, not patterns: a frequent pattern belongs to every group.
    """
    rng, n_patterns = np.random.default_rng(0), len(frequencies)
    n_each = frequencies.astype(np.int64)
    if n_each.sum() > N_GROUPS * n_patterns:
        # So many units that groups come out equal without being made so.
        return sparse.csr_array(rng.multinomial(n_each, np.full(N_GROUPS, 1 / N_GROUPS)).T * 1.0)
    group = np.arange(n_each.sum(), dtype=np.int32) % N_GROUPS
    rng.shuffle(group)
    cells = (group, np.repeat(np.arange(n_patterns, dtype=np.int32), n_each))
    return sparse.csr_array((np.ones(len(group)), cells), shape=(N_GROUPS, n_patterns))


def fixed_pairs(
    comparable: FloatArray, frequencies: FloatArray, value: float
) -> Callable[[FloatArray], FloatArray]:
    """The change that `variance.gwet` needs where the number of paired units is held fixed."""

    def held(influence: FloatArray) -> FloatArray:
        share = frequencies @ comparable / frequencies.sum()
        changed: FloatArray = influence + value * (comparable / share - 1)
        return changed

    return held
