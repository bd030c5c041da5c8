"""Kappas of one rater pair, from the table that crosses their points."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .agreement import weights_name
from .data import PairTable, unsuitable_weights
from .distances import Weights, weight_matrix
from .inference import DEFAULT_INTERVAL, Interval, Sums, UnitSums, infer
from .results import Caution, Estimate, Undefined

FloatArray = NDArray[np.float64]

# Observed agreement at least this high beside a kappa at most that low: the
# paradox of Feinstein and Cicchetti (1990), doi:10.1016/0895-4356(90)90158-L.
PARADOX_AGREEMENT, PARADOX_KAPPA = 0.8, 0.4


def cohen_kappa(
    table: PairTable,
    weights: str | ArrayLike = Weights.IDENTITY,
    *,
    interval: Interval = DEFAULT_INTERVAL,
) -> Estimate:
    r"""Cohen's kappa of two raters, weighted or not.

    .. math:: \kappa_w = \frac{p_o - p_e}{1 - p_e}, \quad
              p_o = \sum_{kl} w_{kl} p_{kl}, \quad
              p_e = \sum_{kl} w_{kl} p_{k+} p_{+l}

    Parameters
    ----------
    table : PairTable
        Units that both rated.
    weights : str or array_like, shape (n_points, n_points)
        A name of `Weights`, or agreement weights, one on the diagonal.

    Returns
    -------
    Estimate
        At most 1; with terms p_o, p_e, and what explains a low value beside a
        high p_o: without weights max_kappa, the most that the margins allow; on
        two points prevalence_index and bias_index. Undefined without units, and
        when both raters used one and the same point throughout.

    References
    ----------
    .. [1] J. Cohen (1960), "A coefficient of agreement for nominal scales",
       Educational and Psychological Measurement 20(1), 37-46.
       doi:10.1177/001316446002000104
    .. [2] J. Cohen (1968), "Weighted kappa", Psychological Bulletin 70(4),
       213-220. doi:10.1037/h0026256

    Examples
    --------
    Artstein and Poesio (2008), table 1:

    >>> table = PairTable([[20, 20], [10, 50]], points=("stat", "ireq"))
    >>> round(cohen_kappa(table).value, 3)
    0.348
    """
    return pair_kappa("cohen_kappa", table, weights, own_margins, interval)


def scott_pi(
    table: PairTable,
    weights: str | ArrayLike = Weights.IDENTITY,
    *,
    interval: Interval = DEFAULT_INTERVAL,
) -> Estimate:
    r"""Scott's pi of two raters: chance from the pooled use of each point.

    .. math:: p_e = \sum_{kl} w_{kl} \bar p_k \bar p_l, \quad
              \bar p_k = (p_{k+} + p_{+k}) / 2

    Parameters, result and undefined cases are those of `cohen_kappa`.

    References
    ----------
    .. [1] W. A. Scott (1955), "Reliability of content analysis", Public
       Opinion Quarterly 19(3), 321-325. doi:10.1086/266577

    Examples
    --------
    >>> table = PairTable([[20, 20], [10, 50]], points=("stat", "ireq"))
    >>> round(scott_pi(table).value, 3)
    0.341
    """
    return pair_kappa("scott_pi", table, weights, _pooled_margins, interval)


Chance = Callable[[Sums, Sums, FloatArray], Sums]


def own_margins(first: Sums, second: Sums, disagreement: FloatArray) -> Sums:
    expected: Sums = ((first @ disagreement) * second).sum(axis=-1)
    return expected


def _pooled_margins(first: Sums, second: Sums, disagreement: FloatArray) -> Sums:
    mean = (first + second) / 2
    return own_margins(mean, mean, disagreement)


def pair_kappa(
    name: str,
    table: PairTable,
    weights: str | ArrayLike,
    chance: Chance,
    interval: Interval,
) -> Estimate:
    """A chance-corrected coefficient of two raters, by its chance term."""
    matrix = weight_matrix(weights, table.points)
    disagreement = 1 - matrix
    sums = UnitSums(*cell_rows(table, disagreement), kappa_of_sums(disagreement, chance))
    reason = nothing_shared(table, weights)
    estimate = infer(
        sums,
        undefined=reason,
        counts=table.evidence(),
        interval=interval,
        units=table.occupied,
        coefficient=name,
        level=table.level.value,
        weights=weights_name(weights),
        terms=() if reason else _terms(table, matrix, chance),
    )
    return with_paradox(estimate)


def kappa_of_sums(disagreement: FloatArray, chance: Chance) -> Callable[[Sums], Sums]:
    """Kappa as a function of sums laid out as in `cell_rows`."""
    n_points = len(disagreement)

    def kappa(sums: Sums) -> Sums:
        first, second = sums[..., 1 : 1 + n_points], sums[..., 1 + n_points :]
        n = first.sum(axis=-1)
        expected = chance(first, second, disagreement) / np.where(n == 0, 1, n)
        # Whole counts: without expected disagreement this is exactly zero.
        empty = np.real(expected) == 0
        value: Sums = np.where(empty, np.nan, 1 - sums[..., 0] / np.where(empty, 1, expected))
        return value

    return kappa


def nothing_shared(table: PairTable, weights: str | ArrayLike) -> Undefined | None:
    """Why two raters cannot be compared, if so."""
    counts = table.evidence()
    if counts.n_ratings == 0:
        return Undefined.NO_DATA
    if counts.n_units == 0:
        return Undefined.NO_PAIRABLE_UNITS
    return unsuitable_weights(weights, table.points, has_order=table.has_order)


def cell_rows(table: PairTable, disagreement: FloatArray) -> tuple[FloatArray, FloatArray]:
    """One row for each occupied cell: disagreement, first's point, second's point."""
    first, second = np.nonzero(table.counts)
    marks = np.eye(len(table.points))
    rows = np.column_stack([disagreement[first, second], marks[first], marks[second]])
    return rows, table.counts[first, second]


def _terms(table: PairTable, weights: FloatArray, chance: Chance) -> tuple[tuple[str, float], ...]:
    p = table.counts / table.n_units
    p_o = (p * weights).sum()
    first, second = p.sum(axis=1), p.sum(axis=0)
    p_e = 1 - chance(first, second, 1 - weights)
    terms = {"p_o": float(p_o), "p_e": float(p_e)}
    if len(p) == 2:
        terms |= indices(first, second)
    if p_e < 1 and np.array_equal(weights, np.eye(len(p))):
        terms["max_kappa"] = float((np.minimum(first, second).sum() - p_e) / (1 - p_e))
    return tuple(terms.items())


def indices(first: FloatArray, second: FloatArray) -> dict[str, float]:
    """Prevalence and bias of two raters' shares of two points, as sizes, 0 to 1.

    References
    ----------
    .. [1] T. Byrt, J. Bishop, J. B. Carlin (1993), "Bias, prevalence and kappa",
       Journal of Clinical Epidemiology 46(5), 423-429.
       doi:10.1016/0895-4356(93)90018-V
    """
    prevalence = abs(first[0] + second[0] - first[1] - second[1]) / 2
    return {"prevalence_index": float(prevalence), "bias_index": float(abs(first[0] - second[0]))}


def with_paradox(estimate: Estimate) -> Estimate:
    """Flag high agreement beside a low coefficient, which prevalence can cause."""
    p_o, value = estimate.term("p_o"), estimate.value
    if p_o is None or value is None:
        return estimate
    if p_o >= PARADOX_AGREEMENT and value <= PARADOX_KAPPA:
        return estimate.with_warnings(Caution.HIGH_AGREEMENT_LOW_KAPPA)
    return estimate
