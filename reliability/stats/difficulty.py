"""How hard each item was to agree on, and how much of that is luck."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .agreement import no_comparison
from .alpha import krippendorff_alpha
from .data import Patterns
from .inference import Interval, IntervalMethod
from .results import Undefined

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class ItemDifficulty:
    """One entry a row of the patterns, shape (n_patterns,); NaN nowhere.

    Attributes
    ----------
    n_ratings : ndarray
        Ratings on the item.
    disagreement : masked array
        Share of rater pairs that chose different points, 0 to 1; masked where
        there is one rating.
    entropy : masked array
        Entropy of the item's choices over that of its ratings dealt to the points
        as evenly as they go: 0 all the same, 1 as scattered as so many ratings can
        be; masked where there is one rating.
    most_chosen : ndarray
        Share of ratings at the most chosen point.
    expected_disagreement : ndarray
        How likely two further raters are to disagree, 0 to 1: the item's own
        ratings, drawn towards all items as far as few ratings call for.
    own_weight : ndarray
        How much of `expected_disagreement` is the item's own, 0 to 1. Rank items by
        `expected_disagreement`; where this is under a half, ranks are mostly luck.
    undefined : Undefined or None
        Why nothing can be said; all arrays are then empty.
    """

    n_ratings: FloatArray
    disagreement: np.ma.MaskedArray[tuple[int, ...], np.dtype[np.float64]]
    entropy: np.ma.MaskedArray[tuple[int, ...], np.dtype[np.float64]]
    most_chosen: FloatArray
    expected_disagreement: FloatArray
    own_weight: FloatArray
    undefined: Undefined | None = None


def item_difficulty(patterns: Patterns) -> ItemDifficulty:
    r"""Disagreement on each item, raw and drawn towards the mean.

    .. math:: E[d_u] = 1 - \sum_k \frac{a_k (a_k + 1)}{A (A + 1)}, \quad
              a_k = r_{uk} + s \pi_k, \quad A = r_u + s, \quad
              s = \frac{1 - \alpha}{\alpha}

    The items' chances of each point are taken for draws from one Dirichlet
    distribution around the overall shares :math:`\pi_k`, whose intraclass
    correlation :math:`1 / (1 + s)` is nominal alpha. With alpha of zero or less
    nothing tells items apart and all get the same figure.

    Parameters
    ----------
    patterns : Patterns
        One row for each item of interest (rows may repeat), or distinct patterns.
        Points are compared as equal or not, whatever the level.

    Returns
    -------
    ItemDifficulty
        Undefined without ratings ("no_data") and without an item that two raters
        rated ("no_pairable_units").

    References
    ----------
    .. [1] J. E. Mosimann (1962), "On the compound multinomial distribution, the
       multivariate beta-distribution, and correlations among proportions",
       Biometrika 49(1/2), 65-82. doi:10.1093/biomet/49.1-2.65

    Examples
    --------
    >>> counts = [[3, 0], [2, 1], [0, 2], [1, 0]]
    >>> found = item_difficulty(Patterns(counts, [1] * 4, points=("no", "yes")))
    >>> found.disagreement.round(3).tolist()
    [0.0, 0.667, 0.0, None]
    >>> found.expected_disagreement.round(2).tolist()
    [0.11, 0.35, 0.24, 0.17]
    """
    reason = no_comparison(patterns)
    if reason is not None:
        nothing = np.zeros(0)
        masked = np.ma.array(nothing)
        return ItemDifficulty(
            n_ratings=nothing,
            disagreement=masked,
            entropy=masked,
            most_chosen=nothing,
            expected_disagreement=nothing,
            own_weight=nothing,
            undefined=reason,
        )
    counts, ratings = patterns.counts, patterns.ratings_per_unit
    single, pairs = ratings < 2, np.maximum(ratings * (ratings - 1), 1)
    expected, own_weight = _drawn_to_the_mean(patterns)
    return ItemDifficulty(
        n_ratings=ratings,
        disagreement=np.ma.array(1 - (counts * (counts - 1)).sum(axis=1) / pairs, mask=single),
        entropy=np.ma.array(_entropy(counts, ratings), mask=single),
        most_chosen=counts.max(axis=1) / ratings,
        expected_disagreement=expected,
        own_weight=own_weight,
    )


def _entropy(counts: FloatArray, ratings: FloatArray) -> FloatArray:
    n_points = counts.shape[1]
    # Three ratings on two points can only split 2 to 1.
    each, one_more = np.divmod(ratings, n_points)
    few, many = each / ratings, (each + 1) / ratings
    most = one_more * _surprise(many) + (n_points - one_more) * _surprise(few)
    bits = _surprise(counts / ratings[:, None]).sum(axis=1)
    relative: FloatArray = np.divide(bits, most, out=np.zeros_like(bits), where=most > 0)
    return relative


def _surprise(shares: FloatArray) -> FloatArray:
    bits: FloatArray = np.abs(shares * np.log2(np.where(shares > 0, shares, 1)))
    return bits


def _drawn_to_the_mean(patterns: Patterns) -> tuple[FloatArray, FloatArray]:
    counts, ratings = patterns.counts, patterns.ratings_per_unit
    overall = patterns.totals / patterns.totals.sum()
    none = Interval(IntervalMethod.NONE)
    alpha = krippendorff_alpha(patterns, "nominal", interval=none).value
    # One value everywhere: no disagreement to explain, each item speaks for itself.
    correlation = 1.0 if alpha is None else max(alpha, 0.0)
    if correlation == 0:
        same = np.full(len(counts), 1 - (overall**2).sum())
        return same, np.zeros(len(counts))
    prior = (1 - correlation) / correlation
    mixed, total = counts + prior * overall, ratings + prior
    alike = (mixed * (mixed + 1)).sum(axis=1) / (total * (total + 1))
    return np.maximum(1 - alike, 0.0), ratings / total
