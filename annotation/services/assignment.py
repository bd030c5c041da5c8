"""Handing out work: the next item for a rater, in one short transaction.

A rater walks the round's slots by position, from a start of their own, and takes the next open
one whose item is new to them. Exact overlap does not depend on this code being right: the
database's constraints refuse a second holder of a slot and a second go of a rater at an item.
"""

import random
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from annotation.choices import AssignmentState, RaterState, RoundState, SlotState
from annotation.display import display_hash, displayed_item, shown_file_hashes
from annotation.models import Assignment, Item, Rater, Round, RoundRater, Slot
from annotation.selectors.talk import is_unread
from annotation.selectors.work import held_assignments
from annotation.services.leases import lease_end, release_expired
from annotation.services.roster import join

# One item on the screen, one behind it, one for a second tab.
MOST_IN_HAND = 3
ATTEMPTS = 5
REAP_SECONDS = 30.0
_reaped: dict[int, float] = {}

# Written by hand because the states must stand in the text for SQLite to use the partial index
# of open slots. A rater's earlier assignment of the item that came to nothing is taken up again.
_NEXT_SLOT = """
SELECT s.id, s.item_id, s.position,
       (SELECT a.id FROM annotation_assignment a
        WHERE a.round_id = s.round_id AND a.item_id = s.item_id AND a.rater_id = %(rater)s)
FROM annotation_slot s
WHERE s.round_id = %(round)s AND s.state = 'open'
  AND s.position >= %(least)s AND s.position < %(most)s
  AND NOT EXISTS (
    SELECT 1 FROM annotation_assignment a
    WHERE a.round_id = s.round_id AND a.item_id = s.item_id AND a.rater_id = %(rater)s
      AND a.state IN ('leased', 'submitted', 'revoked'))
ORDER BY s.position LIMIT 1
"""
_BEYOND = 2**62


@dataclass(frozen=True, slots=True)
class _Found:
    """An open slot, and the rater's former assignment of its item, if any."""

    slot_id: int
    item_id: int
    position: int
    former_id: int | None


class _Taken(Exception):  # not an error: look again
    """Someone else was quicker."""


def next_assignment(
    *,
    round_: Round,
    rater: Rater,
    holding: Collection[str] = (),
    now: datetime | None = None,
) -> Assignment | None:
    """The rater's next item, leased to them; None when there is nothing.

    What the rater has in hand comes first, its lease renewed, except for the public ids in
    `holding`: who shows one item may ask for the one after it. `selectors.work.nothing_left`
    tells why there was nothing.
    """
    now = now or timezone.now()
    _reap_now_and_then(round_, now)
    for _attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                found = _next(round_, rater, holding, now)
            break
        except (_Taken, IntegrityError):
            continue
    else:
        return None
    if found is None and release_expired(now=now, round_=round_):
        # Leases had run out: what they held is open now.
        return next_assignment(round_=round_, rater=rater, holding=holding, now=now)
    return found


def _reap_now_and_then(round_: Round, now: datetime) -> None:
    """Each process looks for lapsed leases of a round it serves about twice a minute."""
    clock = time.monotonic()
    if clock - _reaped.get(round_.pk, -REAP_SECONDS) >= REAP_SECONDS:
        _reaped[round_.pk] = clock
        release_expired(now=now, round_=round_)


def _next(
    round_: Round, rater: Rater, holding: Collection[str], now: datetime
) -> Assignment | None:
    place = _locked_place(round_, rater)
    if place is None or place.state != RaterState.ACTIVE:
        return None
    if place.round.state != RoundState.OPEN:
        return None
    held = list(held_assignments(round_=round_, rater=rater))
    for assignment in held:
        if assignment.public_id not in holding:
            return _resumed(assignment, place.round, now)
    if len(held) >= MOST_IN_HAND:
        return None
    found = _find_slot(place)
    return None if found is None else _take(place, rater, found, now)


def _locked_place(round_: Round, rater: Rater) -> RoundRater | None:
    """The rater's place, locked: two tabs of one rater come one after the other.

    `place.round` is the round with its present state and lease, and what it has to tell.
    """
    place = _place(round_, rater)
    if place is None and join(round_=round_, rater=rater) is not None:
        place = _place(round_, rater)
    return place


