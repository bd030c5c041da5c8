"""Writing and checking the audit trail."""

from collections.abc import Mapping
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from accounts.canonical import content_hash
from accounts.models import AuditEvent, Project, User

FIRST = "0" * 64
# Any constant that no other advisory lock of this database uses.
LOCK_SPACE = 7_202_611


def record(
    *,
    actor: User | None,
    action: str,
    target: models.Model,
    project: Project | None = None,
    data: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Append one event to the project's chain (or the installation's), inside the caller's change.

    `data` holds ids and counts, never ratings or secrets (T66).
    """
    with transaction.atomic():
        chain = project.pk if project else 0
        _lock(chain)
        last = AuditEvent.objects.filter(chain=chain).order_by("-number").first()
        event = AuditEvent(
            chain=chain,
            number=last.number + 1 if last else 1,
            at=timezone.now(),
            actor=actor.public_id if actor else "system",
            action=action,
            object_type=target._meta.label,
            object_id=str(getattr(target, "public_id", target.pk)),
            data=dict(data or {}),
            previous_hash=last.hash if last else FIRST,
        )
        event.hash = _hash(event)
        event.save(force_insert=True)
        return event


def broken_link(chain: int) -> int | None:
    """The number of the first event that does not follow from the one before; None: intact."""
    previous, expected = FIRST, 1
    events = AuditEvent.objects.filter(chain=chain).order_by("number")
    for event in events.iterator(chunk_size=1000):
        if (
            event.number != expected
            or event.previous_hash != previous
            or event.hash != _hash(event)
        ):
            return expected
        previous, expected = event.hash, expected + 1
    return None


def _lock(chain: int) -> None:
    """One writer a chain. On SQLite the transaction already holds the only write lock."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_SPACE, chain % 2**31])


def _hash(event: AuditEvent) -> str:
    return content_hash(
        [
            event.chain,
            event.number,
            event.at.isoformat(),
            event.actor,
            event.action,
            event.object_type,
            event.object_id,
            event.data,
            event.previous_hash,
        ]
    )
