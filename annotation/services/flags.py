"""Questions that raters ask about items, and the answers to them."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Conflict, Invalid
from accounts.models import User
from accounts.services.audit import record
from annotation.choices import RoundState
from annotation.errors import RoundNotOpen
from annotation.models import Assignment, Flag, Rater
from annotation.services.wording import checked_text, known_criterion

MOST_OPEN_ON_AN_ITEM = 5
MOST_OPEN = 100


@transaction.atomic
def ask_lead(
    *, assignment: Assignment, question: str, criterion_key: str = "", now: datetime | None = None
) -> Flag:
    """Ask about an own item. The same question again, while it is open, is the same flag."""
    question = checked_text(question, "question")
    known_criterion(assignment.round, criterion_key)
    # Questions of one rater come one after the other, so that the bounds hold.
    rater = Rater.objects.select_for_update(no_key=True).get(pk=assignment.rater_id)
    assignment.round.refresh_from_db(fields=["state"])
    if assignment.round.state == RoundState.CLOSED:
        raise RoundNotOpen(_("The round is closed, so no questions are answered here any more."))
    waiting = Flag.objects.filter(rater=rater, answered_at__isnull=True)
    of_item = waiting.filter(assignment=assignment)
    same = of_item.filter(question=question, criterion_key=criterion_key).first()
    if same is not None:
        return same
    if of_item.count() >= MOST_OPEN_ON_AN_ITEM or waiting.count() >= MOST_OPEN:
        message = _("You have asked enough for now. Wait for the answers, then ask on.")
        raise Invalid(message, fields={"question": [message]}, code="too_many_questions")
    return Flag.objects.create(
        round_id=assignment.round_id,
        assignment=assignment,
        rater=rater,
        criterion_key=criterion_key,
        question=question,
        asked_at=now or timezone.now(),
    )


@transaction.atomic
def answer_flag(*, flag: Flag, answer: str, actor: User, now: datetime | None = None) -> Flag:
    """Answer a question, once: two leads do not write over each other.

    The same answer again is the same answer.
    """
    answer = checked_text(answer, "answer")
    locked = Flag.objects.select_for_update(of=("self",), no_key=True).get(pk=flag.pk)
    if locked.answered_at is not None:
        if locked.answer == answer:
            return locked
        raise Conflict(
            _("This question has an answer already. Read it before you write another one."),
            code="answered",
        )
    locked.answer = answer
    locked.answered_by = actor
    locked.answered_at = now or timezone.now()
    locked.save(update_fields=["answer", "answered_by", "answered_at"])
    record(actor=actor, action="flag.answered", target=locked, project=flag.round.project)
    return locked


def mark_answer_read(*, flag: Flag, now: datetime | None = None) -> None:
    """The rater has seen the answer. Safe to do twice, and before there is one."""
    unread = Flag.objects.filter(pk=flag.pk, answered_at__isnull=False, read_at__isnull=True)
    unread.update(read_at=now or timezone.now())
