"""How many units a study needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from .data import Patterns
from .errors import StatisticsError
from .inference import Interval
from .patternwise import coefficient_of_patterns
from .results import Caution, Estimate, Undefined

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


# Beyond this many units the answer is "never", whatever the formula says.
MOST_UNITS = 10_000_000
# A pilot with fewer units hardly knows its own interval, let alone another one.
SMALL_PILOT = 20
_CLOSE = 0.01


@dataclass(frozen=True, kw_only=True)
class ExpectedWidth:
    """The mean width of an interval in studies of `n_units` units like the pilot.

    None where no simulated study had an interval.
    """

    n_units: int
    width: float | None


@dataclass(frozen=True, kw_only=True)
class UnitsForWidth:
    """Units so that a coefficient's interval is expected to be narrow enough.

    Attributes
    ----------
    coefficient, width
        Whose interval, and how wide it may be from limit to limit.
    n_units, n_further
        Units in all, and those still to be rated. None where the pilot cannot
        tell: undefined, without an interval or with one of width zero, or more
        than ten million units.
    expected_width, current_width
        At `n_units`, and in the pilot.
    small_pilot
        Fewer than 20 units with two ratings: a rough guess.
    warnings
        Those of the pilot's own estimate.
    undefined
        Why the pilot has no value.
    """

    coefficient: str
    width: float
    n_units: int | None = None
    n_further: int | None = None
    expected_width: float | None = None
    current_width: float | None = None
    small_pilot: bool = False
    warnings: tuple[Caution, ...] = ()
    undefined: Undefined | None = None


def units_for_width(
    pilot: Patterns,
    width: float,
    name: str = "krippendorff_alpha",
    *,
    weights: str | ArrayLike | None = None,
    confidence: float = 0.95,
    draws: int = 40,
    seed: int = 0,
) -> UnitsForWidth:
    r"""Units still needed so that the interval is no wider than asked.

    .. math:: n \leftarrow n \, (\bar w_n / w)^2

    starting from the pilot and its width; the expected width at each n comes
    from `expected_widths`, which takes the same arguments.

    Parameters
    ----------
    pilot : Patterns
        What has been rated so far.
    width : float
        From lower to upper limit, in units of the coefficient.

    Examples
    --------
    >>> pilot = Patterns([[3, 0], [2, 1], [1, 2], [0, 3]], [20, 5, 4, 11], points=(0, 1))
    >>> found = units_for_width(pilot, 0.2)
    >>> round(found.current_width, 2), found.n_units, found.n_further
    (0.38, 140, 100)
    """
    if not width > 0:
        raise StatisticsError("the width of an interval is above zero")
    interval = Interval(confidence=confidence)
    now = coefficient_of_patterns(name, pilot, weights=weights, interval=interval)
    current = _width(now)
    found = UnitsForWidth(
        coefficient=name,
        width=width,
        current_width=current,
        small_pilot=pilot.pairable.n_units < SMALL_PILOT,
        warnings=now.warnings,
        undefined=now.undefined,
    )
    if not current:
        return found

    def expected(n: int) -> float | None:
        size = expected_widths(
            pilot, name, [n], weights=weights, confidence=confidence, draws=draws, seed=seed
        )
        return size[0].width

    n, reached = _narrowed(pilot.n_units, current, width, expected)
    if n is None:
        return found
    return replace(found, n_units=n, n_further=max(0, n - pilot.n_units), expected_width=reached)


def _narrowed(
    n: int, current: float, width: float, expected: Callable[[int], float | None]
) -> tuple[int | None, float | None]:
    """Units at which the expected width comes close to the one asked for."""
    reached: float | None = current
    for _ in range(4):
        if not reached:
            return None, None
        n = max(2, int(np.ceil(n * (reached / width) ** 2)))
        if n > MOST_UNITS:
            return None, None
        reached = expected(n)
        if reached and abs(reached / width - 1) < _CLOSE:
            break
    return n, reached


def expected_widths(
    pilot: Patterns,
    name: str = "krippendorff_alpha",
    n_units: Sequence[int] = (50, 100, 200, 400, 800),
    *,
    weights: str | ArrayLike | None = None,
    confidence: float = 0.95,
    draws: int = 40,
    seed: int = 0,
) -> list[ExpectedWidth]:
    r"""How wide the interval will be in studies of other sizes.

    Units of a study of size n are drawn from the pilot's patterns (a
    multinomial draw, gaps included), and the coefficient with its interval is
    computed on each draw. Where the pilot's units come in groups, widths are
    stretched as far as groups stretch the interval of the pilot itself.

    Parameters
    ----------
    pilot : Patterns
        What has been rated so far.
    name : str
        A coefficient that patterns decide (`PATTERN_COEFFICIENTS`).
    n_units : sequence of int
        Sizes, counting units as the pilot holds them, single-rated ones too.
    draws, seed : int
        Simulated studies of each size.

    Notes
    -----
    What one more rating per unit would do is left out: the pilot does not tell
    how further raters would answer on a unit, and drawing them from the ratings
    the unit has would promise too much agreement. See `predicted_reliability`.

    References
    ----------
    .. [1] L. Kish (1965), Survey Sampling, Wiley (design effect of groups).
    """
    interval = Interval(confidence=confidence)
    rng = np.random.default_rng(seed)

    def width_of(patterns: Patterns) -> float | None:
        return _width(coefficient_of_patterns(name, patterns, weights=weights, interval=interval))

    stretch = _stretch_of_groups(pilot, width_of)

    def width(n: int) -> float | None:
        widths = [width_of(study) for study in _studies_like(pilot, n, draws, rng)]
        known = [one for one in widths if one is not None]
        return float(np.mean(known)) * stretch if known else None

    return [ExpectedWidth(n_units=n, width=width(n)) for n in n_units]


def _stretch_of_groups(pilot: Patterns, width_of: Callable[[Patterns], float | None]) -> float:
    """How much wider the pilot's interval is for leaving out groups, not units."""
    if pilot.units is None or pilot.units.groups is None:
        return 1.0
    of_groups, of_units = width_of(pilot), width_of(replace(pilot, units=None))
    return of_groups / of_units if of_groups and of_units else 1.0


def _studies_like(
    pilot: Patterns, n_units: int, draws: int, rng: np.random.Generator
) -> Iterator[Patterns]:
    """Studies of n units whose patterns come with the shares of the pilot's."""
    if not pilot.n_units:
        return
    shares = pilot.frequencies / pilot.frequencies.sum()
    for frequencies in rng.multinomial(n_units, shares, size=draws):
        yield replace(pilot, frequencies=frequencies.astype(np.float64), units=None)


def _width(estimate: Estimate) -> float | None:
    if estimate.ci_low is None or estimate.ci_high is None:
        return None
    return estimate.ci_high - estimate.ci_low
