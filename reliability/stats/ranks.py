"""Coefficients of ranks: what a unit changes, in closed form.

Every unit moves the ranks of all others, so there is no short row of numbers
that it adds. But it moves them in a simple way: without it, mid-ranks above
fall by 1 and those of its ties by 1/2. Measured from their mean, which falls
too, ranks :math:`X_c` become

.. math:: X_c - \\tfrac12 \\, \\mathrm{sign}(x_c - x_i)

without unit i, and sums of their products follow from cumulative sums.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .concordance import FEW_CELLS, concordance
from .sums import BLOCK_VALUES, joined

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Total = FloatArray | np.float64


class RankForm(Protocol):
    """A coefficient of ranks, of how many units there are in each cell."""

    @property
    def n_values(self) -> int:
        """Numbers in the largest array made for the value."""

    @property
    def n_steps(self) -> int:
        """Numbers that leaving out single units goes through."""

    def value(self, weights: FloatArray) -> FloatArray:
        """Values under weights of shape (..., n_cells), NaN where undefined."""

    def leave_one_out(self, weights: FloatArray) -> FloatArray:
        """The value without one unit of each cell, shape (n_cells,)."""

    def influence(self, weights: FloatArray) -> FloatArray:
        """Derivative of the value by the weight of each cell, shape (n_cells,)."""


@dataclass(frozen=True, eq=False)
class RankSums:
    """A coefficient of ranks with the units behind it; a `sums.Resampled`.

    `groups`, shape (n_patterns, n_cells), has the units of each cell in a group
    where units were gathered in groups; the patterns are the cells otherwise.
    """

    form: RankForm
    frequencies: FloatArray
    bounds: tuple[float, float] = (-1.0, 1.0)
    groups: sparse.csr_array | None = None
    strata: IntArray | None = None

    @property
    def n_row_values(self) -> int:
        """Numbers that leaving out single units, or groups, has to go through."""
        if self.groups is None:
            return self.form.n_steps
        return int(self.groups.shape[0] * self.groups.shape[1])

    @cached_property
    def _weights(self) -> FloatArray:
        return self._of_cells(self.frequencies)

    def _of_cells(self, frequencies: FloatArray) -> FloatArray:
        return frequencies if self.groups is None else np.asarray(frequencies @ self.groups)

    def value(self) -> float:
        """The estimate, NaN when undefined."""
        return self._value

    @cached_property
    def _value(self) -> float:
        return float(_quiet(self.form.value, self._weights))

    def leave_one_out(self) -> FloatArray:
        """The value without one unit (or group) of each pattern, shape (n_patterns,)."""
        if self.groups is None:
            return _quiet(self.form.leave_one_out, self._weights)
        blocks = (self.groups[rows].toarray() for rows in self._blocks(self.groups.shape[0]))
        return joined(_quiet(self.form.value, self._weights - block) for block in blocks)

    def influence(self) -> FloatArray:
        """Derivative of the value by the weight of a unit, shape (n_patterns,)."""
        changes = _quiet(self.form.influence, self._weights)
        return changes if self.groups is None else np.asarray(self.groups @ changes)

    def draw(self, frequencies: FloatArray) -> FloatArray:
        """Values under other frequencies, given in shape (n_draws, n_patterns)."""
        weights = self._of_cells(frequencies)
        return joined(_quiet(self.form.value, weights[rows]) for rows in self._blocks(len(weights)))

    def gathered(self, compositions: sparse.csr_array, frequencies: FloatArray) -> RankSums:
        """The same coefficient over groups of units; see `sums.Resampled`."""
        groups = sparse.csr_array(
            compositions if self.groups is None else compositions @ self.groups
        )
        return RankSums(self.form, frequencies, self.bounds, groups)

    def _blocks(self, n_rows: int) -> Iterator[slice]:
        step = max(1, BLOCK_VALUES // max(1, self.form.n_values))
        return (slice(start, start + step) for start in range(0, n_rows, step))


def _quiet(function: Callable[[FloatArray], FloatArray], weights: FloatArray) -> FloatArray:
    # 0/0 is how a coefficient says "undefined" inside an array.
    with np.errstate(divide="ignore", invalid="ignore"):
        return function(weights)


@dataclass(frozen=True, eq=False)
class Ranking:
    """One rater's mid-ranks, measured from their mean.

    Attributes
    ----------
    codes : ndarray of int, shape (n_cells,)
        The point that the rater gave each cell.
    ties : ndarray of float, shape (..., n_points)
        Units at each point.
    ranks : ndarray of float, shape (..., n_points)
        Mid-rank of each point minus the mean of all units'.
    """

    codes: IntArray
    ties: FloatArray
    ranks: FloatArray

    @classmethod
    def of(cls, codes: IntArray, weights: FloatArray) -> Ranking:
        """From the weights of the cells, shape (..., n_cells)."""
        ties = _tallied(codes, weights)
        below = np.cumsum(ties, axis=-1)
        return cls(codes, ties, below - (ties + below[..., -1:]) / 2)

    @property
    def of_cells(self) -> FloatArray:
        """Centred mid-rank of each cell, shape (..., n_cells)."""
        return self.ranks[..., self.codes]

    @property
    def spread(self) -> FloatArray:
        r"""Sum of squares: :math:`(n^3 - \sum_k t_k^3) / 12` for ties t; shape (...,)."""
        spread: FloatArray = (self.ties * self.ranks**2).sum(axis=-1)
        return spread

    @property
    def spread_left_out(self) -> FloatArray:
        """Sum of squares without one unit of each cell, shape (n_cells,)."""
        n = self.ties.sum()
        left_out: FloatArray = self.spread - (n - self.ties) * (n + self.ties - 1) / 4
        return left_out[self.codes]

    @property
    def spread_slope(self) -> FloatArray:
        """Derivative of the sum of squares by the weight of each cell."""
        slope: FloatArray = (self.ties.sum() ** 2 - self.ties**2) / 4
        return slope[self.codes]

    @property
    def untied(self) -> FloatArray:
        """Pairs of units that the rater tells apart, shape (...,)."""
        untied: FloatArray = (self.ties.sum(axis=-1) ** 2 - (self.ties**2).sum(axis=-1)) / 2
        return untied

    @property
    def apart(self) -> FloatArray:
        """Units that the rater tells from those of each cell, shape (n_cells,)."""
        apart: FloatArray = self.ties.sum() - self.ties
        return apart[self.codes]

    def above_less_below(self, masses: FloatArray) -> FloatArray:
        """Masses of cells above each cell minus those of cells below it."""
        at = np.bincount(self.codes, masses)
        upto = np.cumsum(at)
        balance: FloatArray = upto[-1] - 2 * upto + at
        return balance[self.codes]


def _tallied(codes: IntArray, weights: FloatArray) -> FloatArray:
    """Weight at each code, shape (..., n_points); weights have shape (..., n_cells)."""
    if weights.ndim == 1:
        return np.bincount(codes, weights)
    rows = weights.reshape(-1, len(codes))
    n_points = int(codes.max()) + 1
    places = codes + n_points * np.arange(len(rows))[:, None]
    tallied = np.bincount(places.ravel(), rows.ravel(), minlength=n_points * len(rows))
    return tallied.reshape(*weights.shape[:-1], n_points)


@dataclass(frozen=True, eq=False)
class SpearmanForm:
    """Spearman's correlation over the cells of a pair's table, sorted by first, then second."""

    first: IntArray
    second: IntArray

    @property
    def n_values(self) -> int:
        return len(self.first)

    @property
    def n_steps(self) -> int:
        return len(self.first) * len(self.first).bit_length()

    def value(self, weights: FloatArray) -> FloatArray:
        x, y = self._rankings(weights)
        products = (weights * x.of_cells * y.of_cells).sum(axis=-1)
        return _correlation(products, x.spread * y.spread, weights.sum(axis=-1))

    def leave_one_out(self, weights: FloatArray) -> FloatArray:
        x, y = self._rankings(weights)
        own = x.of_cells * y.of_cells
        order = concordance(self.first, self.second, weights)
        products = weights @ own - own - self._crossed(x, y, weights) / 2 + order / 4
        return _correlation(products, x.spread_left_out * y.spread_left_out, weights.sum() - 1)

    def influence(self, weights: FloatArray) -> FloatArray:
        x, y = self._rankings(weights)
        own = x.of_cells * y.of_cells
        slope = own + self._crossed(x, y, weights) / 2
        size = np.sqrt(x.spread * y.spread)
        shrinking = x.spread_slope / x.spread + y.spread_slope / y.spread
        influence: FloatArray = slope / size - weights @ own / size * shrinking / 2
        return influence

    def _rankings(self, weights: FloatArray) -> tuple[Ranking, Ranking]:
        return Ranking.of(self.first, weights), Ranking.of(self.second, weights)

    def _crossed(self, x: Ranking, y: Ranking, weights: FloatArray) -> FloatArray:
        """Ranks by one rater of units above and below each cell for the other."""
        return y.above_less_below(weights * x.of_cells) + x.above_less_below(weights * y.of_cells)


def _correlation(products: FloatArray, squares: FloatArray, n: Total) -> FloatArray:
    # A constant rater leaves rounding of the order of n; a real spread is n squared.
    varies = squares > (1e-12 * n**3) ** 2
    return _divided(products, np.sqrt(np.where(varies, squares, 0)))


def _divided(part: FloatArray, whole: FloatArray) -> FloatArray:
    empty = whole == 0
    value: FloatArray = np.where(empty, np.nan, part / np.where(empty, 1, whole))
    return value


@dataclass(frozen=True, eq=False)
class TauForm:
    """Kendall's tau-b over the cells of a pair's table, sorted by first, then second."""

    first: IntArray
    second: IntArray

    @property
    def shape(self) -> tuple[int, int]:
        return int(self.first.max()) + 1, int(self.second.max()) + 1

    @property
    def n_values(self) -> int:
        rows, columns = self.shape
        return rows * columns

    @property
    def n_steps(self) -> int:
        return len(self.first) * len(self.first).bit_length()

    def value(self, weights: FloatArray) -> FloatArray:
        table = np.zeros((*weights.shape[:-1], *self.shape))
        table[..., self.first, self.second] = weights
        above = np.cumsum(table, axis=-2) - table
        left = np.cumsum(above, axis=-1) - above
        right = above.sum(axis=-1)[..., None] - left - above
        balance = (table * (left - right)).sum(axis=(-1, -2))
        x, y = self._rankings(weights)
        return _divided(balance, np.sqrt(x.untied * y.untied))

    def leave_one_out(self, weights: FloatArray) -> FloatArray:
        x, y = self._rankings(weights)
        order = concordance(self.first, self.second, weights)
        untied = (x.untied - x.apart) * (y.untied - y.apart)
        return _divided(weights @ order / 2 - order, np.sqrt(untied))

    def influence(self, weights: FloatArray) -> FloatArray:
        x, y = self._rankings(weights)
        order = concordance(self.first, self.second, weights)
        size = np.sqrt(x.untied * y.untied)
        shrinking = x.apart / x.untied + y.apart / y.untied
        influence: FloatArray = order / size - weights @ order / size * shrinking / 4
        return influence

    def _rankings(self, weights: FloatArray) -> tuple[Ranking, Ranking]:
        return Ranking.of(self.first, weights), Ranking.of(self.second, weights)


@dataclass(frozen=True, eq=False)
class ConcordanceForm:
    """Kendall's W over complete patterns of value codes, shape (n_patterns, n_raters)."""

    codes: IntArray
    ties: bool

    @property
    def n_values(self) -> int:
        return len(self.codes)

    @property
    def n_steps(self) -> int:
        n: int = len(self.codes)
        n_pairs: int = self.codes.shape[1] * (self.codes.shape[1] - 1) // 2
        return n * n.bit_length() * n_pairs

    def value(self, weights: FloatArray) -> FloatArray:
        rankings = self._rankings(weights)
        n = weights.sum(axis=-1)
        spread = (weights * self._totals(rankings) ** 2).sum(axis=-1)
        return _divided(spread, self._most([x.spread for x in rankings], n))

    def leave_one_out(self, weights: FloatArray) -> FloatArray:
        rankings = self._rankings(weights)
        n, totals = weights.sum(), self._totals(rankings)
        moved = sum(x.above_less_below(weights * totals) for x in rankings)
        spread = weights @ totals**2 - totals**2 - moved + self._squares(weights, rankings) / 4
        return _divided(spread, self._most([x.spread_left_out for x in rankings], n - 1))

    def influence(self, weights: FloatArray) -> FloatArray:
        rankings = self._rankings(weights)
        n, totals = weights.sum(), self._totals(rankings)
        slope = totals**2 + sum(x.above_less_below(weights * totals) for x in rankings)
        most = self._most([x.spread for x in rankings], n)
        k = len(rankings)
        by_ties = k * np.sum([x.spread_slope for x in rankings], axis=0)
        most_slope = by_ties if self.ties else k**2 * (3 * n**2 - 1) / 12
        influence: FloatArray = (slope - weights @ totals**2 / most * most_slope) / most
        return influence

    def _rankings(self, weights: FloatArray) -> list[Ranking]:
        return [Ranking.of(codes, weights) for codes in self.codes.T]

    def _totals(self, rankings: list[Ranking]) -> FloatArray:
        """Rank totals of the patterns, measured from their mean."""
        return np.sum([x.of_cells for x in rankings], axis=0)

    def _most(self, spreads: list[FloatArray], n: Total) -> FloatArray:
        """The spread of rank totals if all raters ranked alike."""
        k = len(spreads)
        if self.ties:
            return k * np.sum(spreads, axis=0)
        return np.asarray(k**2 * (n**3 - n) / 12)

    def _squares(self, weights: FloatArray, rankings: list[Ranking]) -> FloatArray:
        """Sum of squares of what leaving out one unit moves rank totals by, times 4.

        The signs of `Ranking`, summed over raters: their squares say whom a rater
        tells apart, their products how far two raters order units alike.
        """
        if len(self.codes) <= FEW_CELLS:
            by_rater = np.ascontiguousarray(self.codes.T)
            signs = np.sign(by_rater[:, None, :] - by_rater[:, :, None]).sum(axis=0)
            few: FloatArray = signs**2 @ weights
            return few
        squares = np.sum([x.apart for x in rankings], axis=0)
        for first, second in combinations(self.codes.T, 2):
            span = int(second.max()) + 1
            cells, of_pattern = np.unique(first * span + second, return_inverse=True)
            in_cells = np.bincount(of_pattern, weights)
            squares += 2 * concordance(cells // span, cells % span, in_cells)[of_pattern]
        return squares
