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

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats

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
    GWET_T = "gwet_t"
    ASYMPTOTIC_NORMAL = "asymptotic_normal"
    BOOTSTRAP_PERCENTILE = "bootstrap_percentile"
    F_DISTRIBUTION = "f_distribution"
    FISHER_Z = "fisher_z"
    NONE = "none"


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


class Resampled(Protocol):
    """What an interval needs to know of a coefficient and its units."""

    @property
    def bounds(self) -> tuple[float, float]:
        """Limits that the coefficient can't pass; intervals are cut there."""

    @property
    def frequencies(self) -> FloatArray:
        """Units showing each pattern, shape (n_patterns,)."""

    def value(self) -> float:
        """The estimate, NaN when undefined."""

    def leave_one_out(self) -> FloatArray:
        """The value without one unit of each pattern, shape (n_patterns,)."""

    def influence(self) -> FloatArray:
        """Derivative of the value by the weight of a unit, shape (n_patterns,)."""

    def draw(self, frequencies: FloatArray) -> FloatArray:
        """Values under other frequencies, shape (n_draws, n_patterns)."""


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
    smooth : callable, optional
        `of_sums` with any small-sample factor held fixed, for derivatives.
    as_gwet : callable, optional
        Turns n times the influence into what `gwet_se` uses in its place.
    """

    rows: FloatArray | sparse.csr_array
    frequencies: FloatArray
    of_sums: Callable[[Sums], Sums]
    bounds: tuple[float, float] = (-np.inf, 1.0)
    smooth: Callable[[Sums], Sums] | None = None
    as_gwet: Callable[[FloatArray], FloatArray] | None = None

    @property
    def totals(self) -> FloatArray:
        totals: FloatArray = np.asarray(self.frequencies @ self.rows)
        return totals

    def value(self) -> float:
        """The estimate, NaN when undefined."""
        return float(_quiet(self.of_sums, self.totals))

    def leave_one_out(self) -> FloatArray:
        """The value without one unit of each pattern, shape (n_patterns,)."""
        totals = self.totals
        return _joined(_quiet(self.of_sums, totals - block) for block in self._blocks())

    def influence(self) -> FloatArray:
        """Derivative of the value by the weight of a unit, shape (n_patterns,).

        Complex-step differentiation: exact to rounding, no step to choose.
        """
        totals, function = self.totals, self.smooth or self.of_sums
        return _joined(
            _quiet(function, totals + 1j * _COMPLEX_STEP * block).imag / _COMPLEX_STEP
            for block in self._blocks()
        )

    def draw(self, frequencies: FloatArray) -> FloatArray:
        """Values under other frequencies, given in shape (n_draws, n_patterns)."""
        return _joined([_quiet(self.of_sums, np.asarray(frequencies @ self.rows))])

    def _blocks(self) -> Iterator[FloatArray]:
        n_patterns, n_sums = self.rows.shape
        step = max(1, _BLOCK_VALUES // max(1, n_sums))
        for start in range(0, n_patterns, step):
            block = self.rows[start : start + step]
            yield block.toarray() if sparse.issparse(block) else block


def _joined(parts: Iterable[Sums]) -> FloatArray:
    return np.concatenate([*parts, np.empty(0)]).astype(np.float64)


# Beyond this many values in all rows, leaving out single units costs too much.
_MOST_ROW_VALUES = 100_000_000
N_GROUPS = 200


def condensed(sums: UnitSums) -> UnitSums:
    """The same sums, with units gathered in random groups when there are too many.

    Coefficients of ranks carry one sum for each distinct unit, so the exact
    jackknife grows with the square of their number; 200 groups (seed 0) give
    its delete-a-group form. The value itself does not change.
    """
    n_patterns, n_sums = sums.rows.shape
    if n_patterns * n_sums <= _MOST_ROW_VALUES:
        return sums
    gathered = random_groups(sums.frequencies) @ sparse.csr_array(sums.rows)
    return replace(sums, rows=gathered.toarray(), frequencies=np.ones(N_GROUPS), as_gwet=None)


def random_groups(frequencies: FloatArray) -> sparse.csr_array:
    """Units of each pattern in each group, shape (N_GROUPS, n_patterns)."""
    group = np.random.default_rng(0).permutation(len(frequencies)) % N_GROUPS
    cells = (group, np.arange(len(frequencies)))
    return sparse.csr_array((frequencies, cells), shape=(N_GROUPS, len(frequencies)))


def n_units(sums: Resampled) -> int:
    """Units behind the sums."""
    return int(sums.frequencies.sum())


def draws_of(sums: Resampled, draws: int, seed: int) -> FloatArray:
    """Values of resamples of the units, shape (draws,); NaN where undefined."""
    rng = np.random.default_rng(seed)
    n, share = n_units(sums), sums.frequencies / sums.frequencies.sum()
    step = max(1, _BLOCK_VALUES // max(1, len(share)))
    return _joined(
        sums.draw(rng.multinomial(n, share, size=size).astype(np.float64))
        for size in _steps(draws, step)
    )


def _steps(total: int, step: int) -> Iterator[int]:
    for start in range(0, total, step):
        yield min(step, total - start)


def _quiet(of_sums: Callable[[Sums], Sums], sums: Sums) -> Sums:
    # 0/0 is how a coefficient says "undefined" inside an array; the caller
    # turns it into a reason, so NumPy need not print anything.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.asarray(of_sums(sums))


def jackknife_se(sums: Resampled) -> float | None:
    """Leave-one-unit-out standard error; None if a left-out value is undefined.

    .. math:: s^2 = \\frac{n-1}{n} \\sum_u (\\theta_{(u)} - \\bar\\theta)^2

    References
    ----------
    .. [1] B. Efron, C. Stein (1981), "The jackknife estimate of variance",
       Annals of Statistics 9(3), 586-596. doi:10.1214/aos/1176345462
    """
    n, frequencies = n_units(sums), sums.frequencies
    left_out = sums.leave_one_out()
    if n < 2 or not np.isfinite(left_out).all():
        return None
    mean = frequencies @ left_out / n
    return float(np.sqrt((n - 1) / n * (frequencies @ (left_out - mean) ** 2)))


def linearized_se(sums: Resampled) -> float | None:
    """Standard error from the derivative by each unit's weight; n(n-1) below.

    The number of paired units is treated as the random denominator that it is.

    References
    ----------
    .. [1] D. A. Binder (1983), "On the variances of asymptotically normal
       estimators from complex surveys", International Statistical Review
       51(3), 279-292. doi:10.2307/1402588
    """
    n = n_units(sums)
    if n < 2:
        return None
    influence = sums.influence() * n
    return float(np.sqrt(sums.frequencies @ influence**2 / (n * (n - 1))))


def gwet_se(sums: Resampled) -> float | None:
    """The standard error printed by irrCAC for raw ratings, for comparison.

    For the kappas it holds the number of units with two ratings fixed, and is
    far too wide when many units have one (see docs/statistics.md); without such
    units it equals `linearized_se`. For alpha it leaves out the small-sample
    factor.

    References
    ----------
    .. [1] K. L. Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed.
    """
    n = n_units(sums)
    if n < 2:
        return None
    influence = sums.influence() * n
    if isinstance(sums, UnitSums) and sums.as_gwet is not None:
        influence = sums.as_gwet(influence)
    return float(np.sqrt(sums.frequencies @ influence**2 / (n * (n - 1))))


def fixed_pairs(
    comparable: FloatArray, frequencies: FloatArray, value: float
) -> Callable[[FloatArray], FloatArray]:
    """The change that `gwet_se` needs where the number of paired units is held fixed."""

    def held(influence: FloatArray) -> FloatArray:
        share = frequencies @ comparable / frequencies.sum()
        changed: FloatArray = influence + value * (comparable / share - 1)
        return changed

    return held


def asymptotic_se(sums: Resampled) -> float | None:
    """The large-sample standard error: as `linearized_se`, with n squared below.

    For Cohen's kappa this is the variance of Fleiss, Cohen and Everitt (1969),
    Psychological Bulletin 72(5), 323-327. doi:10.1037/h0028106
    """
    n, se = n_units(sums), linearized_se(sums)
    return None if se is None else float(se * np.sqrt((n - 1) / n))


@dataclass(frozen=True)
class _Bounds:
    low: float
    high: float
    se: float | None
    method: IntervalMethod
    warnings: tuple[Caution, ...] = ()


def infer(
    sums: Resampled | None,
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
    if undefined is not None or sums is None:
        return Estimate(undefined=undefined or Undefined.NO_DATA, **labels)
    value = sums.value()
    if not np.isfinite(value):
        return Estimate(undefined=Undefined.NO_VARIATION, **labels)
    estimate = Estimate(value=value, **labels)
    if interval.method is IntervalMethod.NONE:
        return estimate
    if n_units(sums) < 2:
        return estimate.with_warnings(Caution.TOO_FEW_UNITS_FOR_INTERVAL)
    return _with_interval(estimate, sums, interval)


def _with_interval(estimate: Estimate, sums: Resampled, interval: Interval) -> Estimate:
    assert estimate.value is not None  # only called with a value
    if interval.method is IntervalMethod.BOOTSTRAP_PERCENTILE:
        bounds = _percentile_bounds(sums, interval)
    else:
        bounds = _symmetric_bounds(estimate.value, sums, interval)
    if bounds is None:
        return estimate.with_warnings(Caution.TOO_FEW_UNITS_FOR_INTERVAL)
    resampled = interval.method is IntervalMethod.BOOTSTRAP_PERCENTILE
    low, high = bounds.low, bounds.high
    if interval.method is not IntervalMethod.ASYMPTOTIC_NORMAL:  # kept as textbooks print it
        low, high = np.clip((low, high), *sums.bounds)
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


def _symmetric_bounds(value: float, sums: Resampled, interval: Interval) -> _Bounds | None:
    method = interval.method
    if method not in _STANDARD_ERRORS:
        # F limits belong to intraclass correlations, Fisher's z to Lin's
        # concordance; others get the default, and say so in `ci_method`.
        method = IntervalMethod.JACKKNIFE_T
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
        reach = float(stats.t.ppf(tail, n_units(sums) - 1)) * se
    return _Bounds(value - reach, value + reach, se, method, warnings)


_STANDARD_ERRORS: dict[IntervalMethod, Callable[[Resampled], float | None]] = {
    IntervalMethod.JACKKNIFE_T: jackknife_se,
    IntervalMethod.LINEARIZED_T: linearized_se,
    IntervalMethod.GWET_T: gwet_se,
    IntervalMethod.ASYMPTOTIC_NORMAL: asymptotic_se,
}


def _percentile_bounds(sums: Resampled, interval: Interval) -> _Bounds | None:
    values = draws_of(sums, interval.draws, interval.seed)
    defined = values[np.isfinite(values)]
    if len(defined) < 2:
        return None
    tail = (1 - interval.confidence) / 2
    low, high = np.quantile(defined, (tail, 1 - tail))
    warnings = (Caution.DRAWS_UNDEFINED,) if len(defined) < len(values) else ()
    return _Bounds(float(low), float(high), float(defined.std(ddof=1)), interval.method, warnings)
