"""Intraclass correlations, for complete and incomplete designs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats

from .errors import UnknownNameError
from .inference import DEFAULT_INTERVAL, Interval, IntervalMethod, Sums, UnitSums, infer
from .ratings import Ratings, TooManyValuesError, centred
from .results import Estimate, Undefined

FloatArray = NDArray[np.float64]

ICC_NAMES = ("icc_1_1", "icc_1_k", "icc_2_1", "icc_2_k", "icc_3_1", "icc_3_k")
# Values in the table of sums of an incomplete two-way design.
_MOST_SUMS = 40_000_000


def icc(name: str, ratings: Ratings, *, interval: Interval = DEFAULT_INTERVAL) -> Estimate:
    r"""Intraclass correlation: the share of variance that lies between units.

    .. math:: ICC(1,1) = \frac{\sigma_u^2}{\sigma_u^2 + \sigma_w^2}, \quad
              ICC(2,1) = \frac{\sigma_u^2}{\sigma_u^2 + \sigma_r^2 + \sigma_e^2}, \quad
              ICC(3,1) = \frac{\sigma_u^2}{\sigma_u^2 + \sigma_e^2}

    The k forms divide everything but :math:`\sigma_u^2` by the number of
    ratings a unit gets: the reliability of their mean. Variance components come
    from the analysis of variance (complete designs) or from Henderson's method
    III (incomplete ones; k is then the harmonic mean of ratings per unit). Both
    agree where nothing is missing. Components are not cut at zero.

    Parameters
    ----------
    name : str
        One of `ICC_NAMES`: model 1 (raters differ by unit), 2 (raters are a
        sample), 3 (these raters only); 1 for a single rating, k for the mean.
    ratings : Ratings
        Numbers; units with one rating take part.
    interval : Interval
        "f_distribution" gives limits under normality, for complete designs:
        exact for models 1 and 3, approximate for model 2. The jackknife is the
        default, and stands in where there are none.

    Returns
    -------
    Estimate
        At most 1; may be negative. Undefined for fewer than two units, words,
        fewer than two raters (models 2 and 3), raters who form groups that
        never meet, and when all ratings are the same.

    References
    ----------
    .. [1] P. E. Shrout, J. L. Fleiss (1979), "Intraclass correlations",
       Psychological Bulletin 86(2), 420-428. doi:10.1037/0033-2909.86.2.420
    .. [2] K. O. McGraw, S. P. Wong (1996), "Forming inferences about some
       intraclass correlation coefficients", Psychological Methods 1(1), 30-46.
       doi:10.1037/1082-989X.1.1.30
    .. [3] C. R. Henderson (1953), "Estimation of variance and covariance
       components", Biometrics 9(2), 226-252. doi:10.2307/3001853

    Examples
    --------
    Shrout and Fleiss (1979), table 2:

    >>> scores = [9, 2, 5, 8, 6, 1, 3, 2, 8, 4, 6, 8, 7, 1, 2, 6, 10, 5, 6, 9, 6, 2, 4, 7]
    >>> ratings = Ratings.from_long(
    ...     np.repeat(range(6), 4), list(range(4)) * 6, scores, level="interval"
    ... )
    >>> round(icc("icc_2_1", ratings).value, 2), round(icc("icc_3_k", ratings).value, 2)
    (0.29, 0.91)
    """
    if name not in ICC_NAMES:
        raise UnknownNameError(f"no intraclass correlation is called {name!r}")
    labels: dict[str, Any] = {
        "counts": ratings.evidence(),
        "coefficient": name,
        "level": ratings.level.value,
    }
    design: _Design | None = None
    try:
        reason = _unsuitable(name, ratings)
        one_way = name.startswith("icc_1")
        if reason is None:
            design = ratings.once(_one_way_design if one_way else _two_way_design)
    except TooManyValuesError:
        reason = Undefined.TOO_MANY_VALUES
    if design is None:
        return infer(None, undefined=reason, interval=interval, **labels)
    exact = interval.method is IntervalMethod.F_DISTRIBUTION
    share = _SHARES[name]
    sums = UnitSums(
        design.rows,
        design.frequencies,
        lambda sums: _ratio(*share(design.components(sums))),
        compared=np.asarray((ratings.rater_patterns[0] >= 0).sum(axis=1) - 1.0),
    )
    estimate = infer(
        sums, undefined=None, interval=interval, units=ratings.by_rater_pattern, **labels
    )
    if (
        exact
        and ratings.groups is None
        and estimate.is_defined
        and design.complete_totals is not None
    ):
        return _with_f_limits(estimate, design.complete_totals, interval.confidence)
    return estimate


@dataclass(frozen=True, eq=False)
class Components:
    """Variance components; `rater` is 0 and `error` all within in model 1."""

    unit: Sums
    rater: Sums
    error: Sums
    k: Sums


@dataclass(frozen=True, eq=False)
class _Design:
    rows: FloatArray
    frequencies: FloatArray
    components: Callable[[Sums], Components]
    complete_totals: FloatArray | None


def _noise(components: Components) -> Sums:
    """Rater and error variance; with gaps the former can be so negative that
    their sum is, and then counts as zero."""
    both = components.rater + components.error
    noise: Sums = np.where(np.real(both) < 0, components.error, both)
    return noise


Share = Callable[[Components], tuple[Sums, Sums]]
_SHARES: dict[str, Share] = {
    "icc_1_1": lambda c: (c.unit, c.unit + c.error),
    "icc_1_k": lambda c: (c.unit, c.unit + c.error / c.k),
    "icc_2_1": lambda c: (c.unit, c.unit + _noise(c)),
    "icc_2_k": lambda c: (c.unit, c.unit + _noise(c) / c.k),
    "icc_3_1": lambda c: (c.unit, c.unit + c.error),
    "icc_3_k": lambda c: (c.unit, c.unit + c.error / c.k),
}


def _ratio(part: Sums, whole: Sums) -> Sums:
    # A relative bar: differences of sums of squares leave rounding behind.
    empty = np.real(whole) <= 1e-12 * (1 + np.abs(np.real(part)))
    value: Sums = np.where(empty, np.nan, part / np.where(empty, 1, whole))
    return value


def _unsuitable(name: str, ratings: Ratings) -> Undefined | None:
    if ratings.n_ratings == 0:
        return Undefined.NO_DATA
    if ratings.numbers is None:
        return Undefined.NEEDS_NUMBERS
    if ratings.n_units < 2:
        return Undefined.TOO_FEW_UNITS
    if int(ratings.ratings_per_unit.max()) < 2:
        return Undefined.NO_PAIRABLE_UNITS
    if int(ratings.values.min()) == int(ratings.values.max()):
        return Undefined.NO_VARIATION
    if name.startswith("icc_1"):
        return None
    return _two_way_reason(ratings)


def _two_way_reason(ratings: Ratings) -> Undefined | None:
    if _n_rater_groups(ratings.rater_patterns[0]) > 1:
        return Undefined.RATERS_NEVER_MEET
    free = ratings.n_ratings - ratings.n_units - ratings.n_raters + 1
    return Undefined.TOO_FEW_UNITS if free < 1 else None


def _n_rater_groups(codes: NDArray[np.int64]) -> int:
    rated = (codes >= 0).astype(np.float64)
    meetings = rated.T @ rated
    if meetings.all():
        return 1
    return int(sparse.csgraph.connected_components(sparse.csr_array(meetings), directed=False)[0])


def _one_way_design(ratings: Ratings) -> _Design:
    scores, rated, frequencies = _scores(ratings)
    rows = _one_way_rows(scores, rated)
    return _Design(rows, frequencies, _one_way, _complete_totals(scores, rated, frequencies))


def _two_way_design(ratings: Ratings) -> _Design:
    scores, rated, frequencies = _scores(ratings)
    totals = _complete_totals(scores, rated, frequencies)
    if totals is not None:
        return _Design(_complete_rows(scores), frequencies, _complete, totals)
    rows = _incomplete_rows(scores, rated)
    return _Design(rows, frequencies, _incomplete(rated.shape[1]), totals)


def _scores(ratings: Ratings) -> tuple[FloatArray, NDArray[np.bool_], FloatArray]:
    """Values by pattern and rater, 0 where nobody rated; who rated; units of each."""
    codes, frequencies = ratings.rater_patterns
    rated = codes >= 0
    scores = _over_largest(np.where(rated, ratings.once(centred)[codes], 0.0))
    return scores, rated, frequencies


def _complete_totals(
    scores: FloatArray, rated: NDArray[np.bool_], frequencies: FloatArray
) -> FloatArray | None:
    return frequencies @ _complete_rows(scores) if rated.all() else None


def _over_largest(scores: FloatArray) -> FloatArray:
    """Scores of one size in any unit of measurement, so that one bar for rounding fits all."""
    relative: FloatArray = scores / np.abs(scores).max()
    return relative


def _one_way_rows(scores: FloatArray, rated: NDArray[np.bool_]) -> FloatArray:
    ratings, total = rated.sum(axis=1), scores.sum(axis=1)
    squares = (scores**2).sum(axis=1)
    columns = [np.ones(len(total)), ratings, ratings**2, 1 / ratings, total]
    return np.column_stack([*columns, total**2 / ratings, squares])


def _one_way(sums: Sums) -> Components:
    n, n_ratings, squared_sizes, inverse, total, between, squares = np.moveaxis(sums, -1, 0)
    within = (squares - between) / (n_ratings - n)
    among = (between - total**2 / n_ratings) / (n - 1)
    size = (n_ratings - squared_sizes / n_ratings) / (n - 1)
    return Components((among - within) / size, 0 * within, within, n / inverse)


def _complete_rows(scores: FloatArray) -> FloatArray:
    total, squares = scores.sum(axis=1), (scores**2).sum(axis=1)
    ones = np.ones(len(total))
    return np.column_stack([ones, total**2 / scores.shape[1], squares, scores])


def mean_squares(sums: Sums) -> tuple[Sums, Sums, Sums, Sums, Sums]:
    """Units n, and mean squares between units, raters, within units, residual."""
    n, between, squares, per_rater = sums[..., 0], sums[..., 1], sums[..., 2], sums[..., 3:]
    k = per_rater.shape[-1]
    correction = per_rater.sum(axis=-1) ** 2 / (n * k)
    raters = (per_rater**2).sum(axis=-1) / n - correction
    residual = (squares - between - raters) / ((n - 1) * (k - 1))
    within = (squares - between) / (n * (k - 1))
    return n, (between - correction) / (n - 1), raters / (k - 1), within, residual


def _complete(sums: Sums) -> Components:
    k = sums.shape[-1] - 3
    n, units, raters, _, residual = mean_squares(sums)
    return Components((units - residual) / k, (raters - residual) / n, residual, 0 * n + k)


def _incomplete_rows(scores: FloatArray, rated: NDArray[np.bool_]) -> FloatArray:
    """Sums of Henderson's method III: see `_incomplete` for their order."""
    n_patterns, n_raters = rated.shape
    if n_patterns * n_raters**2 > _MOST_SUMS:
        raise TooManyValuesError("too many raters for a two-way design with gaps")
    ratings, total = rated.sum(axis=1), scores.sum(axis=1)
    present = rated.astype(np.float64)
    together = present[:, :, None] * present[:, None, :] / ratings[:, None, None]
    means = present * (total / ratings)[:, None]
    columns = [np.ones(n_patterns), ratings, 1 / ratings, total**2 / ratings, (scores**2).sum(1)]
    together = together.reshape(n_patterns, -1)
    return np.column_stack([*columns, present, scores, means, together])


