"""The bootstrap of the KALPHA macro, for comparison with what it prints."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .data import Patterns
from .inference import Interval, IntervalMethod
from .resampling import percentile_limits
from .results import Caution, Estimate

FloatArray = NDArray[np.float64]


def with_pair_limits(
    estimate: Estimate, pairable: Patterns, distance: FloatArray, interval: Interval
) -> Estimate:
    r"""Alpha with the interval of Krippendorff's pair bootstrap.

    .. math:: \alpha^* = 1 - \sum_u \sum_{i=1}^{r_u(r_u-1)/2}
              \frac{2\,\delta_i^*}{n D_e (r_u - 1)}

    The differences :math:`\delta^*` are drawn from all pairs of values inside
    units, as if pairs that share a unit or a rating were independent, and the
    expected disagreement stays what it was. Both make the interval too narrow
    (see docs/statistics.md): it is here to be compared with, never the default.

    Parameters
    ----------
    pairable : Patterns
        Units with two or more ratings.
    distance : ndarray of float, shape (n_points, n_points)
        Distances between points, as alpha took them.

    References
    ----------
    .. [1] A. F. Hayes, K. Krippendorff (2007), "Answering the call for a
       standard reliability measure for coding data", Communication Methods and
       Measures 1(1), 77-89. doi:10.1080/19312450709336664
    """
    expected = estimate.term("d_e")
    if not expected:
        return estimate
    draws = _pair_draws(pairable, distance, expected, interval)
    low, high = np.clip(percentile_limits(draws, interval.confidence), -1.0, 1.0)
    cautions = () if high > low else (Caution.DEGENERATE_INTERVAL,)
    return replace(
        estimate,
        ci_low=float(low),
        ci_high=float(high),
        se=float(draws.std(ddof=1)) if len(draws) > 1 else None,
        ci_method=IntervalMethod.KALPHA_PAIRS.value,
        draws=interval.draws,
        seed=interval.seed,
    ).with_warnings(*cautions)


def _pair_draws(
    pairable: Patterns, distance: FloatArray, expected: float, interval: Interval
) -> FloatArray:
    """Alpha under each draw, shape (draws,)."""
    rng = np.random.default_rng(interval.seed)
    counts, frequencies = pairable.counts, pairable.frequencies
    pairs = counts.T @ (counts * frequencies[:, None]) - np.diag(pairable.totals)
    kinds, kind_of = np.unique(distance, return_inverse=True)
    shares = np.bincount(kind_of.ravel(), weights=pairs.ravel()) / pairs.sum()
    draws = np.ones(interval.draws)
    for size in np.unique(pairable.ratings_per_unit):
        n_units = frequencies[pairable.ratings_per_unit == size].sum()
        drawn = rng.multinomial(int(n_units * size * (size - 1) / 2), shares, size=interval.draws)
        draws -= 2 * (drawn @ kinds) / (pairable.n_ratings * expected * (size - 1))
    return draws
