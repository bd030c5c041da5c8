"""Concordance, correlation and rank coefficients, for two raters and means over pairs."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .inference import DEFAULT_INTERVAL, Interval, IntervalMethod, Sums, UnitSums, infer
from .ranks import ConcordanceForm, RankSums, SpearmanForm, TauForm
from .raterwise import PairForm, comparison_of_raters, mean_over_pairs
from .ratings import IntArray, Ratings, TooManyValuesError, values_of_points
from .results import Caution, Estimate, Undefined

FloatArray = NDArray[np.float64]

# Points on each side of the table from which Kendall's tau is counted.
_MOST_TAU_POINTS = 200


def pearson(ratings: Ratings, *, interval: Interval = DEFAULT_INTERVAL) -> Estimate:
    r"""Pearson's correlation; with more than two raters the mean over pairs.

    Correlation ignores shifts and stretches of the scale: it is no measure of
    agreement, and stands here because papers print it.

    Parameters
    ----------
    ratings : Ratings
        Numbers. Each pair uses the units both rated; pairs in which a rater
        does not vary are left out, with a caution.

    Returns
    -------
    Estimate
        Between -1 and 1. Undefined for words, and when no pair varies.

    Examples
    --------
    >>> ratings = Ratings.from_long([1, 1, 2, 2, 3, 3], [1, 2] * 3, [1, 3, 2, 5, 3, 7])
    >>> round(pearson(ratings).value, 3)
    1.0
    """
    values = ratings.once(values_of_points)

    def form(first: IntArray, second: IntArray, frequencies: FloatArray) -> UnitSums:
        rows, _ = _moments(values[first], values[second])
        return UnitSums(rows, frequencies, _pearson)

    return _mean("pearson", ratings, form, interval)


def lin_ccc(ratings: Ratings, *, interval: Interval = DEFAULT_INTERVAL) -> Estimate:
    r"""Lin's concordance correlation; with more than two raters the mean over pairs.

    .. math:: \rho_c = \frac{2 s_{xy}}{s_x^2 + s_y^2 + (\bar x - \bar y)^2}

    with variances over n. The interval "fisher_z" gives Lin's own, for two
    raters. Parameters, result and undefined cases are those of
    `pearson`; a constant pair is undefined only when both give the same constant.

    References
    ----------
    .. [1] L. I. Lin (1989), "A concordance correlation coefficient to evaluate
       reproducibility", Biometrics 45(1), 255-268. doi:10.2307/2532051

    Examples
    --------
    >>> ratings = Ratings.from_long([1, 1, 2, 2, 3, 3], [1, 2] * 3, [1, 2, 2, 3, 3, 4])
    >>> round(lin_ccc(ratings).value, 3)
    0.571
    """
    values = ratings.once(values_of_points)

    def form(first: IntArray, second: IntArray, frequencies: FloatArray) -> UnitSums:
        rows, apart = _moments(values[first], values[second])
        return UnitSums(rows, frequencies, partial(_concordance, apart=apart))

    estimate = _mean("lin_ccc", ratings, form, interval)
    is_fisher = interval.method is IntervalMethod.FISHER_Z and estimate.is_defined
    if is_fisher and _are_two_and_free(ratings):
        codes, frequencies = ratings.rater_patterns
        both = (codes >= 0).all(axis=1)
        first, second = codes[both].T
        rows, apart = _moments(values[first], values[second])
        return _with_lin_limits(estimate, frequencies[both] @ rows, apart, interval.confidence)
    return estimate


def _are_two_and_free(ratings: Ratings) -> bool:
    """Two raters, and units that are independent of each other."""
    return ratings.n_raters == 2 and ratings.groups is None


def _with_lin_limits(
    estimate: Estimate, totals: FloatArray, apart: float, confidence: float
) -> Estimate:
    """Lin's interval: normal on the scale of the inverse hyperbolic tangent."""
    n, rho_c, rho = totals[0], estimate.value, float(_pearson(totals))
    if rho_c is None or n < 3 or not 0 < abs(rho) < 1 or abs(rho_c) >= 1:
        return estimate
    mean_x, mean_y, var_x, var_y, _ = _central(totals)
    shift = (mean_x - mean_y + apart) ** 2 / (np.sqrt(var_x) * np.sqrt(var_y))
    left = 1 - rho_c**2
    variance = (
        (1 - rho**2) * rho_c**2 / (left * rho**2)
        + 2 * rho_c**3 * (1 - rho_c) * shift / (rho * left**2)
        - rho_c**4 * shift**2 / (2 * rho**2 * left**2)
    ) / (n - 2)
    reach = float(stats.norm.ppf((1 + confidence) / 2) * np.sqrt(variance))
    low, high = (float(np.tanh(np.arctanh(rho_c) + side * reach)) for side in (-1, 1))
    method = IntervalMethod.FISHER_Z.value
    return replace(estimate, ci_low=low, ci_high=high, ci_method=method, se=None)


