"""The judgments behind the figures."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import batched, islice
from typing import Any

import numpy as np
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from numpy.typing import NDArray

from annotation.choices import Basis
from annotation.criteria import specs_of
from annotation.models import Item, Judgment, JudgmentRevision, Rating, Round
from annotation.parts import WHOLE, part_order
from reliability.selectors.scales import POINT_KINDS, Scale
from reliability.selectors.slices import last_counted_days, slicings_of
from rubrics.choices import Kind

PAGE = 50
# Items asked for at a time where a list of them is given: databases limit parameters.
BLOCK = 500
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Given:
    """One rater's answer for one criterion, or for a part of the item, as people read it."""

    rater: str
    value: Any
    label: str
    basis: int
    is_abstention: bool
    reason: str
    part: str = ""

    @property
    def is_counted(self) -> bool:
        return self.basis == Basis.INDEPENDENT and not self.is_abstention

    @property
    def basis_label(self) -> str:
        return str(Basis(self.basis).label)


@dataclass(frozen=True, slots=True)
class RatedItem:
    """An item with what it was given; `part`: what of it, where a criterion is asked of parts."""

    public_id: str
    external_id: str
    given: tuple[Given, ...]
    part: str = ""


@dataclass(frozen=True, slots=True)
class RatedItems:
    """A page of items; `older` continues after it, if there are more."""

    items: tuple[RatedItem, ...]
    older: int | None


@dataclass(frozen=True, slots=True)
class Filters:
    """Which items: rated by all these raters, and given all these values (by one of them each).

    Where a criterion is asked of parts, all of it holds of one and the same part.

    A value that stands there twice was given by two raters. only_compared: two raters or more.
    by, slice: only items that have this value of the slice with that key (`slice_key`);
    since, until: only items whose last counted judgment came on these days or between.
    """

    raters: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    only_split: bool = False
    only_compared: bool = False
    by: str = ""
    slice: str = ""
    since: date | None = None
    until: date | None = None


def rated_items(
    round_: Round,
    scale: Scale,
    filters: Filters,
    *,
    hidden: frozenset[int] = frozenset(),
    after: int = 0,
) -> RatedItems:
    """Items of the round with their ratings of one criterion, in the order they came.

    Of a criterion that is asked of parts, each part that fits is a row of its own.
    """
    items = _matching(round_, scale, filters).exclude(pk__in=hidden).order_by("pk")
    found = list(islice(_in_order(items, _members(round_, filters), after), PAGE + 1))
    shown = found[:PAGE]
    given = _given(round_, scale, shown)
    units = _units(round_, scale, filters, shown)
    rows = tuple(
        RatedItem(item.public_id, item.external_id, _given_to(part, given[item.pk]), part)
        for item in shown
        for part in units[item.pk]
    )
    return RatedItems(rows, shown[-1].pk if len(found) > PAGE else None)


def _units(
    round_: Round, scale: Scale, filters: Filters, items: Sequence[Item]
) -> Mapping[int, Sequence[str]]:
    """The parts of each item that fit, as they stand in it; the whole item without parts."""
    if not scale.per:
        return {item.pk: (WHOLE,) for item in items}
    fitting = _matching_parts(round_, scale, filters).filter(item__in=items)
    found: dict[int, list[str]] = defaultdict(list)
    for item, part in fitting.order_by().values_list("item_id", "part").distinct():
        found[item].append(part)
    return {item: sorted(parts, key=part_order) for item, parts in found.items()}


def _given_to(part: str, given: Iterable[Given]) -> tuple[Given, ...]:
    """Answers to the part; who abstained from the whole criterion did so from each part."""
    return tuple(each for each in given if each.part in (part, WHOLE))


def _in_order(items: QuerySet[Item], members: set[int] | None, after: int) -> Iterator[Item]:
    """Items after a key, all of them or those among `members`."""
    if members is None:
        yield from items.filter(pk__gt=after)[: PAGE + 1]
        return
    for block in batched(sorted(pk for pk in members if pk > after), BLOCK):
        yield from items.filter(pk__in=block)


def _members(round_: Round, filters: Filters) -> set[int] | None:
    """The items that slice and days leave; None where neither is asked for."""
    found: list[set[int]] = []
    if filters.by:
        found.append(_in_slice(round_, filters))
    if filters.since is not None or filters.until is not None:
        found.append(_in_days(round_, filters))
    return set.intersection(*found) if found else None


def slice_key(name: str, source: str) -> str:
    """A slice in an address: items may carry a key called like one that reports form."""
    return name if name == source else f"{source}:{name}"


def _in_slice(round_: Round, filters: Filters) -> set[int]:
    slicings = {slice_key(each.name, each.source): each for each in slicings_of(round_)}
    slicing = slicings.get(filters.by)
    if slicing is None or filters.slice not in slicing.values:
        return set()
    return _keys(slicing.items[slicing.codes == slicing.values.index(filters.slice)])


def _in_days(round_: Round, filters: Filters) -> set[int]:
    items, days = last_counted_days(round_)
    chosen = np.ones(len(items), dtype=bool)
    if filters.since is not None:
        chosen &= days >= (filters.since - EPOCH).days
    if filters.until is not None:
        chosen &= days <= (filters.until - EPOCH).days
    return _keys(items[chosen])


def _keys(items: NDArray[np.int64]) -> set[int]:
    return set(items.tolist())


