"""What one rater does to a coefficient: its value without that rater."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from .data import Patterns
from .errors import InvalidCountsError
from .inference import Interval, IntervalMethod, SumsRequest, limits_of
from .joint import JointSums
from .kinds import Kinds, is_grouped
from .patternwise import coefficient_of_patterns
from .ratings import Ratings, TooManyValuesError
from .results import Estimate, Undefined
from .units import GatheredUnits, UnitRows

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
    groups : array_like of int, shape (n_rows,), optional
        Code of the group that the units of a row belong to, as in the patterns
        of everyone. Where units come in groups and this is missing, there are
        values but no intervals.

    Raises
    ------
    InvalidCountsError
        Shapes do not fit, or a row does not hold the rater's own rating.
    """

    counts: FloatArray
    own: IntArray
    frequencies: FloatArray
    groups: IntArray | None = None

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
        if self.groups is not None:
            object.__setattr__(self, "groups", np.asarray(self.groups, dtype=np.int64))

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
    groups = ratings.groups
    n_groups = 1 if groups is None else int(groups.max(initial=0)) + 1
    if groups is not None:
        kinds = kinds * n_groups + groups[ratings.units]
    found = {}
    for code, label in enumerate(ratings.rater_labels):
        distinct, each = np.unique(kinds[ratings.raters == code], return_counts=True)
        shown, own = np.divmod(distinct // n_groups, n_points)
        found[label] = OwnRatings(
            counts[shown].astype(np.float64),
            own,
            each.astype(np.float64),
            groups=None if groups is None else distinct % n_groups,
        )
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
    same unit (or group of units) out of both at a time: it is far narrower than
    the two intervals suggest. It speaks about further units rated by these raters.

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

    def compute(patterns: Patterns, asked: Interval) -> Estimate:
        return coefficient_of_patterns(name, patterns, weights=weights, interval=asked)

    return [
        _influence(rater, ratings, _Removal.of(everyone, ratings), compute, confidence)
        for rater, ratings in own.items()
    ]


@dataclass(frozen=True, eq=False)
class _Removal:
    """The units with and without one rater, on one table of patterns.

    One entry for each kind of unit: `rows`, shape (n_kinds, 2), has its row of
    the table without and with the rater, `frequencies` its units, `groups` the
    group they belong to. `misses_groups`: units come in groups, but nobody said
    which group the rater's belong to.
    """

    everyone: Patterns
    table: FloatArray
    rows: IntArray
    frequencies: FloatArray
    groups: IntArray | None
    misses_groups: bool

    @classmethod
    def of(cls, everyone: Patterns, ratings: OwnRatings) -> _Removal:
        stacked = np.concatenate([everyone.counts, ratings.counts, ratings.others])
        table, place = np.unique(stacked, axis=0, return_inverse=True)
        edges = (len(everyone.counts), len(everyone.counts) + len(ratings.counts))
        shown, rated, others = np.split(place.ravel(), edges)
        in_groups, told = is_grouped(everyone), ratings.groups is not None
        groups = np.zeros(len(rated), dtype=np.int64) if ratings.groups is None else ratings.groups
        own = Kinds(rated, groups, ratings.frequencies)
        unrated = Kinds.of(everyone, shown, by_group=told).minus(own)
        return cls(
            everyone=everyone,
            table=table,
            rows=np.column_stack([np.append(unrated.rows, others), np.append(unrated.rows, rated)]),
            frequencies=np.append(unrated.sizes, own.sizes),
            groups=np.append(unrated.groups, own.groups) if in_groups else None,
            misses_groups=in_groups and not told,
        )

    def side(self, column: int) -> Patterns:
        """Patterns without the rater (0) or with (1); their units are the kinds."""
        rows, n_raters = self.rows[:, column], self.everyone.n_raters
        return replace(
            self.everyone,
            counts=self.table,
            frequencies=np.bincount(rows, self.frequencies, len(self.table)),
            n_raters=n_raters if n_raters is None or column else n_raters - 1,
            units=UnitRows(lambda: rows, self.groups, self.frequencies),
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
    confidence: float,
) -> RaterInfluence:
    method = IntervalMethod.NONE if removal.misses_groups else IntervalMethod.JACKKNIFE_T
    interval = Interval(method, confidence)
    rest = compute(removal.side(0), interval)
    requests = (SumsRequest(), SumsRequest())
    values = [compute(removal.side(at), request) for at, request in enumerate(requests)]
    found = RaterInfluence(
        rater=rater,
        n_ratings=ratings.n_ratings,
        value_without=rest.value,
        ci_low=rest.ci_low,
        ci_high=rest.ci_high,
        confidence=confidence,
        undefined=rest.undefined or values[1].undefined,
    )
    if not (requests[0].found and requests[1].found):
        return found
    sums = _change(removal, requests)
    found = replace(found, change=sums.value())
    limits = None if removal.misses_groups else limits_of(sums.value(), sums, interval)
    if limits is None:
        return found
    return replace(found, change_ci_low=limits.low, change_ci_high=limits.high)


def _change(removal: _Removal, requests: tuple[SumsRequest, SumsRequest]) -> JointSums:
    sides, columns = [], []
    for request in requests:
        sums, units = request.found[0]
        assert units is not None  # `side` said which kind shows which row
        sides.append(sums)
        columns.append(units.of_unit())
    rows = np.column_stack(columns)
    compared = (rows >= 0).any(axis=1)
    units_each = removal.frequencies[compared]
    change = _SameUnits(sides[0], sides[1], rows[compared], units_each)
    if removal.groups is None:
        return change
    each = np.arange(len(units_each))
    cells = (units_each, (removal.groups[compared], each))
    groups = GatheredUnits.of(sparse.csr_array(cells))
    return change.gathered(groups.compositions, groups.frequencies)
