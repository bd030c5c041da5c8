"""What one rater does to a coefficient: its value without that rater."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .data import Patterns
from .errors import InvalidCountsError
from .inference import Interval
from .patternwise import coefficient_of_patterns
from .results import Estimate, Undefined

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class OwnRatings:
    """What one rater chose, beside all ratings of the same unit.

    In a database: join the rater's ratings with the value-count vector of their
    unit and count the units for each (rater, own point, vector). One statement
    answers for all raters.

    Parameters
    ----------
    counts : array_like of int, shape (n_rows, n_points)
        All ratings of a unit by point, this rater's included.
    own : array_like of int, shape (n_rows,)
        Index of the point that this rater chose on such a unit.
    frequencies : array_like of int, shape (n_rows,)
        Units of that kind.

    Raises
    ------
    InvalidCountsError
        Shapes do not fit, or a row does not hold the rater's own rating.
    """

    counts: FloatArray
    own: IntArray
    frequencies: FloatArray

    def __post_init__(self) -> None:
        counts = np.asarray(self.counts, dtype=np.float64)
        own = np.asarray(self.own, dtype=np.int64).reshape(-1)
        frequencies = np.asarray(self.frequencies, dtype=np.float64).reshape(-1)
        if counts.ndim != 2 or not len(counts) == len(own) == len(frequencies):
            raise InvalidCountsError("each row needs its counts, its own point and its units")
        if not (counts[np.arange(len(own)), own] >= 1).all():
            raise InvalidCountsError("a row holds the rating of the rater it is about")
        object.__setattr__(self, "counts", counts)
        object.__setattr__(self, "own", own)
        object.__setattr__(self, "frequencies", frequencies)

    @property
    def n_ratings(self) -> int:
        return int(self.frequencies.sum())

    @property
    def others(self) -> FloatArray:
        """The counts without this rater's rating, shape (n_rows, n_points)."""
        others = self.counts.copy()
        others[np.arange(len(self.own)), self.own] -= 1
        return others


@dataclass(frozen=True, kw_only=True)
class RaterInfluence:
    """A coefficient without one rater.

    Attributes
    ----------
    rater, n_ratings
        Who, and how many ratings leave with them.
    value_without, ci_low, ci_high
        Of the remaining ratings.
    change
        Value without the rater minus value of all: above zero, the others agree
        better among themselves.
    undefined
        Why there is no value without the rater, or of all.
    """

    rater: Any
    n_ratings: int
    value_without: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    change: float | None = None
    change_ci_low: float | None = None
    change_ci_high: float | None = None
    confidence: float = 0.95
    undefined: Undefined | None = None


def rater_influence(
    name: str,
    everyone: Patterns,
    own: Mapping[Any, OwnRatings],
    *,
    weights: str | ArrayLike | None = None,
    confidence: float = 0.95,
) -> list[RaterInfluence]:
    """The named coefficient with each rater left out, and the change that makes.

    Parameters
    ----------
    name : str
        A coefficient that patterns decide (`PATTERN_COEFFICIENTS`).
    everyone : Patterns
        All ratings.
    own : mapping of rater to OwnRatings
        The raters to leave out, one at a time.

    Returns
    -------
    list of RaterInfluence
        In the order of the mapping.
    """
    interval = Interval(confidence=confidence)
    whole = coefficient_of_patterns(name, everyone, weights=weights, interval=interval)
    return [
        _influence(
            rater,
            ratings,
            whole,
            coefficient_of_patterns(
                name, without_rater(everyone, ratings), weights=weights, interval=interval
            ),
        )
        for rater, ratings in own.items()
    ]


def _influence(rater: Any, ratings: OwnRatings, whole: Estimate, rest: Estimate) -> RaterInfluence:
    change = None
    if whole.value is not None and rest.value is not None:
        change = rest.value - whole.value
    return RaterInfluence(
        rater=rater,
        n_ratings=ratings.n_ratings,
        value_without=rest.value,
        ci_low=rest.ci_low,
        ci_high=rest.ci_high,
        change=change,
        confidence=rest.confidence,
        undefined=whole.undefined or rest.undefined,
    )


def without_rater(everyone: Patterns, ratings: OwnRatings) -> Patterns:
    """Patterns of the same units without one rater's ratings.

    Raises
    ------
    InvalidCountsError
        The rater's units are not among those of the patterns.
    """
    rows = np.concatenate([everyone.counts, ratings.counts, ratings.others])
    change = np.concatenate([everyone.frequencies, -ratings.frequencies, ratings.frequencies])
    counts, place = np.unique(rows, axis=0, return_inverse=True)
    left = np.bincount(place.ravel(), weights=change, minlength=len(counts))
    if (left < 0).any():
        raise InvalidCountsError("the rater's units are among those of the patterns")
    n_raters = None if everyone.n_raters is None else everyone.n_raters - 1
    return Patterns(
        counts, left, everyone.points, everyone.level, n_raters, has_order=everyone.has_order
    )
