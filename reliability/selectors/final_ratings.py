"""The ratings that a report counts, row by row, in an order that no engine changes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from accounts.canonical import canonical_json
from annotation.choices import Basis
from annotation.models import Rating, Round
from reliability.selectors.scales import POINT_KINDS, Scale
from reliability.selectors.spans import lengths_of, marks_within, side_of
from rubrics.choices import Kind

CHUNK = 5000


@dataclass(frozen=True, slots=True)
class CountedRating:
    """One independent rating; `group` of its item, if it has one.

    characters: how long each marked text is, for spans only. part: what of the item is rated.
    """

    item: str
    group: str
    rater: str
    value: Any
    characters: Mapping[str, int] | None = None
    part: str = ""


def counted_ratings(round_: Round, scale: Scale) -> Iterator[CountedRating]:
    """Ratings of one criterion as the statistics count them; none of free text."""
    if scale.kind == Kind.TEXT:
        return
    if scale.kind in POINT_KINDS:
        yield from _points(round_, scale)
    elif scale.kind == Kind.SPAN:
        yield from _spans(round_, scale)
    else:
        yield from _free(round_, scale)


def _rows(round_: Round, scale: Scale, *columns: str) -> Iterator[tuple[Any, ...]]:
    rows = Rating.objects.filter(
        round=round_, criterion=scale.pk, basis=Basis.INDEPENDENT, is_abstention=False
    ).order_by("item_id", *(("part",) if scale.per else ()), "rater_id")
    named = rows.values_list("item__external_id", "item__group", "rater__code", "part", *columns)
    return named.iterator(chunk_size=CHUNK)


def _points(round_: Round, scale: Scale) -> Iterator[CountedRating]:
    for item, group, rater, part, point in _rows(round_, scale, "point"):
        if point is not None:
            yield CountedRating(item, group, rater, scale.stored_points[point], part=part)


def _free(round_: Round, scale: Scale) -> Iterator[CountedRating]:
    for item, group, rater, part, number, value in _rows(round_, scale, "number", "value"):
        yield CountedRating(item, group, rater, _plain(scale.kind, number, value), part=part)


def _plain(kind: str, number: float | None, value: Any) -> Any:
    """Equal values in one spelling: numbers, sets as sorted lists, anything else as text."""
    if kind == Kind.NUMERIC and number is not None:
        return number
    if kind == Kind.MULTI_LABEL:
        return sorted({str(label) for label in value})
    return value if isinstance(value, str | int | float) else canonical_json(value)


def _spans(round_: Round, scale: Scale) -> Iterator[CountedRating]:
    """Places only: the marked text itself stays here."""
    for item, group, rater, part, marks, content in _rows(round_, scale, "value", "item__content"):
        placed = [
            {
                "side": side_of(mark),
                "start": mark["start"],
                "end": mark["end"],
                "label": mark.get("label") or "",
            }
            for mark in marks_within(part, marks)
        ]
        yield CountedRating(item, group, rater, placed, lengths_of(content, part), part)
