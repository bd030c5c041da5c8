"""Differences of two estimates, with an interval that knows the shared units."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .errors import InvalidRatingsError
from .inference import Interval, IntervalMethod
from .ratings import Ratings
from .registry import WeightsLike, coefficient
from .results import Undefined

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """First minus second, with a jackknife interval; or the reason it has none."""

    coefficient: str
    confidence: float
    n_units: int
    n_shared: int
    value: float | None = None
    se: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    undefined: Undefined | None = None


def difference(
    name: str,
    first: Ratings,
    second: Ratings,
    *,
    weights: WeightsLike | None = None,
    confidence: float = 0.95,
) -> Difference:
    """The coefficient of the first ratings minus that of the second.

    Both lose the same unit in each step of the jackknife, so shared units make
    the interval as narrow as their correlation allows, and separate units give
    the independent-samples interval; degrees of freedom are units minus one.

    Parameters
    ----------
    first, second : Ratings
        With `unit_labels`; equal labels are the same unit.

    Returns
    -------
    Difference
        Without a value when either side is undefined, whose reason it gives;
        without an interval when a leave-one-out value is undefined.

    Raises
    ------
    InvalidRatingsError
        The ratings carry no unit labels.
    """
    sides = [_Side.of(name, ratings, weights) for ratings in (first, second)]
    everyone = sorted({*sides[0].labels, *sides[1].labels}, key=str)
    labels: dict[str, Any] = {
        "coefficient": name,
        "confidence": confidence,
        "n_units": len(everyone),
        "n_shared": len(set(sides[0].labels) & set(sides[1].labels)),
    }
    (value_a, reason_a), (value_b, reason_b) = ((side.value, side.reason) for side in sides)
    if value_a is None or value_b is None:
        return Difference(undefined=reason_a or reason_b, **labels)
    value, n = value_a - value_b, len(everyone)
    changes = sides[0].left_out(everyone) - sides[1].left_out(everyone)
    if n < 2 or not np.isfinite(changes).all():
        return Difference(value=value, **labels)
    se = float(np.sqrt((n - 1) / n * ((changes - changes.mean()) ** 2).sum()))
    reach = float(stats.t.ppf((1 + confidence) / 2, n - 1)) * se
    return Difference(value=value, se=se, ci_low=value - reach, ci_high=value + reach, **labels)


@dataclass(frozen=True, eq=False)
class _Side:
    ratings: Ratings
    labels: list[Any]
    value: float | None
    reason: Undefined | None
    without: Callable[[int], float]

    @classmethod
    def of(cls, name: str, ratings: Ratings, weights: WeightsLike | None) -> _Side:
        if ratings.unit_labels is None:
            raise InvalidRatingsError("a difference needs to know which units are the same")
        estimate = coefficient(name, ratings, weights=weights, interval=_NO_INTERVAL)

        def without(unit: int) -> float:
            kept = ratings.without_unit(unit)
            value = coefficient(name, kept, weights=weights, interval=_NO_INTERVAL).value
            return np.nan if value is None else value

        return cls(ratings, list(ratings.unit_labels), estimate.value, estimate.undefined, without)

    def left_out(self, everyone: list[Any]) -> FloatArray:
        """The value without each unit; the value itself where the unit is not rated."""
        pattern_of = self.ratings.rater_pattern_of_unit
        _, representatives = np.unique(pattern_of, return_index=True)
        values = np.array([self.without(int(unit)) for unit in representatives])
        place = {label: unit for unit, label in enumerate(self.labels)}
        units = np.array([place.get(label, -1) for label in everyone])
        whole = np.float64(np.nan if self.value is None else self.value)
        left_out: FloatArray = np.where(units < 0, whole, values[pattern_of[units]])
        return left_out


_NO_INTERVAL = Interval(IntervalMethod.NONE)
