"""Decision study: where the variance comes from, and what further raters would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .agreement import no_comparison
from .data import Level, Patterns, scale_values
from .errors import StatisticsError
from .inference import Interval, Sums, UnitSums, infer
from .results import Caution, Estimate, Undefined
from .severity import Meetings, PairTables, ratings_per_pair, without_order

FloatArray = NDArray[np.float64]

_UNSUITABLE = {Level.SET, Level.CIRCULAR}
# Indicators of a nominal scale: one axis, and one sum, for each point.
_MOST_POINTS = 1000
# A share of the rater differences' noise this near to one leaves no residual.
_NO_RESIDUAL = 1 - 1e-9


@dataclass(frozen=True, kw_only=True)
class VarianceComponents:
    """Variance of one rating, by source; or the reason it cannot be told apart.

    Attributes
    ----------
    item, rater, residual
        Squared scale units. On nominal scales, of the indicators of the points
        (1 if chosen, else 0), added up: together at most 1. Kept as estimated:
        below zero where chance made it so.
    n_units, n_raters
        Units with at least one rating; raters who share a unit with another.
    """

    item: float | None = None
    rater: float | None = None
    residual: float | None = None
    n_units: int = 0
    n_raters: int = 0
    undefined: Undefined | None = None

    @property
    def shares(self) -> tuple[float, float, float] | None:
        """Item, rater and residual as shares of the total; negative ones count as 0."""
        if self.item is None or self.rater is None or self.residual is None:
            return None
        item, rater, residual = (max(0.0, v) for v in (self.item, self.rater, self.residual))
        total = item + rater + residual
        return (item / total, rater / total, residual / total) if total > 0 else None


def variance_components(
    patterns: Patterns, tables: PairTables, *, ratings_by_rater: Mapping[Any, int]
) -> VarianceComponents:
    r"""Item, rater and residual variance under the crossed random model.

    .. math:: x_{ui} = \mu + U_u + R_i + E_{ui}

    With half squared differences of ratings: :math:`W` within units expects
    :math:`\sigma_R^2 + \sigma_E^2`; :math:`T` between units expects
    :math:`\sigma_U^2 + \sigma_E^2 + (1 - q) \sigma_R^2`, where q is the share of
    those pairs by one and the same rater; the squares of rater effects, fitted
    by least squares to the differences on shared units, expect
    :math:`\sigma_R^2 + h \sigma_E^2`. Solved for the three.

    Parameters
    ----------
    patterns : Patterns
        Units with one rating take part in T.
    tables : mapping of (rater, rater) to PairTable
        Every pair that shares a unit.
    ratings_by_rater : mapping of rater to int
        Ratings each rater gave, on all units of the patterns.

    Returns
    -------
    VarianceComponents
        Equal to the analysis of variance when complete, and unbiased with gaps
        that do not depend on the values; h is exact where all units have the
        same number of ratings and otherwise uses their mean over rater pairs.
        Undefined for sets and circles, words at levels that need numbers, words
        without order at ordinal level, one unit, and where no degree of freedom
        is left for the residual.

    References
    ----------
    .. [1] G. G. Koch (1967), "A general approach to the estimation of variance
       components", Technometrics 9(1), 93-118.
    .. [2] C. R. Henderson (1953), "Estimation of variance and covariance
       components", Biometrics 9(2), 226-252. doi:10.2307/3001853
    .. [3] J. R. Landis, G. G. Koch (1977), "A one-way components of variance
       model for categorical data", Biometrics 33(4), 671-679 (nominal scales).
    """
    counts: dict[str, Any] = {
        "n_units": patterns.n_units,
        "n_raters": len({r for pair in tables for r in pair}),
    }
    reason = _unsuitable(patterns)
    if reason is None and not tables:
        reason = Undefined.NO_PAIRABLE_UNITS
    if reason is not None:
        return VarianceComponents(undefined=reason, **counts)
    between, within = _spread(patterns.frequencies @ _rows(patterns))
    rater = _rater_variance(patterns, tables, float(within))
    if rater is None:
        return VarianceComponents(undefined=Undefined.TOO_FEW_UNITS, **counts)
    item = float(between - within) + _same_rater_share(patterns, ratings_by_rater) * rater
    return VarianceComponents(item=item, rater=rater, residual=float(within) - rater, **counts)


class Design(StrEnum):
    """What the variance components behind a prediction were told from."""

    ONE_WAY = "one_way"
    TWO_WAY = "two_way"


@dataclass(frozen=True, kw_only=True)
class PredictedReliability:
    """Reliability of what `n_raters` raters say of an item, taken together.

    Between 0 and 1: of their mean rating, or on nominal scales of the shares
    of them that chose each point (never of the majority's choice).
    """

    n_raters: int
    design: Design
    value: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    confidence: float = 0.95
    undefined: Undefined | None = None
    warnings: tuple[Caution, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RatersNeeded:
    """Raters per item for a wanted reliability.

    `n_raters` by the estimate and `n_raters_surely` by its lower limit; None
    where no number of raters is enough, as items do not differ.
    """

    target: float
    n_raters: int | None = None
    n_raters_surely: int | None = None
    undefined: Undefined | None = None


def predicted_reliability(
    patterns: Patterns,
    tables: PairTables | None = None,
    n_raters: Sequence[int] = (1, 2, 3, 4, 5, 7, 10),
    *,
    ratings_by_rater: Mapping[Any, int] | None = None,
    confidence: float = 0.95,
) -> tuple[PredictedReliability, ...]:
    r"""Reliability of k raters taken together, for absolute agreement.

    .. math:: \Phi_k = \frac{\sigma_U^2}{\sigma_U^2 + (\sigma_R^2 + \sigma_E^2) / k}

    Rater variance counts as error, whether the k raters are the same for every
    item or differ from item to item. At k = 1 it is what agreement coefficients
    estimate; k follows by the Spearman-Brown formula.

    Parameters
    ----------
    patterns : Patterns
    tables, ratings_by_rater : mapping, optional
        As for `variance_components`. Without them each rating counts as given
        by another rater ("one_way"), which is a little low where the same
        raters rate many items.
    n_raters : sequence of int
        The numbers of raters per item to predict for.

    Returns
    -------
    tuple of PredictedReliability
        One for each of `n_raters`. A negative item variance counts as zero. The
        interval is that of one rating (leave one unit out, t), stepped up, with
        the rater variance held: it speaks about further units, not about other
        raters.

    References
    ----------
    .. [1] R. L. Brennan (2001), Generalizability Theory, Springer.
       doi:10.1007/978-1-4757-3456-0
    .. [2] R. J. Shavelson, N. M. Webb (1991), Generalizability Theory: A
       Primer, Sage.
    .. [3] J. L. Fleiss, J. Cuzick (1979), "The reliability of dichotomous
       judgments: unequal numbers of judges per subject", Applied Psychological
       Measurement 3(4), 537-542. doi:10.1177/014662167900300410
       (nominal scales)
    """
    if any(k < 1 for k in n_raters):
        raise StatisticsError("reliability is predicted for one rater or more")
    single = _single_rating(patterns, tables, ratings_by_rater, Interval(confidence=confidence))
    design = Design.TWO_WAY if tables else Design.ONE_WAY
    return tuple(
        PredictedReliability(
            n_raters=k,
            design=design,
            value=_stepped_up(single.value, k),
            ci_low=_stepped_up(single.ci_low, k),
            ci_high=_stepped_up(single.ci_high, k),
            confidence=confidence,
            undefined=single.undefined,
            warnings=single.warnings,
        )
        for k in n_raters
    )


def raters_needed(
    patterns: Patterns,
    target: float,
    tables: PairTables | None = None,
    *,
    ratings_by_rater: Mapping[Any, int] | None = None,
    confidence: float = 0.95,
) -> RatersNeeded:
    """Raters per item so that their predicted reliability reaches the target.

    Arguments as for `predicted_reliability`; `target` lies between 0 and 1.
    """
    if not 0 < target < 1:
        raise StatisticsError("a target reliability lies between 0 and 1")
    single = _single_rating(patterns, tables, ratings_by_rater, Interval(confidence=confidence))
    return RatersNeeded(
        target=target,
        n_raters=_raters_to_reach(target, single.value),
        n_raters_surely=_raters_to_reach(target, single.ci_low),
        undefined=single.undefined,
    )


def _single_rating(
    patterns: Patterns,
    tables: PairTables | None,
    ratings_by_rater: Mapping[Any, int] | None,
    interval: Interval,
) -> Estimate:
    """Reliability of one rating, with its interval."""
    reason, added = _unsuitable(patterns), 0.0
    if reason is None and tables:
        components = variance_components(patterns, tables, ratings_by_rater=ratings_by_rater or {})
        reason = components.undefined
        added = _same_rater_share(patterns, ratings_by_rater or {}) * (components.rater or 0)
    return infer(
        None if reason else _one_rating(patterns, added),
        undefined=reason,
        counts=patterns.evidence(n_units=patterns.n_units),
        interval=interval,
        units=patterns.units,
        coefficient="predicted_reliability",
        level=patterns.level.value,
    )


def _one_rating(patterns: Patterns, added: float) -> UnitSums:
    """Reliability of one rating; `added` is what shared raters hide of the item variance."""

    def reliability(sums: Sums) -> Sums:
        between, within = _spread(sums)
        return 1 - within / (between + added)

    compared = patterns.ratings_per_unit - 1
    return UnitSums(_rows(patterns), patterns.frequencies, reliability, compared=compared)


def _rows(patterns: Patterns) -> FloatArray:
    """Sums over units; see `_spread` for their order."""
    coordinates = coordinates_of(patterns)
    m = patterns.ratings_per_unit
    totals = patterns.counts @ coordinates
    squares = patterns.counts @ (coordinates**2).sum(axis=1)
    squared_total = (totals**2).sum(axis=1)
    inside = m * squares - squared_total
    columns = [np.ones(len(m)), m, m**2, squares, inside, inside / m]
    return np.column_stack([*columns, totals])


def _spread(sums: Sums) -> tuple[Sums, Sums]:
    """Half mean squared differences: of ratings of different units, and of one unit.

    The latter weighs units by their degrees of freedom.
    """
    n, m, m_squared, squares, inside, within = np.moveaxis(sums[..., :6], -1, 0)
    everywhere = m * squares - (sums[..., 6:] ** 2).sum(axis=-1)
    return (everywhere - inside) / (m**2 - m_squared), within / (m - n)


def coordinates_of(patterns: Patterns) -> FloatArray:
    """Coordinates of the points, shape (n_points, d), around the mean rating.

    Half their squared distance is how far two ratings disagree: one axis of
    numbers, or one for each point of a nominal scale.
    """
    if patterns.level is Level.NOMINAL:
        return np.eye(len(patterns.points))
    values = scale_values(patterns.points)
    mean = patterns.totals @ values / patterns.totals.sum()
    return (values - mean)[:, None]


def _rater_variance(patterns: Patterns, tables: PairTables, within: float) -> float | None:
    """Variance of rater effects; None without a degree of freedom for the residual.

    The noise of the effects is a share h of the residual variance, and rater
    and residual together are the variance within units.
    """
    meetings = Meetings.of(tables, coordinates_of(patterns))
    pairs = float(meetings.shared.sum())
    if pairs == 0:
        return None
    squares = float((meetings.effects * meetings.advance).sum()) / pairs
    free = len(meetings.raters) - meetings.n_groups
    noise = ratings_per_pair(patterns) * free / pairs
    return (squares - noise * within) / (1 - noise) if noise < _NO_RESIDUAL else None


def _same_rater_share(patterns: Patterns, ratings_by_rater: Mapping[Any, int]) -> float:
    """Of rating pairs of different units, the share by one and the same rater."""
    each = np.array(list(ratings_by_rater.values()), dtype=np.float64)
    if each.sum() != patterns.n_ratings:
        raise StatisticsError("the ratings of all raters are those of the patterns")
    n, m = patterns.n_ratings, patterns.ratings_per_unit
    return float(((each**2).sum() - n) / (n**2 - patterns.frequencies @ m**2))


def _unsuitable(patterns: Patterns) -> Undefined | None:
    if patterns.level in _UNSUITABLE:
        return Undefined.UNSUITABLE_LEVEL
    if patterns.level is Level.NOMINAL and len(patterns.points) > _MOST_POINTS:
        return Undefined.TOO_MANY_VALUES
    reason = no_comparison(patterns)
    if reason is None and patterns.level is not Level.NOMINAL:
        reason = without_order(patterns)
    if reason is None and np.count_nonzero(patterns.totals) < 2:
        reason = Undefined.NO_VARIATION
    if reason is None and patterns.n_units < 2:
        reason = Undefined.TOO_FEW_UNITS
    return reason


def _stepped_up(single: float | None, k: int) -> float | None:
    """Spearman and Brown's formula; below zero there is nothing to step up."""
    if single is None:
        return None
    single = max(0.0, single)
    return k * single / (1 + (k - 1) * single)


def _raters_to_reach(target: float, single: float | None) -> int | None:
    if single is None or single <= 0:
        return None
    needed = target * (1 - single) / (single * (1 - target))
    # Rounding must not ask for one rater more than the exact solution.
    return max(1, int(np.ceil(needed - 1e-9)))
