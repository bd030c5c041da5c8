"""The items that raters of a round disagree on most."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count

from annotation.choices import Basis
from annotation.models import Item, Rating, Round
from reliability.selectors.scales import Point, Scale

_WORST = """
SELECT criterion_id, item_id, disagreement
FROM (
  SELECT criterion_id, item_id, disagreement,
    ROW_NUMBER() OVER (
      PARTITION BY criterion_id ORDER BY disagreement DESC, n DESC, item_id
    ) AS place
  FROM (
    SELECT points.criterion_id, item_id, SUM(c) AS n,
      CASE WHEN MAX(level) = 'nominal'
        THEN 1.0 - SUM(c * (c - 1)) * 1.0 / (SUM(c) * (SUM(c) - 1))
        ELSE 2.0 * (SUM(c) * SUM(c * point * point) - SUM(c * point) * SUM(c * point))
          / (SUM(c) * (SUM(c) - 1))
      END AS disagreement
    FROM (
      SELECT criterion_id, item_id, point, COUNT(*) AS c
      FROM annotation_rating
      WHERE round_id = %(round)s AND basis = %(basis)s AND point IS NOT NULL
      GROUP BY criterion_id, item_id, point
    ) AS points
    JOIN rubrics_criterion ON rubrics_criterion.id = points.criterion_id
    GROUP BY points.criterion_id, item_id
    HAVING COUNT(*) > 1
  ) AS items
) AS placed
WHERE place <= %(n)s
ORDER BY criterion_id, place
"""


@dataclass(frozen=True, slots=True)
class SplitItem:
    """An item whose ratings differ: its pk and how many raters gave which value.

    disagreement: at nominal level the share of rater pairs that differ, else the mean squared
    difference of a pair, in points of the scale (numbers: their own unit).
    """

    item: int
    disagreement: float
    values: tuple[tuple[Point, int], ...]


def mean_squared_difference(values: Sequence[tuple[float, int]]) -> float:
    """Over all pairs of ratings, given as (number, how often)."""
    n = sum(count for _value, count in values)
    total = sum(value * count for value, count in values)
    squares = sum(value * value * count for value, count in values)
    return 2 * (n * squares - total * total) / (n * (n - 1))


def split_items_of(
    round_: Round, scales: Iterable[Scale], *, n: int
) -> dict[int, tuple[SplitItem, ...]]:
    """The `n` items of most disagreement by criterion pk, worst first: two queries."""
    by_pk = {scale.pk: scale for scale in scales}
    with connection.cursor() as cursor:
        cursor.execute(_WORST, {"round": round_.pk, "basis": int(Basis.INDEPENDENT), "n": n})
        worst = [row for row in cursor.fetchall() if row[0] in by_pk]
    values = _values_of(round_, {item for _pk, item, _d in worst})
    split: dict[int, list[SplitItem]] = defaultdict(list)
    for pk, item, disagreement in worst:
        points = by_pk[pk].points
        counted = tuple((points[point], count) for point, count in values[pk, item])
        split[pk].append(SplitItem(item, float(disagreement), counted))
    return {pk: tuple(split[pk]) for pk in by_pk}


def _values_of(round_: Round, items: set[int]) -> Mapping[tuple[int, int], list[tuple[int, int]]]:
    rows = (
        Rating.objects.filter(
            round=round_, basis=Basis.INDEPENDENT, item__in=items, point__isnull=False
        )
        .values_list("criterion_id", "item_id", "point")
        .annotate(n=Count("pk"))
        .order_by("point")
    )
    values: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for pk, item, point, n in rows:
        if point is not None:
            values[pk, item].append((point, n))
    return values


def item_names(items: set[int]) -> dict[int, tuple[str, str]]:
    """(public id, external id) by pk."""
    found = Item.objects.filter(pk__in=items).values_list("pk", "public_id", "external_id")
    return {pk: (public_id, external_id) for pk, public_id, external_id in found}
