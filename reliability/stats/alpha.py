"""Krippendorff's alpha for every metric, any number of raters, any gaps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .agreement import no_comparison
from .data import Level, Patterns, has_numbers, scale_values
from .distances import (
    Metric,
    bipolar_distance,
    circular_distance,
    distance_matrix,
    interval_distance,
    jaccard_distance,
    masi_distance,
    ratio_distance,
)
from .errors import InvalidScaleError, UnknownNameError
from .inference import DEFAULT_INTERVAL, Interval, Sums, UnitSums, infer
from .results import Caution, Estimate, Undefined

FloatArray = NDArray[np.float64]

# A value that fewer units show makes any interval unreliable (see
# docs/statistics.md, coverage).
RARE_UNITS = 5


def krippendorff_alpha(
    patterns: Patterns,
    metric: str | ArrayLike | None = None,
    *,
    period: float | None = None,
    interval: Interval = DEFAULT_INTERVAL,
) -> Estimate:
    r"""Krippendorff's alpha.

    .. math:: \alpha = 1 - D_o / D_e, \quad
              D_o = \frac1n \sum_{ck} o_{ck} \delta_{ck}, \quad
              D_e = \frac{1}{n(n-1)} \sum_{ck} n_c n_k \delta_{ck}

    Parameters
    ----------
    patterns : Patterns
        Units with one rating do not count.
    metric : str or array_like, shape (n_points, n_points), optional
        A name of `Metric`, or the distances between points themselves. The
        level of the patterns decides if not given; MASI at level "set".
    period : float, optional
        Length of the circle of the circular metric.

    Returns
    -------
    Estimate
        At most 1; with terms d_o, d_e on the metric's own scale. Undefined
        without data, without a unit that holds two ratings, and when all
        ratings are the same (nothing can be expected to disagree).

    References
    ----------
    .. [1] K. Krippendorff (2011), Computing Krippendorff's
       Alpha-Reliability, University of Pennsylvania.
    .. [2] K. Krippendorff (2018), Content Analysis, 4th ed., chapter 12, Sage.

    Examples
    --------
    Two observers, ten articles (Krippendorff 2011, example A):

    >>> table = [[2, 0], [1, 1], [0, 2]]
    >>> patterns = Patterns(table, [5, 4, 1], points=(0, 1))
    >>> round(krippendorff_alpha(patterns, "nominal").value, 3)
    0.095
    """
    name = _metric_name(metric, patterns.level)
    pairable = patterns.pairable
    reason = no_comparison(patterns, name) or _unsuitable(name, pairable)
    form = None if reason else _form(pairable, metric, name, period)
    estimate = infer(
        form.sums(pairable.frequencies) if form else None,
        undefined=reason,
        counts=patterns.evidence(n_units=pairable.n_units),
        interval=interval,
        coefficient="krippendorff_alpha",
        level=_level_name(name, patterns.level),
        weights=name if name in _SET_METRICS else None,
        terms=form.terms(pairable.frequencies) if form else (),
    )
    return _with_rarity(estimate, pairable)


@dataclass(frozen=True, eq=False)
class AlphaForm:
    """Alpha from sums over units.

    `parts` maps sums to the observed disagreement, the disagreement expected
    when drawing with replacement, and the number of pairable ratings.
    """

    rows: FloatArray
    parts: Callable[[Sums], tuple[Sums, Sums, Sums]]

    def sums(self, frequencies: FloatArray) -> UnitSums:
        n_pairable = self.parts(frequencies @ self.rows)[2]

        def alpha(sums: Sums) -> Sums:
            observed, expected, n = self.parts(sums)
            return _one_minus(observed, expected * n / (n - 1))

        def smooth(sums: Sums) -> Sums:
            # The factor n/(n-1) removes bias; it is no part of what is
            # estimated, so derivatives leave it alone.
            observed, expected, _ = self.parts(sums)
            return _one_minus(observed, expected * n_pairable / (n_pairable - 1))

        return UnitSums(self.rows, frequencies, alpha, smooth=smooth)

    def terms(self, frequencies: FloatArray) -> tuple[tuple[str, float], ...]:
        observed, expected, n = self.parts(frequencies @ self.rows)
        return (("d_o", float(observed)), ("d_e", float(expected * n / (n - 1))))


def _one_minus(observed: Sums, expected: Sums) -> Sums:
    # Sums of whole counts: without variation the expectation is exactly zero.
    empty = np.real(expected) == 0
    value: Sums = np.where(empty, np.nan, 1 - observed / np.where(empty, 1, expected))
    return value


def _with_rarity(estimate: Estimate, pairable: Patterns) -> Estimate:
    units = pairable.frequencies @ (pairable.counts > 0)
    if estimate.is_defined and ((units > 0) & (units < RARE_UNITS)).any():
        return estimate.with_warnings(Caution.RARE_VALUE)
    return estimate


_SET_METRICS = {Metric.MASI.value, Metric.JACCARD.value}


def _level_name(metric: str, level: Level) -> str:
    if metric in _SET_METRICS:
        return Level.SET.value
    return level.value if metric == "custom" else metric


def _metric_name(metric: str | ArrayLike | None, level: Level) -> str:
    if metric is None:
        return Metric.MASI.value if level is Level.SET else level.value
    if not isinstance(metric, str):
        return "custom"
    if metric not in set(Metric):
        raise UnknownNameError(f"no metric is called {metric!r}")
    return str(metric)


def _unsuitable(metric: str, pairable: Patterns) -> Undefined | None:
    if (np.count_nonzero(pairable.totals)) < 2:
        return Undefined.NO_VARIATION
    if metric in _NEEDS_NUMBERS and not has_numbers(pairable.points):
        return Undefined.NEEDS_NUMBERS
    if metric == Metric.RATIO and scale_values(pairable.points).min() < 0:
        return Undefined.RATIO_NEEDS_NON_NEGATIVE
    return None


_NEEDS_NUMBERS = {
    Metric.INTERVAL.value,
    Metric.RATIO.value,
    Metric.CIRCULAR.value,
    Metric.BIPOLAR.value,
}


def _form(
    pairable: Patterns, metric: str | ArrayLike | None, name: str, period: float | None
) -> AlphaForm:
    if name == Metric.ORDINAL:
        return _ordinal_form(pairable)
    if name != "custom":
        return _fixed_form(pairable, metric_matrix(name, pairable, period))
    distance = np.asarray(metric, dtype=np.float64)
    if distance.shape != (len(pairable.points),) * 2:
        raise InvalidScaleError("a distance matrix has one row and column a point")
    return _fixed_form(pairable, distance)


def metric_matrix(name: str, patterns: Patterns, period: float | None = None) -> FloatArray:
    """Distances between all points for a metric that ignores frequencies."""
    points = patterns.points
    if name == Metric.NOMINAL:
        return 1 - np.eye(len(points))
    if name == Metric.MASI:
        return distance_matrix(masi_distance, points)  # type: ignore[arg-type]
    if name == Metric.JACCARD:
        return distance_matrix(jaccard_distance, points)  # type: ignore[arg-type]
    values = scale_values(points)
    if name == Metric.CIRCULAR:
        return circular_distance(values, period)
    return _NUMERIC_METRICS[name](values)


_NUMERIC_METRICS: dict[str, Callable[[FloatArray], FloatArray]] = {
    Metric.INTERVAL.value: interval_distance,
    Metric.RATIO.value: ratio_distance,
    Metric.BIPOLAR.value: bipolar_distance,
}


def _fixed_form(pairable: Patterns, distance: FloatArray) -> AlphaForm:
    """Sums: disagreement inside units, then ratings at each point."""
    counts = pairable.counts
    inside = (counts * (counts @ distance)).sum(axis=1)
    rows = np.column_stack([inside / (pairable.ratings_per_unit - 1), counts])

    def parts(sums: Sums) -> tuple[Sums, Sums, Sums]:
        n_k = sums[..., 1:]
        n = n_k.sum(axis=-1)
        crossed = (n_k * (n_k @ distance)).sum(axis=-1)
        return sums[..., 0] / n, crossed / n**2, n

    return AlphaForm(rows, parts)


def _ordinal_form(pairable: Patterns) -> AlphaForm:
    """Sums: ratings at each point, then coincidences of each pair of points.

    The ordinal distance is the squared difference of mid-ranks, which change
    with every unit left out; so coincidences have to be kept apart.
    """
    counts = pairable.counts
    n_points = counts.shape[1]
    low, high = np.triu_indices(n_points, k=1)
    spread = 2 / (pairable.ratings_per_unit - 1)
    rows = np.column_stack([counts, counts[:, low] * counts[:, high] * spread[:, None]])

    def parts(sums: Sums) -> tuple[Sums, Sums, Sums]:
        n_k, coincidences = sums[..., :n_points], sums[..., n_points:]
        n = n_k.sum(axis=-1)
        ranks = np.cumsum(n_k, axis=-1) - n_k / 2
        distance = (ranks[..., low] - ranks[..., high]) ** 2
        crossed = 2 * (n_k[..., low] * n_k[..., high] * distance).sum(axis=-1)
        inside = (coincidences * distance).sum(axis=-1)
        return inside / n, crossed / n**2, n

    return AlphaForm(rows, parts)
