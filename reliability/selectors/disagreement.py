"""The items that raters of a round disagree on most, and least."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotation.models import Item
from reliability.selectors.scales import Point, Scale
from reliability.selectors.units import item_of, part_of
from reliability.stats import Level, Ratings

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SplitItem:
    """An item by its key (and the part of it), and how many raters gave it which value.

    disagreement: at nominal level the share of rater pairs that differ, else the mean squared
    difference of a pair, in points of the scale (numbers: their own unit).
    """

    item: int
    disagreement: float
    values: tuple[tuple[Point, int], ...]
    part: str = ""


def split_items(ratings: Ratings, scale: Scale, *, n: int) -> tuple[SplitItem, ...]:
    """The `n` items of most disagreement, worst first; those on which all agree are left out."""
    found = unit_disagreement(ratings, scale)
    units = np.flatnonzero(found > 0)
    order = np.lexsort((units, -ratings.ratings_per_unit[units], -found[units]))
    return _as_items(ratings, found, units[order[:n]])


def agreed_items(ratings: Ratings, scale: Scale, *, n: int) -> tuple[SplitItem, ...]:
    """The `n` items of most agreement, of those the ones with most ratings first."""
    found = unit_disagreement(ratings, scale)
    units = np.flatnonzero(found >= 0)
    order = np.lexsort((units, -ratings.ratings_per_unit[units], found[units]))
    return _as_items(ratings, found, units[order[:n]])


def unit_disagreement(ratings: Ratings, scale: Scale) -> FloatArray:
    """Of each unit, shape (n_units,); -1 with fewer than two ratings."""
    number = ratings.ratings_per_unit.astype(np.float64)
    pairs = number * (number - 1)
    differing = _squared(ratings, scale) if _has_distances(scale) else _unequal(ratings, pairs)
    found: FloatArray = np.full(len(number), -1.0)
    np.divide(differing, pairs, out=found, where=pairs > 0)
    return found


def _has_distances(scale: Scale) -> bool:
    return scale.level not in {Level.NOMINAL, Level.SET}


def _squared(ratings: Ratings, scale: Scale) -> FloatArray:
    """Squared differences over all ordered rater pairs of a unit."""
    if scale.is_free and all(isinstance(point, int | float) for point in ratings.points):
        values = np.asarray(ratings.points, dtype=np.float64)[ratings.values]
        # Of numbers far from zero the squares alone would hide how they differ.
        values = values - (values.mean() if len(values) else 0.0)
    elif scale.is_free:
        return _unequal(ratings, ratings.ratings_per_unit * (ratings.ratings_per_unit - 1.0))
    else:
        values = ratings.values.astype(np.float64)
    n_units, number = ratings.n_units, ratings.ratings_per_unit
    total = np.bincount(ratings.units, weights=values, minlength=n_units)
    mean = (total / np.maximum(number, 1))[ratings.units]
    spread = np.bincount(ratings.units, weights=(values - mean) ** 2, minlength=n_units)
    squared: FloatArray = 2 * number * spread
    return squared


def _unequal(ratings: Ratings, pairs: FloatArray) -> FloatArray:
    """Ordered rater pairs of a unit that chose different points."""
    cells, times = _cells(ratings)
    units = cells // max(1, len(ratings.points))
    alike = np.bincount(units, weights=times * (times - 1), minlength=ratings.n_units)
    unequal: FloatArray = pairs - alike
    return unequal


def _cells(ratings: Ratings) -> tuple[IntArray, IntArray]:
    """(unit, point) packed in one number, ascending, and how many raters chose it there."""
    keys = ratings.units * max(1, len(ratings.points)) + ratings.values
    cells, times = np.unique(keys, return_counts=True)
    return cells, times


def _as_items(ratings: Ratings, found: FloatArray, units: IntArray) -> tuple[SplitItem, ...]:
    labels = ratings.unit_labels or ()
    shown = np.flatnonzero(np.isin(ratings.units, units))
    values: dict[int, dict[int, int]] = {int(unit): {} for unit in units}
    chosen = zip(ratings.units[shown].tolist(), ratings.values[shown].tolist(), strict=True)
    for unit, value in sorted(chosen):
        values[unit][value] = values[unit].get(value, 0) + 1
    return tuple(
        SplitItem(
            item=item_of(labels[unit]),
            disagreement=float(found[unit]),
            values=tuple((ratings.points[value], n) for value, n in values[unit].items()),  # type: ignore[misc]
            part=part_of(labels[unit]),
        )
        for unit in units.tolist()
    )


def item_names(items: set[int]) -> dict[int, tuple[str, str]]:
    """(public id, external id) by pk."""
    found = Item.objects.filter(pk__in=items).values_list("pk", "public_id", "external_id")
    return {pk: (public_id, external_id) for pk, public_id, external_id in found}
