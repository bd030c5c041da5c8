"""How severe or lenient each rater is, fairly in designs with gaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats

from .data import Level, PairTable, Patterns, has_numbers, scale_values
from .results import Undefined

FloatArray = NDArray[np.float64]
PairTables = Mapping[tuple[Any, Any], PairTable]

_NUMERIC = {Level.ORDINAL, Level.INTERVAL, Level.RATIO, Level.BIPOLAR}


@dataclass(frozen=True, kw_only=True)
class RaterSeverity:
    """How far a rater's ratings lie from those of the others on shared units.

    Attributes
    ----------
    rater
        As in the keys of the tables.
    n_compared
        Ratings of others that the rater's own were compared with.
    value
        Scale units; above zero the rater gives higher values. Sums to zero
        over the raters of a group.
    se, ci_low, ci_high
        None where no degrees of freedom are left.
    group
        Raters of different groups share no unit, directly or through others;
        their values cannot be compared.
    undefined
        Why there is no value.
    """

    rater: Any
    n_compared: int
    value: float | None = None
    se: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    confidence: float = 0.95
    group: int = 0
    undefined: Undefined | None = None


def rater_severity(
    patterns: Patterns, tables: PairTables, *, confidence: float = 0.95
) -> list[RaterSeverity]:
    r"""Each rater's mean difference from the others, by least squares.

    .. math:: \min_b \sum_{i<j} n_{ij} (\bar d_{ij} - (b_i - b_j))^2, \quad \sum_i b_i = 0

    A plain mean of differences would call a rater severe for sharing units
    with lenient ones; fitting all pair differences at once does not. In a
    complete design :math:`b_i` is the rater's mean minus the grand mean.

    Parameters
    ----------
    patterns : Patterns
        The same ratings; they tell the residual variance and the number of
        ratings per unit.
    tables : mapping of (rater, rater) to PairTable
        Every pair that shares a unit. Numbers count as they are, ordered words
        by position.
    confidence : float
        Of the t intervals, with ratings - units - raters + groups degrees of
        freedom. The standard error assumes equal residual variance; it is
        exact where all units have the same number of ratings, and uses the
        mean (weighted by pairs) where they have not.

    Returns
    -------
    list of RaterSeverity
        In order of first appearance. Undefined for scales without order; empty
        where no two raters share a unit.

    References
    ----------
    .. [1] S. R. Searle, G. Casella, C. E. McCulloch (1992), Variance
       Components, chapter 5, Wiley. doi:10.1002/9780470316856

    Examples
    --------
    The second rater gives one point more, on all but one of four units:

    >>> table = PairTable([[0, 3], [0, 1]], points=(1, 2), level="interval")
    >>> both = rater_severity(table.patterns(), {("a", "b"): table})
    >>> [(one.rater, round(one.value, 3)) for one in both]
    [('a', -0.375), ('b', 0.375)]
    """
    reason = without_order(patterns)
    if reason is not None:
        raters = dict.fromkeys(rater for pair in tables for rater in pair)
        return [RaterSeverity(rater=rater, n_compared=0, undefined=reason) for rater in raters]
    if not tables:
        return []
    meetings = Meetings.of(tables, scale_values(patterns.points)[:, None])
    values, groups = meetings.effects[:, 0], meetings.groups
    ses, df = _standard_errors(patterns, meetings)
    reach = stats.t.ppf((1 + confidence) / 2, df) * ses if df > 0 else None
    return [
        RaterSeverity(
            rater=rater,
            n_compared=int(meetings.shared[at].sum()),
            value=float(values[at]),
            se=float(ses[at]) if reach is not None else None,
            ci_low=float(values[at] - reach[at]) if reach is not None else None,
            ci_high=float(values[at] + reach[at]) if reach is not None else None,
            confidence=confidence,
            group=int(groups[at]),
        )
        for at, rater in enumerate(meetings.raters)
    ]


def without_order(patterns: Patterns) -> Undefined | None:
    """Why differences on this scale mean nothing, if so."""
    if patterns.n_units == 0:
        return Undefined.NO_DATA
    if patterns.level not in _NUMERIC:
        return Undefined.NEEDS_ORDER
    if patterns.level is not Level.ORDINAL and not has_numbers(patterns.points):
        return Undefined.NEEDS_NUMBERS
    return None if patterns.has_order else Undefined.NEEDS_ORDER


@dataclass(frozen=True, eq=False)
class Meetings:
    """What rater pairs say about rater effects.

    Attributes
    ----------
    raters : tuple
        In order of first appearance.
    shared : ndarray, shape (n_raters, n_raters)
        Units both rated, zero on the diagonal.
    advance : ndarray, shape (n_raters, n_coordinates)
        The rater's values minus those of the others, summed over shared units.
    """

    raters: tuple[Any, ...]
    shared: FloatArray
    advance: FloatArray

    @classmethod
    def of(cls, tables: PairTables, coordinates: FloatArray) -> Meetings:
        """From tables whose points have the given coordinates, shape (n_points, d)."""
        raters = tuple(dict.fromkeys(rater for pair in tables for rater in pair))
        place = {rater: at for at, rater in enumerate(raters)}
        pairs = np.array([(place[one], place[other]) for one, other in tables]).reshape(-1, 2)
        first, second = pairs.T
        rows = np.array([table.counts.sum(axis=1) for table in tables.values()])
        columns = np.array([table.counts.sum(axis=0) for table in tables.values()])
        apart = (rows - columns).reshape(len(pairs), -1) @ coordinates
        shared = np.zeros((len(raters), len(raters)))
        shared[first, second] = shared[second, first] = rows.reshape(len(pairs), -1).sum(axis=1)
        advance = np.zeros((len(raters), coordinates.shape[1]))
        np.add.at(advance, first, apart)
        np.subtract.at(advance, second, apart)
        return cls(raters, shared, advance)

    @cached_property
    def inverse(self) -> FloatArray:
        """Pseudoinverse of the normal equations: only differences are known.

        Their null space is known too, one constant for each group, so a plain
        inverse does, many times faster than a decomposition.
        """
        equations = np.diag(self.shared.sum(axis=1)) - self.shared
        same_group = self.groups[:, None] == self.groups
        constants = same_group / same_group.sum(axis=1)
        # On the scale of the equations, so that rounding stays relative to them.
        scale = max(1.0, float(np.trace(equations)) / max(1, len(equations)))
        inverse: FloatArray = np.linalg.inv(equations + scale * constants) - constants / scale
        return inverse

    @cached_property
    def effects(self) -> FloatArray:
        """Least squares rater effects, shape (n_raters, n_coordinates).

        The pseudoinverse picks those that sum to zero in each group.
        """
        effects: FloatArray = self.inverse @ self.advance
        return effects

    @cached_property
    def groups(self) -> NDArray[np.int64]:
        """The group of each rater; raters of two groups never meet."""
        _, labels = sparse.csgraph.connected_components(
            sparse.csr_array(self.shared), directed=False
        )
        return np.asarray(labels, dtype=np.int64)

    @property
    def n_groups(self) -> int:
        return int(self.groups.max()) + 1 if len(self.raters) else 0


def ratings_per_pair(patterns: Patterns) -> float:
    """Ratings on the unit of a rater pair, on average over pairs."""
    m, units = patterns.ratings_per_unit, patterns.frequencies
    return float((units @ (m**2 * (m - 1))) / (units @ (m * (m - 1))))


def within_variance(patterns: Patterns, coordinates: FloatArray) -> float:
    """Variance of ratings of one unit: rater plus residual."""
    m = patterns.ratings_per_unit
    totals = patterns.counts @ coordinates
    squares = patterns.counts @ (coordinates**2).sum(axis=1)
    inside = squares - (totals**2).sum(axis=1) / m
    return float(patterns.frequencies @ inside / (patterns.frequencies @ (m - 1)))


def _standard_errors(patterns: Patterns, meetings: Meetings) -> tuple[FloatArray, int]:
    """Standard errors of the effects and their degrees of freedom."""
    n_units, n_raters = patterns.pairable.n_units, len(meetings.raters)
    df = patterns.pairable.n_ratings - n_units - n_raters + meetings.n_groups
    if df <= 0:
        return np.zeros(n_raters), 0
    coordinates = scale_values(patterns.points)[:, None]
    size = ratings_per_pair(patterns)
    within = within_variance(patterns, coordinates) * (patterns.pairable.n_ratings - n_units)
    explained = float((meetings.effects * meetings.advance).sum()) / size
    residual = max(0.0, within - explained) / df
    spread = np.clip(np.diag(meetings.inverse), 0, None)
    return np.sqrt(residual * size * spread), df
