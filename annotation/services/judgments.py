"""Submitting judgments: every submission is a revision that nothing ever changes (T45, T63)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.canonical import content_hash
from accounts.errors import Invalid
from accounts.models import User
from accounts.public_ids import new_public_id
from annotation.answers import Answer, read_answer
from annotation.choices import AssignmentState, Basis, RoundState, SlotPurpose, SlotState
from annotation.criteria import CriterionSpec, specs_of
from annotation.display import displayed_item, side_texts
from annotation.errors import JudgmentLocked, RoundNotOpen, StaleRevision
from annotation.models import Assignment, Draft, Judgment, JudgmentRevision, Rating, Slot
from annotation.parts import WHOLE, by_part, part_in_item_order, parts_by_per
from annotation.selectors.judgments import stored_answer
from annotation.services.leases import free_slot
from annotation.services.returns import mark_returned, require_other_answer, take_up_returns
from annotation.sides import in_item_order
from annotation.signals import judgment_submitted
from annotation.values import Shown, StoredValue


@dataclass(frozen=True, slots=True)
class Submission:
    """What became of a submission. `is_new` is False when the same answer was stored before."""

    judgment: Judgment
    receipt: str
    revision: int
    is_new: bool


def submit_judgment(
    *,
    assignment: Assignment,
    body: Any,
    author: User,
    base_revision: int | None = None,
    now: datetime | None = None,
) -> Submission:
    """Store the answer `body` = {ratings, rationale, confidence, seconds_spent, base_revision?}.

    The same answer again gives the same receipt. Raises Invalid (422) with all problems by
    field, StaleRevision (409) with what is stored when another answer is there that this one
    was not based on, JudgmentLocked (409) once the judgment is final.
    """
    specs = specs_of(assignment.round.rubric_version)
    answer = read_answer(_with_base(body, base_revision), specs, shown=shown_to(assignment))
    with transaction.atomic():
        locked = _locked(assignment)
        if locked.state == AssignmentState.SUBMITTED:
            submission = _revise(locked, answer, specs, author, now or timezone.now())
        else:
            submission = _first(locked, answer, specs, author, now or timezone.now())
        if submission.is_new:
            judgment_submitted.send(
                sender=Judgment,
                judgment=submission.judgment,
                created=submission.revision == 1,
            )
    return submission


def _with_base(body: Any, base_revision: int | None) -> Any:
    if base_revision is None or not isinstance(body, Mapping):
        return body
    return {**body, "base_revision": base_revision}


def shown_to(assignment: Assignment) -> Shown:
    """What values of this assignment may speak of."""
    shown = displayed_item(assignment.item, assignment.side_order)
    return Shown(
        n_responses=assignment.item.n_responses,
        texts=side_texts(shown),
        parts=parts_by_per(specs_of(assignment.round.rubric_version), shown),
    )


def _locked(assignment: Assignment) -> Assignment:
    """The row as it is now, under its lock; what can't change is taken from `assignment`."""
    locked = (
        Assignment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("slot")
        .get(pk=assignment.pk)
    )
    locked.round = assignment.round
    locked.item = assignment.item
    locked.rater = assignment.rater
    return locked


# -- the first submission


def _first(
    assignment: Assignment,
    answer: Answer,
    specs: tuple[CriterionSpec, ...],
    author: User,
    now: datetime,
) -> Submission:
    if answer.base_revision:
        message = _("Nothing is stored yet, so there is no revision to base a change on.")
        raise Invalid(message, fields={"base_revision": [message]})
    _fill(assignment, now)
    judgment = Judgment.objects.create(
        assignment=assignment,
        round=assignment.round,
        item=assignment.item,
        rater=assignment.rater,
        rubric_version=assignment.round.rubric_version,
        rationale=answer.rationale,
        confidence=answer.confidence,
        seconds_spent=answer.seconds_spent,
        submitted_at=now,
    )
    revision = _append(judgment, assignment, answer, author, previous_hash="", now=now)
    Rating.objects.bulk_create(_ratings(judgment, assignment, answer, specs))
    Draft.objects.filter(assignment=assignment).delete()
    return Submission(judgment, revision.receipt, revision.number, is_new=True)


