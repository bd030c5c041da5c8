"""Ratings as the small counts that agreement depends on, aggregated in the database.

The statements are fixed, take only parameters and mean the same to SQLite and PostgreSQL. They
answer for all criteria of a round at once, so their number depends on nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Count

from annotation.choices import Basis
from annotation.models import Rating, Round
from reliability.selectors.scales import Point, Scale
from reliability.selectors.spans import SpanCounts
from reliability.stats import PairTable, Patterns

# A pattern is packed into this many 62-bit words: bits enough for the number of raters, a point.
N_WORDS = 4
WORD_BITS = 62

_PATTERNS = """
SELECT criterion_id, w0, w1, w2, w3, COUNT(*)
FROM (
  SELECT criterion_id, item_id,
    CAST(SUM(CASE WHEN point / %(per)s = 0 THEN
      CAST(1 AS BIGINT) << (%(bits)s * (point %% %(per)s)) ELSE 0 END) AS BIGINT) AS w0,
    CAST(SUM(CASE WHEN point / %(per)s = 1 THEN
      CAST(1 AS BIGINT) << (%(bits)s * (point %% %(per)s)) ELSE 0 END) AS BIGINT) AS w1,
    CAST(SUM(CASE WHEN point / %(per)s = 2 THEN
      CAST(1 AS BIGINT) << (%(bits)s * (point %% %(per)s)) ELSE 0 END) AS BIGINT) AS w2,
    CAST(SUM(CASE WHEN point / %(per)s = 3 THEN
      CAST(1 AS BIGINT) << (%(bits)s * (point %% %(per)s)) ELSE 0 END) AS BIGINT) AS w3
  FROM annotation_rating
  WHERE round_id = %(round)s AND basis = %(basis)s AND point IS NOT NULL
  GROUP BY criterion_id, item_id
) AS units
GROUP BY criterion_id, w0, w1, w2, w3
"""

_PAIRS = """
SELECT a.criterion_id, a.rater_id, b.rater_id, a.point, b.point, COUNT(*)
FROM annotation_rating a
JOIN annotation_rating b
  ON b.round_id = a.round_id AND b.criterion_id = a.criterion_id AND b.basis = a.basis
  AND b.item_id = a.item_id AND b.rater_id > a.rater_id
WHERE a.round_id = %(round)s AND a.basis = %(basis)s
  AND a.point IS NOT NULL AND b.point IS NOT NULL
GROUP BY a.criterion_id, a.rater_id, b.rater_id, a.point, b.point
"""


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

    @property
    def n_raters(self) -> int:
        return len(self.by_rater)


@dataclass(frozen=True)
class CriterionCounts:
    """The sufficient statistics of one criterion; `tables` by the two raters' pks, lower first.

    `patterns` is None where values can't be counted: free text, marks (`spans` holds them), or
    more different values than a table of values by items could hold.
    """

    scale: Scale
    usage: Usage
    patterns: Patterns | None
    tables: Mapping[tuple[int, int], PairTable]
    spans: SpanCounts | None = None

    @property
    def n_items(self) -> int:
        """Items with at least one rating that counts."""
        if self.spans is not None:
            return self.spans.n_items
        return self.patterns.n_units if self.patterns is not None else 0


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
}


def bits_for(n_raters: int) -> int:
    """Bits that hold how many of `n_raters` chose one point."""
    return max(1, n_raters.bit_length())


def most_points(n_raters: int) -> int:
    """The longest scale whose patterns fit into the words."""
    return N_WORDS * (WORD_BITS // bits_for(n_raters))


def patterns_of(
    round_: Round, scales: Iterable[Scale], usage: Mapping[int, Usage]
) -> dict[int, Patterns]:
    """Value-count patterns by criterion pk, for scales of at most `most_points` points."""
    by_pk = {scale.pk: scale for scale in scales}
    n_raters = max((found.n_raters for found in usage.values()), default=0)
    bits = bits_for(n_raters)
    per = WORD_BITS // bits
    rows = _rows(_PATTERNS, round_, per=per, bits=bits)
    collected: dict[int, list[tuple[int, ...]]] = defaultdict(list)
    for criterion, *packed in rows:
        collected[criterion].append(tuple(packed))
    return {
        pk: _patterns(scale, collected.get(pk, []), per, bits, usage.get(pk, Usage()))
        for pk, scale in by_pk.items()
    }


def _patterns(
    scale: Scale, rows: list[tuple[int, ...]], per: int, bits: int, usage: Usage
) -> Patterns:
    packed = np.asarray(rows, dtype=np.int64).reshape(-1, N_WORDS + 1)
    n_points = len(scale.points)
    mask = (1 << bits) - 1
    counts = np.zeros((len(packed), n_points), dtype=np.int64)
    for point in range(n_points):
        counts[:, point] = (packed[:, point // per] >> (bits * (point % per))) & mask
    return Patterns(
        counts=counts.astype(np.float64),
        frequencies=packed[:, N_WORDS].astype(np.float64),
        points=scale.points,
        level=scale.level,
        n_raters=usage.n_raters,
    )


def pair_tables_of(
    round_: Round, scales: Iterable[Scale], usage: Mapping[int, Usage]
) -> dict[int, dict[tuple[int, int], PairTable]]:
    """The K x K table of each rater pair that shares an item, by criterion pk."""
    by_pk = {scale.pk: scale for scale in scales}
    cells: dict[tuple[int, tuple[int, int]], list[tuple[int, int, int]]] = defaultdict(list)
    for criterion, first, second, *cell in _rows(_PAIRS, round_):
        if criterion in by_pk:
            cells[criterion, (first, second)].append(tuple(cell))  # type: ignore[arg-type]
    tables: dict[int, dict[tuple[int, int], PairTable]] = {pk: {} for pk in by_pk}
    for (pk, pair), found in cells.items():
        scale = by_pk[pk]
        counts = np.zeros((len(scale.points),) * 2)
        for row, column, n in found:
            counts[row, column] = n
        tables[pk][pair] = pair_table(counts, scale.points, scale, pair, usage[pk])
    return tables


def pair_table(
    counts: Any, points: tuple[Point, ...], scale: Scale, pair: tuple[int, int], usage: Usage
) -> PairTable:
    return PairTable(
        counts=counts,
        points=points,
        level=scale.level,
        raters=pair,
        n_ratings=sum(usage.by_rater.get(rater, 0) for rater in pair),
    )


def _rows(statement: str, round_: Round, **parameters: int) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            statement, {"round": round_.pk, "basis": int(Basis.INDEPENDENT), **parameters}
        )
        return list(cursor.fetchall())
