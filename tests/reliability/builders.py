"""Rounds that were judged, made row by row: what these tests study is what comes after."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils import timezone

from annotation.choices import AssignmentState, Basis, SlotState
from annotation.models import (
    Assignment,
    Item,
    Judgment,
    JudgmentRevision,
    Rater,
    Rating,
    Round,
    Slot,
)
from annotation.values import parse_value
from rubrics.models import Criterion
from tests.factories import make_items, make_rater, make_round, make_rubric_version


def judge(
    round_: Round,
    item: Item,
    rater: Rater,
    values: Mapping[str, Any],
    *,
    basis: Basis = Basis.INDEPENDENT,
    rationale: str = "",
) -> Judgment:
    """One submitted judgment; `values` by criterion key, as the contract writes them.

    Of a criterion with parts {part: value}, parts as they are called in the item.

    The item's slots are filled by it: these rounds wait for no more judgments of what they hold.
    """
    now = timezone.now()
    Slot.objects.filter(round=round_, item=item).update(state=SlotState.FILLED)
    assignment = Assignment.objects.create(
        round=round_,
        item=item,
        rater=rater,
        state=AssignmentState.SUBMITTED,
        is_surplus=basis == Basis.SURPLUS,
        leased_at=now,
        lease_expires_at=now,
        submitted_at=now,
    )
    judgment = Judgment.objects.create(
        assignment=assignment,
        round=round_,
        item=item,
        rater=rater,
        rubric_version=round_.rubric_version,
        rationale=rationale,
        submitted_at=now,
    )
    JudgmentRevision.objects.create(
        judgment=judgment,
        number=1,
        body={"ratings": dict(values), "rationale": rationale},
        body_hash="0" * 64,
        rubric_version=round_.rubric_version,
        author=rater.public_id,
        software_version="test",
        hash="0" * 64,
    )
    Rating.objects.bulk_create(
        _rating(judgment, criterion, value, basis, part)
        for criterion in _criteria(round_)
        if criterion.key in values
        for part, value in _by_part(criterion, values[criterion.key])
    )
    return judgment


def _criteria(round_: Round) -> Iterable[Criterion]:
    """Read once: a published version does not change."""
    prefetch_related_objects([round_.rubric_version], "criteria__anchors")
    return round_.rubric_version.criteria.all()


def _by_part(criterion: Criterion, value: Any) -> Iterable[tuple[str, Any]]:
    has_parts = criterion.options.get("per") and "abstain" not in value
    return value.items() if has_parts else [("", value)]


def _rating(
    judgment: Judgment, criterion: Criterion, value: Any, basis: Basis, part: str
) -> Rating:
    stored = parse_value(criterion, value)
    return Rating(
        judgment=judgment,
        criterion=criterion,
        round=judgment.round,
        item=judgment.item,
        rater=judgment.rater,
        part=part,
        value=stored.value,
        point=stored.point,
        number=stored.number,
        is_abstention=stored.is_abstention,
        abstention_reason=stored.abstention_reason,
        basis=basis,
    )


def judged_round(
    project: Any,
    criterion: Mapping[str, Any],
    table: Iterable[Iterable[Any]],
    **fields: Any,
) -> tuple[Round, list[Item], list[Rater]]:
    """A round with one criterion; `table` has a row an item, a column a rater, None: not judged."""
    rows = [list(row) for row in table]
    version = make_rubric_version(project, dict(criterion))
    items = make_items(project, len(rows), responses=2)
    raters = [make_rater(project) for _ in range(max((len(row) for row in rows), default=0))]
    round_ = make_round(project, version=version, items=items, raters=raters, **fields)
    for item, row in zip(items, rows, strict=True):
        for rater, value in zip(raters, row, strict=False):
            if value is not None:
                judge(round_, item, rater, {criterion["key"]: value})
    return round_, items, raters
