"""Who wins: Bradley and Terry's abilities from paired comparisons, with ties."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from .comparisons import Comparisons, IntArray, Item
from .errors import StatisticsError
from .inference import DEFAULT_INTERVAL, Interval, IntervalMethod, Sums, UnitSums, infer
from .results import Counts, Estimate, Undefined
from .units import UnitRows

FloatArray = NDArray[np.float64]

_MOST_STEPS = 100
_CONVERGED = 1e-11
_SETTLED = 1e-6
_LONGEST_STEP = 2.0
_SMALLEST = 1e-300
# Keeps a singular matrix solvable; it alters the way to the maximum, not the maximum.
_RIDGE = 1e-9
# Values of a block of information matrices held at once.
_BLOCK_VALUES = 4_000_000
# A log ability further out than this is on its way to infinity.
_DIVERGED = 50.0


class Ties(StrEnum):
    """What a tie counts for."""

    HALF = "half"
    DAVIDSON = "davidson"
    DROPPED = "dropped"


@dataclass(frozen=True, eq=False, kw_only=True)
class BradleyTerry:
    """Fitted abilities, or the reason why there are none.

    Attributes
    ----------
    items : tuple
        In the order of the comparisons.
    abilities : tuple of Estimate
        Log abilities with intervals, centred at zero or with the reference at
        zero. A difference of log 2 means winning twice as often as losing.
    tie : Estimate or None
        Davidson's log of nu, the readiness to tie; None when ties are not modelled
        or nobody tied.
    log_likelihood : float or None
        Ties counted as half a win each way enter with half their weight.
    """

    items: tuple[Item, ...]
    abilities: tuple[Estimate, ...]
    tie: Estimate | None
    log_likelihood: float | None
    ties: Ties
    undefined: Undefined | None = None

    @property
    def log_abilities(self) -> tuple[float | None, ...]:
        return tuple(each.value for each in self.abilities)


def bradley_terry(
    comparisons: Comparisons,
    *,
    ties: Ties | str = Ties.DAVIDSON,
    reference: Item | None = None,
    interval: Interval = DEFAULT_INTERVAL,
) -> BradleyTerry:
    r"""Log abilities by maximum likelihood; intervals leave out whole clusters.

    .. math:: P(i > j) = \frac{e^{\beta_i}}{e^{\beta_i} + e^{\beta_j} +
              \nu e^{(\beta_i + \beta_j)/2}}, \quad
              P(i = j) = \frac{\nu e^{(\beta_i + \beta_j)/2}}{\cdots}

    Parameters
    ----------
    comparisons : Comparisons
        Any design in which the items hang together.
    ties : Ties or str
        "davidson": ties have their own parameter :math:`\nu` (0 where nobody
        tied: Bradley and Terry's model); "half": a tie is half a win each way;
        "dropped": ties are left out.
    reference : optional
        The item at zero; without one the abilities have mean zero.
    interval : Interval
        The jackknife leaves out one cluster (or comparison) at a time;
        "linearized_t" is the sandwich variance.

    Returns
    -------
    BradleyTerry
        Undefined without comparisons ("no_data"), and where the likelihood has no
        maximum ("no_finite_abilities"): the items fall in two sets of which one
        never beat (or tied) the other, or (with Davidson's ties) all comparisons
        are ties but for wins that only go one way.

    Raises
    ------
    StatisticsError
        The reference is not among the items.

    References
    ----------
    .. [1] R. A. Bradley, M. E. Terry (1952), "Rank analysis of incomplete block
       designs", Biometrika 39(3/4), 324-345. doi:10.2307/2334029
    .. [2] R. R. Davidson (1970), "On extending the Bradley-Terry model to
       accommodate ties", Journal of the American Statistical Association 65(329),
       317-328. doi:10.1080/01621459.1970.10481082
    .. [3] L. R. Ford (1957), "Solution of a ranking problem from binary
       comparisons", American Mathematical Monthly 64(8), 28-33.
       doi:10.1080/00029890.1957.11989117

    Examples
    --------
    Citations among four journals of statistics (Stigler 1994):

    >>> wins = [[0, 730, 498, 221], [33, 0, 68, 17], [320, 813, 0, 142], [284, 276, 325, 0]]
    >>> journals = ("Biometrika", "Comm Statist", "JASA", "JRSS-B")
    >>> fit = bradley_terry(Comparisons.from_wins(wins, journals), reference="Biometrika")
    >>> [round(each, 3) for each in fit.log_abilities]
    [0.0, -2.949, -0.48, 0.269]
    """
    ties = Ties(ties)
    if reference is not None and reference not in comparisons.items:
        raise StatisticsError(f"no item is called {reference!r}")
    if ties is Ties.DROPPED:
        comparisons = comparisons.without_ties()
    zero = None if reference is None else comparisons.items.index(reference)
    reason = _why_undefined(comparisons)
    model = None if reason else _Model.of(comparisons, ties)
    if model is not None and not model.has_maximum():
        reason, model = Undefined.NO_FINITE_ABILITIES, None
    return BradleyTerry(
        items=comparisons.items,
        abilities=tuple(
            _ability(comparisons, model, place, zero, reason, interval)
            for place in range(len(comparisons.items))
        ),
        tie=_tie(comparisons, model, interval),
        log_likelihood=model.log_likelihood() if model else None,
        ties=ties,
        undefined=reason,
    )


def _why_undefined(comparisons: Comparisons) -> Undefined | None:
    if comparisons.n_comparisons == 0:
        return Undefined.NO_DATA
    n_items = len(comparisons.items)
    tied = comparisons.outcomes == 2
    lost = comparisons.outcomes == 1
    winner = np.where(lost, comparisons.second, comparisons.first)
    loser = np.where(lost, comparisons.first, comparisons.second)
    over = np.concatenate([winner, loser[tied]])
    under = np.concatenate([loser, winner[tied]])
    beats = sparse.csr_array((np.ones(len(over)), (over, under)), shape=(n_items, n_items))
    parts, _ = connected_components(beats, directed=True, connection="strong")
    return Undefined.NO_FINITE_ABILITIES if parts > 1 else None


def _ability(
    comparisons: Comparisons,
    model: _Model | None,
    place: int,
    zero: int | None,
    reason: Undefined | None,
    interval: Interval,
) -> Estimate:
    """The log ability of one item against the reference, or against the mean."""
    if place == zero:  # zero by definition, which has no interval
        interval = Interval(IntervalMethod.NONE)
    weights = np.zeros(len(comparisons.items))
    weights[place] = 1
    if zero is None:
        weights -= 1 / len(weights)
    else:
        weights[zero] -= 1
    return infer(
        model.sums(weights) if model else None,
        undefined=reason,
        counts=_evidence(comparisons),
        interval=interval,
        units=model.units if model else None,
        coefficient="bradley_terry",
    )


def _tie(comparisons: Comparisons, model: _Model | None, interval: Interval) -> Estimate | None:
    if model is None or not model.has_ties:
        return None
    return infer(
        model.sums(None),
        undefined=None,
        counts=_evidence(comparisons),
        interval=interval,
        units=model.units,
        coefficient="davidson_log_nu",
    )


def _evidence(comparisons: Comparisons) -> Counts:
    n = comparisons.n_comparisons
    return Counts(n_units=n, n_ratings=n, n_pairable=n)


@dataclass(frozen=True, eq=False)
class _Model:
    """A multinomial logit: each pair of items has two or three outcomes.

    Attributes
    ----------
    features : ndarray of float, shape (n_pairs, n_outcomes, n_parameters)
        The log odds of an outcome are its features times the parameters: all
        abilities but the first, which is zero, then log nu where ties are modelled.
    rows : ndarray of float, shape (n_rows, n_pairs * n_outcomes)
        What one comparison of each distinct row adds to the counts of outcomes.
    frequencies : ndarray of float, shape (n_rows,)
    units : UnitRows or None
        Who shows which row, where comparisons come in clusters.
    """

    features: FloatArray
    rows: FloatArray
    frequencies: FloatArray
    units: UnitRows | None
    has_ties: bool
    n_items: int
    solved: dict[bytes, Sums] = field(default_factory=dict)

    @classmethod
    def of(cls, comparisons: Comparisons, ties: Ties) -> _Model:
        low = np.minimum(comparisons.first, comparisons.second)
        high = np.maximum(comparisons.first, comparisons.second)
        n_items, tied = len(comparisons.items), comparisons.outcomes == 2
        pairs, pair = np.unique(low * n_items + high, return_inverse=True)
        has_ties = ties is Ties.DAVIDSON and bool((comparisons.counts[tied] > 0).any())
        first_won = (comparisons.outcomes == 0) == (comparisons.first == low)
        ends = np.where(tied, 2, np.where(first_won, 0, 1))
        cells, row = np.unique(pair.ravel() * 3 + ends, return_inverse=True)
        units = None
        if comparisons.clusters is not None:
            units = UnitRows(lambda: row, comparisons.clusters, comparisons.counts)
        return cls(
            features=_features(pairs // n_items, pairs % n_items, n_items, has_ties=has_ties),
            rows=_rows(cells, len(pairs), has_ties=has_ties),
            frequencies=np.bincount(row, weights=comparisons.counts),
            units=units,
            has_ties=has_ties,
            n_items=n_items,
        )

    def sums(self, weights: FloatArray | None) -> UnitSums:
        """A weighted sum of abilities, or log nu, as a function of the outcomes."""

        def of_sums(sums: Sums) -> Sums:
            solution = self.solution(sums)
            if weights is None:
                return solution[..., -1]
            return solution[..., : self.n_items - 1] @ weights[1:]

        return UnitSums(self.rows, self.frequencies, of_sums, bounds=(-np.inf, np.inf))

    def solution(self, sums: Sums) -> Sums:
        """The parameters that maximise the likelihood of some counts, NaN where none do.

        Each ability asks about the same counts, so answers are kept.
        """
        key = sums.tobytes()
        if key not in self.solved:
            flat = sums.reshape(-1, sums.shape[-1])
            step = max(1, _BLOCK_VALUES // (self.features.size or 1))
            parts = [self._newton(flat[at : at + step]) for at in range(0, len(flat), step)]
            self.solved[key] = np.concatenate(parts).reshape(*sums.shape[:-1], -1)
        return self.solved[key]

    def _newton(self, counts: Sums) -> Sums:
        outcomes = counts.reshape(len(counts), *self.features.shape[:2])
        found = np.zeros((len(counts), self.features.shape[-1]), dtype=counts.dtype)
        change = np.ones_like(found)
        for _ in range(_MOST_STEPS):
            change = self._step(outcomes, found)
            found = found + change
            if np.abs(change[:, : self.n_items - 1]).max() < _CONVERGED:
                break
        lost = ~(np.abs(change) < _SETTLED) | ~(np.abs(found) < _DIVERGED)
        # Without one tie left log nu has no value, but the abilities do.
        lost[:, : self.n_items - 1] |= lost[:, : self.n_items - 1].any(axis=1, keepdims=True)
        return np.where(lost, np.nan, found)

    def _step(self, outcomes: Sums, parameters: Sums) -> Sums:
        """Newton's step, no longer than `_LONGEST_STEP` in any parameter."""
        chances = self._chances(parameters)
        shown = outcomes.sum(axis=-1, keepdims=True)
        n_parameters = parameters.shape[-1]
        flat = self.features.reshape(-1, n_parameters)
        slope = (outcomes - shown * chances).reshape(len(outcomes), -1) @ flat
        mean = np.einsum("bpo,pok->bpk", chances, self.features)
        weighted = (shown * chances).reshape(len(outcomes), -1, 1) * flat
        information = np.swapaxes(weighted, 1, 2) @ flat
        information = information - np.swapaxes(shown * mean, 1, 2) @ mean
        information = information + _RIDGE * np.eye(n_parameters)
        step: Sums = np.linalg.solve(information, slope[..., None])[..., 0]
        longest = np.abs(step).max(axis=-1, keepdims=True)
        return step * np.minimum(1, _LONGEST_STEP / np.maximum(longest, _LONGEST_STEP))

    def _chances(self, parameters: Sums) -> Sums:
        odds = np.einsum("bk,pok->bpo", parameters, self.features)
        odds = np.exp(odds - np.real(odds).max(axis=-1, keepdims=True))
        chances: Sums = odds / odds.sum(axis=-1, keepdims=True)
        return chances

    def has_maximum(self) -> bool:
        """Whether finite abilities and a finite nu maximise the likelihood.

        One win and some ties are likelier the larger nu and the distance are.
        """
        return bool(np.isfinite(self.solution(self.frequencies @ self.rows)).all())

    def log_likelihood(self) -> float:
        totals = self.frequencies @ self.rows
        chances = self._chances(self.solution(totals)[None, :])[0].ravel()
        return float(totals @ np.log(np.maximum(chances, _SMALLEST)))


def _features(low: IntArray, high: IntArray, n_items: int, *, has_ties: bool) -> FloatArray:
    abilities = np.eye(n_items)[:, 1:]
    first, second = abilities[low], abilities[high]
    if not has_ties:
        return np.stack([first, second], axis=1)
    three = np.stack([first, second, (first + second) / 2], axis=1)
    nu = np.broadcast_to(np.array([0.0, 0.0, 1.0])[:, None], (len(low), 3, 1))
    return np.concatenate([three, nu], axis=2)


def _rows(cells: IntArray, n_pairs: int, *, has_ties: bool) -> FloatArray:
    """Outcomes that one comparison adds; a tie not modelled is half a win each way."""
    pair, end = cells // 3, cells % 3
    rows = np.zeros((len(cells), n_pairs, 3 if has_ties else 2))
    decided = has_ties | (end != 2)
    rows[np.flatnonzero(decided), pair[decided], end[decided]] = 1
    rows[np.flatnonzero(~decided), pair[~decided], :] = 0.5
    return rows.reshape(len(cells), -1)
