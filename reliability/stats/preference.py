"""Agreement on which of two responses is better, where ties are allowed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .agreement import percent_agreement
from .comparisons import Outcome
from .data import FloatArray, Patterns
from .errors import StatisticsError
from .inference import DEFAULT_INTERVAL, Interval, infer
from .multirater import fleiss_kappa
from .results import Estimate, Undefined

# In the order in which a tie lies between two decisions.
_IN_ORDER = (Outcome.FIRST.value, Outcome.TIE.value, Outcome.SECOND.value)


def preference_agreement(
    patterns: Patterns, *, tie_credit: float = 0.5, interval: Interval = DEFAULT_INTERVAL
) -> Estimate:
    r"""Share of rater pairs that prefer the same response; a tie against a decision is half.

    .. math:: w = 1 \text{ (equal)}, \quad c \text{ (a tie and a decision)}, \quad
              0 \text{ (opposite)}

    Weighted percent agreement, mean over units. With c = 1/2 a rater who ties
    earns what a coin would earn against the other rater's decision, so that
    ties neither pay nor cost.

    Parameters
    ----------
    patterns : Patterns
        Points "response_1", "tie", "response_2" in any order; "tie" may be missing.
    tie_credit : float
        c, 0 to 1; 0 is plain percent agreement.

    Returns
    -------
    Estimate
        Between 0 and 1. Undefined as `percent_agreement`, and on any other scale
        ("needs_preferences").

    References
    ----------
    .. [1] K. L. Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed., for
       weighted agreement. With linear weights on the three outcomes in order
       this is the same figure.

    Examples
    --------
    >>> counts = [[2, 0, 0], [1, 1, 0], [1, 0, 1], [0, 0, 2]]
    >>> points = ("response_1", "tie", "response_2")
    >>> preference_agreement(Patterns(counts, [4, 2, 1, 3], points)).value
    0.8
    """
    reason = _unsuitable(patterns)
    if reason is not None:
        return _undefined("preference_agreement", patterns, reason)
    found = percent_agreement(patterns, _credits(patterns, tie_credit), interval=interval)
    return replace(found, coefficient="preference_agreement", weights="tie_credit")


def preference_kappa(
    patterns: Patterns, *, tie_credit: float = 0.5, interval: Interval = DEFAULT_INTERVAL
) -> Estimate:
    """The chance-corrected form: Fleiss' kappa with the same credits.

    Chance is two raters who use the three outcomes as often as all raters do.
    Where sides are shuffled, as they should be, wins of the first and of the
    second response are about equally frequent and the coefficient is far from
    the prevalence paradox.

    Parameters and undefined cases are those of `preference_agreement`; also
    undefined when all ratings are the same ("no_variation").

    References
    ----------
    .. [1] J. L. Fleiss (1971), "Measuring nominal scale agreement among many
       raters", Psychological Bulletin 76(5), 378-382. doi:10.1037/h0031619
    .. [2] K. L. Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed., for
       weights and gaps.

    Examples
    --------
    >>> counts = [[2, 0, 0], [1, 1, 0], [1, 0, 1], [0, 0, 2]]
    >>> points = ("response_1", "tie", "response_2")
    >>> round(preference_kappa(Patterns(counts, [4, 2, 1, 3], points)).value, 3)
    0.579
    """
    reason = _unsuitable(patterns)
    if reason is not None:
        return _undefined("preference_kappa", patterns, reason)
    found = fleiss_kappa(patterns, _credits(patterns, tie_credit), interval=interval)
    return replace(found, coefficient="preference_kappa", weights="tie_credit")


def _unsuitable(patterns: Patterns) -> Undefined | None:
    if patterns.n_units == 0:
        return Undefined.NO_DATA
    points = {str(point) for point in patterns.points}
    if not {"response_1", "response_2"} <= points <= set(_IN_ORDER):
        return Undefined.NEEDS_PREFERENCES
    return None


def _credits(patterns: Patterns, tie_credit: float) -> FloatArray:
    if not 0 <= tie_credit <= 1:
        raise StatisticsError("the credit of a tie lies between 0 and 1")
    credit = np.array([[1, tie_credit, 0], [tie_credit, 1, tie_credit], [0, tie_credit, 1]])
    places = [_IN_ORDER.index(str(point)) for point in patterns.points]
    credits: FloatArray = credit[np.ix_(places, places)]
    return credits


def _undefined(name: str, patterns: Patterns, reason: Undefined) -> Estimate:
    return infer(
        None,
        undefined=reason,
        counts=patterns.evidence(n_units=patterns.n_units),
        interval=DEFAULT_INTERVAL,
        coefficient=name,
        level=patterns.level.value,
        weights="tie_credit",
    )
