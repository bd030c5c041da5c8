"""A rater's own judgments: history, receipts and what may still change."""

from typing import Any

from django.db.models import QuerySet

from accounts.access import Person
from accounts.models import User
from annotation.choices import RoundState
from annotation.models import Assignment, Draft, Judgment, JudgmentRevision, Round


def own_judgments(user: Person, round_: Round | None = None) -> QuerySet[Judgment]:
    """The person's judgments, the latest first. Nobody else's, whatever the person's roles."""
    if not isinstance(user, User):
        return Judgment.objects.none()
    judgments = Judgment.objects.filter(rater__user=user)
    if round_ is not None:
        judgments = judgments.filter(round=round_)
    return judgments.select_related("assignment", "item", "round").order_by("-pk")


def may_change(judgment: Judgment) -> bool:
    return judgment.locked_at is None and judgment.round.state != RoundState.CLOSED


def latest_revision(judgment: Judgment) -> JudgmentRevision:
    return judgment.revisions.get(number=judgment.revision)


def own_receipt(user: Person, receipt: str) -> JudgmentRevision | None:
    """The submission that a receipt stands for, if it is the person's own (T65)."""
    if not isinstance(user, User):
        return None
    return (
        JudgmentRevision.objects.select_related("judgment__round", "judgment__assignment")
        .filter(receipt=receipt, judgment__rater__user=user)
        .first()
    )


def draft_body(assignment_id: int) -> dict[str, Any] | None:
    """The unsent answer of an assignment, as it was typed."""
    draft = Draft.objects.filter(assignment_id=assignment_id).first()
    return None if draft is None else draft.body


def own_stored_answer(assignment: Assignment) -> dict[str, Any] | None:
    """What its rater submitted for the assignment last, sides as the rater saw them."""
    judgment = Judgment.objects.filter(assignment=assignment).first()
    return None if judgment is None else stored_answer(latest_revision(judgment))


def stored_answer(revision: JudgmentRevision) -> dict[str, Any]:
    """A revision as shown to its own author: {revision, receipt, submitted_at, ratings,
    rationale, confidence}, sides as the author saw them."""
    return {
        "revision": revision.number,
        "receipt": revision.receipt,
        "submitted_at": revision.created_at.isoformat(),
        "ratings": revision.body["ratings"],
        "rationale": revision.body["rationale"],
        "confidence": revision.body["confidence"],
    }
