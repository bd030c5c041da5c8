"""The same figures from independent packages, so that nobody has to believe ours alone.

Both packages return NaN or raise when all ratings are one value; then there is nothing to
compare, and the check says so.
"""

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reliability.report_files.figures_again.coefficients import set_distance
from reliability.services.figures import Check
from reliability.stats import Estimate, Level, PairTable, Patterns, Weights

# krippendorff holds units x values x values in memory, several times over.
MAX_CELLS = 20_000_000

KRIPPENDORFF = "krippendorff"
STATSMODELS = "statsmodels"

UNDEFINED = "undefined"
TOO_LARGE = "too_large"


def check_alpha(patterns: Patterns, estimate: Estimate) -> Check:
    """Krippendorff's alpha by the package of that name."""
    if estimate.value is None:
        return Check(KRIPPENDORFF, note=UNDEFINED)
    pairable = patterns.pairable
    used = pairable.totals > 0
    if pairable.n_units * int(used.sum()) ** 2 > MAX_CELLS:
        return Check(KRIPPENDORFF, note=TOO_LARGE)
    metric = estimate.weights if patterns.level is Level.SET else None
    return _compared(KRIPPENDORFF, estimate.value, lambda: _alpha_elsewhere(pairable, used, metric))


def _alpha_elsewhere(pairable: Patterns, used: NDArray[np.bool_], set_metric: str | None) -> float:
    import krippendorff  # noqa: PLC0415 - half a second that only reports should pay

    points = [point for point, is_used in zip(pairable.points, used, strict=True) if is_used]
    are_numbers = all(isinstance(point, int | float) for point in points)
    level: Any = _set_distances(points, set_metric) if set_metric else pairable.level.value
    return float(
        krippendorff.alpha(
            value_counts=np.repeat(
                pairable.counts[:, used], pairable.frequencies.astype(np.int64), axis=0
            ),
            value_domain=np.asarray(points if are_numbers else range(len(points)), dtype=float),
            level_of_measurement=level,
        )
    )


def _set_distances(points: Sequence[Any], metric: str) -> Callable[..., NDArray[np.float64]]:
    """Distances of sets as the package asks for them, by places; not those of our own alpha."""
    distances = np.array([[set_distance(metric, a, b) for b in points] for a in points])
    return lambda v1, v2, i1, i2, n_v, **_rest: distances[i1, i2]


def check_kappa(table: PairTable, estimate: Estimate) -> Check:
    """Cohen's kappa, weighted or not, by statsmodels."""
    if estimate.value is None:
        return Check(STATSMODELS, note=UNDEFINED)
    return _compared(
        STATSMODELS, estimate.value, lambda: _kappa_elsewhere(table, estimate.weights or "")
    )


def _kappa_elsewhere(table: PairTable, weights: str) -> float:
    from statsmodels.stats.inter_rater import (  # noqa: PLC0415 - as above
        cohens_kappa,
    )

    if weights == Weights.IDENTITY:
        return float(cohens_kappa(table.counts, return_results=False))
    are_numbers = all(isinstance(point, int | float) for point in table.points)
    scores = np.asarray(table.points if are_numbers else range(len(table.points)), dtype=float)
    return float(cohens_kappa(table.counts, weights=scores, wt=weights, return_results=False))


def _compared(package: str, ours: float, elsewhere: Callable[[], float]) -> Check:
    try:
        value = elsewhere()
    except (ValueError, AssertionError, ZeroDivisionError) as error:
        return Check(package, note=type(error).__name__)
    if not isfinite(value):
        return Check(package, note=UNDEFINED)
    return Check(package, value=value, difference=value - ours)
