"""Coefficients that tell the raters apart: Conger's kappa, means over pairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from .agreement import mean_pair_agreement, weights_name
from .counting import counted
from .data import Patterns, unsuitable_weights
from .distances import Weights, product_with, weight_matrix
from .inference import (
    DEFAULT_INTERVAL,
    Interval,
    Resampled,
    Sums,
    UnitSums,
    fixed_pairs,
    infer,
)
from .kappa import indices, kappa_of_sums, own_margins, with_paradox
from .multirater import corrected
from .ratings import MOST_POINTS, IntArray, Ratings, TooManyValuesError
from .results import Caution, Estimate, Undefined

FloatArray = NDArray[np.float64]


def conger_kappa(
    ratings: Ratings,
    weights: str | ArrayLike = Weights.IDENTITY,
    *,
    interval: Interval = DEFAULT_INTERVAL,
) -> Estimate:
    r"""Conger's kappa: Cohen's chance term, averaged over all rater pairs.

    .. math:: p_e = \frac{1}{r(r-1)} \sum_{g \ne h} \sum_{kl} w_{kl} p_{gk} p_{hl}

    Parameters
    ----------
    ratings : Ratings
        Any number of raters, any gaps; each rater's shares come from the units
        that rater rated.
    weights : str or array_like, shape (n_points, n_points)
        A name of `Weights`, or agreement weights.

    Returns
    -------
    Estimate
        At most 1; with terms p_o, p_e and, on two points, prevalence_index and
        bias_index (means over rater pairs). Two raters without gaps: Cohen's kappa.
        Undefined as `fleiss_kappa`.

    References
    ----------
    .. [1] A. J. Conger (1980), "Integration and generalization of kappas for
       multiple raters", Psychological Bulletin 88(2), 322-328.
       doi:10.1037/0033-2909.88.2.322
    .. [2] K. L. Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed.

    Examples
    --------
    >>> ratings = Ratings.from_long(list("aabbccdd"), list("xyxyxyxy"), list("11122211"))
    >>> round(conger_kappa(ratings).value, 3)
    0.5
    """
    labels: dict[str, Any] = {
        "counts": ratings.evidence(),
        "interval": interval,
        "coefficient": "conger_kappa",
        "level": ratings.level.value,
        "weights": weights_name(weights),
    }
    reason = comparison_of_raters(ratings, weights)
    if reason is not None:
        return infer(None, undefined=reason, **labels)
    try:
        require_few_points(ratings)
        sums, terms = _conger_sums(ratings, weight_matrix(weights, ratings.points))
    except TooManyValuesError:
        return infer(None, undefined=Undefined.TOO_MANY_VALUES, **labels)
    units = ratings.by_rater_pattern
    estimate = infer(sums, undefined=None, terms=terms, units=units, **labels)
    return with_paradox(estimate)


def comparison_of_raters(
    ratings: Ratings, weights: str | ArrayLike = Weights.IDENTITY
) -> Undefined | None:
    """Why raters cannot be compared, if so."""
    if ratings.n_ratings == 0:
        return Undefined.NO_DATA
    if int(ratings.ratings_per_unit.max()) < 2:
        return Undefined.NO_PAIRABLE_UNITS
    reason = unsuitable_weights(weights, ratings.points, has_order=ratings.has_order)
    if reason is not None:
        return reason
    if int(ratings.values.min()) == int(ratings.values.max()):
        return Undefined.NO_VARIATION
    return None


def require_few_points(ratings: Ratings) -> None:
    """Refuse scales whose weights, square in the number of points, are too large.

    Raises
    ------
    TooManyValuesError
        The scale has more than `MOST_POINTS` points.
    """
    if len(ratings.points) > MOST_POINTS:
        raise TooManyValuesError(f"{len(ratings.points)} points")


def _conger_sums(
    ratings: Ratings, weights: FloatArray
) -> tuple[UnitSums, tuple[tuple[str, float], ...]]:
    """Sums: agreement, comparability, then each rater's use of each point."""
    codes, frequencies = ratings.rater_patterns
    n_raters, n_points = ratings.n_raters, len(ratings.points)
    credited = product_with(weights)
    rows = _conger_rows(codes, weights)

    def parts(sums: Sums) -> tuple[Sums, Sums]:
        chosen = sums[..., 2:].reshape(*sums.shape[:-1], n_raters, n_points)
        rated = chosen.sum(axis=-1)
        active = np.real(rated) > 0.5
        shares = chosen / np.where(active, rated, 1)[..., None]
        pooled = shares.sum(axis=-2)
        own = (credited(shares) * shares).sum(axis=(-1, -2))
        n_active = active.sum(axis=-1)
        crossed = (pooled * credited(pooled)).sum(axis=-1) - own
        return sums[..., 0] / sums[..., 1], crossed / (n_active * (n_active - 1))

    def conger(sums: Sums) -> Sums:
        return corrected(*parts(sums))

    compared = ((codes >= 0).sum(axis=1) >= 2).astype(np.float64)
    unit_sums = UnitSums(rows, frequencies, conger, compared=compared)
    held = fixed_pairs(compared, frequencies, unit_sums.value())
    unit_sums = replace(unit_sums, as_gwet=held)
    p_o, p_e = parts(unit_sums.totals)
    terms = {"p_o": float(p_o), "p_e": float(p_e)}
    if n_points == 2:
        terms |= _indices(unit_sums.totals[2:].reshape(n_raters, 2))
    return unit_sums, tuple(terms.items())


