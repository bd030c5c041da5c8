"""Krippendorff's alpha for every metric, any number of raters, any gaps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from .agreement import no_comparison, weights_name
from .data import (
    Level,
    Patterns,
    has_numbers,
    is_ratio_scale,
    origin,
    scale_values,
    unsuitable_weights,
)
from .distances import (
    Metric,
    bipolar_distance,
    checked_distances,
    circular_distance,
    distance_matrix,
    interval_distance,
    jaccard_distance,
    masi_distance,
    product_with,
    ratio_distance,
    weight_matrix,
)
from .errors import UnknownNameError
from .inference import DEFAULT_INTERVAL, Interval, IntervalMethod, Sums, UnitSums, infer
from .kalpha import with_pair_limits
from .ratings import MOST_POINTS, Ratings, TooManyValuesError, centred
from .results import Caution, Estimate, Undefined
from .units import UnitRows

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
        A name of `Metric`, or the distances between points themselves:
        symmetric, zero or more, zero on the diagonal. The level of the patterns
        decides if not given; MASI at level "set".
    period : float, optional
        Length of the circle of the circular metric, above zero.

    Returns
    -------
    Estimate
        At most 1; with terms d_o, d_e on the metric's own scale. Undefined
        without data, without a unit that holds two ratings, and when all
        ratings are the same (nothing can be expected to disagree).

    Raises
    ------
    InvalidScaleError
        Distances that are none, or a circle without length.

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
        units=pairable.units,
        terms=form.terms(pairable.frequencies) if form else (),
    )
    if form is not None and interval.method is IntervalMethod.KALPHA_PAIRS:
        distance = _distances(pairable, metric, name, period)
        estimate = with_pair_limits(estimate, pairable, distance, interval)
    return _with_rarity(estimate, pairable)


def alpha_of_ratings(
    ratings: Ratings,
    metric: str | ArrayLike | None = None,
    *,
    period: float | None = None,
    interval: Interval = DEFAULT_INTERVAL,
) -> Estimate:
    """Krippendorff's alpha from the long form; as `krippendorff_alpha`.

    The interval metric needs only sums and sums of squares, so it takes any
    number of distinct values; other metrics are undefined
    ("too_many_values") when counts of every value would not fit in memory.
    """
    name = _metric_name(metric, ratings.level)
    if name == Metric.INTERVAL and len(ratings.points) > _MOST_POINTS:
        return _alpha_of_moments(ratings, interval)
    try:
        patterns = ratings.patterns()
        if name == Metric.ORDINAL and _n_ordinal_sums(patterns) > _MOST_SUMS:
            raise TooManyValuesError("too many points for the ordinal metric")
    except TooManyValuesError:
        return infer(
            None,
            undefined=Undefined.TOO_MANY_VALUES,
            counts=ratings.evidence(),
            interval=interval,
            coefficient="krippendorff_alpha",
            level=_level_name(name, ratings.level),
        )
    return krippendorff_alpha(patterns, metric, period=period, interval=interval)


def weighted_alpha(
    ratings: Ratings,
    weights: str | ArrayLike | None = None,
    *,
    interval: Interval = DEFAULT_INTERVAL,
) -> Estimate:
    """Alpha with the distance of the level, or one minus the agreement weights given.

    `weights` may also be "masi" or "jaccard", for sets. With a name of
    `Weights` this is what irrCAC prints as Krippendorff's alpha; its "ordinal"
    is not Krippendorff's ordinal metric.
    """
    if weights is None or (isinstance(weights, str) and weights in _SET_METRICS):
        if weights is not None and ratings.level is not Level.SET:
            return _refused(ratings, Undefined.UNSUITABLE_LEVEL, interval, str(weights))
        return alpha_of_ratings(ratings, weights, interval=interval)
    name = weights_name(weights)
    reason = unsuitable_weights(weights, ratings.points, has_order=ratings.has_order)
    if reason is not None:
        return _refused(ratings, reason, interval, name)
    if len(ratings.points) > MOST_POINTS:
        return _refused(ratings, Undefined.TOO_MANY_VALUES, interval, name)
    distance = 1 - weight_matrix(weights, ratings.points)
    return replace(alpha_of_ratings(ratings, distance, interval=interval), weights=name)


def _refused(ratings: Ratings, reason: Undefined, interval: Interval, weights: str) -> Estimate:
    return infer(
        None,
        undefined=reason,
        counts=ratings.evidence(),
        interval=interval,
        coefficient="krippendorff_alpha",
        level=ratings.level.value,
        weights=weights,
    )


# Points of a scale up to which counts per point are the cheaper way.
_MOST_POINTS = 100
_MOST_SUMS = 400_000_000


def _alpha_of_moments(ratings: Ratings, interval: Interval) -> Estimate:
    """Interval alpha from each unit's number, sum and sum of squares of ratings."""
    per_unit = ratings.ratings_per_unit
    pairable = per_unit >= 2
    counts = ratings.evidence(n_units=int(pairable.sum()))
    labels: dict[str, Any] = {
        "counts": counts,
        "interval": interval,
        "coefficient": "krippendorff_alpha",
        "level": Level.INTERVAL.value,
    }
    reason = None if counts.n_pairable else Undefined.NO_PAIRABLE_UNITS
    if reason is None and ratings.numbers is None:
        reason = Undefined.NEEDS_NUMBERS
    if reason is not None:
        return infer(None, undefined=reason, **labels)
    values = ratings.once(centred)[ratings.values]
    number = per_unit[pairable].astype(np.float64)
    total = np.bincount(ratings.units, weights=values)[pairable]
    squares = np.bincount(ratings.units, weights=values**2)[pairable]
    rows = np.where(pairable, np.cumsum(pairable) - 1, -1)
    if interval.is_resampled:
        # Draws go through units in order; it must not be the one they were read in.
        order = np.lexsort((squares, total, number))
        number, total, squares = number[order], total[order], squares[order]
        rows[pairable] = np.argsort(order)
    inside = 2 * (number * squares - total**2) / (number - 1)
    form = AlphaForm(np.column_stack([inside, number, total, squares]), _moment_parts)
    frequencies = np.ones(len(number))
    sums, terms = form.sums(frequencies), form.terms(frequencies)
    units = UnitRows(lambda: rows, ratings.groups)
    return infer(sums, undefined=None, terms=terms, units=units, **labels)


