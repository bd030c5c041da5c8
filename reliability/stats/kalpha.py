"""The bootstrap of the KALPHA macro, for comparison with what it prints."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .data import Patterns
from .inference import Interval, IntervalMethod
from .results import Caution, Estimate

FloatArray = NDArray[np.float64]

# Draws of a resample, at most, for each cell of the coincidence matrix in use.
_DRAWS_A_CELL = 25


def with_pair_limits(
    estimate: Estimate, pairable: Patterns, distance: FloatArray, interval: Interval
) -> Estimate:
    r"""Alpha with the interval of the pair bootstrap in KALPHA 3.0.

    .. math:: \alpha^* = 1 - \frac{1}{M D_e} \sum_{i=1}^M \delta_i^*, \quad
              P(\delta^* = \delta_{ck}) = o_{ck} / n, \quad
              M = \min\bigl(25 Q, \tfrac12 (m - 1) n\bigr)

    Differences are drawn from the coincidences o of n pairable values, Q of whose
    cells are not empty; m is the number of raters, whether or not they rate every
    unit. Draws below -1 count as -1. Draws of 1 become 0 where a resample may be
    without variation: all of them if only one value was ever agreed on, otherwise
    as many as the chance that all pairs agree on one value foretells.

    Differences that share a unit or a rating are drawn as if independent, the
    expected disagreement stays what it was, and M depends neither on the number of
    pairs that were compared nor, once 25 Q is reached, on the number of units. So
    the interval may be too narrow or far too wide (see docs/statistics.md): it is
    here to be compared with, never the default.

    Parameters
    ----------
    pairable : Patterns
        Units with two or more ratings. With one of them, or where they come in
        groups, the estimate keeps the interval that it has.
    distance : ndarray of float, shape (n_points, n_points)
        Distances between points, as alpha took them.

    References
    ----------
    .. [1] A. F. Hayes, K. Krippendorff (2007), "Answering the call for a
       standard reliability measure for coding data", Communication Methods and
       Measures 1(1), 77-89. doi:10.1080/19312450709336664
    .. [2] K. Krippendorff (2011), Algorithm for bootstrapping a distribution of
       alpha, manuscript, University of Pennsylvania.
    """
    expected = estimate.term("d_e")
    in_groups = pairable.units is not None and pairable.units.groups is not None
    if not expected or in_groups or pairable.n_units < 2:
        return estimate
    draws = np.sort(_pair_draws(pairable, distance, expected, interval))
    low, high = _order_limits(draws, interval.confidence)
    cautions = () if high > low else (Caution.DEGENERATE_INTERVAL,)
    return replace(
        estimate,
        ci_low=low,
        ci_high=high,
        se=float(draws.std(ddof=1)) if len(draws) > 1 else None,
        ci_method=IntervalMethod.KALPHA_PAIRS.value,
        draws=interval.draws,
        seed=interval.seed,
    ).with_warnings(*cautions)


def _order_limits(draws: FloatArray, confidence: float) -> tuple[float, float]:
    """The draws that the macro takes for limits: the 25th and the 976th of 1,000."""
    tail = (1 - confidence) / 2
    # 0.025 * 1000 must not round to below 25.
    below, upto = (int(len(draws) * share + 1e-9) for share in (tail, 1 - tail))
    return float(draws[max(below, 1) - 1]), float(draws[min(upto, len(draws) - 1)])


def _pair_draws(
    pairable: Patterns, distance: FloatArray, expected: float, interval: Interval
) -> FloatArray:
    """Alpha under each draw, shape (draws,)."""
    rng = np.random.default_rng(interval.seed)
    coincidences = _coincidences(pairable)
    shares = coincidences / coincidences.sum()
    kinds, kind_of = np.unique(distance, return_inverse=True)
    chances = np.bincount(kind_of.ravel(), weights=shares.ravel())
    n_drawn = _n_drawn(pairable, int(np.count_nonzero(coincidences)))
    drawn = rng.multinomial(n_drawn, chances, size=interval.draws)
    draws = np.maximum(1 - drawn @ kinds / (n_drawn * expected), -1.0)
    perfect = np.flatnonzero(draws == 1)
    draws[perfect[: _n_without_variation(pairable, np.diag(shares), interval.draws)]] = 0.0
    return draws


def _coincidences(pairable: Patterns) -> FloatArray:
    """Pairs inside units, each unit weighted by 1 / (ratings - 1), by their points."""
    counts = pairable.counts
    weighted = counts * (pairable.frequencies / (pairable.ratings_per_unit - 1))[:, None]
    coincidences = counts.T @ weighted - np.diag(weighted.sum(axis=0))
    # The difference may leave rounding where no two values coincide.
    cleared: FloatArray = np.where(coincidences > 1e-9, coincidences, 0.0)
    return cleared


def _n_drawn(pairable: Patterns, n_cells: int) -> int:
    most = int(pairable.ratings_per_unit.max())
    n_raters = most if pairable.n_raters is None else pairable.n_raters
    return int(min(_DRAWS_A_CELL * n_cells, (n_raters - 1) * pairable.n_ratings / 2))


def _n_without_variation(pairable: Patterns, agreed: FloatArray, n_draws: int) -> int:
    """Draws of perfect agreement that the macro takes for one value everywhere."""
    if np.count_nonzero(agreed) == 1:
        return n_draws
    sizes = pairable.ratings_per_unit
    n_pairs = pairable.frequencies @ (sizes * (sizes - 1)) / 2
    return round(n_draws * float((agreed**n_pairs).sum()))
