"""How many units a study needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

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

    Raises
    ------
    StatisticsError
        A kappa that two raters cannot have at this prevalence, or two equal ones.

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
    """Units for a binary kappa of two raters whose interval should reach down to `lower`.

    Raises
    ------
    StatisticsError
        A kappa that two raters cannot have at this prevalence, or a lower limit
        that is not below it.

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
    if not lower < kappa:
        raise StatisticsError("a lower limit lies below the value")
    quantile = float(stats.chi2.ppf(1 - alpha, 1))
    at_limit = _joint_shares(lower, prevalence)
    return SampleSize(_exact(quantile, _joint_shares(kappa, prevalence), at_limit))


def units_for_alpha(smallest: float, rarest: float, *, significance: float = 0.05) -> SampleSize:
    """Units two raters need before a nominal alpha may count as large enough.

    With so many units, data whose alpha is at the smallest acceptable value are
    taken for better than that with a probability of `significance` at most.
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
    if not (0 < rarest <= 0.5 and 0 <= smallest < 1):
        raise StatisticsError("the rarest value has half the ratings at most, and alpha is 0 to 1")
    z = float(stats.norm.ppf(1 - significance))
    spread = (1 + smallest) * (3 - smallest) / (4 * (1 - smallest) * rarest * (1 - rarest))
    return SampleSize(2 * z**2 * (spread - smallest))


def _joint_shares(kappa: float, prevalence: float) -> FloatArray:
    """Shares of units with two, one and no positive ratings."""
    p, q = prevalence, 1 - prevalence
    if not 0 < p < 1:
        raise StatisticsError("prevalence lies between 0 and 1")
    mixed = 2 * p * q * (1 - kappa)
    shares = np.array([p**2 + kappa * p * q, mixed, q**2 + kappa * p * q])
    # Written so that a NaN fails it.
    if not (shares >= 0).all():
        raise StatisticsError(f"kappa cannot be {kappa:g} at a prevalence of {p:g}")
    return shares


def _exact(noncentrality: float, shares: FloatArray, null: FloatArray) -> float:
    if not (null > 0).all():
        raise StatisticsError("the value to tell apart from is at the end of its range")
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
    simulated = _Simulated(pilot, name, weights, Interval(confidence=confidence), draws, seed)
    now = simulated.pilot_estimate
    current = _width(now)
    found = UnitsForWidth(
        coefficient=name,
        width=width,
        current_width=current,
        small_pilot=pilot.pairable.n_units < SMALL_PILOT,
        warnings=now.warnings,
        undefined=now.undefined,
    )
    n, reached = _narrowed(pilot.n_units, current, width, partial(simulated.mean, _width))
    if n is None:
        return found
    return replace(found, n_units=n, n_further=max(0, n - pilot.n_units), expected_width=reached)


@dataclass(frozen=True, kw_only=True)
class UnitsForTarget:
    """Units so that a coefficient's lower limit will probably clear a target.

    Attributes
    ----------
    coefficient, target, chance
        Whose lower limit, what it has to reach, and how probably.
    n_units, n_further
        As in `UnitsForWidth`; None also where the pilot's value is not above
        the target: more units would not lift it.
    value
        Of the pilot, taken for true.
    small_pilot, warnings, undefined
        As in `UnitsForWidth`.
    """

    coefficient: str
    target: float
    chance: float
    n_units: int | None = None
    n_further: int | None = None
    value: float | None = None
    small_pilot: bool = False
    warnings: tuple[Caution, ...] = ()
    undefined: Undefined | None = None


def units_for_target(
    pilot: Patterns,
    target: float,
    name: str = "krippendorff_alpha",
    *,
    chance: float = 0.8,
    weights: str | ArrayLike | None = None,
    confidence: float = 0.95,
    draws: int = 100,
    seed: int = 0,
) -> UnitsForTarget:
    r"""Units until the lower limit clears a target, if the pilot's value is true.

    .. math:: \hat\theta - \theta_0 \ge \hat\theta - \bar L_n + z_c \, s(L_n)

    where mean and spread of the lower limit L at n units come from studies drawn
    from the pilot, as in `expected_widths`, and z is the normal quantile of the
    wanted chance c: at one half the limit is as likely to miss the target as to
    clear it.

    Parameters
    ----------
    pilot : Patterns
        What has been rated so far.
    target : float
        In units of the coefficient.
    chance : float
        That a study of so many units clears the target; one half or more.

    Examples
    --------
    >>> pilot = Patterns([[3, 0], [2, 1], [1, 2], [0, 3]], [20, 5, 4, 11], points=(0, 1))
    >>> found = units_for_target(pilot, 0.6)
    >>> round(found.value, 2), found.n_units
    (0.69, 453)
    """
    if not 0.5 <= chance < 1:
        raise StatisticsError("a chance lies between one half and 1")
    simulated = _Simulated(pilot, name, weights, Interval(confidence=confidence), draws, seed)
    now = simulated.pilot_estimate
    found = UnitsForTarget(
        coefficient=name,
        target=target,
        chance=chance,
        value=now.value,
        small_pilot=pilot.pairable.n_units < SMALL_PILOT,
        warnings=now.warnings,
        undefined=now.undefined,
    )
    if now.value is None or now.value <= target:
        return found
    room = partial(simulated.room_below, float(stats.norm.ppf(chance)))
    n, _ = _narrowed(pilot.n_units, room(pilot.n_units), now.value - target, room)
    return found if n is None else replace(found, n_units=n, n_further=max(0, n - pilot.n_units))


def _narrowed(
    n: int, current: float | None, wanted: float, expected: Callable[[int], float | None]
) -> tuple[int | None, float | None]:
    """Units at which what is expected of them comes close to what is wanted."""
    reached = current
    for _ in range(4):
        if not reached:
            return None, None
        n = max(2, int(np.ceil(n * (reached / wanted) ** 2)))
        if n > MOST_UNITS:
            return None, None
        reached = expected(n)
        if reached and abs(reached / wanted - 1) < _CLOSE:
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
    simulated = _Simulated(pilot, name, weights, Interval(confidence=confidence), draws, seed)
    return [ExpectedWidth(n_units=n, width=simulated.mean(_width, n)) for n in n_units]


Measure = Callable[[Estimate], float | None]


@dataclass(frozen=True, eq=False)
class _Simulated:
    """Studies whose patterns come with the shares of the pilot's."""

    pilot: Patterns
    name: str
    weights: str | ArrayLike | None
    interval: Interval
    draws: int
    seed: int

    @cached_property
    def pilot_estimate(self) -> Estimate:
        return self.estimate(self.pilot)

    def estimate(self, patterns: Patterns) -> Estimate:
        return coefficient_of_patterns(
            self.name, patterns, weights=self.weights, interval=self.interval
        )

    def mean(self, measure: Measure, n_units: int) -> float | None:
        """The mean of what is measured on studies of n units; None if none has it."""
        known = self.measured(measure, n_units)
        return float(np.mean(known)) * self.stretch(measure) if known else None

    def room_below(self, quantile: float, n_units: int) -> float | None:
        """How far the value has to lie above what the lower limit is to clear."""
        known = self.measured(_lower_limit, n_units)
        value = self.pilot_estimate.value
        if len(known) < 2 or value is None:
            return None
        room = value - np.mean(known) + quantile * np.std(known, ddof=1)
        return float(room) * self.stretch(_reach_below)

    def measured(self, measure: Measure, n_units: int) -> list[float]:
        found = [measure(self.estimate(study)) for study in self.studies(n_units)]
        return [one for one in found if one is not None]

    def studies(self, n_units: int) -> Iterator[Patterns]:
        if not self.pilot.n_units:
            return
        shares = self.pilot.frequencies / self.pilot.frequencies.sum()
        rng = np.random.default_rng(self.seed)
        for frequencies in rng.multinomial(n_units, shares, size=self.draws):
            yield replace(self.pilot, frequencies=frequencies.astype(np.float64), units=None)

    def stretch(self, measure: Measure) -> float:
        """How much wider the pilot's interval is for leaving out groups, not units."""
        if self.pilot.units is None or self.pilot.units.groups is None:
            return 1.0
        of_groups = measure(self.pilot_estimate)
        of_units = measure(self.estimate(replace(self.pilot, units=None)))
        return of_groups / of_units if of_groups and of_units else 1.0


def _width(estimate: Estimate) -> float | None:
    if estimate.ci_low is None or estimate.ci_high is None:
        return None
    return estimate.ci_high - estimate.ci_low


def _lower_limit(estimate: Estimate) -> float | None:
    return estimate.ci_low


def _reach_below(estimate: Estimate) -> float | None:
    if estimate.value is None or estimate.ci_low is None:
        return None
    return estimate.value - estimate.ci_low