def _counted(round_: Round, scale: Scale) -> QuerySet[Rating]:
    return Rating.objects.filter(
        round=round_, criterion=scale.pk, basis=Basis.INDEPENDENT, is_abstention=False
    )


def _matching(round_: Round, scale: Scale, filters: Filters) -> QuerySet[Item]:
    if scale.per:
        fitting = _matching_parts(round_, scale, filters)
        return Item.objects.filter(Exists(fitting.filter(item=OuterRef("pk"))))
    same = _counted(round_, scale).filter(item=OuterRef("pk"))
    return Item.objects.filter(*_conditions(round_, scale, filters, same=same))


def _matching_parts(round_: Round, scale: Scale, filters: Filters) -> QuerySet[Rating]:
    """Ratings of the parts that fit: all that is asked for was said of one and the same part."""
    counted = _counted(round_, scale)
    same = counted.filter(item=OuterRef("item"), part=OuterRef("part"))
    return counted.filter(*_conditions(round_, scale, filters, same=same))


def _conditions(
    round_: Round, scale: Scale, filters: Filters, *, same: QuerySet[Rating]
) -> Iterator[Exists]:
    """What is asked of a unit; `same`: its counted ratings."""
    yield Exists(same)
    for code in filters.raters:
        yield Exists(same.filter(rater__code=code))
    by_chosen = same.filter(rater__code__in=filters.raters) if filters.raters else same
    for value, times in Counter(filters.values).items():
        yield _given_by(by_chosen.filter(_is_value(round_, scale, value)), times)
    if filters.only_compared:
        yield _given_by(same, 2)
    if filters.only_split and scale.kind in POINT_KINDS:
        yield Exists(same.filter(Exists(_higher(round_, scale))))


def _given_by(ratings: QuerySet[Rating], n: int) -> Exists:
    """Whether there are at least `n` of the ratings, which are all of one item."""
    if n == 1:
        return Exists(ratings)
    return Exists(ratings.values("item").annotate(n=Count("pk")).filter(n__gte=n))


def _higher(round_: Round, scale: Scale) -> QuerySet[Rating]:
    """Ratings of the same item, or part, that chose a later point than the outer rating."""
    same = {"part": OuterRef("part")} if scale.per else {}
    return Rating.objects.filter(
        round=round_,
        criterion=scale.pk,
        item=OuterRef("item"),
        basis=Basis.INDEPENDENT,
        point__gt=OuterRef("point"),
        **same,
    )


def _is_value(round_: Round, scale: Scale, value: str) -> Q:
    """A rating of this value; what can't be on the scale matches nothing."""
    places = [place for place, point in enumerate(scale.stored_points) if str(point) == value]
    if places:
        return Q(point=places[0])
    if scale.kind == Kind.NUMERIC:
        try:
            return Q(number=float(value))
        except ValueError:
            pass
    if scale.is_free:
        try:
            return Q(value=_as_stored(round_, scale, json.loads(value)))
        except (ValueError, RecursionError):
            pass
    return Q(pk__in=())


def _as_stored(round_: Round, scale: Scale, value: Any) -> Any:
    """A set in the order of the rubric's anchors, in which ratings hold it; else the value."""
    if scale.kind != Kind.MULTI_LABEL or not isinstance(value, list):
        return value
    spec = next(each for each in specs_of(round_.rubric_version) if each.key == scale.key)
    ordered = [anchor.shown_value for anchor in spec.anchors if anchor.shown_value in value]
    return ordered if len(ordered) == len(value) else value


def _given(round_: Round, scale: Scale, items: Sequence[Item]) -> dict[int, list[Given]]:
    ratings = (
        Rating.objects.filter(round=round_, criterion=scale.pk, item__in=items)
        .select_related("rater")
        .order_by("rater__code")
    )
    given: dict[int, list[Given]] = defaultdict(list)
    for rating in ratings:
        given[rating.item_id].append(given_of(rating, scale))
    return given


def given_of(rating: Rating, scale: Scale) -> Given:
    label = ""
    if rating.point is not None and scale.labels:
        label = scale.label_of(scale.stored_points[rating.point])
    return Given(
        rater=rating.rater.code,
        value=rating.value,
        label=label,
        basis=rating.basis,
        is_abstention=rating.is_abstention,
        reason=rating.abstention_reason,
        part=rating.part,
    )


@dataclass(frozen=True, slots=True)
class JudgmentRecord:
    """One judgment of an item: what stands, and every revision that led to it."""

    judgment: Judgment
    given: tuple[tuple[str, Given], ...]
    revisions: tuple[JudgmentRevision, ...]


def judgments_of(round_: Round, item: Item, scales: Sequence[Scale]) -> tuple[JudgmentRecord, ...]:
    """Every judgment of the item in the round by rater code: three queries."""
    judgments = list(
        Judgment.objects.filter(round=round_, item=item)
        .select_related("rater")
        .prefetch_related("ratings__rater", "revisions")
        .order_by("rater__code")
    )
    records = []
    for judgment in judgments:
        ratings = sorted(judgment.ratings.all(), key=lambda rating: part_order(rating.part))
        given = tuple(
            (scale.key, given_of(rating, scale))
            for scale in scales
            for rating in ratings
            if rating.criterion_id == scale.pk
        )
        revisions = tuple(sorted(judgment.revisions.all(), key=lambda each: -each.number))
        records.append(JudgmentRecord(judgment, given, revisions))
    return tuple(records)
