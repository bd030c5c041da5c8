"""Percent agreement: observed agreement, not corrected for chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .data import Patterns, unsuitable_weights
from .distances import Weights, product_with, weight_matrix
from .inference import DEFAULT_INTERVAL, Interval, Sums, UnitSums, fixed_pairs, infer
from .results import Estimate, Undefined

FloatArray = NDArray[np.float64]


def percent_agreement(
    patterns: Patterns,
    weights: str | ArrayLike = Weights.IDENTITY,
    *,
    pooled: bool = False,
    interval: Interval = DEFAULT_INTERVAL,
) -> Estimate:
    r"""Share of agreeing rater pairs, by default averaged over units.

    .. math:: p_o = \frac{1}{n_2} \sum_{u: r_u \ge 2}
              \sum_k \frac{r_{uk}(r^*_{uk} - 1)}{r_u (r_u - 1)}

    Parameters
    ----------
    patterns : Patterns
        Units with one rating are not compared.
    weights : str or array_like
        Agreement weights; partial credit for near misses.
    pooled : bool
        Every rater pair counts the same, instead of every unit; the result is
        then named "percent_agreement_pooled".

    Returns
    -------
    Estimate
        Between 0 and 1 (not a percentage). Undefined without data and without
        a unit that holds two ratings.

    References
    ----------
    .. [1] K. L. Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed.

    Examples
    --------
    >>> patterns = Patterns([[2, 0], [1, 1]], [3, 1], points=("no", "yes"))
    >>> percent_agreement(patterns).value
    0.75
    """
    matrix = weight_matrix(weights, patterns.points)
    agreeing, compared = pair_agreement(patterns, matrix)
    pairs = patterns.ratings_per_unit * (patterns.ratings_per_unit - 1)
    rows = (
        np.column_stack([agreeing, pairs])
        if pooled
        else np.column_stack([_share(agreeing, pairs), compared])
    )
    sums = UnitSums(
        rows, patterns.frequencies, _ratio_of_sums, bounds=(0.0, 1.0), compared=compared
    )
    if not pooled:
        held = fixed_pairs(compared, patterns.frequencies, sums.value())
        sums = replace(sums, as_gwet=held)
    return infer(
        sums,
        undefined=no_comparison(patterns, weights),
        counts=patterns.evidence(n_units=patterns.n_units),
        interval=interval,
        units=patterns.units,
        coefficient="percent_agreement_pooled" if pooled else "percent_agreement",
        level=patterns.level.value,
        weights=weights_name(weights),
    )


def pair_agreement(patterns: Patterns, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Weighted agreeing ordered rater pairs, and whether a unit is comparable."""
    counts = patterns.counts
    credited = product_with(weights)(counts) - np.diag(weights)
    agreeing: FloatArray = (counts * credited).sum(axis=1)
    return agreeing, (patterns.ratings_per_unit >= 2).astype(np.float64)


def mean_pair_agreement(patterns: Patterns, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Share of agreeing pairs of each pattern (0 if single), and comparability."""
    agreeing, compared = pair_agreement(patterns, weights)
    ratings = patterns.ratings_per_unit
    return _share(agreeing, ratings * (ratings - 1)), compared


def no_comparison(
    patterns: Patterns, weights: str | ArrayLike = Weights.IDENTITY
) -> Undefined | None:
    """Why nothing can be compared, if so."""
    if patterns.n_units == 0:
        return Undefined.NO_DATA
    if patterns.pairable.n_units == 0:
        return Undefined.NO_PAIRABLE_UNITS
    return unsuitable_weights(weights, patterns.points, has_order=patterns.has_order)


def weights_name(weights: str | ArrayLike) -> str:
    """The name that a result carries for its weights."""
    return str(weights) if isinstance(weights, str) else "custom"


def _share(agreeing: FloatArray, pairs: FloatArray) -> FloatArray:
    return np.divide(agreeing, pairs, out=np.zeros_like(agreeing), where=pairs > 0)


def _ratio_of_sums(sums: Sums) -> Sums:
    ratio: Sums = sums[..., 0] / sums[..., 1]
    return ratio
