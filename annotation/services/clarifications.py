"""What a lead tells everybody in a round, and who has read it."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.audit import record
from annotation.choices import RoundState
from annotation.errors import RoundNotOpen
from annotation.models import Clarification, ClarificationRead, Flag, Rater, Round
from annotation.services.wording import checked_text, known_criterion


@transaction.atomic
def publish_clarification(
    *,
    round_: Round,
    text: str,
    author: User,
    criterion_key: str = "",
    flag: Flag | None = None,
    now: datetime | None = None,
) -> Clarification:
    """Every rater of the round reads it before the next item.

    The same text again, while it is shown, is the same clarification.
    """
    text = checked_text(text, "text")
    known_criterion(round_, criterion_key)
    locked = Round.objects.select_for_update(no_key=True).get(pk=round_.pk)
    if locked.state == RoundState.CLOSED:
        raise RoundNotOpen(_("The round is closed: nobody would read a clarification any more."))
    shown = Clarification.objects.filter(round=locked, withdrawn_at__isnull=True)
    same = shown.filter(text=text, criterion_key=criterion_key).first()
    if same is not None:
        return same
    published = Clarification.objects.create(
        round=locked,
        criterion_key=criterion_key,
        text=text,
        flag=flag,
        author=author,
        published_at=now or timezone.now(),
    )
    data = {"round": locked.public_id, "criterion": criterion_key}
    record(
        actor=author,
        action="clarification.published",
        target=published,
        project=round_.project,
        data=data,
    )
    return published


@transaction.atomic
def withdraw_clarification(
    *, clarification: Clarification, actor: User, now: datetime | None = None
) -> Clarification:
    """Shown no more, but kept with who has read it. Safe to do twice."""
    found = Clarification.objects.select_for_update(of=("self",), no_key=True)
    locked = found.get(pk=clarification.pk)
    if locked.withdrawn_at is None:
        locked.withdrawn_at = now or timezone.now()
        locked.save(update_fields=["withdrawn_at"])
        record(
            actor=actor,
            action="clarification.withdrawn",
            target=locked,
            project=clarification.round.project,
        )
    return locked


def mark_clarification_read(
    *, clarification: Clarification, rater: Rater, now: datetime | None = None
) -> None:
    """Safe to do twice, and in two tabs at once: the first time counts."""
    ClarificationRead.objects.bulk_create(
        [
            ClarificationRead(
                clarification=clarification, rater=rater, read_at=now or timezone.now()
            )
        ],
        ignore_conflicts=True,
    )
