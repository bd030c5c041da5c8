"""How many units a study needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .errors import StatisticsError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class SampleSize:
    """Units needed: the solution of the formula, and rounded up."""

    exact: float

    @property
    def n_units(self) -> int:
        return int(np.ceil(self.exact))


def units_for_kappa_test(
    kappa: float, alternative: float, prevalence: float, *, alpha: float = 0.05, power: float = 0.8
) -> SampleSize:
    """Units to tell two values of a binary kappa of two raters apart (two-sided).

    References
    ----------
    .. [1] A. Donner, M. Eliasziw (1992), "A goodness-of-fit approach to
       inference procedures for the kappa statistic", Statistics in Medicine
       11(11), 1511-1519. doi:10.1002/sim.4780111109

    Examples
    --------
    >>> units_for_kappa_test(0.4, 0.6, 0.3).n_units
    191
    """
    null, other = _joint_shares(kappa, prevalence), _joint_shares(alternative, prevalence)
    noncentrality = (stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power)) ** 2
    return SampleSize(_exact(noncentrality, other, null))


def units_for_kappa_interval(
    kappa: float, lower: float, prevalence: float, *, alpha: float = 0.05
) -> SampleSize:
    """Units for a binary kappa whose interval should reach down to `lower`.

    References
    ----------
    .. [1] M. A. Rotondi, A. Donner (2012), "A confidence interval approach to
       sample size estimation for interobserver agreement studies with multiple
       raters and outcomes", Journal of Clinical Epidemiology 65(7), 778-784.
       doi:10.1016/j.jclinepi.2011.10.019

    Examples
    --------
    >>> units_for_kappa_interval(0.4, 0.3, 0.3).n_units
    397
    """
    quantile = float(stats.chi2.ppf(1 - alpha, 1))
    at_limit = _joint_shares(lower, prevalence)
    return SampleSize(_exact(quantile, _joint_shares(kappa, prevalence), at_limit))


def units_for_alpha(smallest: float, rarest: float, *, significance: float = 0.05) -> SampleSize:
    """Units so that the smallest acceptable nominal alpha is told from chance.

    `rarest` is the share of the rarest value (one over the number of values
    when they are even).

    References
    ----------
    .. [1] D. A. Bloch, H. C. Kraemer (1989), "2 x 2 kappa coefficients",
       Biometrics 45(1), 269-287. doi:10.2307/2532052
    .. [2] K. Krippendorff (2018), Content Analysis, 4th ed., chapter 12, Sage.

    Examples
    --------
    >>> units_for_alpha(0.667, 0.25).n_units
    81
    """
    if not (0 < rarest < 1 and smallest < 1):
        raise StatisticsError("the share lies between 0 and 1, and alpha below 1")
    z = float(stats.norm.ppf(1 - significance))
    spread = (1 + smallest) * (3 - smallest) / (4 * (1 - smallest) * rarest * (1 - rarest))
    return SampleSize(2 * z**2 * (spread - smallest))


def _joint_shares(kappa: float, prevalence: float) -> FloatArray:
    """Shares of units with two, one and no positive ratings."""
    p, q = prevalence, 1 - prevalence
    if not 0 < p < 1:
        raise StatisticsError("prevalence lies between 0 and 1")
    mixed = 2 * p * q * (1 - kappa)
    return np.array([p**2 + kappa * p * q, mixed, q**2 + kappa * p * q])


def _exact(noncentrality: float, shares: FloatArray, null: FloatArray) -> float:
    distance = float(((shares - null) ** 2 / null).sum())
    if distance == 0:
        raise StatisticsError("the two values are the same: no number of units tells them apart")
    return float(noncentrality / distance)