def _fill(assignment: Assignment, now: datetime) -> None:
    """Give the judgment its slot; late work takes a free one of its item, else is surplus (T49)."""
    slot = assignment.slot if assignment.state == AssignmentState.LEASED else None
    if slot is None and not _is_closed(assignment):
        slot = free_slot(assignment)
    if slot is None:
        assignment.is_surplus = True
    else:
        assignment.slot = slot
        Slot.objects.filter(pk=slot.pk).update(state=SlotState.FILLED)
    assignment.state = AssignmentState.SUBMITTED
    assignment.submitted_at = now
    assignment.save(update_fields=["slot", "state", "is_surplus", "submitted_at"])


def _is_closed(assignment: Assignment) -> bool:
    # Read again: closing the round ended the lease, and the caller's copy may be older.
    assignment.round.refresh_from_db(fields=["state"])
    return assignment.round.state == RoundState.CLOSED


# -- further revisions


def _revise(
    assignment: Assignment,
    answer: Answer,
    specs: tuple[CriterionSpec, ...],
    author: User,
    now: datetime,
) -> Submission:
    judgment = Judgment.objects.select_for_update(of=("self",), no_key=True).get(
        assignment=assignment
    )
    same = _stored_before(judgment, answer)
    if same is not None:
        require_other_answer(judgment=judgment, is_change=answer.base_revision == judgment.revision)
        return Submission(judgment, same.receipt, same.number, is_new=False)
    if judgment.locked_at is not None:
        raise JudgmentLocked(_("This judgment is final and can't be changed any more."))
    last = judgment.revisions.get(number=judgment.revision)
    if answer.base_revision != judgment.revision:
        raise StaleRevision(
            _("Another answer to this item is stored already. Look at it before you change it."),
            stored=stored_answer(last),
        )
    if _is_closed(assignment):
        raise RoundNotOpen(_("The round is closed, so its judgments can't be changed any more."))
    was_returned, reason = take_up_returns(judgment=judgment, now=now)
    revision = _append(
        judgment, assignment, answer, author, previous_hash=last.hash, now=now, reason=reason
    )
    judgment.revision = revision.number
    judgment.rationale = answer.rationale
    judgment.confidence = answer.confidence
    judgment.seconds_spent = _total_seconds(judgment.seconds_spent, answer.seconds_spent)
    judgment.save(update_fields=["revision", "rationale", "confidence", "seconds_spent"])
    ratings = _ratings(judgment, assignment, answer, specs)
    if was_returned:
        mark_returned(ratings)
    _replace_ratings(judgment, ratings)
    Draft.objects.filter(assignment=assignment).delete()
    return Submission(judgment, revision.receipt, revision.number, is_new=True)


def _stored_before(judgment: Judgment, answer: Answer) -> JudgmentRevision | None:
    """The revision that this very request made, or the latest if it says the same."""
    same = judgment.revisions.filter(body_hash=answer.content_hash).order_by("-number")
    return next(
        (
            revision
            for revision in same
            if revision.number == judgment.revision
            or revision.body.get("base_revision") == answer.base_revision
        ),
        None,
    )


def _total_seconds(before: float | None, now: float | None) -> float | None:
    if before is None or now is None:
        return now if before is None else before
    return before + now


# -- rows


def _append(
    judgment: Judgment,
    assignment: Assignment,
    answer: Answer,
    author: User,
    *,
    previous_hash: str,
    now: datetime,
    reason: str = "",
) -> JudgmentRevision:
    revision = JudgmentRevision(
        judgment=judgment,
        number=judgment.revision + 1 if previous_hash else 1,
        receipt=new_public_id(),
        body=answer.body,
        body_hash=answer.content_hash,
        rubric_version=assignment.round.rubric_version,
        display_hash=assignment.display_hash,
        side_order=assignment.side_order,
        author=author.public_id,
        reason=reason,
        software_version=settings.SOFTWARE_VERSION,
        created_at=now,
        previous_hash=previous_hash,
    )
    revision.hash = revision_hash(revision)
    revision.save(force_insert=True)
    return revision