def _moment_parts(sums: Sums) -> tuple[Sums, Sums, Sums]:
    inside, n, total, squares = np.moveaxis(sums, -1, 0)
    spread = n * squares - total**2
    spread = np.where(np.real(spread) <= 1e-12 * np.real(n * squares), 0, spread)
    return inside / n, 2 * spread / n**2, n


@dataclass(frozen=True, eq=False)
class AlphaForm:
    """Alpha from sums over units.

    `parts` maps sums to the observed disagreement, the disagreement expected
    when drawing with replacement, and the number of pairable ratings.
    """

    rows: FloatArray | sparse.csr_array
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

        return UnitSums(
            self.rows, frequencies, alpha, smooth=smooth, as_gwet=self._as_gwet(frequencies)
        )

    def _as_gwet(self, frequencies: FloatArray) -> Callable[[FloatArray], FloatArray]:
        """Alpha without its small-sample factor, as irrCAC's formula differentiates it.

        That formula corrects for unequal numbers of ratings with the agreement
        that includes the factor, hence the second term.
        """

        def as_gwet(influence: FloatArray) -> FloatArray:
            observed, expected, n = self.parts(frequencies @ self.rows)
            rows = self.rows.toarray() if sparse.issparse(self.rows) else self.rows
            uneven = self.parts(rows)[2] * frequencies.sum() / n - 1
            changed: FloatArray = influence * n / (n - 1) - observed / n * uneven / expected
            return changed

        return as_gwet

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
    if metric == Metric.RATIO and not is_ratio_scale(pairable.points):
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
    return _fixed_form(pairable, _distances(pairable, metric, name, period))