def _indices(chosen: FloatArray) -> dict[str, float]:
    """Prevalence and bias index, mean over rater pairs; each rater's use of two points."""
    shares = chosen / chosen.sum(axis=1, keepdims=True)
    pairs = [indices(first, second) for first, second in combinations(shares, 2)]
    return {name: float(np.mean([pair[name] for pair in pairs])) for name in pairs[0]}


# Below this size a sparse table costs more to set up than it saves.
_FEW_CHOICES = 100_000


def _conger_rows(codes: IntArray, weights: FloatArray) -> FloatArray | sparse.csr_array:
    """Agreement and comparability, then a column a rater and point: 1 where chosen."""
    (n_patterns, n_raters), n_points = codes.shape, len(weights)
    patterns = Patterns(counted(codes, n_points), np.ones(n_patterns), tuple(range(n_points)))
    agreement = np.column_stack(mean_pair_agreement(patterns, weights))
    pattern, rater = np.nonzero(codes >= 0)
    columns = rater * n_points + codes[pattern, rater]
    if n_patterns * n_raters * n_points <= _FEW_CHOICES:
        choices = np.zeros((n_patterns, n_raters * n_points))
        choices[pattern, columns] = 1
        return np.hstack([agreement, choices])
    shape = n_patterns, n_raters * n_points
    marks = sparse.csr_array((np.ones(len(pattern)), (pattern, columns)), shape=shape)
    return sparse.hstack([sparse.csr_array(agreement), marks]).tocsr()


@dataclass(frozen=True, eq=False)
class PairSums:
    """One rater pair: its sums, and which of its rows each unit pattern shows.

    `row_of` has shape (n_patterns,), -1 where the pair did not both rate.
    """

    sums: Resampled
    row_of: IntArray

    @property
    def cells(self) -> sparse.csr_array:
        """Which row of the pair each pattern shows, shape (n_patterns, n_rows)."""
        shown = np.flatnonzero(self.row_of >= 0)
        places = (np.ones(len(shown)), (shown, self.row_of[shown]))
        return sparse.csr_array(places, shape=(len(self.row_of), len(self.sums.frequencies)))


