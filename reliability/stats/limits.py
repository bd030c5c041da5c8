"""Limits of agreement: how far two raters' numbers lie apart, in the scale's own units."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .data import has_numbers, scale_values
from .inference import DEFAULT_INTERVAL, Interval, Sums, UnitSums, infer
from .ratings import Ratings
from .results import Counts, Estimate, Undefined

FloatArray = NDArray[np.float64]

# A normal distribution has 95 % of its mass within this many standard deviations.
_REACH = 1.96


@dataclass(frozen=True, kw_only=True)
class LimitsOfAgreement:
    """First rater minus second: the bias, and the limits of 95 % of differences.

    All in the units of the scale. `lower` and `upper` are bias -/+ reach times the
    standard deviation of the differences; each has an interval of its own.
    """

    raters: tuple[Hashable, Hashable]
    bias: Estimate
    lower: Estimate
    upper: Estimate
    reach: float


def bland_altman(
    ratings: Ratings, *, reach: float = _REACH, interval: Interval = DEFAULT_INTERVAL
) -> tuple[LimitsOfAgreement, ...]:
    r"""Bland and Altman's limits of agreement of each rater pair.

    .. math:: \bar d \pm 1.96\, s_d, \quad d_u = x_{u1} - x_{u2}

    A pair's limits hold for its own two raters, so they are not averaged: with
    more than two raters the result is a table of pairs.

    Parameters
    ----------
    ratings : Ratings
        Numbers. Each pair uses the units both rated.
    reach : float
        Standard deviations (over n - 1) from the bias to a limit.

    Returns
    -------
    tuple of LimitsOfAgreement
        Pairs that share a unit, in the order of the raters. Undefined for words
        ("needs_numbers"); the limits also from one unit ("too_few_units"). Empty
        when no pair shares a unit.

    References
    ----------
    .. [1] J. M. Bland, D. G. Altman (1986), "Statistical methods for assessing
       agreement between two methods of clinical measurement", Lancet 327(8476),
       307-310. doi:10.1016/S0140-6736(86)90837-8
    .. [2] J. M. Bland, D. G. Altman (1999), "Measuring agreement in method
       comparison studies", Statistical Methods in Medical Research 8(2), 135-160.
       doi:10.1177/096228029900800204

    Examples
    --------
    Bland and Altman (1986), peak flow by two meters, in litres a minute. From a bias
    of -2.1 and a standard deviation of 38.8, both rounded, they print limits of -79.7
    and 75.5, two standard deviations out:

    >>> large = "494 395 516 434 476 557 413 442 650 433 417 656 267 478 178 423 427"
    >>> mini = "512 430 520 428 500 600 364 380 658 445 432 626 260 477 259 350 451"
    >>> flow = [int(each) for each in f"{large} {mini}".split()]
    >>> meters = ["large"] * 17 + ["mini"] * 17
    >>> ratings = Ratings.from_long([*range(17), *range(17)], meters, flow, level="interval")
    >>> (found,) = bland_altman(ratings, reach=2)
    >>> [round(each.value, 1) for each in (found.bias, found.lower, found.upper)]
    [-2.1, -79.6, 75.4]
    """
    numbers = has_numbers(ratings.points)
    values = scale_values(ratings.points) if numbers else np.zeros(len(ratings.points))
    reason = None if numbers else Undefined.NEEDS_NUMBERS
    return tuple(
        _of_pair(_pair_alone(ratings, *pair), values, reach, reason, interval)
        for pair in _pairs_that_meet(ratings)
    )


def _pairs_that_meet(ratings: Ratings) -> list[tuple[int, int]]:
    """Raters with a unit in common, in the order of the raters."""
    shape = ratings.n_units, ratings.n_raters
    ones = np.ones(ratings.n_ratings)
    rated = sparse.csr_array((ones, (ratings.units, ratings.raters)), shape=shape)
    first, second = sparse.triu(rated.T @ rated, k=1).nonzero()
    return sorted(zip(first.tolist(), second.tolist(), strict=True))


def _pair_alone(ratings: Ratings, first: int, second: int) -> Ratings:
    """The ratings of two raters: however many others there are, a table of them fits."""
    return ratings if ratings.n_raters == 2 else ratings.of_pair(first, second)


def _of_pair(
    ratings: Ratings,
    values: FloatArray,
    reach: float,
    reason: Undefined | None,
    interval: Interval,
) -> LimitsOfAgreement:
    codes, frequencies = ratings.rater_patterns
    both = (codes >= 0).all(axis=1)
    apart = values[codes[both, 0]] - values[codes[both, 1]]
    n = int(frequencies[both].sum())
    centre = float(np.average(apart, weights=frequencies[both]))
    # Centred, so that squares stay accurate where the bias is large.
    rows = np.column_stack([np.ones(len(apart)), apart - centre, (apart - centre) ** 2])
    labels: dict[str, Any] = {
        "counts": Counts(n_units=n, n_raters=2, n_ratings=2 * n, n_pairable=2 * n),
        "interval": interval,
        "units": ratings.by_rater_pattern.kept(both),
        "level": ratings.level.value,
    }

    def estimate(name: str, side: float) -> Estimate:
        few = Undefined.TOO_FEW_UNITS if side and n < 2 else None
        sums = UnitSums(
            rows, frequencies[both], _limit(apart, centre, side * reach), bounds=(-np.inf, np.inf)
        )
        return infer(sums, undefined=reason or few, coefficient=name, **labels)

    return LimitsOfAgreement(
        raters=(ratings.rater_labels[0], ratings.rater_labels[1]),
        bias=estimate("bias", 0.0),
        lower=estimate("lower_limit_of_agreement", -1.0),
        upper=estimate("upper_limit_of_agreement", 1.0),
        reach=reach,
    )


def _limit(apart: FloatArray, centre: float, reach: float) -> Callable[[Sums], Sums]:
    # Equal differences have no variance; what rounding leaves of them is relative.
    least = (_ROUNDING * np.abs(apart).max(initial=0)) ** 2

    def limit(sums: Sums) -> Sums:
        n, total, squares = np.moveaxis(sums, -1, 0)
        bias: Sums = centre + total / n
        if reach == 0:
            return bias
        variance = (squares - total**2 / n) / (n - 1)
        variance = np.where(np.real(variance) <= least, 0, variance)
        return bias + reach * np.sqrt(variance)

    return limit


_ROUNDING = 1e-12