def _place(round_: Round, rater: Rater) -> RoundRater | None:
    # Lists of one instead of first(): ordering a single row costs more than finding it.
    places = (
        RoundRater.objects.select_for_update(of=("self",), no_key=True)
        .filter(round=round_, rater=rater)
        .annotate(
            state_now=F("round__state"),
            lease_now=F("round__lease_seconds"),
            unread_now=is_unread(round_, rater),
        )
    )
    for place in places[:1]:
        round_.state, round_.lease_seconds = place.state_now, place.lease_now
        round_.has_unread = place.unread_now
        place.round = round_
        return place
    return None


def _resumed(assignment: Assignment, round_: Round, now: datetime) -> Assignment:
    end = lease_end(round_, now)
    assignment.round = round_
    if end > assignment.lease_expires_at:
        assignment.lease_expires_at = end
        Assignment.objects.filter(pk=assignment.pk).update(lease_expires_at=end)
    return assignment


def _find_slot(place: RoundRater) -> _Found | None:
    """From the cursor to the end, then from the start to the cursor."""
    return _slot_between(place, place.cursor, _BEYOND) or _slot_between(place, 0, place.cursor)


def _slot_between(place: RoundRater, least: int, most: int) -> _Found | None:
    lock = (
        " FOR NO KEY UPDATE OF s SKIP LOCKED" if connection.features.has_select_for_update else ""
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _NEXT_SLOT + lock,
            {"round": place.round_id, "rater": place.rater_id, "least": least, "most": most},
        )
        row = cursor.fetchone()
    return None if row is None else _Found(*row)


def _take(place: RoundRater, rater: Rater, found: _Found, now: datetime) -> Assignment:
    taken = Slot.objects.filter(pk=found.slot_id, state=SlotState.OPEN).update(
        state=SlotState.TAKEN
    )
    if not taken:
        raise _Taken
    RoundRater.objects.filter(pk=place.pk).update(cursor=found.position + 1)
    if found.former_id is not None:
        return _taken_up_again(place.round, found.former_id, found.slot_id, now)
    return _new_assignment(place.round, rater, found, now)


def _new_assignment(round_: Round, rater: Rater, found: _Found, now: datetime) -> Assignment:
    item = Item.objects.get(pk=found.item_id)
    side_order = shuffled_sides(round_, rater, item)
    shown = displayed_item(item, side_order, shows_reference=round_.shows_reference)
    return Assignment.objects.create(
        slot_id=found.slot_id,
        round=round_,
        item=item,
        rater=rater,
        side_order=side_order,
        display_hash=display_hash(shown, shown_file_hashes(item, side_order)),
        leased_at=now,
        lease_expires_at=lease_end(round_, now),
    )


def _taken_up_again(round_: Round, former_id: int, slot_id: int, now: datetime) -> Assignment:
    """The item comes back as the rater saw it before, unless the page left open is submitting."""
    former = (
        Assignment.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .select_related("item", "rater")
        .filter(
            pk=former_id,
            state__in=[AssignmentState.EXPIRED, AssignmentState.RELEASED],
        )
        .first()
    )
    if former is None:
        raise _Taken
    former.round = round_
    former.slot_id = slot_id
    former.state = AssignmentState.LEASED
    # Work on the item may have begun under the earlier lease: it counts from there.
    former.first_leased_at = former.first_leased_at or former.leased_at
    former.leased_at = now
    former.lease_expires_at = lease_end(round_, now)
    former.save(update_fields=["slot", "state", "first_leased_at", "leased_at", "lease_expires_at"])
    return former


def shuffled_sides(round_: Round, rater: Rater, item: Item) -> list[int]:
    """The order in which this rater sees the responses; the same if drawn again."""
    order = list(range(item.n_responses))
    # Random for fairness, seeded for the record; raters never learn the seed.
    random.Random(f"{round_.seed}:{rater.public_id}:{item.public_id}").shuffle(order)  # noqa: S311
    return order