@dataclass(frozen=True, eq=False)
class MeanOfPairs:
    """The plain mean of a coefficient over rater pairs, with whole units resampled.

    Leaving a unit out changes each pair by its own leave-one-out difference, so
    nothing is computed per unit and pair that is not already known per pair.
    """

    pairs: tuple[PairSums, ...]
    frequencies: FloatArray
    bounds: tuple[float, float] = (-1.0, 1.0)
    strata: IntArray | None = None

    @property
    def n_row_values(self) -> int:
        """Numbers that the largest pair has to go through."""
        return max(pair.sums.n_row_values for pair in self.pairs)

    def value(self) -> float:
        """The mean, NaN when a pair is undefined."""
        return float(np.mean([pair.sums.value() for pair in self.pairs]))

    def leave_one_out(self) -> FloatArray:
        """The mean without one unit of each pattern."""
        left_out = np.full(len(self.frequencies), self.value())
        for pair in self.pairs:
            change = pair.sums.leave_one_out() - pair.sums.value()
            left_out += self._spread(pair, change)
        return left_out

    def influence(self) -> FloatArray:
        """Derivative of the mean by the weight of a unit."""
        influence = np.zeros(len(self.frequencies))
        for pair in self.pairs:
            influence += self._spread(pair, pair.sums.influence())
        return influence

    def draw(self, frequencies: FloatArray) -> FloatArray:
        """Means under other frequencies, given in shape (n_draws, n_patterns)."""
        values = np.zeros(len(frequencies))
        for pair in self.pairs:
            values += pair.sums.draw(np.asarray(frequencies @ pair.cells))
        return values / len(self.pairs)

    def gathered(self, compositions: sparse.csr_array, frequencies: FloatArray) -> MeanOfPairs:
        """The same mean over groups of units; see `Resampled`."""
        each = np.arange(len(frequencies))
        pairs = tuple(
            PairSums(pair.sums.gathered(compositions @ pair.cells, frequencies), each)
            for pair in self.pairs
        )
        return MeanOfPairs(pairs, frequencies, self.bounds)

    def _spread(self, pair: PairSums, per_row: FloatArray) -> FloatArray:
        shown = pair.row_of >= 0
        spread: FloatArray = np.where(shown, per_row[pair.row_of], 0.0) / len(self.pairs)
        return spread


# Sums of one pair from the cells of its table: first's codes, second's, units.
PairForm = Callable[[IntArray, IntArray, FloatArray], Resampled]


# Points on each side of a pair's table.
_MOST_TABLE_POINTS = 1000


def light_kappa(
    ratings: Ratings,
    weights: str | ArrayLike = Weights.IDENTITY,
    *,
    interval: Interval = DEFAULT_INTERVAL,
) -> Estimate:
    """Light's kappa: the plain mean of Cohen's kappa over all rater pairs.

    Each pair uses the units both rated. Pairs that share no unit, and pairs
    whose kappa is undefined, are left out (with a caution); undefined when no
    pair is left.

    References
    ----------
    .. [1] R. J. Light (1971), "Measures of response agreement for qualitative
       data", Psychological Bulletin 76(5), 365-377. doi:10.1037/h0031643

    Examples
    --------
    >>> ratings = Ratings.from_long(list("aabbccdd"), list("xyxyxyxy"), list("11122211"))
    >>> round(light_kappa(ratings).value, 3)
    0.5
    """
    reason = comparison_of_raters(ratings, weights)
    if reason is None and len(ratings.points) > _MOST_TABLE_POINTS:
        reason = Undefined.TOO_MANY_VALUES
    scale = ratings.points if reason is None else ()
    disagreement = 1 - weight_matrix(weights, scale)
    kappa = kappa_of_sums(disagreement, own_margins)
    marks = np.eye(len(scale))

    def form(first: IntArray, second: IntArray, frequencies: FloatArray) -> UnitSums:
        rows = np.column_stack([disagreement[first, second], marks[first], marks[second]])
        return UnitSums(rows, frequencies, kappa)

    return mean_over_pairs(
        "light_kappa",
        ratings,
        form,
        reason,
        interval,
        weights=weights_name(weights),
    )


