"""What labels are made of: independent ratings and decisions, streamed in the labels' order.

Two sorted queries are merged, so memory does not grow with the rounds and no label needs a
query of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import merge
from itertools import groupby
from typing import Any

from django.db import connection
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Collate

from annotation.choices import Basis
from annotation.models import JudgmentRevision, Rating, Round
from exports.labelling import Rated, Ruling
from exports.records import LabelKey
from reliability.choices import CaseState, Stage
from reliability.models import Case

CHUNK = 2000
# Columns that say what a label is of, and those of them that do without the part.
N_KEY, WITHOUT_PART = 4, 3


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """The item behind a label, as far as a release keeps it."""

    pk: int
    group: str
    content_hash: str
    sources: Any
    slices: Any
    is_archived: bool

    @property
    def models(self) -> list[str]:
        return [str(source.get("model") or "") for source in self.sources or []]


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that one round says about one item and criterion, or one part of the item."""

    key: LabelKey
    round_pk: int
    criterion_pk: int
    item: ItemFacts
    ratings: Sequence[Rated]
    ruling: Ruling | None


@dataclass(frozen=True, slots=True)
class _Row:
    key: LabelKey
    round_pk: int
    criterion_pk: int
    item: ItemFacts
    rated: Rated | None = None
    case: tuple[Any, ...] | None = None


def by_code_point(path: str) -> Collate:
    """Order that does not depend on the database's language: UTF-8 bytes are code points."""
    return Collate(F(path), "C" if connection.vendor == "postgresql" else "BINARY")


def evidence(
    rounds: Sequence[Round], criteria: Sequence[str] | None = None
) -> Iterator[list[Evidence]]:
    """For each item and criterion, in order, what each of `rounds` says (one entry a round).

    Of a criterion that is asked of parts, an entry for each part and round, parts first.
    """
    rows = merge(
        _rating_rows(rounds, criteria),
        _case_rows(rounds, criteria),
        key=lambda row: (row.key, row.round_pk),
    )
    for _key, of_criterion in groupby(rows, key=lambda row: row.key[:WITHOUT_PART]):
        yield [
            _evidence(list(of_label))
            for _place, of_label in groupby(
                _spread(list(of_criterion)), key=lambda row: (row.key, row.round_pk)
            )
        ]


def _spread(rows: list[_Row]) -> list[_Row]:
    """Who abstained from a whole criterion with parts abstained from each part.

    Unless nobody of the round said anything of a part: then the item as a whole stays unjudged.
    """
    if not rows[-1].key.part:
        return rows
    labels = list(dict.fromkeys((row.key, row.round_pk) for row in rows if row.key.part))
    parted = {round_pk for _key, round_pk in labels}
    spread = [row for row in rows if row.key.part or row.round_pk not in parted]
    spread += [
        replace(row, key=key)
        for row in rows
        if not row.key.part
        for key, round_pk in labels
        if round_pk == row.round_pk
    ]
    return sorted(spread, key=lambda row: (row.key, row.round_pk, row.rated is None, _code(row)))


def _code(row: _Row) -> str:
    return row.rated.rater if row.rated is not None else ""


def _evidence(rows: list[_Row]) -> Evidence:
    first = rows[0]
    cases = [row.case for row in rows if row.case is not None]
    return Evidence(
        key=first.key,
        round_pk=first.round_pk,
        criterion_pk=first.criterion_pk,
        item=first.item,
        ratings=[row.rated for row in rows if row.rated is not None],
        ruling=_ruling(cases) if cases else None,
    )


# The columns that ratings and cases share, in the order of `_facts`: first what a label is of.
SHARED = (
    "item__external_id",
    "criterion__version__rubric__key",
    "criterion__key",
    "part",
    "round_id",
    "criterion_id",
    "item_id",
    "item__group",
    "item__content_hash",
    "item__sources",
    "item__slices",
    "item__archived_at",
)


def _facts(row: tuple[Any, ...]) -> tuple[LabelKey, int, int, ItemFacts]:
    key = LabelKey(*row[:N_KEY])
    round_pk, criterion_pk, item_pk, *about = row[N_KEY : len(SHARED)]
    group, content_hash, sources, slices, archived_at = about
    item = ItemFacts(item_pk, group, content_hash, sources, slices, archived_at is not None)
    return key, round_pk, criterion_pk, item


def _in_order(rows: QuerySet[Any], *last: Any) -> QuerySet[Any]:
    return rows.order_by(*(by_code_point(path) for path in SHARED[:N_KEY]), "round_id", *last)


def _rating_rows(rounds: Sequence[Round], criteria: Sequence[str] | None) -> Iterator[_Row]:
    receipt = JudgmentRevision.objects.filter(
        judgment=OuterRef("judgment"), number=OuterRef("judgment__revision")
    ).values("receipt")[:1]
    ratings = Rating.objects.filter(round__in=rounds, basis=Basis.INDEPENDENT)
    if criteria:
        ratings = ratings.filter(criterion__key__in=criteria)
    columns = ("rater__code", "value", "is_abstention", "abstention_reason", "judgment__rationale")
    ordered = _in_order(ratings, by_code_point("rater__code"), "pk")
    rows = ordered.annotate(receipt=Subquery(receipt)).values_list(*SHARED, *columns, "receipt")
    for row in rows.iterator(chunk_size=CHUNK):
        rater, value, is_abstention, reason, rationale, found = row[len(SHARED) :]
        rated = Rated(rater, value, is_abstention, reason, rationale, found or "")
        yield _Row(*_facts(row), rated=rated)


def _case_rows(rounds: Sequence[Round], criteria: Sequence[str] | None) -> Iterator[_Row]:
    """One row a decision of a case, or one without any."""
    cases = Case.objects.filter(round__in=rounds)
    if criteria:
        cases = cases.filter(criterion__key__in=criteria)
    columns = ("state", *(f"decisions__{name}" for name in DECISION))
    ordered = _in_order(cases, "pk", F("decisions__number").asc(nulls_first=True))
    for row in ordered.values_list(*SHARED, *columns).iterator(chunk_size=CHUNK):
        yield _Row(*_facts(row), case=row[len(SHARED) :])


DECISION = (
    "number",
    "stage",
    "adjudicator",
    "value",
    "distribution",
    "rationale",
    "cause",
    "decided_at",
)


def _ruling(rows: list[tuple[Any, ...]]) -> Ruling:
    """The latest informed decision; the latest blind one is kept beside it."""
    state = rows[0][0]
    decisions = [dict(zip(DECISION, row[1:], strict=True)) for row in rows if row[1] is not None]
    informed = [each for each in decisions if each["stage"] == Stage.INFORMED]
    blind = [each for each in decisions if each["stage"] == Stage.BLIND]
    if state != CaseState.DECIDED or not informed:
        return Ruling(is_decided=False)
    last = informed[-1]
    record = {
        "adjudicator": last["adjudicator"],
        "value": last["value"],
        "cause": last["cause"],
        "rationale": last["rationale"],
        "at": last["decided_at"].isoformat(),
        "number": last["number"],
    }
    if blind:
        record |= {"blind_value": blind[-1]["value"], "blind_adjudicator": blind[-1]["adjudicator"]}
    return Ruling(
        is_decided=True,
        value=last["value"],
        cause=last["cause"],
        distribution=last["distribution"],
        record=record,
    )