def spearman(ratings: Ratings, *, interval: Interval = DEFAULT_INTERVAL) -> Estimate:
    """Spearman's rank correlation, ties by mid-ranks; more raters: mean over pairs.

    Words need a declared order. Otherwise as `pearson`.

    References
    ----------
    .. [1] C. Spearman (1904), "The proof and measurement of association
       between two things", American Journal of Psychology 15(1), 72-101.
       doi:10.2307/1412159

    Examples
    --------
    >>> ratings = Ratings.from_long([1, 1, 2, 2, 3, 3], [1, 2] * 3, [1, 3, 2, 5, 3, 4])
    >>> round(spearman(ratings).value, 3)
    0.5
    """
    return _mean("spearman", ratings, _spearman_form, interval)


def kendall_tau(ratings: Ratings, *, interval: Interval = DEFAULT_INTERVAL) -> Estimate:
    r"""Kendall's tau-b, which corrects for ties; more raters: mean over pairs.

    .. math:: \tau_b = \frac{C - D}{\sqrt{(n_0 - n_1)(n_0 - n_2)}}

    Words need a declared order. Otherwise as `pearson`.

    References
    ----------
    .. [1] M. G. Kendall (1945), "The treatment of ties in ranking problems",
       Biometrika 33(3), 239-251. doi:10.1093/biomet/33.3.239

    Examples
    --------
    >>> ratings = Ratings.from_long([1, 1, 2, 2, 3, 3], [1, 2] * 3, [1, 3, 2, 5, 3, 4])
    >>> round(kendall_tau(ratings).value, 3)
    0.333
    """
    return _mean("kendall_tau", ratings, _tau_form, interval)


def _mean(name: str, ratings: Ratings, form: PairForm, interval: Interval) -> Estimate:
    reason = comparison_of_raters(ratings, "rank")
    needs_numbers = name in {"pearson", "lin_ccc"}
    if reason in {None, Undefined.NEEDS_ORDER} and needs_numbers:
        reason = Undefined.NEEDS_NUMBERS if ratings.numbers is None else None
    if reason is None and name == "kendall_tau" and len(ratings.points) > _MOST_TAU_POINTS:
        reason = Undefined.TOO_MANY_VALUES
    return mean_over_pairs(name, ratings, form, reason, interval)


def _moments(x: FloatArray, y: FloatArray) -> tuple[FloatArray, float]:
    """What each unit adds, x and y measured from their medians; and how far those lie apart.

    A pair has a centre of its own: measured from that of all raters, a variance could drown in
    rounding. The median stays in the bulk of the values, whichever unit is left out.
    """
    middle_x, middle_y = (float(np.median(each)) if len(each) else 0.0 for each in (x, y))
    x, y = x - middle_x, y - middle_y
    return np.column_stack([np.ones(len(x)), x, y, x**2, y**2, x * y]), middle_x - middle_y


