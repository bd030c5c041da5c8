"""Leases: how long an item stays with a rater, and what ends that."""

from collections.abc import Collection
from datetime import datetime, timedelta

import numpy as np
from django.db import transaction
from django.db.models import BooleanField, Exists, Min, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from accounts.choices import Role
from accounts.models import Membership
from annotation.choices import AssignmentState, RoundState, SlotState
from annotation.models import Assignment, Judgment, Rater, Round, RoundRater, Slot

LEAST_SECONDS = 600
MOST_SECONDS = 6 * 60 * 60
FACTOR = 3
PERCENTILE = 95
# Enough judgments for a 95th percentile, few enough to follow a round that changes.
SAMPLE = 500
LEAST_SAMPLE = 20
AT_ONCE = 500
# Written out, because SQLite uses a partial index only when its condition stands in the query.
LIVE = RawSQL("annotation_assignment.state = 'leased'", (), output_field=BooleanField())


def lease_end(round_: Round, now: datetime) -> datetime:
    return now + timedelta(seconds=round_.lease_seconds)


@transaction.atomic
def renew_lease(*, assignment: Assignment, now: datetime | None = None) -> Assignment:
    """The rater is at work. A lease that ran out is taken up again if the slot is still free.

    A lease is never shortened. The returned assignment says what holds: state `leased` means
    that the item is the rater's; anything else that the work will be kept, but as surplus.
    """
    now = now or timezone.now()
    locked = _locked(assignment)
    if locked.state == AssignmentState.EXPIRED and locked.round.state != RoundState.CLOSED:
        slot = free_slot(locked)
        if slot is not None:
            occupy(slot, SlotState.TAKEN)
            locked.slot = slot
            locked.state = AssignmentState.LEASED
    if locked.state == AssignmentState.LEASED:
        locked.lease_expires_at = max(locked.lease_expires_at, lease_end(locked.round, now))
        locked.save(update_fields=["slot", "state", "lease_expires_at"])
    return locked


def free_slot(assignment: Assignment) -> Slot | None:
    """An open slot of the assignment's item, locked: the one it had, if that is still open."""
    slots = Slot.objects.select_for_update(no_key=True).filter(
        round_id=assignment.round_id, item_id=assignment.item_id, state=SlotState.OPEN
    )
    found = sorted(slots, key=lambda slot: (slot.pk != assignment.slot_id, slot.ordinal))
    return found[0] if found else None


def occupy(slot: Slot, state: SlotState) -> None:
    slot.state = state
    slot.save(update_fields=["state"])


@transaction.atomic
def release_assignment(*, assignment: Assignment) -> Assignment:
    """Give an item back unjudged: others get it first, the same rater perhaps later."""
    locked = _locked(assignment)
    if locked.state == AssignmentState.LEASED:
        own = Assignment.objects.filter(pk=locked.pk)
        take_back(own, AssignmentState.RELEASED, skip_locked=False)
        locked.refresh_from_db(fields=["state"])
    return locked


@transaction.atomic
def give_back_unseen(*, round_: Round, rater: Rater, public_ids: Collection[str]) -> int:
    """Items fetched ahead that nobody looked at go back. Returns how many.

    They count as lapsed, not as skipped, and the rater's walk comes by them again.
    """
    place = (
        RoundRater.objects.select_for_update(of=("self",), no_key=True)
        .filter(round=round_, rater=rater)
        .first()
    )
    unseen = Assignment.objects.filter(round=round_, rater=rater, public_id__in=public_ids)
    first = unseen.filter(LIVE).aggregate(first=Min("slot__position"))["first"]
    if place is None or first is None:
        return 0
    RoundRater.objects.filter(pk=place.pk).update(cursor=min(place.cursor, first))
    return take_back(unseen, AssignmentState.EXPIRED, skip_locked=False)


def _locked(assignment: Assignment) -> Assignment:
    return (
        Assignment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("round", "rater")
        .get(pk=assignment.pk)
    )


def take_back(
    assignments: QuerySet[Assignment],
    state: AssignmentState,
    *,
    limit: int | None = None,
    skip_locked: bool = True,
) -> int:
    """End the leases among `assignments` and open their slots. Returns how many ended.

    Rows that someone works on at this moment are left to them (`skip_locked`): a submission
    under way wins over the clock. Conditions are checked again on the locked rows.
    """
    held = assignments.filter(LIVE).select_for_update(
        skip_locked=skip_locked, of=("self",), no_key=True
    )
    rows = list(held.values_list("pk", "slot_id")[:limit])
    if not rows:
        return 0
    Assignment.objects.filter(pk__in=[pk for pk, _slot in rows]).update(state=state)
    slots = [slot for _pk, slot in rows]
    Slot.objects.filter(pk__in=slots, state=SlotState.TAKEN).update(state=SlotState.OPEN)
    return len(rows)


def release_expired(*, now: datetime | None = None, round_: Round | None = None) -> int:
    """End leases that ran out and those of people who may not judge any more (T49, T51).

    Safe to run at any time, twice and side by side (T60).
    """
    now = now or timezone.now()
    due = Assignment.objects.all()
    if round_ is not None:
        due = due.filter(round=round_)
    return _end_in_steps(due.filter(lease_expires_at__lt=now)) + _end_in_steps(
        due.filter(~_may_judge())
    )


def _may_judge() -> Q:
    """Leases of raters who are active annotators of the round's project."""
    memberships = Membership.objects.filter(
        user_id=OuterRef("rater__user_id"),
        project_id=OuterRef("rater__project_id"),
        role=Role.ANNOTATOR,
        user__is_active=True,
    )
    return Q(Exists(memberships))


def _end_in_steps(due: QuerySet[Assignment]) -> int:
    ended = 0
    while True:
        with transaction.atomic():
            step = take_back(due, AssignmentState.EXPIRED, limit=AT_ONCE)
        ended += step
        if step < AT_ONCE:
            return ended


def recompute_lease(*, round_: Round) -> int:
    """Three times the 95th percentile of recent active time, at least ten minutes. In seconds."""
    recent = (
        Judgment.objects.filter(round=round_, seconds_spent__isnull=False)
        .order_by("-id")
        .values_list("seconds_spent", flat=True)[:SAMPLE]
    )
    times = [float(seconds or 0) for seconds in recent]
    if len(times) < LEAST_SAMPLE:
        return round_.lease_seconds
    wanted = FACTOR * float(np.percentile(times, PERCENTILE))
    seconds = int(min(MOST_SECONDS, max(LEAST_SECONDS, wanted)))
    Round.objects.filter(pk=round_.pk).update(lease_seconds=seconds)
    round_.lease_seconds = seconds
    return seconds


def open_rounds() -> QuerySet[Round]:
    return Round.objects.filter(state=RoundState.OPEN, is_imported=False)
