"""Slices against the rest, without mistaking the luckiest for a finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from .data import Patterns
from .differences import Difference, difference_of_estimates
from .errors import InvalidCountsError, StatisticsError
from .inference import Interval
from .kinds import Kinds, is_grouped
from .patternwise import coefficient_of_patterns
from .results import Estimate, Undefined
from .units import UnitRows

FloatArray = NDArray[np.float64]

MIN_UNITS = 20


class Adjustment(StrEnum):
    """What adjusted p-values control."""

    HOLM = "holm"
    BENJAMINI_HOCHBERG = "benjamini_hochberg"


def adjusted(p_values: ArrayLike, method: str = Adjustment.HOLM) -> FloatArray:
    r"""P-values adjusted for their number.

    .. math:: \tilde p_{(i)} = \max_{j \le i} \min(1, (m - j + 1) p_{(j)}), \quad
              \tilde q_{(i)} = \min_{j \ge i} \min(1, m p_{(j)} / j)

    Parameters
    ----------
    p_values : array_like of float, shape (m,)
        Between 0 and 1.
    method : str
        "holm" holds the chance of any false finding, under any dependence;
        "benjamini_hochberg" the expected share of false ones among findings,
        for independent or positively dependent tests.

    Returns
    -------
    ndarray of float, shape (m,)
        In the order given.

    References
    ----------
    .. [1] S. Holm (1979), "A simple sequentially rejective multiple test
       procedure", Scandinavian Journal of Statistics 6(2), 65-70.
       https://www.jstor.org/stable/4615733
    .. [2] Y. Benjamini, Y. Hochberg (1995), "Controlling the false discovery
       rate", Journal of the Royal Statistical Society B 57(1), 289-300.
       doi:10.1111/j.2517-6161.1995.tb02031.x

    Examples
    --------
    >>> adjusted([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.06, 0.06]
    >>> adjusted([0.01, 0.04, 0.03], "benjamini_hochberg").round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    p = np.asarray(p_values, dtype=np.float64)
    if p.size and not ((p >= 0) & (p <= 1)).all():
        raise StatisticsError("p-values lie between 0 and 1")
    method = Adjustment(method)
    order = np.argsort(p, kind="stable")
    rank = np.arange(1, len(p) + 1)
    if method is Adjustment.HOLM:
        stepped = np.maximum.accumulate((len(p) - rank + 1) * p[order])
    else:
        stepped = np.minimum.accumulate((len(p) / rank * p[order])[::-1])[::-1]
    result = np.empty(len(p))
    result[order] = np.minimum(1, stepped)
    return result


@dataclass(frozen=True, kw_only=True)
class SliceDifference:
    """A coefficient in one slice minus that of all other units.

    Attributes
    ----------
    key
        Of the slice.
    n_units
        Units of the slice with at least one rating.
    estimate, rest
        Of the slice and of all other units; None when suppressed.
    value, se, df, ci_low, ci_high
        Slice minus rest, Welch's interval; not adjusted for the number of slices.
    p_value, p_adjusted
        Two-sided, and adjusted over the family of slices that have one.
    suppressed
        Fewer units than asked for: too noisy to show.
    undefined
        Why there is no difference, unless suppressed.
    """

    key: Any
    n_units: int
    estimate: Estimate | None = None
    rest: Estimate | None = None
    value: float | None = None
    se: float | None = None
    df: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    confidence: float = 0.95
    p_value: float | None = None
    p_adjusted: float | None = None
    suppressed: bool = False
    undefined: Undefined | None = None


def slice_differences(
    whole: Patterns,
    slices: Mapping[Any, Patterns],
    name: str = "krippendorff_alpha",
    *,
    min_units: int = MIN_UNITS,
    method: str = Adjustment.HOLM,
    weights: str | ArrayLike | None = None,
    confidence: float = 0.95,
) -> list[SliceDifference]:
    r"""Each slice against the rest of the units.

    .. math:: t = \frac{\hat\theta_s - \hat\theta_{-s}}{\sqrt{s_s^2 + s_{-s}^2}}

    with the leave-one-unit-out standard errors and Welch's degrees of freedom.
    Slice and rest share no unit, so they are independent given the raters.

    Parameters
    ----------
    whole : Patterns
        All units.
    slices : mapping of key to Patterns
        Units of each slice, with the points of the whole, and its codes of
        groups where units come in groups. Slices of one family share no unit
        (and no group); they need not cover the whole.
    name : str
        A coefficient that patterns decide (`PATTERN_COEFFICIENTS`).
    min_units : int
        Slices with fewer units of two or more ratings are suppressed: neither
        estimated nor tested nor counted in the family. This keeps noise off the
        page, not secrets: the value of a suppressed slice may follow from whole
        and rest.
    method : str
        Of `adjusted`, over the slices of this call.

    Returns
    -------
    list of SliceDifference
        In the order of the mapping.

    Raises
    ------
    InvalidCountsError
        A slice holds units that the whole does not, is rated on another scale,
        or groups its units where the whole does not.

    References
    ----------
    .. [1] B. L. Welch (1947), "The generalization of 'Student's' problem when
       several different population variances are involved", Biometrika
       34(1-2), 28-35. doi:10.1093/biomet/34.1-2.28
    """
    interval = Interval(confidence=confidence)
    found = []
    for key, part in slices.items():
        rest = without(whole, part)
        if part.pairable.n_units < min_units:
            found.append(SliceDifference(key=key, n_units=part.n_units, suppressed=True))
            continue
        inside, outside = (
            coefficient_of_patterns(name, units, weights=weights, interval=interval)
            for units in (part, rest)
        )
        found.append(_against(key, part.n_units, inside, outside))
    return _with_adjusted(found, method)


def without(whole: Patterns, part: Patterns) -> Patterns:
    """The units of the whole that are not in the part, by pattern.

    Raises
    ------
    InvalidCountsError
        The part is on another scale, or not contained in the whole.
    """
    if whole.points != part.points:
        raise InvalidCountsError("a slice is rated on the scale of the whole")
    in_groups = is_grouped(whole)
    if in_groups != is_grouped(part):
        raise InvalidCountsError("only the slice or only the whole says which group a unit is in")
    stacked = np.concatenate([whole.counts, part.counts])
    table, place = np.unique(stacked, axis=0, return_inverse=True)
    of_whole, of_part = np.split(place.ravel(), [len(whole.counts)])
    left = Kinds.of(whole, of_whole, by_group=True).minus(Kinds.of(part, of_part, by_group=True))
    groups = left.groups if in_groups else None
    return replace(
        whole,
        counts=table,
        frequencies=np.bincount(left.rows, left.sizes, len(table)),
        units=UnitRows(lambda: left.rows, groups, left.sizes),
    )


def _against(key: Any, n_units: int, inside: Estimate, outside: Estimate) -> SliceDifference:
    between = difference_of_estimates(inside, outside, confidence=inside.confidence)
    return SliceDifference(
        key=key,
        n_units=n_units,
        estimate=inside,
        rest=outside,
        value=between.value,
        se=between.se,
        df=between.df,
        ci_low=between.ci_low,
        ci_high=between.ci_high,
        confidence=between.confidence,
        p_value=_p_value(between),
        undefined=between.undefined,
    )


def _p_value(between: Difference) -> float | None:
    # Without any spread on both sides there is no error to compare with.
    if between.value is None or not between.se or between.df is None:
        return None
    return float(2 * stats.t.sf(abs(between.value) / between.se, between.df))


def _with_adjusted(found: list[SliceDifference], method: str) -> list[SliceDifference]:
    family = [one.p_value for one in found if one.p_value is not None]
    values = iter(adjusted(family, method).tolist())
    return [one if one.p_value is None else replace(one, p_adjusted=next(values)) for one in found]


@dataclass(frozen=True, kw_only=True)
class Heterogeneity:
    """Whether estimates of several slices differ more than chance explains.

    `q` is Cochran's statistic; `p_value` corrects it for standard errors that
    are estimates themselves (Welch). `i_squared`, 0 to 1, is the share of the
    spread between slices beyond chance. None with fewer than two slices.
    """

    n_slices: int
    q: float | None = None
    i_squared: float | None = None
    p_value: float | None = None


def heterogeneity(estimates: Iterable[Estimate]) -> Heterogeneity:
    r"""One test over all slices: do they differ at all?

    .. math:: Q = \sum_s w_s (\hat\theta_s - \bar\theta)^2, \quad w_s = 1 / s_s^2

    Slices without a value or a standard error above zero are left out.

    References
    ----------
    .. [1] W. G. Cochran (1954), "The combination of estimates from different
       experiments", Biometrics 10(1), 101-129. doi:10.2307/3001666
    .. [2] B. L. Welch (1951), "On the comparison of several mean values: an
       alternative approach", Biometrika 38(3-4), 330-336.
       doi:10.1093/biomet/38.3-4.330
    .. [3] J. P. T. Higgins, S. G. Thompson (2002), "Quantifying heterogeneity
       in a meta-analysis", Statistics in Medicine 21(11), 1539-1558.
       doi:10.1002/sim.1186
    """
    usable = [one for one in estimates if one.value is not None and one.se]
    if len(usable) < 2:
        return Heterogeneity(n_slices=len(usable))
    values = np.array([one.value for one in usable], dtype=np.float64)
    weights = np.array([one.se for one in usable], dtype=np.float64) ** -2
    centre = weights @ values / weights.sum()
    q, k = float(weights @ (values - centre) ** 2), len(usable)
    return Heterogeneity(
        n_slices=k,
        q=q,
        i_squared=max(0.0, 1 - (k - 1) / q) if q > 0 else 0.0,
        p_value=_welch_p(q, weights, [one.n_groups or one.n_units for one in usable]),
    )


def _welch_p(q: float, weights: FloatArray, n_units: Sequence[int]) -> float:
    k = len(weights)
    df = np.array(n_units, dtype=np.float64) - 1
    uncertainty = float(((1 - weights / weights.sum()) ** 2 / df).sum())
    statistic = q / (k - 1) / (1 + 2 * (k - 2) / (k**2 - 1) * uncertainty)
    return float(stats.f.sf(statistic, k - 1, (k**2 - 1) / (3 * uncertainty)))
