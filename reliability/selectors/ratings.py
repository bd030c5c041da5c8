"""A round's independent ratings as codes, criterion by criterion.

The database lines up each criterion's ratings in one long row; patterns, rater pairs, slices
and everything else are then counted from one pass over it. The statements are fixed, take only
parameters and answer for all criteria at once, so their number depends on nothing.

Of a criterion that is asked of parts of items the units are the parts, a row for each name of a
part. The parts of one item are one group: raters who misread an item misread it throughout, so
intervals leave out whole items.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.choices import Basis
from annotation.models import Item, Judgment, Round
from annotation.parts import part_order
from reliability.selectors.free_values import order_of, point_of
from reliability.selectors.packed import number_table_of, rows_of, table_of
from reliability.selectors.scales import FREE_KINDS, POINT_KINDS, Point, Scale
from reliability.selectors.units import ItemPart, Unit, items_of
from reliability.stats import Ratings
from rubrics.choices import Kind

IntArray = NDArray[np.int64]

# A row: criterion, part, (value,) numbers. THEIR_PART and the like are filled in below.
_CHOSEN = """
SELECT criterion_id, THEIR_PART, JOINED(item_id || ',' || rater_id || ',' || point, ',')
FROM annotation_rating
WHERE round_id = %(round)s AND basis = %(basis)s AND point IS NOT NULL OF_PARTS
GROUP BY criterion_id BY_PART IN_ORDER
"""
_NUMBERS = """
SELECT rating.criterion_id, THEIR_PART,
  JOINED(item_id || ',' || rater_id || ',' || EXACT_NUMBER, ',')
FROM annotation_rating rating
JOIN rubrics_criterion criterion ON criterion.id = rating.criterion_id
WHERE round_id = %(round)s AND basis = %(basis)s AND point IS NULL AND number IS NOT NULL
  AND criterion.kind = 'numeric' OF_PARTS
GROUP BY rating.criterion_id BY_PART IN_ORDER
"""
_VALUES = """
SELECT rating.criterion_id, THEIR_PART, CAST(value AS TEXT),
  JOINED(item_id || ',' || rater_id, ',')
FROM annotation_rating rating
JOIN rubrics_criterion criterion ON criterion.id = rating.criterion_id
WHERE round_id = %(round)s AND basis = %(basis)s AND NOT is_abstention
  AND criterion.kind IN ('multi_label', 'ranking') OF_PARTS
GROUP BY rating.criterion_id BY_PART, CAST(value AS TEXT)
ORDER BY rating.criterion_id
"""
# Where no criterion has parts, nothing is asked that the index of counts does not hold.
_UNPARTED = {"THEIR_PART": "''", "OF_PARTS": "", "BY_PART": "", "IN_ORDER": ""}
_WHOLE = _UNPARTED | {"OF_PARTS": "AND part = ''"}
_PARTS = {
    "THEIR_PART": "part",
    "OF_PARTS": "AND part <> ''",
    "BY_PART": ", part",
    "IN_ORDER": "ORDER BY 1",
}
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

    Units are labelled by the items' keys, or as `ItemPart` where a criterion has parts; raters by
    their keys (numbers, ascending). Criteria of free text and of marks are left out: their
    answers are not points of a scale.
    """
    wanted = [scale for scale in scales if scale.kind in POINT_KINDS | FREE_KINDS]
    groups = item_groups(round_)
    whole = {scale.pk: scale for scale in wanted if not scale.per}
    parted = {scale.pk: scale for scale in wanted if scale.per}
    yield from _ratings_of(round_, whole, _WHOLE if parted else _UNPARTED, groups)
    yield from _ratings_of(round_, parted, _PARTS, groups)


def _ratings_of(
    round_: Round,
    wanted: Mapping[int, Scale],
    asked: Mapping[str, str],
    groups: Mapping[int, str],
) -> Iterator[tuple[Scale, Ratings]]:
    parameters = {"round": round_.pk, "basis": int(Basis.INDEPENDENT)}
    found = set()
    for statement, kinds, read in _STATEMENTS:
        if not any(scale.kind in kinds for scale in wanted.values()):
            continue
        rows = rows_of(_spelled(statement, asked), parameters)
        for pk, of_criterion in groupby(rows, key=itemgetter(0)):
            if pk in wanted and pk not in found:
                found.add(pk)
                yield wanted[pk], _ratings(wanted[pk], read(wanted[pk], of_criterion), groups)
    for pk in wanted.keys() - found:
        nothing = _Table(wanted[pk].points, ("",), np.empty((0, 3), dtype=np.int64))
        yield wanted[pk], _ratings(wanted[pk], nothing, groups)


def _spelled(statement: str, words: Mapping[str, str]) -> str:
    for word, spelling in words.items():
        statement = statement.replace(word, spelling)
    return statement


