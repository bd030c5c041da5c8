"""Small builders for releases: a closed round from a table of answers."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone

from accounts.models import Project
from annotation.choices import AssignmentState, Basis, RoundState, SlotState
from annotation.models import Item, Judgment, JudgmentRevision, Rater, Rating, Round, Slot
from reliability.models import Case, Decision
from tests.factories import (
    make_assignment,
    make_items,
    make_project,
    make_round,
    make_rubric_version,
)

ABSTAIN = object()


def make_judged(
    criterion: dict[str, Any],
    answers: Sequence[Sequence[Any]],
    *,
    project: Project | None = None,
    items: list[Item] | None = None,
    raters: list[Rater] | None = None,
    version: Any = None,
    rationale: str = "",
    **fields: Any,
) -> Round:
    """A closed round; `answers[i][r]` is rater r's value of item i, None: not asked."""
    project = project or make_project()
    items = make_items(project, len(answers)) if items is None else items
    n_raters = max(len(row) for row in answers)
    if raters is None:
        raters = [
            Rater.objects.get_or_create(project=project, code=f"R{n + 1:03d}")[0]
            for n in range(n_raters)
        ]
    round_ = make_round(
        project,
        version=version or make_rubric_version(project, criterion),
        items=items,
        raters=[],
        overlap=n_raters,
        **({"state": RoundState.CLOSED, "closed_at": timezone.now()} | fields),
    )
    for item, row in zip(items, answers, strict=True):
        for n, value in enumerate(row):
            if value is not None:
                rate(round_, item, raters[n], n, {criterion["key"]: value}, rationale=rationale)
    return round_


def rate(
    round_: Round,
    item: Item,
    rater: Rater,
    ordinal: int,
    values: Mapping[str, Any],
    *,
    rationale: str = "",
    basis: Basis = Basis.INDEPENDENT,
) -> Judgment:
    slot = Slot.objects.get(round=round_, item=item, ordinal=ordinal)
    assignment = make_assignment(
        round_, rater, slot, state=AssignmentState.SUBMITTED, submitted_at=timezone.now()
    )
    Slot.objects.filter(pk=slot.pk).update(state=SlotState.FILLED)
    judgment = Judgment.objects.create(
        assignment=assignment,
        round=round_,
        item=item,
        rater=rater,
        rubric_version=round_.rubric_version,
        rationale=rationale,
    )
    JudgmentRevision.objects.create(
        judgment=judgment,
        number=1,
        body={},
        body_hash="1" * 64,
        rubric_version=round_.rubric_version,
        author=rater.public_id,
        software_version="0",
        hash="2" * 64,
    )
    for key, value in values.items():
        _rating(judgment, key, value, basis)
    return judgment


def _rating(judgment: Judgment, key: str, value: Any, basis: Basis) -> None:
    criterion = judgment.rubric_version.criteria.get(key=key)
    if value is ABSTAIN:
        Rating.objects.create(
            judgment=judgment, criterion=criterion, round=judgment.round, item=judgment.item,
            rater=judgment.rater, is_abstention=True, abstention_reason="unreadable", basis=basis,
        )  # fmt: skip
        return
    anchors = [anchor.value for anchor in criterion.anchors.all()]
    is_number = isinstance(value, int | float)
    Rating.objects.create(
        judgment=judgment, criterion=criterion, round=judgment.round, item=judgment.item,
        rater=judgment.rater, value=value, basis=basis,
        point=anchors.index(str(value)) if str(value) in anchors else None,
        number=float(value) if is_number else None,
    )  # fmt: skip


def decide(
    round_: Round, item: Item, key: str, value: Any, *, cause: str = "rater_error", **fields: Any
) -> Case:
    """A case that was decided blind and then informed."""
    criterion = round_.rubric_version.criteria.get(key=key)
    case = Case.objects.create(round=round_, item=item, criterion=criterion, state="decided")
    blind = fields.pop("blind_value", value)
    for number, (stage, given) in enumerate((("blind", blind), ("informed", value)), start=1):
        Decision.objects.create(
            case=case,
            number=number,
            stage=stage,
            adjudicator="adjudicator-code",
            value=given,
            rationale=fields.get("rationale", "Because of the second sentence."),
            cause=cause if stage == "informed" else "",
            distribution=fields.get("distribution") if stage == "informed" else None,
        )
    return case
