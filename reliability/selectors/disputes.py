"""Items and criteria on which raters of a round disagree."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import log2
from operator import itemgetter
from typing import Any

from django.db.models import Count, F, QuerySet, Value

from accounts.canonical import canonical_json
from annotation.choices import Basis, RoundState, SlotState
from annotation.models import Item, Rating, Round, Slot
from reliability.choices import DisagreementRule
from reliability.selectors.free_values import point_of
from reliability.selectors.scales import POINT_KINDS, Scale
from rubrics.choices import Kind, Tier

# What deciding a case is worth grows with what the criterion guards against.
TIER_WEIGHT: Mapping[str, int] = {Tier.CRITICAL: 3, Tier.IMPORTANT: 2, Tier.MINOR: 1}
# Numbers and marked passages rarely coincide; only the strict rule asks for them.
RARELY_EQUAL = frozenset({Kind.NUMERIC, Kind.SPAN})


@dataclass(frozen=True, slots=True)
class Dispute:
    """An item and criterion (pks) to decide. priority: entropy in bits x weight x tier.

    part: what of the item, where the criterion is asked of parts: each is decided for itself.
    """

    item: int
    criterion: int
    priority: float
    part: str = ""


def disputes_in(
    round_: Round,
    scales: Sequence[Scale],
    rule: DisagreementRule,
    *,
    item: Item | None = None,
) -> Iterator[Dispute]:
    """Disputes of the round, or of one of its items, read as counts of equal values."""
    by_pk = {scale.pk: scale for scale in scales}
    counted = [pk for pk, scale in by_pk.items() if scale.kind in POINT_KINDS]
    listed = [pk for pk, scale in by_pk.items() if _is_listed(scale, rule)]
    rows = Rating.objects.filter(round=round_, basis=Basis.INDEPENDENT, is_abstention=False)
    if round_.state != RoundState.CLOSED:
        rows = rows.exclude(item__in=_unfinished(round_))
    if item is not None:
        rows = rows.filter(item=item)
    for read, criteria in ((_points, counted), (_values, listed)):
        for (pk, of_item, part), votes in read(rows, criteria, by_pk):
            if is_disputed(by_pk[pk], votes, rule):
                yield Dispute(of_item, pk, priority_of(by_pk[pk], votes), part)


def _unfinished(round_: Round) -> QuerySet[Slot, Any]:
    """Items that are still to get judgments: whether their raters disagree is not known yet."""
    waited_for = Slot.objects.filter(round=round_, state__in=[SlotState.OPEN, SlotState.TAKEN])
    return waited_for.values("item")


def _is_listed(scale: Scale, rule: DisagreementRule) -> bool:
    if scale.kind in RARELY_EQUAL:
        return rule == DisagreementRule.NOT_UNANIMOUS
    return scale.kind in {Kind.MULTI_LABEL, Kind.RANKING}


Votes = Counter[int | str]


Place = tuple[int, int, str]  # criterion, item and part


def _points(
    rows: QuerySet[Rating], criteria: Sequence[int], scales: Mapping[int, Scale]
) -> Iterator[tuple[Place, Votes]]:
    # Of whole items everything stands in the index of counts; the part does not.
    whole = [pk for pk in criteria if not scales[pk].per]
    parted = [pk for pk in criteria if scales[pk].per]
    for chosen, part in ((whole, Value("")), (parted, F("part"))):
        if not chosen:
            continue
        counts = (
            rows.filter(criterion__in=chosen, point__isnull=False)
            .annotate(their_part=part)
            .values_list("criterion_id", "item_id", "their_part", "point")
            .annotate(n=Count("pk"))
            .order_by("criterion_id", "item_id", *(["part"] if chosen is parted else []))
        )
        for place, group in groupby(counts.iterator(), key=itemgetter(0, 1, 2)):
            yield place, Counter({point: n for *_place, point, n in group if point is not None})


def _values(
    rows: QuerySet[Rating], criteria: Sequence[int], scales: Mapping[int, Scale]
) -> Iterator[tuple[Place, Votes]]:
    values = (
        rows.filter(criterion__in=criteria)
        .order_by("criterion_id", "item_id", "part")
        .values_list("criterion_id", "item_id", "part", "number", "value")
    )
    for place, group in groupby(values.iterator(), key=itemgetter(0, 1, 2)):
        kind = scales[place[0]].kind
        yield place, Counter(_text(point_of(kind, number, value)) for *_p, number, value in group)


def _text(point: object) -> str:
    return canonical_json(sorted(point) if isinstance(point, frozenset) else point)


def is_disputed(scale: Scale, votes: Votes, rule: DisagreementRule) -> bool:
    """Whether `votes`, how many raters gave which value, need a decision."""
    if len(votes) < 2:
        return False
    if rule == DisagreementRule.NOT_UNANIMOUS:
        return True
    if 2 * max(votes.values()) <= votes.total():
        return True
    places = [vote for vote in votes if isinstance(vote, int)]
    return scale.is_ordered and len(places) > 1 and max(places) - min(places) > 1


def priority_of(scale: Scale, votes: Votes) -> float:
    n = votes.total()
    entropy = -sum(count / n * log2(count / n) for count in votes.values())
    return entropy * scale.weight * TIER_WEIGHT[scale.tier]
