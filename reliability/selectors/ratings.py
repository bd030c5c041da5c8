"""A round's independent ratings as codes, criterion by criterion.

The database lines up each criterion's ratings in one long row; patterns, rater pairs, slices
and everything else are then counted from one pass over it. The statements are fixed, take only
parameters and answer for all criteria at once, so their number depends on nothing.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.choices import Basis
from annotation.models import Item, Judgment, Round
from reliability.selectors.free_values import order_of, point_of
from reliability.selectors.packed import number_table_of, rows_of, table_of
from reliability.selectors.scales import FREE_KINDS, POINT_KINDS, Point, Scale
from reliability.stats import Ratings
from rubrics.choices import Kind

IntArray = NDArray[np.int64]

_CHOSEN = """
SELECT criterion_id, JOINED(item_id || ',' || rater_id || ',' || point, ',')
FROM annotation_rating
WHERE round_id = %(round)s AND basis = %(basis)s AND point IS NOT NULL
GROUP BY criterion_id
"""
_NUMBERS = """
SELECT rating.criterion_id, JOINED(item_id || ',' || rater_id || ',' || EXACT_NUMBER, ',')
FROM annotation_rating rating
JOIN rubrics_criterion criterion ON criterion.id = rating.criterion_id
WHERE round_id = %(round)s AND basis = %(basis)s AND point IS NULL AND number IS NOT NULL
  AND criterion.kind = 'numeric'
GROUP BY rating.criterion_id
"""
_VALUES = """
SELECT rating.criterion_id, CAST(value AS TEXT), JOINED(item_id || ',' || rater_id, ',')
FROM annotation_rating rating
JOIN rubrics_criterion criterion ON criterion.id = rating.criterion_id
WHERE round_id = %(round)s AND basis = %(basis)s AND NOT is_abstention
  AND criterion.kind IN ('multi_label', 'ranking')
GROUP BY rating.criterion_id, CAST(value AS TEXT)
ORDER BY rating.criterion_id
"""
_ITEMS = """
SELECT JOINED(CAST(item AS TEXT), ',')
FROM (SELECT DISTINCT item_id AS item FROM annotation_judgment WHERE round_id = %(round)s) AS judged
"""


def judged_items(round_: Round) -> IntArray:
    """Keys of the items that have a judgment in the round, ascending."""
    table = table_of((row[0] or "" for row in rows_of(_ITEMS, {"round": round_.pk})), 1)
    items: IntArray = np.sort(table[:, 0])
    return items


def ratings_of(round_: Round, scales: Iterable[Scale]) -> Iterator[tuple[Scale, Ratings]]:
    """Each countable criterion with its ratings; one criterion's at a time are in memory.

    Units and raters are labelled by their keys (numbers, ascending). Criteria of free text and
    of marks are left out: their answers are not points of a scale.
    """
    wanted = {scale.pk: scale for scale in scales if scale.kind in POINT_KINDS | FREE_KINDS}
    groups = item_groups(round_)
    parameters = {"round": round_.pk, "basis": int(Basis.INDEPENDENT)}
    found = set()
    for statement, read in ((_CHOSEN, _chosen), (_NUMBERS, _numbers), (_VALUES, _values)):
        if not any(scale.kind in _KINDS[statement] for scale in wanted.values()):
            continue
        rows = rows_of(statement, parameters)
        for pk, of_criterion in groupby(rows, key=itemgetter(0)):
            if pk in wanted and pk not in found:
                found.add(pk)
                yield wanted[pk], read(wanted[pk], of_criterion, groups)
    for pk in wanted.keys() - found:
        nothing = np.empty((0, 3), dtype=np.int64)
        yield wanted[pk], _ratings(wanted[pk], nothing, wanted[pk].points, groups)


_KINDS: Mapping[str, frozenset[str]] = {
    _CHOSEN: POINT_KINDS,
    _NUMBERS: frozenset({Kind.NUMERIC}),
    _VALUES: FREE_KINDS - {Kind.NUMERIC},
}


def item_groups(round_: Round) -> Mapping[int, int]:
    """The group of each item that shares one with another of the round; empty without groups.

    Items outside a group are groups of their own.
    """
    judged = Judgment.objects.filter(round=round_).values("item")
    grouped = dict(
        Item.objects.filter(project=round_.project_id, pk__in=judged)
        .exclude(group="")
        .values_list("pk", "group")
    )
    codes = {name: code for code, name in enumerate(dict.fromkeys(grouped.values()))}
    if len(codes) == len(grouped):
        return {}
    return {pk: codes[name] for pk, name in grouped.items()}


def _chosen(scale: Scale, rows: Iterable[Any], groups: Mapping[int, int]) -> Ratings:
    table = table_of((row[1] for row in rows), 3)
    if scale.stored_points != scale.points:
        places = np.array([scale.points.index(point) for point in scale.stored_points])
        table[:, 2] = places[table[:, 2]]
    return _ratings(scale, table, scale.points, groups)


def _numbers(scale: Scale, rows: Iterable[Any], groups: Mapping[int, int]) -> Ratings:
    table = number_table_of((row[1] for row in rows), 3)
    values, places = np.unique(table[:, 2], return_inverse=True)
    codes = np.column_stack([table[:, :2].astype(np.int64), places])
    return _ratings(scale, codes, [_plain(value) for value in values.tolist()], groups)


def _plain(number: float) -> float | int:
    return int(number) if number.is_integer() else number


def _values(scale: Scale, rows: Iterable[Any], groups: Mapping[int, int]) -> Ratings:
    """One row a distinct value: Python sees each value, never each rating."""
    read = [(point_of(scale.kind, None, json.loads(text)), items) for _pk, text, items in rows]
    points = sorted({point for point, _items in read}, key=order_of)
    place = {point: at for at, point in enumerate(points)}
    tables = []
    for point, items in read:
        pairs = table_of([items], 2)
        tables.append(np.column_stack([pairs, np.full(len(pairs), place[point])]))
    return _ratings(scale, np.concatenate(tables), points, groups)


def _ratings(
    scale: Scale, table: IntArray, points: Sequence[Point], groups: Mapping[int, int]
) -> Ratings:
    """Rows of item, rater and place on the scale as `Ratings`, items and raters by their keys."""
    items, units = np.unique(table[:, 0], return_inverse=True)
    raters, rater_codes = np.unique(table[:, 1], return_inverse=True)
    order = np.argsort(units * max(1, len(raters)) + rater_codes, kind="stable")
    return Ratings.from_codes(
        units[order],
        rater_codes[order],
        table[order, 2],
        rater_labels=raters.tolist(),
        points=tuple(points),
        level=scale.level,
        has_order=scale.is_ordered,
        unit_labels=items.tolist(),
        groups=_group_codes(items, groups),
    )


def _group_codes(items: IntArray, groups: Mapping[int, int]) -> IntArray | None:
    if not groups:
        return None
    alone = len(groups)
    named = (groups.get(item, alone + at) for at, item in enumerate(items.tolist()))
    return np.fromiter(named, dtype=np.int64, count=len(items))
