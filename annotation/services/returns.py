"""Judgments that a lead gives back to their raters with a comment."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Conflict, Invalid
from accounts.models import User
from accounts.services.audit import record
from annotation.choices import Basis, Resolution, RoundState
from annotation.errors import JudgmentLocked, RoundNotOpen
from annotation.models import Judgment, Rating, Return
from annotation.selectors.talk import open_returns
from annotation.services.wording import checked_text

# The reason that a revision carries when it answers a return.
REASON = "returned"


@transaction.atomic
def return_judgment(
    *, judgment: Judgment, comment: str, actor: User, now: datetime | None = None
) -> Return:
    """Ask the rater to look again. The same comment again, while it is open, is the same return.

    Raises JudgmentLocked once the judgment is final, RoundNotOpen when the round is closed,
    Conflict when it is returned already or nobody could answer.
    """
    comment = checked_text(comment, "comment")
    locked = _locked(judgment)
    _require_changeable(locked)
    waiting = Return.objects.filter(judgment=locked, resolved_at__isnull=True).first()
    if waiting is not None and waiting.comment == comment:
        return waiting
    if waiting is not None:
        raise Conflict(
            _("This judgment is returned already and waits for its rater."), code="returned"
        )
    given = Return.objects.create(
        judgment=locked,
        round=locked.round,
        rater=locked.rater,
        revision=locked.revision,
        comment=comment,
        returned_by=actor,
        returned_at=now or timezone.now(),
    )
    _record(given, actor, "judgment.returned")
    return given


def _locked(judgment: Judgment) -> Judgment:
    judgments = Judgment.objects.select_for_update(of=("self",), no_key=True)
    return judgments.select_related("round__project", "rater").get(pk=judgment.pk)


def _require_changeable(judgment: Judgment) -> None:
    if judgment.locked_at is not None:
        raise JudgmentLocked(_("This judgment is final, so it can't be returned any more."))
    if judgment.round.state == RoundState.CLOSED:
        raise RoundNotOpen(_("The round is closed, so its judgments can't be returned any more."))
    if judgment.rater.user_id is None:
        raise Conflict(_("Nobody works under this code any more who could look again."))


@transaction.atomic
def stand_by(
    *, judgment: Judgment, note: str, actor: User, now: datetime | None = None
) -> Return | None:
    """The rater leaves the judgment as it is. None: nothing waited any more, as after a retry."""
    note = checked_text(note, "note", required=False)
    locked = _locked(judgment)
    waiting = Return.objects.filter(judgment=locked, resolved_at__isnull=True).first()
    if waiting is None:
        return None
    _require_changeable(locked)
    _resolve(waiting, Resolution.STANDS, now or timezone.now(), note=note)
    _record(waiting, actor, "return.stood_by")
    return waiting


def take_up_returns(*, judgment: Judgment, now: datetime) -> tuple[bool, str]:
    """The judgment, under its lock, is about to be revised: what it was returned for is done.

    (whether it was ever returned, the reason of the new revision). Who has read a lead's comment
    on their very answer does not judge alone any more, so it matters even when they stood by it.
    """
    returns = list(Return.objects.filter(judgment=judgment))
    waiting = [each for each in returns if each.resolved_at is None]
    for each in waiting:
        _resolve(each, Resolution.REVISED, now)
    return bool(returns), REASON if waiting else ""


def require_other_answer(*, judgment: Judgment, is_change: bool) -> None:
    """Raises Invalid when who looks again sends what is stored: the return would wait for ever.

    A request that comes a second time is no change of the present revision; it gets its receipt.
    """
    if is_change and open_returns(judgment.rater).filter(judgment=judgment).exists():
        message = _("The answer is as it was. Change it, or say that you stand by it.")
        raise Invalid(message, code="unchanged")


def mark_returned(ratings: Iterable[Rating]) -> None:
    """Ratings changed after a return are not independent, so no statistic counts them (T77)."""
    for rating in ratings:
        if rating.basis == Basis.INDEPENDENT:
            rating.basis = Basis.RETURNED


def _resolve(waiting: Return, how: Resolution, now: datetime, *, note: str = "") -> None:
    waiting.resolution, waiting.note, waiting.resolved_at = how, note, now
    waiting.save(update_fields=["resolution", "note", "resolved_at"])


def _record(given: Return, actor: User, action: str) -> None:
    data = {"judgment": given.judgment.public_id, "revision": given.revision}
    record(actor=actor, action=action, target=given, project=given.round.project, data=data)
