"""Handing out items: exact overlap (T54), leases, people who leave (T51), what is left."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.choices import Role
from accounts.models import Membership
from annotation.choices import AssignmentPolicy, AssignmentState, SlotState
from annotation.models import Assignment, Slot
from annotation.selectors.work import Reason, nothing_left, rounds_to_judge
from annotation.services.assignment import MOST_IN_HAND, next_assignment
from annotation.services.leases import (
    recompute_lease,
    release_assignment,
    release_expired,
    renew_lease,
)
from annotation.services.roster import pause_rater, rater_for, remove_rater, resume_rater
from annotation.services.rounds import close_round, open_round, pause_round, reopen_round
from tests.annotation.engine.build import judge, study
from tests.factories import make_items, member

pytestmark = pytest.mark.django_db


def test_every_item_gets_exactly_the_overlap_and_no_rater_sees_one_twice():
    s = study(raters=4, items=7, overlap=3)

    for _turn in range(7 * 3):
        for rater in s.raters:
            assignment = next_assignment(round_=s.round, rater=rater)
            if assignment is not None:
                judge(assignment)

    done = Assignment.objects.filter(round=s.round, state=AssignmentState.SUBMITTED)
    pairs = list(done.values_list("item_id", "rater_id"))
    assert len(pairs) == len(set(pairs)) == 21
    assert not s.round.slots.exclude(state=SlotState.FILLED).exists()
    left = [nothing_left(round_=s.round, rater=rater).reason for rater in s.raters]
    assert left == [Reason.DONE] * 4


def test_next_gives_what_is_in_hand_first_and_renews_it():
    s = study()
    start = timezone.now()
    first = next_assignment(round_=s.round, rater=s.raters[0], now=start)

    later = start + timedelta(minutes=5)
    again = next_assignment(round_=s.round, rater=s.raters[0], now=later)

    assert again == first
    assert again.lease_expires_at == later + timedelta(seconds=600)
    assert Assignment.objects.get().lease_expires_at == again.lease_expires_at


def test_who_shows_one_item_may_fetch_the_next_but_not_hoard():
    s = study(items=10)
    held: list[str] = []
    for _ in range(MOST_IN_HAND):
        held.append(next_assignment(round_=s.round, rater=s.raters[0], holding=held).public_id)

    assert len(set(held)) == MOST_IN_HAND
    assert next_assignment(round_=s.round, rater=s.raters[0], holding=held) is None
    why = nothing_left(round_=s.round, rater=s.raters[0])
    assert (why.reason, why.may_come) == (Reason.ENOUGH_IN_HAND, True)


def test_lapsed_lease_goes_to_someone_else_and_the_reaper_may_run_twice():
    s = study(raters=2, items=1)
    first = next_assignment(round_=s.round, rater=s.raters[0])
    assert next_assignment(round_=s.round, rater=s.raters[1]) is None
    assert nothing_left(round_=s.round, rater=s.raters[1]).reason is Reason.WAIT

    late = timezone.now() + timedelta(seconds=601)
    second = next_assignment(round_=s.round, rater=s.raters[1], now=late)

    assert second.item_id == first.item_id
    first.refresh_from_db()
    assert first.state == AssignmentState.EXPIRED
    assert (release_expired(now=late), release_expired(now=late)) == (0, 0)


def test_lease_that_lapsed_unnoticed_still_belongs_to_its_rater():
    s = study(items=2)
    first = next_assignment(round_=s.round, rater=s.raters[0])
    late = timezone.now() + timedelta(hours=2)

    renewed = renew_lease(assignment=first, now=late)

    assert renewed.state == AssignmentState.LEASED
    assert renewed.lease_expires_at > late


def test_heartbeat_takes_a_lapsed_item_up_again_only_while_its_slot_is_free():
    s = study(raters=2, items=1)
    first = next_assignment(round_=s.round, rater=s.raters[0])
    late = timezone.now() + timedelta(seconds=601)

    release_expired(now=late)
    assert renew_lease(assignment=first, now=late).state == AssignmentState.LEASED

    later = late + timedelta(seconds=601)
    next_assignment(round_=s.round, rater=s.raters[1], now=later)
    assert renew_lease(assignment=first, now=later).state == AssignmentState.EXPIRED
    assert Slot.objects.get().state == SlotState.TAKEN


def test_item_given_back_goes_round_and_returns_under_the_same_assignment():
    s = study(items=2)
    rater = s.raters[0]
    first = next_assignment(round_=s.round, rater=rater)
    release_assignment(assignment=first)

    second = next_assignment(round_=s.round, rater=rater)
    judge(second)
    again = next_assignment(round_=s.round, rater=rater)

    assert second.item_id != first.item_id
    assert (again.pk, again.side_order) == (first.pk, first.side_order)
    assert again.state == AssignmentState.LEASED


def test_nobody_gets_work_from_a_paused_or_closed_round_and_is_told_why():
    s = study()
    rater = s.raters[0]

    pause_round(round_=s.round, actor=None)
    assert next_assignment(round_=s.round, rater=rater) is None
    assert nothing_left(round_=s.round, rater=rater).reason is Reason.ROUND_NOT_OPEN
    reopen_round(round_=s.round, actor=None)
    held = next_assignment(round_=s.round, rater=rater)
    close_round(round_=s.round, actor=None)
    assert next_assignment(round_=s.round, rater=rater) is None
    assert nothing_left(round_=s.round, rater=rater).reason is Reason.ROUND_CLOSED
    held.refresh_from_db()
    assert held.state == AssignmentState.EXPIRED


def test_paused_rater_gets_no_new_item_and_reads_the_reason():
    s = study()
    rater = s.raters[0]
    pause_rater(round_=s.round, rater=rater, reason="Please read the guide again.", actor=None)

    assert next_assignment(round_=s.round, rater=rater) is None
    why = nothing_left(round_=s.round, rater=rater)
    assert (why.reason, why.note) == (Reason.RATER_PAUSED, "Please read the guide again.")
    resume_rater(round_=s.round, rater=rater, actor=None)
    assert next_assignment(round_=s.round, rater=rater) is not None


def test_removed_rater_leaves_their_judgments_and_their_item_to_others():
    s = study(raters=2, items=2)
    judge(next_assignment(round_=s.round, rater=s.raters[0]))
    next_assignment(round_=s.round, rater=s.raters[0])

    remove_rater(round_=s.round, rater=s.raters[0], actor=None)

    assert next_assignment(round_=s.round, rater=s.raters[0]) is None
    assert s.round.slots.filter(state=SlotState.OPEN).count() == 1
    assert s.round.judgments.count() == 1


@pytest.mark.parametrize("how", ["deactivated", "role taken"])
def test_lease_of_a_person_who_may_not_judge_any_more_is_released(how):
    s = study(raters=2, items=1)
    held = next_assignment(round_=s.round, rater=s.raters[0])
    user = s.raters[0].user
    if how == "deactivated":
        user.is_active = False
        user.save()
    else:
        Membership.objects.filter(user=user).delete()

    assert release_expired() == 1
    assert next_assignment(round_=s.round, rater=s.raters[1]).item_id == held.item_id


def test_annotator_who_joins_later_is_served_and_gets_the_next_code():
    s = study(raters=2, items=3)
    late = rater_for(user=member(s.project, Role.ANNOTATOR), project=s.project)

    assert next_assignment(round_=s.round, rater=late) is not None
    assert late.code == "R03"


def test_raters_start_at_different_items():
    s = study(raters=4, items=40, overlap=2)
    first = [next_assignment(round_=s.round, rater=rater) for rater in s.raters]
    assert len({assignment.slot.position for assignment in first}) == 4
    assert len({assignment.item_id for assignment in first}) >= 3


def test_everybody_walks_everything_in_an_order_of_their_own():
    s = study(raters=3, items=12, policy=AssignmentPolicy.ALL)
    orders = []
    for rater in s.raters:
        order = []
        while (assignment := next_assignment(round_=s.round, rater=rater)) is not None:
            order.append(assignment.item_id)
            judge(assignment)
        orders.append(order)

    assert all(len(order) == len(set(order)) == 12 for order in orders)
    assert orders[0] != orders[1] != orders[2]


def test_sides_are_shuffled_per_assignment_and_stored():
    s = study(raters=1, items=40, responses=2)
    orders = []
    while (assignment := next_assignment(round_=s.round, rater=s.raters[0])) is not None:
        orders.append(tuple(assignment.side_order))
        judge(assignment)

    assert set(orders) == {(0, 1), (1, 0)}
    assert 8 < orders.count((0, 1)) < 32


def test_lease_follows_the_time_that_work_takes():
    s = study(items=30)
    assert recompute_lease(round_=s.round) == 600
    for _ in range(30):
        judge(next_assignment(round_=s.round, rater=s.raters[0]), seconds_spent=400)

    assert recompute_lease(round_=s.round) == 1200
    s.round.refresh_from_db()
    assert s.round.lease_seconds == 1200


def test_list_of_rounds_counts_the_raters_own_work_only():
    s = study(raters=2, items=4, overlap=2)
    mine, other = s.raters

    def seen() -> list[object]:
        return [
            (each.round.pk, each.n_done, each.n_in_hand, each.n_total, each.is_paused)
            for each in rounds_to_judge(mine.user)
        ]

    judge(next_assignment(round_=s.round, rater=mine))
    before = seen()
    judge(next_assignment(round_=s.round, rater=other))
    next_assignment(round_=s.round, rater=other)

    assert seen() == before == [(s.round.pk, 1, 0, None, False)]


def test_list_of_rounds_takes_the_same_queries_for_one_and_three(django_assert_num_queries):
    s = study(raters=1)
    user = s.raters[0].user

    def open_another(name: str) -> None:
        open_round(
            project=s.project, rubric_version=s.version, kind="production", name=name, actor=None
        )

    with django_assert_num_queries(3):
        assert len(rounds_to_judge(user)) == 1
    open_another("two")
    open_another("three")
    with django_assert_num_queries(3):
        assert len(rounds_to_judge(user)) == 3


def test_database_itself_refuses_a_second_holder_and_a_second_go():
    s = study(raters=2, items=1)
    held = next_assignment(round_=s.round, rater=s.raters[0])
    fields = {
        "round": s.round,
        "item_id": held.item_id,
        "lease_expires_at": timezone.now() + timedelta(hours=1),
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(slot=held.slot, rater=s.raters[1], **fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(slot=None, rater=s.raters[0], **fields)


def test_new_items_after_opening_do_not_slip_into_the_round():
    s = study(items=1)
    make_items(s.project, 2)
    judge(next_assignment(round_=s.round, rater=s.raters[0]))
    assert next_assignment(round_=s.round, rater=s.raters[0]) is None
