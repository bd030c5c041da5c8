"""Benchmark words from the literature, as readings with a probability.

A word is never part of an estimate: it is somebody's opinion about a number,
and the number is known only to within its interval. Words are English keys for
translation.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .errors import UnknownNameError
from .results import Estimate

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Scale:
    """A published scale of words.

    `levels` are (word, lowest value), best first; the last one has no lower end.
    """

    name: str
    source: str
    levels: tuple[tuple[str, float], ...]


READINGS: dict[str, Scale] = {
    scale.name: scale
    for scale in (
        Scale(
            "krippendorff",
            "Krippendorff (2004), doi:10.1111/j.1468-2958.2004.tb00738.x",
            (("reliable", 0.800), ("tentative", 0.667), ("not reliable", -np.inf)),
        ),
        Scale(
            "landis_koch",
            "Landis and Koch (1977), doi:10.2307/2529310",
            (
                ("almost perfect", 0.8),
                ("substantial", 0.6),
                ("moderate", 0.4),
                ("fair", 0.2),
                ("slight", 0.0),
                ("poor", -np.inf),
            ),
        ),
        Scale(
            "altman",
            "Altman (1991), Practical Statistics for Medical Research, Chapman and Hall",
            (
                ("very good", 0.8),
                ("good", 0.6),
                ("moderate", 0.4),
                ("fair", 0.2),
                ("poor", -np.inf),
            ),
        ),
        Scale(
            "fleiss",
            "Fleiss, Levin and Paik (2003), doi:10.1002/0471445428",
            (("excellent", 0.75), ("fair to good", 0.4), ("poor", -np.inf)),
        ),
        Scale(
            "cicchetti",
            "Cicchetti (1994), doi:10.1037/1040-3590.6.4.284",
            (("excellent", 0.75), ("good", 0.6), ("fair", 0.4), ("poor", -np.inf)),
        ),
        Scale(
            "regier",
            "Regier and others (2013), doi:10.1176/appi.ajp.2012.12070999",
            (
                ("excellent", 0.8),
                ("very good", 0.6),
                ("good", 0.4),
                ("questionable", 0.2),
                ("unacceptable", -np.inf),
            ),
        ),
    )
}


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A word, the values it covers, and how probable it is.

    `cumulative` is the probability of this word or a better one.
    """

    word: str
    low: float
    high: float
    probability: float
    cumulative: float


def reading_probabilities(estimate: Estimate, scale: str = "landis_koch") -> list[Reading]:
    r"""How probable each word of a scale is, given the estimate's error.

    .. math:: P(a \le \theta \le b) = \frac{\Phi((b - \hat\theta)/s) -
              \Phi((a - \hat\theta)/s)}{\Phi((1 - \hat\theta)/s) -
              \Phi((-1 - \hat\theta)/s)}

    Parameters
    ----------
    estimate : Estimate
        With a standard error above zero. Chance-corrected: no scale of words
        is meant for percent agreement.
    scale : str
        A key of `READINGS`.

    Returns
    -------
    list of Reading
        Best word first, limits and probabilities cut at -1 and 1. Empty
        without a value, without a standard error, and for percent agreement.

    References
    ----------
    .. [1] K. L. Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed.,
       chapter 6.

    Examples
    --------
    >>> estimate = Estimate(coefficient="gwet_ac1", value=0.775, se=0.143)
    >>> [(r.word, round(r.cumulative, 2)) for r in reading_probabilities(estimate)][:3]
    [('almost perfect', 0.4), ('substantial', 0.88), ('moderate', 1.0)]
    """
    if scale not in READINGS:
        raise UnknownNameError(f"no scale of words is called {scale!r}")
    if estimate.value is None or not estimate.se or _is_observed(estimate):
        return []
    words = [word for word, _ in READINGS[scale].levels]
    edges = [1.0, *(max(low, -1.0) for _, low in READINGS[scale].levels)]
    shares = _shares((np.array(edges) - estimate.value) / estimate.se)
    ranges = [(low, high) for high, low in pairwise(edges)]
    return [
        Reading(word=word, low=low, high=high, probability=float(p), cumulative=float(reached))
        for word, (low, high), p, reached in zip(
            words, ranges, shares, accumulate(shares), strict=True
        )
    ]


def _shares(edges: FloatArray) -> FloatArray:
    """Normal probability between edges that fall, relative to that between the outer two."""
    # The tail that is smaller: near 1 a probability has no digits left for a difference.
    below = stats.norm.cdf(edges) if edges.sum() < 0 else -stats.norm.sf(edges)
    whole = below[0] - below[-1]
    shares: FloatArray = np.zeros(len(edges) - 1)
    if whole > 0:
        shares = -np.diff(below) / whole
    else:  # so far outside that no probability is left: all of it is at the nearest end
        shares[0 if edges[0] < 0 else -1] = 1.0
    return shares


def reading(
    estimate: Estimate, scale: str = "landis_koch", *, certainty: float = 0.95
) -> Reading | None:
    """Gwet's rule: the best word that, with those above it, is certain enough.

    None where `reading_probabilities` has none to choose from.

    Examples
    --------
    >>> reading(Estimate(coefficient="gwet_ac1", value=0.775, se=0.143)).word
    'moderate'
    """
    # Rounding must not deny the last word, whose cumulative probability is 1.
    enough = (
        one for one in reading_probabilities(estimate, scale) if one.cumulative >= certainty - 1e-12
    )
    return next(enough, None)


def _is_observed(estimate: Estimate) -> bool:
    return estimate.coefficient.startswith("percent_agreement")
