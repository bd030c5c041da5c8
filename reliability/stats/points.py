"""Single points of a scale: how often they are agreed on, and which two are confused."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .agreement import no_comparison
from .alpha import RARE_UNITS
from .data import Patterns, Point
from .inference import DEFAULT_INTERVAL, Interval, Sums, UnitSums, infer
from .multirater import fleiss_kappa
from .results import Caution, Estimate, Undefined

FloatArray = NDArray[np.float64]

# All pairs of a ten-point scale; each pair costs one pass over the patterns.
_MOST_PAIRS = 45


@dataclass(frozen=True, kw_only=True)
class ConfusedPair:
    """Two points that raters chose side by side on one unit.

    Attributes
    ----------
    first, second
        The points, in the scale's order.
    n_units, n_pairs
        Units on which raters split between the two; rater pairs split so.
    share_of_disagreement
        Their part of all disagreement (of coincidences of unequal points), 0 to 1.
    ratio_to_chance
        Coincidences of the two over those expected if all ratings were dealt
        out at random: 0 never confused, 1 as often as by chance (raters can't
        tell them apart), more than 1 systematically opposed.
    ci_low, ci_high, ci_method, confidence
        Interval of `ratio_to_chance`; None where none can be formed.
    warnings
        `rare_value` where fewer than five units stand behind the ratio.
    """

    first: Point
    second: Point
    n_units: int
    n_pairs: int
    share_of_disagreement: float
    ratio_to_chance: float
    ci_low: float | None
    ci_high: float | None
    ci_method: str | None
    confidence: float
    warnings: tuple[Caution, ...]


def confused_points(
    patterns: Patterns, *, most: int = _MOST_PAIRS, interval: Interval = DEFAULT_INTERVAL
) -> list[ConfusedPair]:
    r"""Pairs of points that raters split between, the largest share of disagreement first.

    .. math:: \frac{o_{ab}}{e_{ab}}, \quad
              o_{ab} = \sum_{u: r_u \ge 2} \frac{r_{ua} r_{ub}}{r_u - 1}, \quad
              e_{ab} = \frac{n_a n_b}{n - 1}

    Coincidences o and e are those of nominal alpha, whose ratio of
    disagreements :math:`1 - \alpha` is the mean of these ratios, weighted by e.

    Parameters
    ----------
    patterns : Patterns
        Units with one rating do not count.
    most : int
        Pairs returned at most.

    Returns
    -------
    list of ConfusedPair
        Pairs that no unit splits between are left out; empty when all agree
        and when nothing can be compared.

    References
    ----------
    .. [1] K. Krippendorff (2011), Computing Krippendorff's
       Alpha-Reliability, University of Pennsylvania.
    .. [2] J. N. Darroch, P. I. McCloud (1986), "Category distinguishability and
       observer agreement", Australian Journal of Statistics 28(3), 371-388.

    Examples
    --------
    Krippendorff (2011), example C, whose coincidences o are 4/3 for 1 and 2, and
    e = 9 x 13 / 39:

    >>> units = ["11.1", "2232", "3333", "3333", "2222", "1234", "4444", "1121", "2222", ".555"]
    >>> counts = [[unit.count(point) for point in "12345"] for unit in [*units, "..11"]]
    >>> patterns = Patterns(counts, [1] * 11, points=(1, 2, 3, 4, 5))
    >>> pair = confused_points(patterns)[0]
    >>> pair.first, pair.second, pair.n_units, pair.n_pairs
    (1, 2, 2, 4)
    >>> round(pair.share_of_disagreement, 3), round(pair.ratio_to_chance, 3)
    (0.333, 0.444)
    """
    pairable = patterns.pairable
    counts, units = pairable.counts, pairable.frequencies
    coincidences = np.zeros((len(patterns.points),) * 2)
    if len(units):
        spread = units / (pairable.ratings_per_unit - 1)
        coincidences = (counts * spread[:, None]).T @ counts
    first, second = np.triu_indices(len(coincidences), k=1)
    split = coincidences[first, second]
    order = np.argsort(-split, kind="stable")
    chosen = order[split[order] > 0][:most]
    return [
        _confused_pair(pairable, int(first[at]), int(second[at]), split[at] / split.sum(), interval)
        for at in chosen
    ]


def _confused_pair(
    pairable: Patterns, first: int, second: int, share: float, interval: Interval
) -> ConfusedPair:
    a, b, ratings = pairable.counts[:, first], pairable.counts[:, second], pairable.ratings_per_unit
    rows = np.column_stack([a * b / (ratings - 1), a, b, ratings])
    n_units = int(pairable.frequencies @ (a * b > 0))
    ratio = infer(
        UnitSums(rows, pairable.frequencies, _ratio_to_chance, bounds=(0.0, np.inf)),
        undefined=None,
        counts=pairable.evidence(n_units=pairable.n_units),
        interval=interval,
        units=pairable.units,
        coefficient="ratio_to_chance",
    )
    if n_units < RARE_UNITS:
        ratio = ratio.with_warnings(Caution.RARE_VALUE)
    assert ratio.value is not None  # both points occur, or nobody could split between them
    return ConfusedPair(
        first=pairable.points[first],
        second=pairable.points[second],
        n_units=n_units,
        n_pairs=int(pairable.frequencies @ (a * b)),
        share_of_disagreement=float(share),
        ratio_to_chance=ratio.value,
        ci_low=ratio.ci_low,
        ci_high=ratio.ci_high,
        ci_method=ratio.ci_method,
        confidence=ratio.confidence,
        warnings=ratio.warnings,
    )


def _ratio_to_chance(sums: Sums) -> Sums:
    split, n_a, n_b, n = np.moveaxis(sums, -1, 0)
    ratio: Sums = split * (n - 1) / (n_a * n_b)
    return ratio


def agreement_on_each_point(
    patterns: Patterns, *, interval: Interval = DEFAULT_INTERVAL
) -> tuple[Estimate, ...]:
    r"""Specific agreement: given one rating at a point, how often another agrees.

    .. math:: \frac{\sum_u r_{uk} (r_{uk} - 1)}{\sum_u r_{uk} (r_u - 1)}

    Every rater pair counts the same. For two raters and two points these are
    positive and negative agreement.

    Parameters
    ----------
    patterns : Patterns
        Units with one rating do not count.

    Returns
    -------
    tuple of Estimate
        In the scale's order, each between 0 and 1; `n_units` are the units in
        which somebody chose the point. Undefined ("point_not_used") for a
        point that nobody chose on a unit with two ratings.

    References
    ----------
    .. [1] R. L. Spitzer, J. L. Fleiss (1974), "A re-analysis of the reliability
       of psychiatric diagnosis", British Journal of Psychiatry 125(4), 341-347.
       doi:10.1192/bjp.125.4.341
    .. [2] D. V. Cicchetti, A. R. Feinstein (1990), "High agreement but low
       kappa: II. Resolving the paradoxes", Journal of Clinical Epidemiology
       43(6), 551-558. doi:10.1016/0895-4356(90)90159-M

    Examples
    --------
    The second table of Feinstein and Cicchetti (1990), kappa .32:

    >>> patterns = Patterns([[2, 0], [1, 1], [0, 2]], [80, 15, 5], points=("+", "-"))
    >>> [round(each.value, 2) for each in agreement_on_each_point(patterns)]
    [0.91, 0.4]
    """
    pairable = patterns.pairable
    reason = no_comparison(patterns)
    return tuple(
        _specific_agreement(pairable, place, reason, interval)
        for place in range(len(patterns.points))
    )


def _specific_agreement(
    pairable: Patterns, place: int, reason: Undefined | None, interval: Interval
) -> Estimate:
    used = pairable.counts[:, place] > 0
    chosen, units = pairable.counts[used, place], pairable.frequencies[used]
    if reason is None and not len(units):
        reason = Undefined.POINT_NOT_USED
    others = pairable.ratings_per_unit[used] - 1
    rows = np.column_stack([chosen * (chosen - 1), chosen * others])
    return infer(
        UnitSums(rows, units, _share_of_pairs, bounds=(0.0, 1.0)),
        undefined=reason,
        counts=pairable.evidence(n_units=int(units.sum())),
        interval=interval,
        units=None if pairable.units is None else pairable.units.kept(used),
        coefficient="specific_agreement",
        level=pairable.level.value,
    )


def _share_of_pairs(sums: Sums) -> Sums:
    share: Sums = sums[..., 0] / sums[..., 1]
    return share


def kappa_of_each_point(
    patterns: Patterns, *, interval: Interval = DEFAULT_INTERVAL
) -> tuple[Estimate, ...]:
    """Fleiss' kappa of each point against all the others, in the scale's order.

    References
    ----------
    .. [1] J. L. Fleiss (1971), "Measuring nominal scale agreement among many
       raters", Psychological Bulletin 76(5), 378-382. doi:10.1037/h0031619
    """
    return tuple(
        fleiss_kappa(_one_against_rest(patterns, place), interval=interval)
        for place in range(len(patterns.points))
    )


def _one_against_rest(patterns: Patterns, place: int) -> Patterns:
    chosen = patterns.counts[:, place]
    counts = np.column_stack([chosen, patterns.ratings_per_unit - chosen])
    return replace(patterns, counts=counts, points=(True, False), has_order=False)
