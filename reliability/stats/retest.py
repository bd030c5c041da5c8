"""Self-agreement: the same rater on the same unit, twice."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .errors import InvalidRatingsError, InvalidScaleError
from .inference import DEFAULT_INTERVAL, Interval
from .ratings import Ratings
from .registry import WeightsLike, coefficient
from .results import Estimate


@dataclass(frozen=True, kw_only=True)
class SelfAgreement:
    """Agreement of raters with their own earlier selves.

    Attributes
    ----------
    pooled : Estimate
        Over all raters; `n_units` counts rater and unit pairs, `n_groups` the units
        (or groups of them) that its interval leaves out.
    raters : tuple of (rater, Estimate)
        Each rater's own, in the order of the first occasion.
    """

    pooled: Estimate
    raters: tuple[tuple[Hashable, Estimate], ...]


def self_agreement(
    name: str,
    first: Ratings,
    second: Ratings,
    *,
    weights: WeightsLike | None = None,
    interval: Interval = DEFAULT_INTERVAL,
) -> SelfAgreement:
    """Any registered coefficient between two occasions, as between two raters.

    Pooled, every rater and unit pair is a unit of its own and the two occasions are
    the raters; because several raters saw the same unit, the interval leaves out
    whole units, or the groups that the ratings put them in. What a rater gave on one
    occasion only does not count.

    Parameters
    ----------
    name : str
        A key of `COEFFICIENTS`. Coefficients that tell raters apart tell occasions
        apart: `cohen_kappa` allows a shift in a rater's use of the points.
    first, second : Ratings
        With `unit_labels`, the same points and level; equal labels of units and
        raters are the same. Ratings within one occasion that repeat are refused
        when they are made.

    Returns
    -------
    SelfAgreement
        Undefined as the coefficient is: "no_data" when nobody rated anything twice.

    Raises
    ------
    InvalidRatingsError
        The ratings carry no unit labels.
    InvalidScaleError
        The two occasions have different scales or levels.

    References
    ----------
    .. [1] K. L. Gwet (2008), "Intrarater reliability", Wiley Encyclopedia of
       Clinical Trials. doi:10.1002/9780471462422.eoct631

    Examples
    --------
    >>> first = Ratings.from_long([1, 2, 3, 1, 2, 3], list("aaabbb"), list("xyxxyy"))
    >>> again = Ratings.from_long([1, 2, 3, 1, 2, 3], list("aaabbb"), list("xyyxyy"))
    >>> found = self_agreement("cohen_kappa", first, again)
    >>> round(found.pooled.value, 3), found.pooled.n_units, found.pooled.n_groups
    (0.667, 6, 3)
    >>> [(rater, round(each.value, 3)) for rater, each in found.raters]
    [('a', 0.4), ('b', 1.0)]
    """
    _require_comparable(first, second)
    twice = _rated_twice(first, second)
    if first.groups is None and second.groups is not None:
        twice = twice.assign(group_1=twice["group_2"])
    pooled = coefficient(name, _occasions(twice, first), weights=weights, interval=interval)
    by_rater = dict(tuple(twice.groupby("rater", sort=False)))
    return SelfAgreement(
        pooled=pooled,
        raters=tuple(
            (
                rater,
                coefficient(
                    name,
                    _occasions(by_rater.get(rater, twice.iloc[:0]), first),
                    weights=weights,
                    interval=interval,
                ),
            )
            for rater in first.rater_labels
        ),
    )


def _require_comparable(first: Ratings, second: Ratings) -> None:
    if first.unit_labels is None or second.unit_labels is None:
        raise InvalidRatingsError("self-agreement needs to know which units are the same")
    same = first.points == second.points and first.level == second.level
    # Without ratings there is no scale that could differ.
    if first.n_ratings and second.n_ratings and not same:
        raise InvalidScaleError("the two occasions have different scales; declare the scale")


def _rated_twice(first: Ratings, second: Ratings) -> pd.DataFrame:
    """One row for each rater and unit of both occasions."""
    return _long(first).merge(_long(second), on=["unit", "rater"], suffixes=("_1", "_2"))


def _long(ratings: Ratings) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "unit": _labels(ratings.unit_labels or (), ratings.units),
            "rater": _labels(ratings.rater_labels, ratings.raters),
            "group": ratings.units if ratings.groups is None else ratings.groups[ratings.units],
            "value": ratings.values,
        }
    )


def _labels(labels: Any, codes: Any) -> Any:
    found = np.empty(len(labels), dtype=object)
    found[:] = list(labels)
    return found[codes]


def _occasions(twice: pd.DataFrame, like: Ratings) -> Ratings:
    """The two occasions as two raters, the unit (or the group that it is in) as the group."""
    n = len(twice)
    groups, _ = pd.factorize(twice["group_1"])
    return Ratings.from_codes(
        np.tile(np.arange(n), 2),
        np.repeat([0, 1], n),
        np.concatenate([twice["value_1"], twice["value_2"]]).astype(np.int64),
        rater_labels=("first", "second"),
        points=like.points,
        level=like.level,
        has_order=like.has_order,
        groups=groups.astype(np.int64),
    )
