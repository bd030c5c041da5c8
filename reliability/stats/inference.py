"""Standard errors and intervals for any coefficient that depends on sums over units.

Every coefficient of the engine is a function of sums: each unit adds a short
row of numbers, and the coefficient is computed from the column totals. From
that one shape follow the estimate, the leave-one-unit-out jackknife, the
linearised variance and the unit bootstrap, each in a single pass over the
distinct rows ("patterns") and weighted by how many units show them. Drawing n
units with replacement gives multinomial frequencies of patterns, so the
bootstrap never touches single units.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .errors import StatisticsError
from .results import Caution, Counts, Estimate, Undefined

FloatArray = NDArray[np.float64]
Sums = NDArray[Any]  # real, or complex while differentiating

# Values of a block in one intermediate array: about 16 MB of floats.
_BLOCK_VALUES = 2_000_000
_COMPLEX_STEP = 1e-30


class IntervalMethod(StrEnum):
    """How an interval is formed; the value travels with the result."""

    JACKKNIFE_T = "jackknife_t"
    LINEARIZED_T = "linearized_t"
    ASYMPTOTIC_NORMAL = "asymptotic_normal"
    BOOTSTRAP_PERCENTILE = "bootstrap_percentile"
    F_DISTRIBUTION = "f_distribution"
    FISHER_Z = "fisher_z"


@dataclass(frozen=True)
class Interval:
    """A request: which interval, at which confidence, with which draws and seed."""

    method: IntervalMethod = IntervalMethod.JACKKNIFE_T
    confidence: float = 0.95
    draws: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "method", IntervalMethod(self.method))
        if not 0 < self.confidence < 1:
            raise StatisticsError("confidence lies between 0 and 1")
        if self.draws < 1:
            raise StatisticsError("an interval needs at least one draw")


DEFAULT_INTERVAL = Interval()


@dataclass(frozen=True, eq=False)
class UnitSums:
    """A coefficient as a function of sums over units.

    Attributes
    ----------
    rows : ndarray of float, shape (n_patterns, n_sums)
        What one unit of each pattern adds to the sums.
    frequencies : ndarray of float, shape (n_patterns,)
        Units showing the pattern.
    of_sums : callable
        Maps sums of shape (..., n_sums) to values of shape (...,); NaN where
        undefined. Must accept complex input and must not branch on it.
    bounds : pair of float
        Limits that the coefficient can't pass; intervals are cut there.
    """

    rows: FloatArray
    frequencies: FloatArray
    of_sums: Callable[[Sums], Sums]
    bounds: tuple[float, float] = (-np.inf, 1.0)

    @property
    def n_units(self) -> int:
        return int(self.frequencies.sum())

    @property
    def totals(self) -> FloatArray:
        totals: FloatArray = self.frequencies @ self.rows
        return totals

    def value(self) -> float:
        """The estimate, NaN when undefined."""
        return float(_quiet(self.of_sums, self.totals))

    def leave_one_out(self) -> FloatArray:
        """The value without one unit of each pattern, shape (n_patterns,)."""
        totals = self.totals
        return np.concatenate(
            [_quiet(self.of_sums, totals - block) for block in self._blocks()] or [np.empty(0)]
        ).astype(np.float64)

    def influence(self) -> FloatArray:
        """Derivative of the value by the weight of a unit, shape (n_patterns,).

        Complex-step differentiation: exact to rounding, no step to choose.
        """
        totals = self.totals
        return np.concatenate(
            [
                _quiet(self.of_sums, totals + 1j * _COMPLEX_STEP * block).imag
                for block in self._blocks()
            ]
            or [np.empty(0)]
        ).astype(np.float64) / (_COMPLEX_STEP)

    def draw(self, draws: int, rng: np.random.Generator) -> FloatArray:
        """Values of `draws` resamples of the units, shape (draws,); NaN if undefined."""
        n, share = self.n_units, self.frequencies / self.frequencies.sum()
        step = max(1, _BLOCK_VALUES // max(1, len(share)))
        values = [
            _quiet(self.of_sums, rng.multinomial(n, share, size=size) @ self.rows)
            for size in _steps(draws, step)
        ]
        return np.concatenate(values).astype(np.float64)

    def _blocks(self) -> Iterator[FloatArray]:
        step = max(1, _BLOCK_VALUES // max(1, self.rows.shape[1]))
        for start in range(0, len(self.rows), step):
            yield self.rows[start : start + step]


def _steps(total: int, step: int) -> Iterator[int]:
    for start in range(0, total, step):
        yield min(step, total - start)


def _quiet(of_sums: Callable[[Sums], Sums], sums: Sums) -> Sums:
    # 0/0 is how a coefficient says "undefined" inside an array; the caller
    # turns it into a reason, so NumPy need not print anything.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.asarray(of_sums(sums))


def jackknife_se(sums: UnitSums) -> float | None:
    """Leave-one-unit-out standard error; None if a left-out value is undefined.

    .. math:: s^2 = \\frac{n-1}{n} \\sum_u (\\theta_{(u)} - \\bar\\theta)^2

    References
    ----------
    .. [1] B. Efron, C. Stein (1981), "The jackknife estimate of variance",
       Annals of Statistics 9(3), 586-596. doi:10.1214/aos/1176345462
    """
    n, frequencies = sums.n_units, sums.frequencies
    left_out = sums.leave_one_out()
    if n < 2 or not np.isfinite(left_out).all():
        return None
    mean = frequencies @ left_out / n
    return float(np.sqrt((n - 1) / n * (frequencies @ (left_out - mean) ** 2)))


def linearized_se(sums: UnitSums) -> float | None:
    """Standard error from the derivative by each unit's weight; n(n-1) below.

    The number of paired units is treated as the random denominator that it is.

    References
    ----------
    .. [1] D. A. Binder (1983), "On the variances of asymptotically normal
       estimators from complex surveys", International Statistical Review
       51(3), 279-292. doi:10.2307/1402588
    """
    n = sums.n_units
    if n < 2:
        return None
    influence = sums.influence() * n
    influence -= sums.frequencies @ influence / n
    return float(np.sqrt(sums.frequencies @ influence**2 / (n * (n - 1))))


def asymptotic_se(sums: UnitSums) -> float | None:
    """The large-sample standard error: as `linearized_se`, with n squared below.

    For Cohen's kappa this is the variance of Fleiss, Cohen and Everitt (1969),
    Psychological Bulletin 72(5), 323-327. doi:10.1037/h0028106
    """
    n, se = sums.n_units, linearized_se(sums)
    return None if se is None else float(se * np.sqrt((n - 1) / n))


@dataclass(frozen=True)
class _Bounds:
    low: float
    high: float
    se: float | None
    method: IntervalMethod
    warnings: tuple[Caution, ...] = ()


def infer(
    sums: UnitSums,
    *,
    undefined: Undefined | None,
    counts: Counts,
    interval: Interval,
    **labels: Any,
) -> Estimate:
    """The estimate with the interval asked for, or the reason it has none.

    `undefined` is the reason found by the coefficient itself; `labels` are
    further fields of the estimate (coefficient, level, weights, terms).
    """
    labels |= {**vars(counts), "confidence": interval.confidence}
    if undefined is not None:
        return Estimate(undefined=undefined, **labels)
    value = sums.value()
    if not np.isfinite(value):
        return Estimate(undefined=Undefined.NO_VARIATION, **labels)
    estimate = Estimate(value=value, **labels)
    if sums.n_units < 2:
        return estimate.with_warnings(Caution.TOO_FEW_UNITS_FOR_INTERVAL)
    return _with_interval(estimate, sums, interval)


def _with_interval(estimate: Estimate, sums: UnitSums, interval: Interval) -> Estimate:
    assert estimate.value is not None  # only called with a value
    if interval.method is IntervalMethod.BOOTSTRAP_PERCENTILE:
        bounds = _percentile_bounds(sums, interval)
    else:
        bounds = _symmetric_bounds(estimate.value, sums, interval)
    if bounds is None:
        return estimate.with_warnings(Caution.TOO_FEW_UNITS_FOR_INTERVAL)
    resampled = interval.method is IntervalMethod.BOOTSTRAP_PERCENTILE
    low, high = np.clip((bounds.low, bounds.high), *sums.bounds)
    estimate = replace(
        estimate,
        ci_low=float(low),
        ci_high=float(high),
        se=bounds.se,
        ci_method=bounds.method.value,
        draws=interval.draws if resampled else None,
        seed=interval.seed if resampled else None,
    ).with_warnings(*bounds.warnings)
    if high - low < 1e-12:
        return estimate.with_warnings(Caution.DEGENERATE_INTERVAL)
    return estimate


def _symmetric_bounds(value: float, sums: UnitSums, interval: Interval) -> _Bounds | None:
    method = interval.method
    warnings: tuple[Caution, ...] = ()
    se = _STANDARD_ERRORS[method](sums)
    if se is None and method is IntervalMethod.JACKKNIFE_T:
        # Without the one unit that carries all variation nothing is left to
        # compare; the derivative still exists, so say so and use that.
        method, warnings = (
            IntervalMethod.LINEARIZED_T,
            (Caution.LEAVE_ONE_OUT_UNDEFINED,),
        )
        se = linearized_se(sums)
    if se is None or not np.isfinite(se):
        return None
    tail = (1 + interval.confidence) / 2
    if method is IntervalMethod.ASYMPTOTIC_NORMAL:
        reach = float(stats.norm.ppf(tail)) * se
    else:
        reach = float(stats.t.ppf(tail, sums.n_units - 1)) * se
    return _Bounds(value - reach, value + reach, se, method, warnings)


_STANDARD_ERRORS: dict[IntervalMethod, Callable[[UnitSums], float | None]] = {
    IntervalMethod.JACKKNIFE_T: jackknife_se,
    IntervalMethod.LINEARIZED_T: linearized_se,
    IntervalMethod.ASYMPTOTIC_NORMAL: asymptotic_se,
}


def _percentile_bounds(sums: UnitSums, interval: Interval) -> _Bounds | None:
    rng = np.random.default_rng(interval.seed)
    values = sums.draw(interval.draws, rng)
    defined = values[np.isfinite(values)]
    if len(defined) < 2:
        return None
    tail = (1 - interval.confidence) / 2
    low, high = np.quantile(defined, (tail, 1 - tail))
    warnings = (Caution.DRAWS_UNDEFINED,) if len(defined) < len(values) else ()
    return _Bounds(float(low), float(high), float(defined.std(ddof=1)), interval.method, warnings)
