"""Standard errors of any coefficient that is a function of sums over units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .sums import FloatArray, Resampled, UnitSums, n_units


@dataclass(frozen=True)
class Spread:
    """A standard error, its degrees of freedom, and how many units carry it.

    `effective` is :func:`effective_units` of what each unit changes.
    """

    se: float
    df: float
    effective: float = np.inf


def jackknife(sums: Resampled) -> Spread | None:
    """Leave-one-unit-out standard error; None if a left-out value is undefined.

    .. math:: s^2 = \\sum_h \\frac{n_h-1}{n_h} \\sum_{u \\in h}
              (\\theta_{(u)} - \\bar\\theta_h)^2

    with one stratum h unless units were drawn apart (the units of one side of a
    difference alone, and those of both). Degrees of freedom are n - 1; with
    several strata those of Satterthwaite.

    References
    ----------
    .. [1] B. Efron, C. Stein (1981), "The jackknife estimate of variance",
       Annals of Statistics 9(3), 586-596. doi:10.1214/aos/1176345462
    .. [2] B. L. Welch (1947), "The generalization of 'Student's' problem when
       several different population variances are involved", Biometrika 34(1-2),
       28-35. doi:10.1093/biomet/34.1-2.28
    """
    left_out = sums.leave_one_out()
    if n_units(sums) < 2 or not np.isfinite(left_out).all():
        return None
    parts = []
    for n, frequencies, values in by_stratum(sums, left_out):
        # One unit has no mean of its own to differ from.
        centre = frequencies @ values / n if n > 1 else sums.value()
        share = (n - 1) / n if n > 1 else 1.0
        parts.append((n, float(share * (frequencies @ (values - centre) ** 2))))
    return _summed(parts, effective_units(sums, left_out - sums.value()))


def linearized(sums: Resampled) -> Spread | None:
    """Standard error from the derivative by each unit's weight; n(n-1) below.

    The number of paired units is treated as the random denominator that it is.

    References
    ----------
    .. [1] D. A. Binder (1983), "On the variances of asymptotically normal
       estimators from complex surveys", International Statistical Review
       51(3), 279-292. doi:10.2307/1402588
    """
    return _of_influence(sums, sums.influence())


def gwet(sums: Resampled) -> Spread | None:
    """The standard error printed by irrCAC for raw ratings, for comparison.

    For the kappas it holds the number of units with two ratings fixed, and is
    far too wide when many units have one (see docs/statistics.md); without such
    units it equals `linearized`. For alpha it leaves out the small-sample
    factor.

    References
    ----------
    .. [1] K. L. Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed.
    """
    influence, n = sums.influence(), n_units(sums)
    if isinstance(sums, UnitSums) and sums.as_gwet is not None:
        influence = sums.as_gwet(influence * n) / n
    return _of_influence(sums, influence)


def asymptotic(sums: Resampled) -> Spread | None:
    """The large-sample standard error: as `linearized`, with n squared below.

    For Cohen's kappa this is the variance of Fleiss, Cohen and Everitt (1969),
    Psychological Bulletin 72(5), 323-327. doi:10.1037/h0028106
    """
    if n_units(sums) < 2:
        return None
    return Spread(float(np.sqrt(sums.frequencies @ sums.influence() ** 2)), np.inf)


def _of_influence(sums: Resampled, influence: FloatArray) -> Spread | None:
    if n_units(sums) < 2:
        return None
    return _summed(
        [
            (n, float(n / max(n - 1, 1) * (frequencies @ values**2)))
            for n, frequencies, values in by_stratum(sums, influence)
        ],
        effective_units(sums, influence),
    )


def by_stratum(
    sums: Resampled, values: FloatArray
) -> Iterator[tuple[float, FloatArray, FloatArray]]:
    """Units, frequencies and values of each stratum."""
    strata = sums.strata
    if strata is None:
        yield n_units(sums), sums.frequencies, values
        return
    for stratum in np.unique(strata):
        inside = strata == stratum
        frequencies = sums.frequencies[inside]
        yield float(frequencies.sum()), frequencies, values[inside]


def _summed(parts: list[tuple[float, float]], effective: float) -> Spread:
    """Variances of strata added up, from units and variance of each."""
    variance = sum(part for _, part in parts)
    if len(parts) == 1 or variance == 0:
        return Spread(float(np.sqrt(variance)), sum(n for n, _ in parts) - len(parts), effective)
    uncertainty = sum(part**2 / max(n - 1, 1) for n, part in parts)
    return Spread(float(np.sqrt(variance)), float(variance**2 / uncertainty), effective)


def effective_units(sums: Resampled, deviations: FloatArray) -> float:
    """Units that would carry this variance if each carried the same.

    .. math:: n_e = (\\sum_u d_u^2)^2 / \\sum_u d_u^4

    Close to the number of units when all differ alike; a handful when the
    variance rests on a few disagreements or on a rare value. Zero without any.
    """
    squared = deviations**2
    squares, fourth = sums.frequencies @ squared, sums.frequencies @ squared**2
    return float(squares**2 / fourth) if fourth > 0 else 0.0
