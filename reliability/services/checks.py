"""The same figures from independent packages, so that nobody has to believe ours alone.

Both packages return NaN or raise when all ratings are one value; then there is nothing to
compare, and the check says so.
"""

from collections.abc import Callable
from math import isfinite
from typing import Literal, cast

import numpy as np

from reliability.services.figures import Check
from reliability.stats import Estimate, Level, PairTable, Patterns, Weights

# krippendorff needs a row for each unit; past this its table would outgrow memory.
MAX_CELLS = 5_000_000

_NamedLevel = Literal["nominal", "ordinal", "interval", "ratio"]

KRIPPENDORFF = "krippendorff"
STATSMODELS = "statsmodels"

UNDEFINED = "undefined"
NOT_OFFERED = "not_offered"
TOO_LARGE = "too_large"


def check_alpha(patterns: Patterns, estimate: Estimate) -> Check:
    """Krippendorff's alpha by the package of that name."""
    if estimate.value is None:
        return Check(KRIPPENDORFF, note=UNDEFINED)
    if patterns.level is Level.SET:
        return Check(KRIPPENDORFF, note=NOT_OFFERED)
    pairable = patterns.pairable
    if pairable.n_units * len(pairable.points) > MAX_CELLS:
        return Check(KRIPPENDORFF, note=TOO_LARGE)
    return _compared(KRIPPENDORFF, estimate.value, lambda: _alpha_elsewhere(pairable))


def _alpha_elsewhere(pairable: Patterns) -> float:
    import krippendorff  # noqa: PLC0415 - half a second that only reports should pay

    used = pairable.totals > 0
    points = [point for point, is_used in zip(pairable.points, used, strict=True) if is_used]
    are_numbers = all(isinstance(point, int | float) for point in points)
    return float(
        krippendorff.alpha(
            value_counts=np.repeat(
                pairable.counts[:, used], pairable.frequencies.astype(np.int64), axis=0
            ),
            value_domain=np.asarray(points if are_numbers else range(len(points)), dtype=float),
            level_of_measurement=cast(_NamedLevel, pairable.level.value),
        )
    )


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
