"""The bootstrap of units: multinomial draws of pattern frequencies.

Drawing n units with replacement gives multinomial frequencies of the distinct
patterns, so a resample costs as much as there are patterns, however many units
show them. Groups of units are resampled as units, once they are gathered.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import stats

from .sums import BLOCK_VALUES, FloatArray, Resampled, joined
from .variance import by_stratum

# One binomial draw costs as much as drawing so many single units.
_UNITS_A_PATTERN = 6


def draws_of(sums: Resampled, draws: int, seed: int) -> FloatArray:
    """Values of resamples of the units, shape (draws,); NaN where undefined.

    References
    ----------
    .. [1] B. Efron (1979), "Bootstrap methods: another look at the jackknife",
       Annals of Statistics 7(1), 1-26. doi:10.1214/aos/1176344552
    """
    rng = np.random.default_rng(seed)
    step = max(1, BLOCK_VALUES // max(1, _UNITS_A_PATTERN * len(sums.frequencies)))
    return joined(
        sums.draw(_drawn_frequencies(sums, rng, size)) for size in block_sizes(draws, step)
    )


def _drawn_frequencies(sums: Resampled, rng: np.random.Generator, size: int) -> FloatArray:
    """Frequencies of `size` resamples, shape (size, n_patterns); strata apart."""
    place = np.arange(len(sums.frequencies), dtype=np.float64)
    parts = list(by_stratum(sums, place))
    if len(parts) == 1:
        return _drawn(rng, sums.frequencies, size)
    drawn = np.empty((size, len(sums.frequencies)))
    for _, frequencies, columns in parts:
        drawn[:, columns.astype(np.int64)] = _drawn(rng, frequencies, size)
    return drawn


def _drawn(rng: np.random.Generator, frequencies: FloatArray, size: int) -> FloatArray:
    n, n_patterns = int(frequencies.sum()), len(frequencies)
    if n > _UNITS_A_PATTERN * n_patterns:
        return rng.multinomial(n, frequencies / n, size=size).astype(np.float64)
    pattern_of = np.repeat(np.arange(n_patterns), frequencies.astype(np.int64))
    shown = pattern_of[rng.integers(0, n, size=(size, n))]
    shown += np.arange(size)[:, None] * n_patterns
    counts = np.bincount(shown.ravel(), minlength=size * n_patterns)
    return counts.reshape(size, n_patterns).astype(np.float64)


def block_sizes(total: int, step: int) -> Iterator[int]:
    """`total` in blocks of `step`, the last one smaller."""
    for start in range(0, total, step):
        yield min(step, total - start)


def percentile_limits(draws: FloatArray, confidence: float) -> tuple[float, float]:
    """The central share of the draws."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(draws, (tail, 1 - tail))
    return float(low), float(high)


def bca_limits(
    draws: FloatArray, value: float, acceleration: float, confidence: float
) -> tuple[float, float] | None:
    r"""Bias-corrected and accelerated limits; None when all draws lie on one side.

    .. math:: \Phi\Bigl(z_0 + \frac{z_0 + z}{1 - a (z_0 + z)}\Bigr), \quad
              z_0 = \Phi^{-1}\bigl(P(\theta^* < \hat\theta)
                    + \tfrac12 P(\theta^* = \hat\theta)\bigr)

    are the shares of draws below each limit.

    References
    ----------
    .. [1] B. Efron (1987), "Better bootstrap confidence intervals", Journal of
       the American Statistical Association 82(397), 171-185.
       doi:10.1080/01621459.1987.10478410
    """
    # Draws equal to the estimate differ from it by rounding of the sums.
    near = 1e-12 * max(1.0, abs(value))
    below = ((draws < value - near).mean() + (draws <= value + near).mean()) / 2
    if not 0 < below < 1:
        return None
    bias = stats.norm.ppf(below)
    tail = (1 - confidence) / 2
    shifted = bias + stats.norm.ppf((tail, 1 - tail))
    shares = stats.norm.cdf(bias + shifted / (1 - acceleration * shifted))
    low, high = np.quantile(draws, np.sort(shares))
    return float(low), float(high)


def acceleration(sums: Resampled, changes: FloatArray) -> float:
    r"""Efron's acceleration from what leaving each unit out takes away.

    .. math:: a = \frac16 \sum_h \sum_{u \in h} d_u^3 \Big/
              \Bigl(\sum_h \sum_{u \in h} d_u^2\Bigr)^{3/2}, \quad
              d_u = \frac{n_h - 1}{n_h} (\bar\theta_h - \theta_{(u)})

    `changes` are :math:`-\theta_{(u)}` up to a constant, or the influences.
    """
    cubes = squares = 0.0
    for n, frequencies, values in by_stratum(sums, changes):
        apart = (n - 1) / n * (values - frequencies @ values / n)
        cubes += float(frequencies @ apart**3)
        squares += float(frequencies @ apart**2)
    return cubes / (6 * squares**1.5) if squares > 0 else 0.0
