"""Carry out a request once, however often it is sent."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.errors import Conflict, Invalid
from accounts.models import IdempotentRequest, User

MAX_KEY_LENGTH = 200


@dataclass(frozen=True)
class RequestIdentity:
    user: User
    key: str
    method: str
    path: str
    body_hash: str


def answer_once(
    *, identity: RequestIdentity, carry_out: Callable[[], tuple[int, Any]]
) -> tuple[int, Any]:
    """(status, data) of `carry_out`, or of the first time this key was answered.

    The key is stored in the same transaction as the effects, so a crash leaves neither.
    Errors are not kept: what failed may be tried again under the same key.
    """
    if len(identity.key) > MAX_KEY_LENGTH:
        raise Invalid(f"Idempotency-Key may have at most {MAX_KEY_LENGTH} characters.")
    kept = _kept(identity)
    if kept is not None:
        return kept
    try:
        with transaction.atomic():
            row = IdempotentRequest.objects.create(
                user=identity.user,
                key=identity.key,
                method=identity.method,
                path=identity.path,
                body_hash=identity.body_hash,
            )
            row.status, row.answer = carry_out()
            row.save(update_fields=["status", "answer"])
            return row.status, row.answer
    except IntegrityError:
        kept = _kept(identity)
        if kept is None:
            raise
        return kept


def _kept(identity: RequestIdentity) -> tuple[int, Any] | None:
    row = IdempotentRequest.objects.filter(user=identity.user, key=identity.key).first()
    if row is None:
        return None
    sent = (identity.method, identity.path, identity.body_hash)
    if sent != (row.method, row.path, row.body_hash):
        raise Invalid(
            _("This Idempotency-Key was used for another request. Use a new key."),
            code="idempotency_key_reused",
        )
    if row.status is None:
        raise Conflict(_("The first request with this key is still being answered. Try again."))
    return row.status, row.answer