def mean_over_pairs(
    name: str,
    ratings: Ratings,
    form: PairForm,
    reason: Undefined | None,
    interval: Interval,
    *,
    weights: str | None = None,
) -> Estimate:
    """The mean of a pair coefficient; `form` makes its sums from two value codes."""
    labels: dict[str, Any] = {
        "interval": interval,
        "coefficient": name,
        "level": ratings.level.value,
        "weights": weights,
    }
    if reason is not None:
        return infer(None, undefined=reason, counts=ratings.evidence(), **labels)
    try:
        overlaps = ratings.once(Overlaps.of)
    except TooManyValuesError:
        reason = Undefined.TOO_MANY_VALUES
        return infer(None, undefined=reason, counts=ratings.evidence(), **labels)
    frequencies = overlaps.frequencies
    pairs = [
        PairSums(form(both.first, both.second, both.frequencies), both.row_of)
        for both in overlaps.pairs
    ]
    defined = tuple(pair for pair in pairs if np.isfinite(pair.sums.value()))
    counts = ratings.evidence(n_units=int(frequencies.sum()))
    if not defined:
        return infer(None, undefined=Undefined.NO_VARIATION, counts=counts, **labels)
    units = ratings.by_rater_pattern.kept(overlaps.shared)
    estimate = infer(
        MeanOfPairs(defined, frequencies), undefined=None, counts=counts, units=units, **labels
    )
    dropped = len(defined) < len(pairs)
    return estimate.with_warnings(Caution.PAIRS_UNDEFINED) if dropped else estimate


@dataclass(frozen=True, eq=False)
class PairCells:
    """What two raters said of the units both rated, each combination once.

    Attributes
    ----------
    first, second : ndarray of int, shape (n_cells,)
        Value codes, sorted by the first, then the second.
    frequencies : ndarray of float, shape (n_cells,)
        Units in each cell.
    row_of : ndarray of int, shape (n_patterns,)
        Cell that each pattern shows, -1 where they did not both rate.
    """

    first: IntArray
    second: IntArray
    frequencies: FloatArray
    row_of: IntArray

    @classmethod
    def of(cls, first: IntArray, second: IntArray, frequencies: FloatArray) -> PairCells:
        """From the codes of all patterns, below zero where a rater did not rate."""
        both = (first >= 0) & (second >= 0)
        span = int(second.max()) + 1
        cells, shown = np.unique(first[both] * span + second[both], return_inverse=True)
        weights = np.bincount(shown, weights=frequencies[both])
        row_of = np.full(len(both), -1, dtype=np.int64)
        row_of[both] = shown
        return cls(cells // span, cells % span, weights, row_of)


@dataclass(frozen=True, eq=False)
class Overlaps:
    """Units that two raters or more have rated, and what each pair of raters shares.

    Attributes
    ----------
    shared : ndarray of bool, shape (n_rater_patterns,)
        Whether a pattern holds two ratings.
    frequencies : ndarray of float, shape (n_patterns,)
        Units showing each pattern that does.
    pairs : tuple of PairCells
        One for each rater pair with a unit in common.
    """

    shared: NDArray[np.bool_]
    frequencies: FloatArray
    pairs: tuple[PairCells, ...]

    @classmethod
    def of(cls, ratings: Ratings) -> Overlaps:
        codes, frequencies = ratings.rater_patterns
        rated = codes >= 0
        shared = rated.sum(axis=1) >= 2
        codes, frequencies, rated = codes[shared], frequencies[shared], rated[shared]
        together = rated.T.astype(np.float64) @ rated.astype(np.float64)
        by_rater = np.ascontiguousarray(codes.T)
        pairs = (
            PairCells.of(by_rater[a], by_rater[b], frequencies)
            for a, b in combinations(range(len(by_rater)), 2)
            if together[a, b] > 0
        )
        return cls(shared, frequencies, tuple(pairs))
