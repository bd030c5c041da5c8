"""Drafts: answers that are not sent yet, saved as the rater types."""

from collections.abc import Mapping
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


@transaction.atomic
def save_draft(
    *, assignment: Assignment, body: Mapping[str, Any], now: datetime | None = None
) -> Draft:
    """Keep `body` as it is, whether or not it is a complete answer, and renew the lease."""
    now = now or timezone.now()
    _check(body)
    renewed = renew_lease(assignment=assignment, now=now)
    if renewed.state == AssignmentState.SUBMITTED and not _is_edit(renewed, body):
        # A slow save that arrives after the submission must not bring its draft back.
        raise Conflict(_("This item is submitted, so the draft was not kept."), code="submitted")
    draft, _created = Draft.objects.update_or_create(
        assignment=assignment, defaults={"body": dict(body), "saved_at": now}
    )
    return draft


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


def discard_draft(*, assignment: Assignment) -> None:
    Draft.objects.filter(assignment=assignment).delete()
