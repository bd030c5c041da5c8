"""What one rater does to a coefficient: its value without that rater."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .data import Patterns
from .errors import InvalidCountsError
from .inference import Interval, SumsRequest, limits_of
from .joint import JointSums
from .patternwise import coefficient_of_patterns
from .ratings import Ratings, TooManyValuesError
from .results import Estimate, Undefined
from .units import UnitRows

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Cells of a units x points table held at once.
_MOST_CELLS = 50_000_000


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


def own_ratings(ratings: Ratings) -> dict[Any, OwnRatings]:
    """Each rater's own ratings from the long form, by rater label.

    Raises
    ------
    TooManyValuesError
        Units times points pass what memory holds.
    """
    n_points = len(ratings.points)
    if ratings.n_units * n_points > _MOST_CELLS:
        raise TooManyValuesError(f"{n_points} distinct values on {ratings.n_units} units")
    cells = np.bincount(
        ratings.units * n_points + ratings.values, minlength=ratings.n_units * n_points
    )
    counts, of_unit = np.unique(
        cells.reshape(ratings.n_units, n_points), axis=0, return_inverse=True
    )
    kinds = of_unit.ravel()[ratings.units] * n_points + ratings.values
    found = {}
    for code, label in enumerate(ratings.rater_labels):
        shown, each = np.unique(kinds[ratings.raters == code], return_counts=True)
        frequencies = each.astype(np.float64)
        found[label] = OwnRatings(counts[shown // n_points], shown % n_points, frequencies)
    return found


@dataclass(frozen=True, kw_only=True)
class RaterInfluence:
    """A coefficient without one rater.

    Attributes
    ----------
    rater, n_ratings
        Who, and how many ratings leave with them.
    value_without, ci_low, ci_high
        Of the remaining ratings.
    change, change_ci_low, change_ci_high
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
    r"""The named coefficient with each rater left out, and the change that makes.

    .. math:: \hat\theta_{-r} - \hat\theta

    Both values rest on the same units, so the interval of the change leaves the
    same unit out of both at a time: it is far narrower than the two intervals
    suggest. It speaks about further units rated by these raters.

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
        In the order of the mapping. A unit that only this rater and one other
        rated drops out of what is compared.

    Raises
    ------
    InvalidCountsError
        A rater's units are not among those of the patterns.

    References
    ----------
    .. [1] B. Efron, C. Stein (1981), "The jackknife estimate of variance",
       Annals of Statistics 9(3), 586-596. doi:10.1214/aos/1176345462

    Examples
    --------
    Two raters agree on every unit; a third differs on two of six:

    >>> everyone = Patterns([[3, 0], [2, 1], [0, 3]], [2, 2, 2], points=("no", "yes"))
    >>> third = OwnRatings([[3, 0], [2, 1], [0, 3]], own=[0, 1, 1], frequencies=[2, 2, 2])
    >>> without = rater_influence("percent_agreement", everyone, {"third": third})[0]
    >>> without.value_without, round(without.change, 3)
    (1.0, 0.222)
    """
    interval = Interval(confidence=confidence)

    def compute(patterns: Patterns, asked: Interval) -> Estimate:
        return coefficient_of_patterns(name, patterns, weights=weights, interval=asked)

    return [
        _influence(rater, ratings, _Removal.of(everyone, ratings), compute, interval)
        for rater, ratings in own.items()
    ]


@dataclass(frozen=True, eq=False)
class _Removal:
    """The units with and without one rater, on one table of patterns.

    `rows`, shape (n_kinds, 2): the row a kind of unit shows without and with
    the rater; `frequencies` the units of the kind.
    """

    table: FloatArray
    rows: IntArray
    frequencies: FloatArray
    everyone: Patterns

    @classmethod
    def of(cls, everyone: Patterns, ratings: OwnRatings) -> _Removal:
        stacked = np.concatenate([everyone.counts, ratings.counts, ratings.others])
        table, place = np.unique(stacked, axis=0, return_inverse=True)
        edges = (len(everyone.counts), len(everyone.counts) + len(ratings.counts))
        all_units, rated, others = np.split(place.ravel(), edges)
        unrated = np.bincount(all_units, everyone.frequencies, len(table))
        unrated -= np.bincount(rated, ratings.frequencies, len(table))
        if (unrated < 0).any():
            raise InvalidCountsError("the rater's units are among those of the patterns")
        same = np.arange(len(table))
        rows = np.concatenate([np.column_stack([same, same]), np.column_stack([others, rated])])
        return cls(table, rows, np.concatenate([unrated, ratings.frequencies]), everyone)

    def side(self, column: int) -> Patterns:
        """Patterns without the rater (0) or with (1); their units are rows of the table."""
        frequencies = np.bincount(self.rows[:, column], self.frequencies, len(self.table))
        n_raters, each = self.everyone.n_raters, np.arange(len(self.table))
        return replace(
            self.everyone,
            counts=self.table,
            frequencies=frequencies,
            n_raters=n_raters if n_raters is None or column else n_raters - 1,
            units=UnitRows(lambda: each),
        )


class _SameUnits(JointSums):
    """Two values of one sample of units, whether or not a unit is compared in both."""

    @property
    def strata(self) -> None:
        return None


def _influence(
    rater: Any,
    ratings: OwnRatings,
    removal: _Removal,
    compute: Callable[[Patterns, Interval], Estimate],
    interval: Interval,
) -> RaterInfluence:
    rest = compute(removal.side(0), interval)
    requests = (SumsRequest(), SumsRequest())
    values = [compute(removal.side(at), request) for at, request in enumerate(requests)]
    found = RaterInfluence(
        rater=rater,
        n_ratings=ratings.n_ratings,
        value_without=rest.value,
        ci_low=rest.ci_low,
        ci_high=rest.ci_high,
        confidence=interval.confidence,
        undefined=rest.undefined or values[1].undefined,
    )
    if not (requests[0].found and requests[1].found):
        return found
    sums = _change(removal, requests)
    limits = limits_of(sums.value(), sums, interval)
    found = replace(found, change=sums.value())
    if limits is None:
        return found
    return replace(found, change_ci_low=limits.low, change_ci_high=limits.high)


def _change(removal: _Removal, requests: tuple[SumsRequest, SumsRequest]) -> JointSums:
    sides, columns = [], []
    for at, request in enumerate(requests):
        sums, units = request.found[0]
        assert units is not None  # `side` gave each pattern its row
        sides.append(sums)
        columns.append(units.of_unit()[removal.rows[:, at]])
    rows = np.column_stack(columns)
    compared = (removal.frequencies > 0) & (rows >= 0).any(axis=1)
    return _SameUnits(sides[0], sides[1], rows[compared], removal.frequencies[compared])
