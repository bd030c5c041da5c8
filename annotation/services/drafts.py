"""Drafts: answers that are not sent yet, saved as the rater types."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.canonical import canonical_json
from accounts.errors import Conflict, Invalid
from annotation.choices import AssignmentState
from annotation.models import Assignment, Draft, Judgment
from annotation.services.leases import renew_lease

MOST_CHARACTERS = 200_000


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """`replaced`: what another page had saved meanwhile and this save wrote over, if it differs."""

    saved_at: datetime
    lease_expires_at: datetime
    replaced: dict[str, Any] | None = None
    replaced_at: datetime | None = None


@transaction.atomic
def save_draft(
    *,
    assignment: Assignment,
    body: Mapping[str, Any],
    based_on: str | None = None,
    unconfirmed: Sequence[Mapping[str, Any]] = (),
    now: datetime | None = None,
) -> SavedDraft:
    """Keep `body` as it is, whether or not it is a complete answer, and renew the lease.

    The newest wins. `based_on` is the saved_at (ISO) of the draft that the page began with, "" if
    there was none; with it the answer tells what of another page or device was replaced.
    `unconfirmed`: what the page sent before and never heard of; that is nobody else's.
    """
    now = now or timezone.now()
    _check(body)
    renewed = renew_lease(assignment=assignment, now=now)
    if renewed.state == AssignmentState.SUBMITTED and not _is_edit(renewed, body):
        # A slow save that arrives after the submission must not bring its draft back.
        raise Conflict(_("This item is submitted, so the draft was not kept."), code="submitted")
    # The assignment is locked, so nobody else writes its draft.
    before = Draft.objects.filter(assignment=assignment).first()
    if before is None:
        Draft.objects.create(assignment=assignment, body=dict(body), saved_at=now)
    else:
        Draft.objects.filter(pk=before.pk).update(body=dict(body), saved_at=now)
    own = [body, *unconfirmed]
    if before is None or based_on is None or not _is_news(before, own, based_on):
        return SavedDraft(now, renewed.lease_expires_at)
    return SavedDraft(now, renewed.lease_expires_at, before.body, before.saved_at)


def _is_news(before: Draft, own: Sequence[Mapping[str, Any]], based_on: str) -> bool:
    """Whether the page never saw the draft that it replaces."""
    if before.saved_at.isoformat() == based_on:
        return False
    return all(_answer(before.body) != _answer(each) for each in own)


def _answer(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "seconds_spent"}


def _check(body: Any) -> None:
    try:
        text = canonical_json(body)
        text.encode()
    except (ValueError, TypeError, RecursionError):
        raise Invalid(_("The draft holds something that can't be stored.")) from None
    if not isinstance(body, Mapping) or len(text) > MOST_CHARACTERS:
        raise Invalid(_("A draft is an object of at most 200,000 characters."))
    if "\\u0000" in text:
        raise Invalid(_("The text holds a character that can't be stored."))


def _is_edit(assignment: Assignment, body: Mapping[str, Any]) -> bool:
    """Whether the draft continues what is stored."""
    stored = Judgment.objects.values_list("revision", flat=True).get(assignment=assignment)
    return bool(body.get("base_revision") == stored)