def _incomplete(n_raters: int) -> Callable[[Sums], Components]:
    edges = 5 + n_raters * np.arange(4)

    def components(sums: Sums) -> Components:
        n, n_ratings, inverse, between, squares = np.moveaxis(sums[..., :5], -1, 0)
        rated, scores, means = (sums[..., at : at + n_raters] for at in edges[:3])
        together = sums[..., edges[3] :].reshape(*sums.shape[:-1], n_raters, n_raters)
        active = np.real(rated) > 0.5
        n_active = active.sum(axis=-1)
        # Two raters of one unit add one over its number of ratings.
        linked = _are_linked(np.real(together) > 0.5 / n_raters, active)
        raters_within = _rater_squares(rated, together, scores - means, linked)
        rater_means = (scores**2 / np.where(active, rated, 1)).sum(axis=-1)
        error = (squares - between - raters_within) / (n_ratings - n - n_active + 1)
        units_within = between + raters_within - rater_means
        unit = (units_within - (n - 1) * error) / (n_ratings - n_active)
        rater = (raters_within - (n_active - 1) * error) / (n_ratings - n)
        return Components(np.where(linked, unit, np.nan), rater, error, n / inverse)

    return components


def _are_linked(meetings: NDArray[np.bool_], active: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether shared units link all active raters, directly or through others.

    Without the one unit that two groups of raters share, nothing compares them.
    """
    steps = meetings.astype(np.float32)
    reached = active & (np.cumsum(active, axis=-1) == 1)
    while True:
        wider = active & ((steps @ reached[..., None])[..., 0] > 0)
        if np.array_equal(wider, reached):
            linked: NDArray[np.bool_] = (reached == active).all(axis=-1)
            return linked
        reached = wider


def _rater_squares(rated: Sums, together: Sums, right: Sums, linked: NDArray[np.bool_]) -> Sums:
    """Squares of raters after units: the normal equations of raters, solved.

    Only differences of raters are known, so the equations are singular; their
    right side lies in their range. A constant added to all of them picks the
    solution that sums to zero. A rater without ratings gets an equation of its own.
    """
    size = rated.shape[-1]
    diagonal = np.eye(size)
    scale = np.real(rated).sum(axis=-1)[..., None] / size
    own = np.where(np.real(rated) > 0.5, rated, scale)
    matrix = diagonal * own[..., None, :] - together + scale[..., None] / size
    matrix = np.where(linked[..., None, None], matrix, diagonal)
    solved = np.linalg.solve(matrix, right[..., None])[..., 0]
    squares: Sums = (solved * right).sum(axis=-1)
    return squares


def _with_f_limits(estimate: Estimate, complete_totals: FloatArray, confidence: float) -> Estimate:
    limits = f_limits(estimate.coefficient, complete_totals, confidence)
    if limits is None:
        return estimate
    low, high = limits
    method = IntervalMethod.F_DISTRIBUTION.value
    return replace(estimate, ci_low=low, ci_high=high, ci_method=method, se=None)


def f_limits(name: str, totals: FloatArray, confidence: float) -> tuple[float, float] | None:
    """Limits under normality from the totals of a complete design; None if there are none.

    Models 1 and 3 follow Shrout and Fleiss (1979) and are exact; model 2 follows
    McGraw and Wong (1996), who approximate the degrees of freedom (Satterthwaite).
    Its k form is stepped up from the single-rating limits, which leaves no lower
    limit where that one is -1/(k - 1) or less.
    """
    # Rounding must not make a mean square negative.
    n, units, raters, within, residual = (max(0.0, float(each)) for each in mean_squares(totals))
    k = len(totals) - 3
    tail = (1 + confidence) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        if name.startswith("icc_2"):
            low, high = _two_way_random_limits(n, k, (units, raters, residual), tail)
            if name == "icc_2_k":
                low, high = (_stepped_up(rho, k) for rho in (low, high))
        elif name.startswith("icc_1"):
            low, high = _ratio_limits(name, k, (units, within), (n - 1, n * (k - 1)), tail)
        else:
            df = (n - 1, (n - 1) * (k - 1))
            low, high = _ratio_limits(name, k, (units, residual), df, tail)
    return (low, high) if np.isfinite([low, high]).all() and low <= high else None


def _stepped_up(rho: float, k: int) -> float:
    whole = 1 + (k - 1) * rho
    return k * rho / whole if whole > 0 else -np.inf


def _ratio_limits(
    name: str, k: int, squares: tuple[float, float], df: tuple[float, float], tail: float
) -> tuple[float, float]:
    ratio = np.float64(squares[0]) / squares[1]
    f_low = ratio / stats.f.ppf(tail, *df)
    f_high = ratio * stats.f.ppf(tail, *reversed(df))
    if name.endswith("_1"):
        return float(1 - k / (f_low + k - 1)), float(1 - k / (f_high + k - 1))
    return float(1 - 1 / f_low), float(1 - 1 / f_high)


def _two_way_random_limits(
    n: float, k: int, squares: tuple[float, float, float], tail: float
) -> tuple[float, float]:
    units, raters, residual = squares
    rho = (units - residual) / (units + (k - 1) * residual + k * (raters - residual) / n)
    among, inside = k * rho * raters, (n * (1 + (k - 1) * rho) - k * rho) * residual
    df = 1.0  # of no effect without rater and residual variance
    if among or inside:
        df = (k - 1) * (n - 1) * (among + inside) ** 2 / ((n - 1) * among**2 + inside**2)
    upper, lower = stats.f.ppf(tail, n - 1, df), stats.f.ppf(tail, df, n - 1)
    rest = k * raters + (k * n - k - n) * residual
    low = n * (units - upper * residual) / (upper * rest + n * units)
    high = n * (lower * units - residual) / (rest + n * lower * units)
    return float(low), float(high)
