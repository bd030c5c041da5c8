"""Differences of two estimates, with an interval that knows the shared units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .errors import InvalidRatingsError, StatisticsError
from .inference import (
    DEFAULT_INTERVAL,
    Interval,
    IntervalMethod,
    Limits,
    Resampled,
    SumsRequest,
    limits_of,
    n_compared,
    n_units,
)
from .joint import JointSums, apart, in_either_and_both, joint_rows, matched, on_one_scale
from .ratings import Ratings
from .registry import WeightsLike, coefficient
from .results import Caution, Estimate, Undefined
from .units import UnitRows

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """First minus second with its interval; or the reason it has none.

    `n_units` counts the units behind either side, `n_shared` those behind both;
    `n_groups` is set when units came in groups. `df` are the degrees of freedom
    of an interval by t; `draws` and `seed` belong to a resampled one.
    """

    coefficient: str
    confidence: float
    n_units: int
    n_shared: int
    first: float | None = None
    second: float | None = None
    value: float | None = None
    se: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    ci_method: str | None = None
    df: float | None = None
    n_groups: int | None = None
    draws: int | None = None
    seed: int | None = None
    undefined: Undefined | None = None
    warnings: tuple[Caution, ...] = ()


def difference(
    name: str,
    first: Ratings,
    second: Ratings,
    *,
    weights: WeightsLike | None = None,
    interval: Interval = DEFAULT_INTERVAL,
    confidence: float | None = None,
) -> Difference:
    r"""The coefficient of the first ratings minus that of the second.

    .. math:: s^2 = \sum_h \frac{n_h-1}{n_h} \sum_{u \in h}
              (d_{(u)} - \bar d_h)^2, \quad d_{(u)} = \theta^1_{(u)} - \theta^2_{(u)}

    Both sides lose the same unit in each step of the jackknife, so shared units
    make the interval as narrow as their correlation allows. Units rated on both
    sides, on the first alone and on the second alone are strata h: with the
    same units everywhere this is the paired interval with n - 1 degrees of
    freedom, without shared units that of Welch. The bootstrap draws each
    stratum apart. Where the ratings carry groups, groups take the place of
    units. Both sides are put on one scale, that of their points together.

    Parameters
    ----------
    name : str
        A registered coefficient.
    first, second : Ratings
        With `unit_labels`; equal labels are the same unit (and equal
        `group_labels` the same group).
    interval : Interval
        Method, confidence, draws and seed. Methods that belong to one
        coefficient alone give way to the jackknife.
    confidence : float, optional
        Shorthand for the confidence of the interval.

    Returns
    -------
    Difference
        Without a value when either side is undefined, whose reason it gives;
        without an interval when there is none.

    Raises
    ------
    InvalidRatingsError
        The ratings carry no labels of units or groups, only one side carries
        groups, or the levels of measurement differ.

    Examples
    --------
    The same eight units before and after a rule was made clearer:

    >>> units, raters = [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8], list("ab") * 8
    >>> before = Ratings.from_long(units, raters, list("xyxxyyxyxxyyxyyy"))
    >>> after = Ratings.from_long(units, raters, list("xyxxyyxxxxyyyyyy"))
    >>> found = difference("percent_agreement", after, before)
    >>> found.value, round(found.ci_low, 3), round(found.ci_high, 3), found.n_shared
    (0.25, -0.137, 0.637, 8)
    """
    if confidence is not None:
        interval = replace(interval, confidence=confidence)
    sides = [RatedSide.of(name, each, weights) for each in on_one_scale(first, second)]
    if (first.groups is None) != (second.groups is None):
        raise InvalidRatingsError("only one side of the difference says which group a unit is in")
    units = matched([side.unit_labels for side in sides])
    taking_part = [codes[side.takes_part] for codes, side in zip(units, sides, strict=True)]
    n_units, n_shared = in_either_and_both(taking_part)
    labels: dict[str, Any] = {"n_units": n_units, "n_shared": n_shared}
    if not all(side.estimate.is_defined for side in sides):
        return _undefined_difference(sides[0].estimate, sides[1].estimate, interval, labels)
    clusters = [side.clusters() for side in sides]
    codes = units if first.groups is None else matched([each.labels for each in clusters])
    rows = joint_rows([each.rows for each in clusters], codes)
    sums = JointSums.of(clusters[0].sums, clusters[1].sums, rows)
    if first.groups is not None:
        labels["n_groups"] = len(rows)
    return _with_limits(sides[0].estimate, sides[1].estimate, sums, interval, labels)


class Computes(Protocol):
    """A coefficient of counts, such as `fleiss_kappa` or a `partial` of it."""

    def __call__(self, counts: Any, /, *, interval: Interval) -> Estimate: ...


def independent_difference(
    compute: Computes,
    first: Any,
    second: Any,
    *,
    interval: Interval = DEFAULT_INTERVAL,
) -> Difference:
    """First minus second from counts of two studies that share no unit.

    As `difference` without shared units: the variances add up, degrees of
    freedom are those of Welch and Satterthwaite, the bootstrap draws each study
    apart.

    Parameters
    ----------
    compute : callable
        A coefficient of counts; bind its weights with `functools.partial`.
    first, second : Patterns or PairTable
        What `compute` takes.

    Examples
    --------
    >>> from reliability.stats import PairTable, cohen_kappa
    >>> tables = [PairTable(table, (0, 1)) for table in ([[40, 5], [5, 50]], [[30, 20], [10, 40]])]
    >>> found = independent_difference(cohen_kappa, *tables)
    >>> round(found.value, 3), round(found.ci_low, 3), round(found.ci_high, 3)
    (0.398, 0.182, 0.614)
    """
    (one, sums_a), (other, sums_b) = (_counted(compute, counts) for counts in (first, second))
    labels: dict[str, Any] = {"n_units": one.n_units + other.n_units, "n_shared": 0}
    if sums_a is None or sums_b is None:
        return _undefined_difference(one, other, interval, labels)
    sums = JointSums(sums_a, sums_b, *apart(sums_a, sums_b))
    if one.n_groups is not None and other.n_groups is not None:
        labels["n_groups"] = one.n_groups + other.n_groups
    return _with_limits(one, other, sums, interval, labels)


def _counted(compute: Computes, counts: Any) -> tuple[Estimate, Resampled | None]:
    """The estimate, and the sums behind it, over groups where units come in groups."""
    request = SumsRequest()
    estimate = compute(counts, interval=request)
    if not request.found:
        return estimate, None
    sums, units = request.found[0]
    if units is None or units.groups is None:
        return estimate, sums
    groups = units.gathered(len(sums.frequencies))
    gathered = sums.gathered(groups.compositions, groups.frequencies)
    return replace(estimate, n_groups=n_units(gathered)), gathered


def difference_of_estimates(
    first: Estimate, second: Estimate, *, confidence: float = 0.95
) -> Difference:
    """First minus second from two estimates whose studies share no unit.

    Variances add up; degrees of freedom are those of Welch and Satterthwaite,
    from the units (or groups) behind each estimate. No interval when either
    estimate has no standard error.

    Raises
    ------
    StatisticsError
        The estimates are of different coefficients.

    References
    ----------
    .. [1] B. L. Welch (1947), "The generalization of 'Student's' problem when
       several different population variances are involved", Biometrika 34(1-2),
       28-35. doi:10.1093/biomet/34.1-2.28
    """
    if first.coefficient != second.coefficient:
        names = f"{first.coefficient} and {second.coefficient}"
        raise StatisticsError(f"a difference compares one coefficient, not {names}")
    labels: dict[str, Any] = {"n_units": first.n_units + second.n_units, "n_shared": 0}
    interval = Interval(IntervalMethod.WELCH_T, confidence)
    if first.value is None or second.value is None:
        return _undefined_difference(first, second, interval, labels)
    value = first.value - second.value
    if first.se is None or second.se is None:
        return _found(first, second, None, interval, labels)
    freedom = [(each.n_groups or each.n_units) - 1 for each in (first, second)]
    variances = (first.se**2, second.se**2)
    uncertainty = sum(v**2 / df for v, df in zip(variances, freedom, strict=True))
    df = sum(variances) ** 2 / uncertainty if uncertainty > 0 else float(sum(freedom))
    se = float(np.sqrt(sum(variances)))
    reach = float(stats.t.ppf((1 + confidence) / 2, df)) * se
    limits = Limits(value - reach, value + reach, se, IntervalMethod.WELCH_T, df)
    return _found(first, second, limits, interval, labels)


@dataclass(frozen=True, eq=False)
class Clusters:
    """What is resampled on one side: units, or groups of them.

    `rows` has the row of `sums` that each shows, -1 where it takes no part.
    """

    sums: Resampled
    rows: IntArray
    labels: Sequence[Any]


@dataclass(frozen=True, eq=False)
class RatedSide:
    """One side of a comparison: its estimate, and the sums behind it."""

    estimate: Estimate
    ratings: Ratings
    found: tuple[Resampled, UnitRows] | None

    @classmethod
    def of(cls, name: str, ratings: Ratings, weights: WeightsLike | None) -> RatedSide:
        if ratings.unit_labels is None:
            raise InvalidRatingsError("a difference needs to know which units are the same")
        if ratings.groups is not None and ratings.group_labels is None:
            raise InvalidRatingsError("a difference needs to know which groups are the same")
        request = SumsRequest()
        estimate = coefficient(name, ratings, weights=weights, interval=request)
        if not request.found:
            return cls(estimate, ratings, None)
        sums, units = request.found[0]
        if units is None:
            raise StatisticsError(f"{name} does not tell which unit shows which of its rows")
        return cls(estimate, ratings, (sums, units))

    @property
    def unit_labels(self) -> Sequence[Any]:
        assert self.ratings.unit_labels is not None  # refused in `of`
        return self.ratings.unit_labels

    @property
    def group_labels(self) -> Sequence[Any]:
        assert self.ratings.group_labels is not None  # refused in `of`
        return self.ratings.group_labels

    @property
    def takes_part(self) -> NDArray[np.bool_]:
        """Units that the coefficient uses, shape (n_units,); all when it is undefined."""
        if self.found is None:
            return np.ones(self.ratings.n_units, dtype=np.bool_)
        taking_part: NDArray[np.bool_] = self.found[1].of_unit() >= 0
        return taking_part

    def clusters(self) -> Clusters:
        assert self.found is not None  # only asked of defined estimates
        sums, units = self.found
        if units.groups is None:
            return Clusters(sums, units.of_unit(), self.unit_labels)
        groups = units.gathered(len(sums.frequencies))
        gathered = sums.gathered(groups.compositions, groups.frequencies)
        return Clusters(gathered, groups.of_group, self.group_labels)


def _with_limits(
    first: Estimate,
    second: Estimate,
    sums: JointSums,
    interval: Interval,
    labels: dict[str, Any],
) -> Difference:
    none = interval.method is IntervalMethod.NONE
    if interval.method is IntervalMethod.JACKKNIFE_LOG:
        # A difference has no bound to keep away from, and its sign is arbitrary.
        interval = replace(interval, method=IntervalMethod.JACKKNIFE_T)
    comparable = min(n_compared(sums.first), n_compared(sums.second)) >= 2
    limits = None if none or not comparable else limits_of(sums.value(), sums, interval)
    found = _found(first, second, limits, interval, labels)
    if limits is None and not none:
        warnings = (*found.warnings, Caution.TOO_FEW_UNITS_FOR_INTERVAL)
        return replace(found, warnings=tuple(dict.fromkeys(warnings)))
    return found


def _found(
    first: Estimate,
    second: Estimate,
    limits: Limits | None,
    interval: Interval,
    labels: dict[str, Any],
) -> Difference:
    assert first.value is not None  # only called with two values
    assert second.value is not None
    found = Difference(
        coefficient=first.coefficient,
        confidence=interval.confidence,
        first=first.value,
        second=second.value,
        value=first.value - second.value,
        warnings=tuple(dict.fromkeys((*first.warnings, *second.warnings))),
        **labels,
    )
    if limits is None:
        return found
    return replace(
        found,
        se=limits.se,
        ci_low=limits.low,
        ci_high=limits.high,
        ci_method=limits.method.value,
        df=limits.df,
        draws=interval.draws if limits.is_resampled else None,
        seed=interval.seed if limits.is_resampled else None,
        warnings=tuple(dict.fromkeys((*found.warnings, *limits.warnings))),
    )


def _undefined_difference(
    first: Estimate, second: Estimate, interval: Interval, labels: dict[str, Any]
) -> Difference:
    return Difference(
        coefficient=first.coefficient,
        confidence=interval.confidence,
        first=first.value,
        second=second.value,
        undefined=first.undefined or second.undefined,
        **labels,
    )