def _distances(
    pairable: Patterns, metric: str | ArrayLike | None, name: str, period: float | None
) -> FloatArray:
    if name == Metric.ORDINAL:
        ranks = np.cumsum(pairable.totals) - pairable.totals / 2
        return interval_distance(ranks)
    if name != "custom":
        return metric_matrix(name, pairable, period)
    return checked_distances(metric, len(pairable.points))


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
    if name == Metric.RATIO:
        return ratio_distance(values, origin(points))
    if name == Metric.CIRCULAR:
        return circular_distance(values, period)
    return _NUMERIC_METRICS[name](values)


_NUMERIC_METRICS: dict[str, Callable[[FloatArray], FloatArray]] = {
    Metric.INTERVAL.value: interval_distance,
    Metric.BIPOLAR.value: bipolar_distance,
}


def _fixed_form(pairable: Patterns, distance: FloatArray) -> AlphaForm:
    """Sums: disagreement inside units, then ratings at each point."""
    counts = pairable.counts
    apart = product_with(distance)
    inside = (counts * apart(counts)).sum(axis=1)
    rows = np.column_stack([inside / (pairable.ratings_per_unit - 1), counts])

    def parts(sums: Sums) -> tuple[Sums, Sums, Sums]:
        n_k = sums[..., 1:]
        n = n_k.sum(axis=-1)
        crossed = (n_k * apart(n_k)).sum(axis=-1)
        return sums[..., 0] / n, crossed / n**2, n

    return AlphaForm(rows, parts)


def _ordinal_form(pairable: Patterns) -> AlphaForm:
    """Sums: ratings at each point, then coincidences of each pair of points that meet.

    The ordinal distance is the squared difference of mid-ranks, which change
    with every unit left out; so coincidences have to be kept apart.
    """
    n_points = len(pairable.points)
    low, high = _meeting_points(pairable)

    def parts(sums: Sums) -> tuple[Sums, Sums, Sums]:
        n_k, coincidences = sums[..., :n_points], sums[..., n_points:]
        n = n_k.sum(axis=-1)
        ranks = np.cumsum(n_k, axis=-1) - n_k / 2
        inside = (coincidences * (ranks[..., low] - ranks[..., high]) ** 2).sum(axis=-1)
        # Ratings have the mean rank n/2 whatever they are, so the distances of
        # all pairs add up to n times those from the mean.
        crossed = 2 * n * (n_k * (ranks - n[..., None] / 2) ** 2).sum(axis=-1)
        return inside / n, crossed / n**2, n

    return AlphaForm(_coincidence_rows(pairable, low, high), parts)


# Points of a scale up to which nearly all pairs of them meet anyway.
_FEW_POINTS = 20


def _meeting_points(pairable: Patterns) -> tuple[NDArray[Any], NDArray[Any]]:
    """Pairs of points that some unit holds both of, the lower point first."""
    n_points = len(pairable.points)
    if n_points <= _FEW_POINTS:
        return np.triu_indices(n_points, k=1)
    shown = sparse.csr_array(pairable.counts > 0, dtype=np.float64)
    low, high = sparse.triu(shown.T @ shown, k=1).nonzero()
    return low, high


def _coincidence_rows(
    pairable: Patterns, low: NDArray[Any], high: NDArray[Any]
) -> FloatArray | sparse.csr_array:
    counts, spread = pairable.counts, 2 / (pairable.ratings_per_unit - 1)
    if counts.shape[1] <= _FEW_POINTS:
        return np.column_stack([counts, counts[:, low] * counts[:, high] * spread[:, None]])
    columns = sparse.csc_array(counts)
    together = columns[:, low].multiply(columns[:, high]).multiply(spread[:, None])
    return sparse.csr_array(sparse.hstack([columns, together]))


def _n_ordinal_sums(patterns: Patterns) -> int:
    """Values in the rows of the ordinal metric, at most."""
    n_patterns, n_points = patterns.counts.shape
    shown = np.count_nonzero(patterns.counts, axis=1)
    n_pairs = min(n_points * (n_points - 1), int((shown * (shown - 1)).sum())) // 2
    return int(n_patterns * (n_points + n_pairs))
