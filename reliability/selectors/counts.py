"""The small counts that agreement depends on, from a round's ratings."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from django.db.models import Count
from numpy.typing import NDArray

from annotation.choices import Basis
from annotation.models import Rating, Round
from reliability.selectors.scales import Scale
from reliability.selectors.spans import SpanCounts
from reliability.selectors.units import items_of
from reliability.stats import PairTable, Patterns, Ratings, StatisticsError

IntArray = NDArray[np.int64]
Tables = Mapping[tuple[int, int], PairTable]

# Patterns beyond so many values of all counts would outgrow memory.
MAX_CELLS = 20_000_000
# On longer scales a kappa of exact values would mean nothing.
MAX_PAIR_POINTS = 125
# Cells of all pair tables that are counted in one array; beyond, only those that occur.
_MOST_CELLS = 20_000_000


@dataclass(frozen=True)
class Usage:
    """Who used which point how often, and what is not counted as an independent rating.

    by_rater: independent ratings {rater pk: n}; by_point: {(rater pk, point index): n}.
    """

    by_rater: Mapping[int, int] = field(default_factory=dict)
    by_point: Mapping[tuple[int, int], int] = field(default_factory=dict)
    n_abstentions: int = 0
    n_surplus: int = 0
    n_revotes: int = 0
    n_checks: int = 0
    n_returned: int = 0

    @property
    def n_raters(self) -> int:
        return len(self.by_rater)


@dataclass(frozen=True)
class CriterionCounts:
    """What the figures of one criterion are computed from.

    `ratings` is None where answers are not points of a scale: free text, and marks, whose
    counts `spans` holds.
    """

    scale: Scale
    usage: Usage
    ratings: Ratings | None = None
    spans: SpanCounts | None = None

    @property
    def n_items(self) -> int:
        """Items, or parts of them, with at least one rating that counts."""
        if self.spans is not None:
            return self.spans.sums.n_items
        return self.ratings.n_units if self.ratings is not None else 0

    @property
    def n_whole_items(self) -> int:
        """Items with at least one rating that counts, of whatever part."""
        if self.spans is not None:
            return len(np.unique(self.spans.items))
        units = self.ratings.unit_labels if self.ratings is not None else None
        return len(np.unique(items_of(units or ())))

    @cached_property
    def patterns(self) -> Patterns | None:
        """Distinct value counts of items; None where there are too many different ones."""
        if self.ratings is None:
            return None
        n_items = self.ratings.n_units
        if self.scale.is_free and n_items * len(self.ratings.points) > MAX_CELLS:
            return None
        try:
            return self.ratings.patterns()
        except StatisticsError:
            return None

    @cached_property
    def tables(self) -> Tables:
        """The table of each rater pair that shares an item, by their keys, the lower first."""
        return {} if self.ratings is None else pair_tables(self.ratings)


def usage_of(round_: Round) -> dict[int, Usage]:
    """Usage by criterion pk: one query, a row for each rater and point."""
    rows = (
        Rating.objects.filter(round=round_)
        .values_list("criterion_id", "basis", "rater_id", "point", "is_abstention")
        .annotate(n=Count("pk"))
        .order_by()
    )
    collected: dict[int, list[tuple[int, int, int | None, bool, int]]] = defaultdict(list)
    for criterion, *row in rows:
        collected[criterion].append(tuple(row))
    return {criterion: _usage(found) for criterion, found in collected.items()}


def _usage(rows: Iterable[tuple[int, int, int | None, bool, int]]) -> Usage:
    by_rater: dict[int, int] = defaultdict(int)
    by_point: dict[tuple[int, int], int] = defaultdict(int)
    apart: dict[str, int] = defaultdict(int)
    for basis, rater, point, is_abstention, n in rows:
        if basis != Basis.INDEPENDENT:
            apart[_APART[basis]] += n
        elif is_abstention:
            apart["n_abstentions"] += n
        else:
            by_rater[rater] += n
            if point is not None:
                by_point[rater, point] += n
    return Usage(dict(by_rater), dict(by_point), **apart)


_APART = {
    int(Basis.SURPLUS): "n_surplus",
    int(Basis.REVOTE): "n_revotes",
    int(Basis.CHECK): "n_checks",
    int(Basis.RETURNED): "n_returned",
}


def pair_tables(ratings: Ratings) -> Tables:
    """All rater pairs in one pass: what two raters said of one item lies side by side."""
    n_points, n_raters = len(ratings.points), ratings.n_raters
    if n_points > MAX_PAIR_POINTS:
        return {}
    keys, times = _meetings(ratings)
    by_rater = np.bincount(ratings.raters, minlength=n_raters)
    pairs, cells = keys // n_points**2, keys % n_points**2
    tables = {}
    for start, end in _runs(pairs):
        first, second = divmod(int(pairs[start]), n_raters)
        counts = np.zeros(n_points**2)
        counts[cells[start:end]] = times[start:end]
        raters = (ratings.rater_labels[first], ratings.rater_labels[second])
        tables[raters] = PairTable(
            counts=counts.reshape(n_points, n_points),
            points=ratings.points,
            level=ratings.level,
            raters=raters,
            n_ratings=int(by_rater[first] + by_rater[second]),
            has_order=ratings.has_order,
        )
    return tables


def _meetings(ratings: Ratings) -> tuple[IntArray, IntArray]:
    """(rater, rater, point, point) packed in one number, ascending, and on how many items."""
    order = np.lexsort((ratings.raters, ratings.units))
    units, raters, values = (
        column[order] for column in (ratings.units, ratings.raters, ratings.values)
    )
    n_points, n_raters = len(ratings.points), ratings.n_raters
    n_cells = n_raters**2 * n_points**2
    dense = np.zeros(n_cells, dtype=np.int64) if n_cells <= _MOST_CELLS else None
    found = []
    for apart in range(1, int(ratings.ratings_per_unit.max(initial=1))):
        both = np.flatnonzero(units[apart:] == units[:-apart])
        other = both + apart
        pairs = raters[both] * n_raters + raters[other]
        keys = pairs * n_points**2 + values[both] * n_points + values[other]
        if dense is None:
            found.append(np.unique(keys, return_counts=True))
        else:
            dense += np.bincount(keys, minlength=n_cells)
    if dense is None:
        return _added(found)
    occupied = np.flatnonzero(dense)
    return occupied, dense[occupied]


def _added(found: list[tuple[IntArray, IntArray]]) -> tuple[IntArray, IntArray]:
    if not found:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    keys, places = np.unique(np.concatenate([keys for keys, _n in found]), return_inverse=True)
    times = np.bincount(places, weights=np.concatenate([n for _keys, n in found]))
    return keys, times.astype(np.int64)


def _runs(codes: IntArray) -> Iterable[tuple[int, int]]:
    """Where each run of equal codes begins and ends."""
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    return zip(starts.tolist(), [*starts[1:].tolist(), len(codes)][: len(starts)], strict=True)