def _central(sums: Sums) -> tuple[Sums, Sums, Sums, Sums, Sums]:
    """Means, variances over n, and covariance; variances of constants exactly 0."""
    n, x, y, xx, yy, xy = np.moveaxis(sums, -1, 0)
    mean_x, mean_y = x / n, y / n
    var_x = _cleared(xx / n - mean_x**2, xx / n)
    var_y = _cleared(yy / n - mean_y**2, yy / n)
    return mean_x, mean_y, var_x, var_y, xy / n - mean_x * mean_y


def _cleared(variance: Sums, scale: Sums) -> Sums:
    cleared: Sums = np.where(np.real(variance) <= 1e-12 * np.real(scale), 0, variance)
    return cleared


def _pearson(sums: Sums) -> Sums:
    _, _, var_x, var_y, covariance = _central(sums)
    return _divided(covariance, np.sqrt(var_x) * np.sqrt(var_y))


def _concordance(sums: Sums, *, apart: float) -> Sums:
    mean_x, mean_y, var_x, var_y, covariance = _central(sums)
    return _divided(2 * covariance, var_x + var_y + (mean_x - mean_y + apart) ** 2)


def _divided(part: Sums, whole: Sums) -> Sums:
    empty = np.real(whole) == 0
    value: Sums = np.where(empty, np.nan, part / np.where(empty, 1, whole))
    return value


def _spearman_form(first: IntArray, second: IntArray, frequencies: FloatArray) -> RankSums:
    return RankSums(SpearmanForm(first, second), frequencies)


def _tau_form(first: IntArray, second: IntArray, frequencies: FloatArray) -> RankSums:
    return RankSums(TauForm(first, second), frequencies)


def kendall_w(
    ratings: Ratings, *, ties: bool = True, interval: Interval = DEFAULT_INTERVAL
) -> Estimate:
    r"""Kendall's W: concordance of the rankings that raters give the units.

    .. math:: W = \frac{12 \sum_u (R_u - \bar R)^2}{k^2 (n^3 - n) - k \sum_j T_j}

    Parameters
    ----------
    ratings : Ratings
        Units that a rater left out are dropped, with a caution: ranks of
        different sets of units can't be added.
    ties : bool
        Whether to correct for ties (T).

    Returns
    -------
    Estimate
        Between 0 and 1. Undefined for fewer than two complete units, words
        without an order, and raters who do not vary.

    References
    ----------
    .. [1] M. G. Kendall, B. Babington Smith (1939), "The problem of m
       rankings", Annals of Mathematical Statistics 10(3), 275-287.
       doi:10.1214/aoms/1177732186

    Examples
    --------
    >>> ratings = Ratings.from_long([1, 1, 2, 2, 3, 3], [1, 2] * 3, [1, 3, 2, 5, 3, 4])
    >>> kendall_w(ratings).value
    0.75
    """
    labels: dict[str, Any] = {
        "interval": interval,
        "coefficient": "kendall_w",
        "level": ratings.level.value,
    }
    reason = comparison_of_raters(ratings, "rank")
    try:
        codes, frequencies = ratings.rater_patterns
    except TooManyValuesError:
        reason = Undefined.TOO_MANY_VALUES
    if reason is not None:
        return infer(None, undefined=reason, counts=ratings.evidence(), **labels)
    complete = (codes >= 0).all(axis=1)
    counts = ratings.evidence(n_units=int(frequencies[complete].sum()))
    if counts.n_units < 2:
        return infer(None, undefined=Undefined.NEEDS_COMPLETE_UNITS, counts=counts, **labels)
    form = ConcordanceForm(codes[complete], ties)
    sums = RankSums(form, frequencies[complete], bounds=(0.0, 1.0))
    units = ratings.by_rater_pattern.kept(complete)
    estimate = infer(sums, undefined=None, counts=counts, units=units, **labels)
    return estimate if complete.all() else estimate.with_warnings(Caution.INCOMPLETE_UNITS_DROPPED)