def revision_hash(revision: JudgmentRevision) -> str:
    """Over everything that the revision states, and the hash of the one before it."""
    return content_hash(
        [
            revision.judgment.public_id,
            revision.number,
            revision.receipt,
            revision.body,
            revision.body_hash,
            revision.rubric_version.public_id,
            revision.display_hash,
            revision.side_order,
            revision.author,
            revision.reason,
            revision.software_version,
            revision.created_at.isoformat(),
            revision.previous_hash,
        ]
    )


def broken_revision(judgment: Judgment) -> int | None:
    """The number of the first revision that was tampered with; None: the chain is intact."""
    previous, expected = "", 1
    revisions = judgment.revisions.select_related("judgment", "rubric_version").order_by("number")
    for revision in revisions:
        sound = revision.number == expected and revision.previous_hash == previous
        if not sound or revision.hash != revision_hash(revision):
            return expected
        previous, expected = revision.hash, expected + 1
    return None if expected == judgment.revision + 1 else expected


def _ratings(
    judgment: Judgment,
    assignment: Assignment,
    answer: Answer,
    specs: tuple[CriterionSpec, ...],
) -> list[Rating]:
    """One row a criterion, or with parts a row for each, as they are called in the item."""
    basis, order = basis_of(assignment), assignment.side_order
    return [
        rating_row(
            judgment,
            spec,
            in_item_order(spec, stored, order),
            basis,
            part=part_in_item_order(part, order),
        )
        for spec in specs
        if spec.key in answer.values
        for part, stored in by_part(answer.values[spec.key]).items()
    ]


def basis_of(assignment: Assignment) -> Basis:
    if assignment.is_surplus:
        return Basis.SURPLUS
    slot = assignment.slot
    if slot is not None and slot.purpose == SlotPurpose.CHECK:
        return Basis.CHECK
    return Basis.INDEPENDENT


def rating_row(
    judgment: Judgment,
    spec: CriterionSpec,
    stored: StoredValue,
    basis: Basis,
    *,
    part: str = WHOLE,
) -> Rating:
    """One rating, unsaved; `stored` and `part` in the item's order."""
    return Rating(
        judgment=judgment,
        criterion_id=spec.pk,
        round_id=judgment.round_id,
        item_id=judgment.item_id,
        rater_id=judgment.rater_id,
        part=part,
        value=stored.value,
        point=stored.point,
        number=stored.number,
        is_abstention=stored.is_abstention,
        abstention_reason=stored.abstention_reason,
        basis=basis,
    )


def _replace_ratings(judgment: Judgment, ratings: list[Rating]) -> None:
    """Rows stay the same rows, because other records may point at them."""
    kept = {(rating.criterion_id, rating.part) for rating in ratings}
    stored = judgment.ratings.values_list("pk", "criterion_id", "part")
    if gone := [pk for pk, *place in stored if tuple(place) not in kept]:
        judgment.ratings.filter(pk__in=gone).delete()
    Rating.objects.bulk_create(
        ratings,
        update_conflicts=True,
        unique_fields=["judgment", "criterion", "part"],
        update_fields=["value", "point", "number", "is_abstention", "abstention_reason", "basis"],
    )


@transaction.atomic
def lock_judgment(*, judgment: Judgment, now: datetime | None = None) -> Judgment:
    """No further revision: feedback was given, or adjudication began (T07)."""
    locked = Judgment.objects.select_for_update(of=("self",), no_key=True).get(pk=judgment.pk)
    if locked.locked_at is None:
        locked.locked_at = now or timezone.now()
        locked.save(update_fields=["locked_at"])
    return locked