def item_groups(round_: Round) -> Mapping[int, str]:
    """The group of each item that has one; empty where no two of the round share a group.

    Items outside a group are groups of their own.
    """
    judged = Judgment.objects.filter(round=round_).values("item")
    grouped = dict(
        Item.objects.filter(project=round_.project_id, pk__in=judged)
        .exclude(group="")
        .values_list("pk", "group")
    )
    return {} if len(set(grouped.values())) == len(grouped) else grouped


@dataclass(frozen=True)
class _Table:
    """Rows of unit, rater and place on the scale: unit = item * number of parts + place of part."""

    points: Sequence[Point]
    parts: tuple[str, ...]
    rows: IntArray


def _chosen(scale: Scale, rows: Iterable[Any]) -> _Table:
    texts = {part: text for _pk, part, text in rows}
    parts = _in_order(texts)
    table = _joined([table_of([texts[part]], 3) for part in parts])
    if scale.stored_points != scale.points:
        places = np.array([scale.points.index(point) for point in scale.stored_points])
        table[:, 2] = places[table[:, 2]]
    return _Table(scale.points, parts, table)


def _numbers(scale: Scale, rows: Iterable[Any]) -> _Table:
    texts = {part: text for _pk, part, text in rows}
    parts = _in_order(texts)
    tables = [number_table_of([texts[part]], 3) for part in parts]
    numbers = np.concatenate([table[:, 2] for table in tables])
    values, places = np.unique(numbers, return_inverse=True)
    codes = _joined([table.astype(np.int64) for table in tables])
    codes[:, 2] = places
    return _Table([_plain(value) for value in values.tolist()], parts, codes)


def _plain(number: float) -> float | int:
    return int(number) if number.is_integer() else number


def _values(scale: Scale, rows: Iterable[Any]) -> _Table:
    """One row a distinct value: Python sees each value, never each rating."""
    read = [
        (part, point_of(scale.kind, None, json.loads(text)), items)
        for _pk, part, text, items in rows
    ]
    points = sorted({point for _part, point, _items in read}, key=order_of)
    place = {point: at for at, point in enumerate(points)}
    parts = _in_order({part for part, _point, _items in read})
    tables: dict[str, list[IntArray]] = {part: [] for part in parts}
    for part, point, items in read:
        pairs = table_of([items], 2)
        tables[part].append(np.column_stack([pairs, np.full(len(pairs), place[point])]))
    return _Table(points, parts, _joined([np.concatenate(tables[part]) for part in parts]))


_STATEMENTS: Sequence[tuple[str, frozenset[Kind], Callable[[Scale, Iterable[Any]], _Table]]] = (
    (_CHOSEN, POINT_KINDS, _chosen),
    (_NUMBERS, frozenset({Kind.NUMERIC}), _numbers),
    (_VALUES, FREE_KINDS - {Kind.NUMERIC}, _values),
)


def _in_order(parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(parts, key=part_order))


def _joined(tables: Sequence[IntArray]) -> IntArray:
    """Tables of items, one a part, as one of units."""
    if len(tables) == 1:
        return tables[0]
    for place, table in enumerate(tables):
        table[:, 0] = table[:, 0] * len(tables) + place
    return np.concatenate(tables)


def _ratings(scale: Scale, table: _Table, groups: Mapping[int, str]) -> Ratings:
    """`Ratings` of units and raters by their keys."""
    keys, units = np.unique(table.rows[:, 0], return_inverse=True)
    raters, rater_codes = np.unique(table.rows[:, 1], return_inverse=True)
    order = np.argsort(units * max(1, len(raters)) + rater_codes, kind="stable")
    labels = _labels(scale, keys, table.parts)
    codes, names = _clusters(scale, labels, groups)
    return Ratings.from_codes(
        units[order],
        rater_codes[order],
        table.rows[order, 2],
        rater_labels=raters.tolist(),
        points=tuple(table.points),
        level=scale.level,
        has_order=scale.is_ordered,
        unit_labels=labels,
        groups=codes,
        group_labels=names,
    )


def _labels(scale: Scale, keys: IntArray, parts: Sequence[str]) -> Sequence[Unit]:
    if not scale.per:
        found: list[int] = keys.tolist()
        return found
    items, places = np.divmod(keys, len(parts))
    return [
        ItemPart(item, parts[place])
        for item, place in zip(items.tolist(), places.tolist(), strict=True)
    ]


def _clusters(
    scale: Scale, units: Sequence[Unit], groups: Mapping[int, str]
) -> tuple[IntArray | None, Sequence[int | str] | None]:
    """A code for what each unit can't be left out without, and what the codes stand for.

    A group of items, else the item where units are its parts. None: each unit stands alone.
    """
    if not groups and not scale.per:
        return None, None
    codes: dict[int | str, int] = {}
    named = (groups.get(item, item) for item in items_of(units).tolist())
    found = [codes.setdefault(name, len(codes)) for name in named]
    if scale.per and len(codes) == len(units):
        return None, None
    return np.array(found, dtype=np.int64), list(codes)
