"""The interval of any coefficient that depends on sums over units.

What is resampled is the unit; where units come in groups, the group. The sums
themselves are in `sums.py`, standard errors in `variance.py`, the bootstrap in
`resampling.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np
from scipy import special

from .errors import StatisticsError
from .resampling import acceleration, bca_limits, draws_of, percentile_limits
from .results import Caution, Counts, Estimate, Undefined
from .sums import (
    N_GROUPS,
    FloatArray,
    Resampled,
    Sums,
    UnitSums,
    condensed,
    fixed_pairs,
    n_compared,
    n_units,
    random_groups,
)
from .units import UnitRows
from .variance import Spread, asymptotic, effective_units, gwet, jackknife, linearized

__all__ = [
    "DEFAULT_INTERVAL",
    "NO_INTERVAL",
    "N_GROUPS",
    "FloatArray",
    "Interval",
    "IntervalMethod",
    "Limits",
    "Resampled",
    "Sums",
    "SumsRequest",
    "UnitSums",
    "condensed",
    "fixed_pairs",
    "infer",
    "limits_of",
    "n_compared",
    "n_units",
    "random_groups",
]


class IntervalMethod(StrEnum):
    """How an interval is formed; the value travels with the result."""

    JACKKNIFE_T = "jackknife_t"
    JACKKNIFE_LOG = "jackknife_log"
    LINEARIZED_T = "linearized_t"
    GWET_T = "gwet_t"
    ASYMPTOTIC_NORMAL = "asymptotic_normal"
    BOOTSTRAP_PERCENTILE = "bootstrap_percentile"
    BOOTSTRAP_BCA = "bootstrap_bca"
    KALPHA_PAIRS = "kalpha_pairs"
    F_DISTRIBUTION = "f_distribution"
    FISHER_Z = "fisher_z"
    WELCH_T = "welch_t"
    NONE = "none"


@dataclass(frozen=True)
class Interval:
    """A request: which interval, at which confidence, with which draws and seed."""

    method: IntervalMethod = IntervalMethod.JACKKNIFE_T
    confidence: float = 0.95
    draws: int = 1000
    seed: int = 0

    @property
    def is_resampled(self) -> bool:
        return self.method in _RESAMPLED

    def __post_init__(self) -> None:
        object.__setattr__(self, "method", IntervalMethod(self.method))
        if not 0 < self.confidence < 1:
            raise StatisticsError("confidence lies between 0 and 1")
        if self.draws < 1:
            raise StatisticsError("an interval needs at least one draw")


DEFAULT_INTERVAL = Interval()
# Below so many effective units (see `effective_units`) intervals of simulated
# studies covered less than they promise: docs/statistics.md, Intervals.
FEW_INFORMATIVE = 12
NO_INTERVAL = Interval(IntervalMethod.NONE)


@dataclass(frozen=True)
class SumsRequest(Interval):
    """Asks a coefficient for the sums behind it instead of an interval.

    Differences and tests need how a coefficient changes with each unit. `found`
    holds the sums and who shows which of their rows, once it was computed;
    nothing when it is undefined.
    """

    method: IntervalMethod = IntervalMethod.NONE
    found: list[tuple[Resampled, UnitRows | None]] = field(default_factory=list)


@dataclass(frozen=True)
class Limits:
    """An interval before it is attached to a result."""

    low: float
    high: float
    se: float | None
    method: IntervalMethod
    df: float | None = None
    warnings: tuple[Caution, ...] = ()
    effective: float = np.inf

    @property
    def is_resampled(self) -> bool:
        return self.method in _RESAMPLED


_RESAMPLED = frozenset({IntervalMethod.BOOTSTRAP_PERCENTILE, IntervalMethod.BOOTSTRAP_BCA})


def infer(
    sums: Resampled | None,
    *,
    undefined: Undefined | None,
    counts: Counts,
    interval: Interval,
    units: UnitRows | None = None,
    **labels: Any,
) -> Estimate:
    """The estimate with the interval asked for, or the reason it has none.

    `undefined` is the reason found by the coefficient itself; `units` tells who
    shows which row of the sums, and in which group; `labels` are further fields
    of the estimate (coefficient, level, weights, terms).
    """
    labels |= {**vars(counts), "confidence": interval.confidence}
    if undefined is not None or sums is None:
        return Estimate(undefined=undefined or Undefined.NO_DATA, **labels)
    value = sums.value()
    if not np.isfinite(value):
        return Estimate(undefined=Undefined.NO_VARIATION, **labels)
    estimate = Estimate(value=value, **labels)
    if isinstance(interval, SumsRequest):
        interval.found.append((sums, units))
    if interval.method is IntervalMethod.NONE:
        return estimate
    if units is not None and units.groups is not None:
        groups = units.gathered(len(sums.frequencies))
        sums = sums.gathered(groups.compositions, groups.frequencies)
        estimate = replace(estimate, n_groups=n_units(sums))
    limits = limits_of(value, sums, interval)
    if limits is None:
        return estimate.with_warnings(Caution.TOO_FEW_UNITS_FOR_INTERVAL)
    return _with_limits(estimate, limits, interval)


def _with_limits(estimate: Estimate, limits: Limits, interval: Interval) -> Estimate:
    return replace(
        estimate,
        ci_low=limits.low,
        ci_high=limits.high,
        se=limits.se,
        ci_method=limits.method.value,
        draws=interval.draws if limits.is_resampled else None,
        seed=interval.seed if limits.is_resampled else None,
    ).with_warnings(*limits.warnings)


def limits_of(value: float, sums: Resampled, interval: Interval) -> Limits | None:
    """The interval of a value, cut at the bounds of the coefficient; None if there is none."""
    if n_compared(sums) < 2:
        return None
    sums = condensed(sums)
    if interval.is_resampled:
        limits = _resampled_limits(value, sums, interval)
    else:
        limits = _t_limits(value, sums, interval)
    if limits is None:
        return None
    low, high = limits.low, limits.high
    if limits.method is not IntervalMethod.ASYMPTOTIC_NORMAL:  # kept as textbooks print it
        low, high = (float(limit) for limit in np.clip((low, high), *sums.bounds))
    warnings = limits.warnings
    if high - low < 1e-12:
        warnings = (*warnings, Caution.DEGENERATE_INTERVAL)
    elif limits.effective < FEW_INFORMATIVE:
        warnings = (*warnings, Caution.FEW_INFORMATIVE_UNITS)
    return replace(limits, low=low, high=high, warnings=warnings)


def _t_limits(value: float, sums: Resampled, interval: Interval) -> Limits | None:
    # F limits belong to intraclass correlations, Fisher's z to Lin's
    # concordance, pairs to alpha; others get the default, and say so in
    # `ci_method`.
    method = interval.method if interval.method in _SPREADS else IntervalMethod.JACKKNIFE_T
    warnings: tuple[Caution, ...] = ()
    spread = _SPREADS[method](sums)
    if spread is None and method in _JACKKNIFES:
        # Without the one unit that carries all variation nothing is left to
        # compare; the derivative still exists, so say so and use that.
        method, warnings = IntervalMethod.LINEARIZED_T, (Caution.LEAVE_ONE_OUT_UNDEFINED,)
        spread = linearized(sums)
    if spread is None or not np.isfinite(spread.se):
        return None
    tail = (1 + interval.confidence) / 2
    reach = float(special.stdtrit(spread.df, tail)) * spread.se
    low, high = value - reach, value + reach
    if method is IntervalMethod.JACKKNIFE_LOG:
        stretched = _stretched(value, reach, sums.bounds[1])
        method = method if stretched else IntervalMethod.JACKKNIFE_T
        low, high = stretched or (low, high)
    return Limits(low, high, spread.se, method, spread.df, warnings, spread.effective)


def _stretched(value: float, reach: float, most: float) -> tuple[float, float] | None:
    """Limits on the scale of log(most - value); None where there is no such scale.

    Without an upper bound there is nothing to take the logarithm of. A reach of
    many times the room below the bound would say no more than "anywhere".
    """
    room = most - value
    if not np.isfinite(room) or reach > _MOST_STRETCH * room > 0:
        return None
    if room <= 1e-12:
        return value - reach, value + reach
    factor = float(np.exp(reach / room))
    return most - room * factor, most - room / factor


# exp() of it is 1e13: the upper limit then is the bound, to rounding.
_MOST_STRETCH = 30.0


_JACKKNIFES = frozenset({IntervalMethod.JACKKNIFE_T, IntervalMethod.JACKKNIFE_LOG})
_SPREADS: dict[IntervalMethod, Callable[[Resampled], Spread | None]] = {
    IntervalMethod.JACKKNIFE_T: jackknife,
    IntervalMethod.JACKKNIFE_LOG: jackknife,
    IntervalMethod.LINEARIZED_T: linearized,
    IntervalMethod.GWET_T: gwet,
    IntervalMethod.ASYMPTOTIC_NORMAL: asymptotic,
}


def _resampled_limits(value: float, sums: Resampled, interval: Interval) -> Limits | None:
    values = draws_of(sums, interval.draws, interval.seed)
    defined = values[np.isfinite(values)]
    if len(defined) < 2:
        return None
    warnings = [Caution.DRAWS_UNDEFINED] if len(defined) < len(values) else []
    changes, method, limits = sums.influence(), interval.method, None
    effective = effective_units(sums, changes)
    if method is IntervalMethod.BOOTSTRAP_BCA:
        left_out = sums.leave_one_out()
        if np.isfinite(left_out).all():
            changes = -left_out
        else:
            warnings.append(Caution.LEAVE_ONE_OUT_UNDEFINED)
        limits = bca_limits(defined, value, acceleration(sums, changes), interval.confidence)
    if limits is None:
        method = IntervalMethod.BOOTSTRAP_PERCENTILE
        limits = percentile_limits(defined, interval.confidence)
    se = float(defined.std(ddof=1))
    return Limits(*limits, se, method, warnings=tuple(warnings), effective=effective)
