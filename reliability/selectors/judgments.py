"""The judgments behind the figures."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotation.choices import Basis
from annotation.models import Item, Judgment, JudgmentRevision, Rating, Round
from reliability.selectors.scales import POINT_KINDS, Scale
from rubrics.choices import Kind

PAGE = 50


@dataclass(frozen=True, slots=True)
class Given:
    """One rater's answer for one criterion, as people read it."""

    rater: str
    value: Any
    label: str
    basis: int
    is_abstention: bool
    reason: str

    @property
    def is_counted(self) -> bool:
        return self.basis == Basis.INDEPENDENT and not self.is_abstention

    @property
    def basis_label(self) -> str:
        return str(Basis(self.basis).label)


@dataclass(frozen=True, slots=True)
class RatedItem:
    public_id: str
    external_id: str
    given: tuple[Given, ...]


@dataclass(frozen=True, slots=True)
class RatedItems:
    """A page of items; `older` continues after it, if there are more."""

    items: tuple[RatedItem, ...]
    older: int | None


@dataclass(frozen=True, slots=True)
class Filters:
    """Which items: rated by all these raters, and given all these values (by one of them each)."""

    raters: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    only_split: bool = False


def rated_items(
    round_: Round,
    scale: Scale,
    filters: Filters,
    *,
    hidden: frozenset[int] = frozenset(),
    after: int = 0,
) -> RatedItems:
    """Items of the round with their ratings of one criterion, in the order they came."""
    items = _matching(round_, scale, filters).exclude(pk__in=hidden)
    found = list(items.filter(pk__gt=after).order_by("pk")[: PAGE + 1])
    shown = found[:PAGE]
    given = _given(round_, scale, shown)
    rows = tuple(RatedItem(i.public_id, i.external_id, tuple(given[i.pk])) for i in shown)
    return RatedItems(rows, shown[-1].pk if len(found) > PAGE else None)


def _matching(round_: Round, scale: Scale, filters: Filters) -> QuerySet[Item]:
    counted = Rating.objects.filter(
        round=round_,
        criterion=scale.pk,
        item=OuterRef("pk"),
        basis=Basis.INDEPENDENT,
        is_abstention=False,
    )
    items = Item.objects.filter(Exists(counted))
    for code in filters.raters:
        items = items.filter(Exists(counted.filter(rater__code=code)))
    by_chosen = counted.filter(rater__code__in=filters.raters) if filters.raters else counted
    for value in filters.values:
        items = items.filter(Exists(by_chosen.filter(_is_value(scale, value))))
    if filters.only_split and scale.kind in POINT_KINDS:
        items = items.filter(Exists(counted.filter(Exists(_higher(round_, scale)))))
    return items


def _higher(round_: Round, scale: Scale) -> QuerySet[Rating]:
    """Ratings of the same item that chose a later point than the outer rating."""
    return Rating.objects.filter(
        round=round_,
        criterion=scale.pk,
        item=OuterRef("item"),
        basis=Basis.INDEPENDENT,
        point__gt=OuterRef("point"),
    )


def _is_value(scale: Scale, value: str) -> Q:
    """A rating of this value; what can't be on the scale matches nothing."""
    places = [place for place, point in enumerate(scale.points) if str(point) == value]
    if places:
        return Q(point=places[0])
    if scale.kind == Kind.NUMERIC:
        try:
            return Q(number=float(value))
        except ValueError:
            pass
    return Q(pk__in=())


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
    label = scale.labels[rating.point] if rating.point is not None and scale.labels else ""
    return Given(
        rater=rating.rater.code,
        value=rating.value,
        label=label,
        basis=rating.basis,
        is_abstention=rating.is_abstention,
        reason=rating.abstention_reason,
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
        by_criterion = {rating.criterion_id: rating for rating in judgment.ratings.all()}
        given = tuple(
            (scale.key, given_of(by_criterion[scale.pk], scale))
            for scale in scales
            if scale.pk in by_criterion
        )
        revisions = tuple(sorted(judgment.revisions.all(), key=lambda each: -each.number))
        records.append(JudgmentRecord(judgment, given, revisions))
    return tuple(records)
