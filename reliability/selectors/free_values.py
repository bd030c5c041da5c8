"""Criteria whose values are free: numbers, sets, orders and very long scales.

Their ratings are read once, item by item, and reduced as they come; what stays in memory is the
distinct values and how they met, never the ratings.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import nlargest
from itertools import combinations, groupby
from operator import itemgetter
from typing import Any

import numpy as np

from accounts.canonical import canonical_json
from annotation.choices import Basis
from annotation.models import Rating, Round
from reliability.selectors.counts import CriterionCounts, Usage, pair_table
from reliability.selectors.disagreement import SplitItem, mean_squared_difference
from reliability.selectors.scales import Point, Scale
from reliability.stats import PairTable, Patterns
from rubrics.choices import Kind

# Beyond these a table of values would outgrow memory, and a kappa of values would mean nothing.
MAX_CELLS = 20_000_000
MAX_PAIR_VALUES = 50

Row = tuple[int, int, Point]  # item, rater, value


@dataclass
class _Tally:
    """What the ratings of one criterion have been reduced to so far."""

    index: dict[Point, int] = field(default_factory=dict)
    patterns: Counter[tuple[int, ...]] = field(default_factory=Counter)
    cells: Counter[tuple[int, int, int, int]] = field(default_factory=Counter)
    split: list[SplitItem] = field(default_factory=list)


@dataclass(frozen=True)
class FreeCounts:
    """Counts of one criterion, and its items that raters disagreed on most."""

    counts: CriterionCounts
    split: tuple[SplitItem, ...]


def free_counts_of(
    round_: Round, scales: Iterable[Scale], usage: Mapping[int, Usage], *, n_split: int
) -> dict[int, FreeCounts]:
    """By criterion pk, in one query."""
    by_pk = {scale.pk: scale for scale in scales}
    tallies = {pk: _Tally() for pk in by_pk}
    if by_pk:
        for pk, rows in groupby(_ratings(round_, by_pk), key=itemgetter(0)):
            _reduce(tallies[pk], by_pk[pk], (row[1:] for row in rows), n_split)
    found = {}
    for pk, scale in by_pk.items():
        counts = _counts(scale, tallies[pk], usage.get(pk, Usage()))
        found[pk] = FreeCounts(counts, _kept(tallies[pk], n_split))
    return found


def _ratings(round_: Round, scales: Mapping[int, Scale]) -> Iterator[tuple[int, int, int, Point]]:
    rows = (
        Rating.objects.filter(
            round=round_,
            criterion__in=list(scales),
            basis=Basis.INDEPENDENT,
            is_abstention=False,
        )
        .order_by("criterion_id", "item_id", "rater_id")
        .values_list("criterion_id", "item_id", "rater_id", "number", "value")
    )
    for pk, item, rater, number, value in rows.iterator(chunk_size=5000):
        yield pk, item, rater, point_of(scales[pk].kind, number, value)


def point_of(kind: str, number: float | None, value: Any) -> Point:
    """A rating's value as something that can be counted: equal values are equal points."""
    if kind == Kind.NUMERIC and number is not None:
        return number
    if kind == Kind.MULTI_LABEL:
        return frozenset(str(label) for label in value)
    return value if isinstance(value, str | int | float) else canonical_json(value)


def _reduce(tally: _Tally, scale: Scale, rows: Iterable[Row], n_split: int) -> None:
    for item, found in groupby(rows, key=itemgetter(0)):
        given = []
        for _item, rater, point in found:
            given.append((rater, tally.index.setdefault(point, len(tally.index))))
        values = tuple(sorted(index for _rater, index in given))
        tally.patterns[values] += 1
        for (first, row), (second, column) in combinations(given, 2):
            tally.cells[first, second, row, column] += 1
        if len(set(values)) > 1:
            _note_split(tally, scale, item, values, n_split)


def _note_split(
    tally: _Tally, scale: Scale, item: int, values: tuple[int, ...], n_split: int
) -> None:
    points = list(tally.index)
    counted = tuple((points[index], n) for index, n in Counter(values).items())
    tally.split.append(SplitItem(item, _disagreement(scale, counted), counted))
    if len(tally.split) >= 4 * n_split:
        tally.split[:] = _kept(tally, n_split)


def _disagreement(scale: Scale, counted: tuple[tuple[Point, int], ...]) -> float:
    """Mean squared difference of a pair of numbers; else the share of pairs that differ."""
    n = sum(count for _point, count in counted)
    if scale.is_ordered and all(isinstance(point, int | float) for point, _n in counted):
        return mean_squared_difference([(float(point), n) for point, n in counted])  # type: ignore[arg-type]
    return 1 - sum(count * (count - 1) for _point, count in counted) / (n * (n - 1))


def _kept(tally: _Tally, n_split: int) -> tuple[SplitItem, ...]:
    worst = nlargest(n_split, tally.split, key=lambda split: (split.disagreement, -split.item))
    return tuple(worst)


def _counts(scale: Scale, tally: _Tally, usage: Usage) -> CriterionCounts:
    order = sorted(tally.index, key=_sort_key)
    if len(order) * len(tally.patterns) > MAX_CELLS:
        return CriterionCounts(scale, usage, None, {})
    place = {tally.index[point]: i for i, point in enumerate(order)}
    return CriterionCounts(
        scale=scale,
        usage=usage,
        patterns=_patterns(scale, tally, order, place, usage),
        tables=_tables(scale, tally, order, place, usage),
    )


def _sort_key(point: Point) -> tuple[int, float, str]:
    if isinstance(point, int | float):
        return (0, float(point), "")
    return (1, 0.0, ", ".join(sorted(point)) if isinstance(point, frozenset) else str(point))


def _patterns(
    scale: Scale, tally: _Tally, order: list[Point], place: Mapping[int, int], usage: Usage
) -> Patterns:
    counts = np.zeros((len(tally.patterns), len(order)))
    for row, values in enumerate(tally.patterns):
        for index in values:
            counts[row, place[index]] += 1
    return Patterns(
        counts=counts,
        frequencies=np.fromiter(tally.patterns.values(), dtype=np.float64),
        points=tuple(order),
        level=scale.level,
        n_raters=usage.n_raters,
    )


def _tables(
    scale: Scale, tally: _Tally, order: list[Point], place: Mapping[int, int], usage: Usage
) -> dict[tuple[int, int], PairTable]:
    if len(order) > MAX_PAIR_VALUES:
        return {}
    counts: dict[tuple[int, int], Any] = defaultdict(lambda: np.zeros((len(order),) * 2))
    for (first, second, row, column), n in tally.cells.items():
        counts[first, second][place[row], place[column]] = n
    return {
        pair: pair_table(table, tuple(order), scale, pair, usage) for pair, table in counts.items()
    }
