"""Items fetched ahead: their leases, giving them back unseen, and drafts that meet."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from annotation.choices import AssignmentState, SlotState
from annotation.models import Assignment, Clarification, Draft, Slot
from annotation.selectors.labeling import neighbours
from annotation.selectors.work import item_awaits
from annotation.services.assignment import next_assignment
from annotation.services.drafts import save_draft
from annotation.services.leases import give_back_unseen, renew_lease
from tests.annotation.engine.build import judge, study

pytestmark = pytest.mark.django_db


def _take(s, n, rater=0):
    held: list[Assignment] = []
    for _ in range(n):
        holding = [each.public_id for each in held]
        taken = next_assignment(round_=s.round, rater=s.raters[rater], holding=holding)
        assert taken is not None
        held.append(taken)
    return held


def test_giving_back_unseen_opens_the_slots_and_keeps_the_order():
    s = study(raters=1, items=5)
    first, *unseen = _take(s, 3)

    n = give_back_unseen(
        round_=s.round, rater=s.raters[0], public_ids=[each.public_id for each in unseen]
    )

    assert n == 2
    states = Assignment.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == [
        AssignmentState.LEASED,
        AssignmentState.EXPIRED,
        AssignmentState.EXPIRED,
    ]
    assert Slot.objects.filter(state=SlotState.TAKEN).count() == 1
    again = _take(s, 3)
    assert [each.pk for each in again] == [first.pk, *(each.pk for each in unseen)]


def test_giving_back_touches_nobody_elses_items_and_nothing_judged():
    s = study(raters=2, items=4)
    (mine,) = _take(s, 1)
    (theirs,) = _take(s, 1, rater=1)
    judge(mine)

    n = give_back_unseen(
        round_=s.round, rater=s.raters[0], public_ids=[mine.public_id, theirs.public_id, "none"]
    )

    assert n == 0
    theirs.refresh_from_db()
    assert theirs.state == AssignmentState.LEASED


def test_an_item_given_back_unseen_can_still_be_judged():
    s = study(raters=1, items=2)
    _shown, unseen = _take(s, 2)
    give_back_unseen(round_=s.round, rater=s.raters[0], public_ids=[unseen.public_id])
    unseen.refresh_from_db()

    assert renew_lease(assignment=unseen).state == AssignmentState.LEASED
    assert judge(unseen).judgment.assignment.is_surplus is False


def test_an_item_awaits_only_when_asking_would_give_one():
    s = study(raters=2, items=1)
    assert item_awaits(round_=s.round, rater=s.raters[0])
    (held,) = _take(s, 1)
    assert not item_awaits(round_=s.round, rater=s.raters[1])
    give_back_unseen(round_=s.round, rater=s.raters[0], public_ids=[held.public_id])
    assert item_awaits(round_=s.round, rater=s.raters[1])


def test_the_newest_draft_wins_and_tells_what_it_replaced():
    s = study(raters=1, items=1)
    (held,) = _take(s, 1)
    one, two, three = ({"ratings": {"quality": n}, "seconds_spent": n} for n in (1, 2, 3))
    start = timezone.now()

    first = save_draft(assignment=held, body=one, based_on="", now=start)
    assert first.replaced is None
    goes_on = save_draft(
        assignment=held,
        body=two,
        based_on=first.saved_at.isoformat(),
        now=start + timedelta(seconds=1),
    )
    assert goes_on.replaced is None
    elsewhere = save_draft(
        assignment=held,
        body=three,
        based_on=first.saved_at.isoformat(),
        now=start + timedelta(seconds=2),
    )
    assert (elsewhere.replaced, elsewhere.replaced_at) == (two, goes_on.saved_at)


def test_drafts_that_say_the_same_are_no_conflict():
    s = study(raters=1, items=1)
    (held,) = _take(s, 1)
    save_draft(assignment=held, body={"ratings": {"quality": 1}, "seconds_spent": 1})
    same = save_draft(
        assignment=held, body={"ratings": {"quality": 1}, "seconds_spent": 9}, based_on=""
    )
    assert same.replaced is None


def test_neighbours_are_the_raters_own_in_the_order_of_judging():
    s = study(raters=2, items=3, overlap=2)
    own = [judge(_take(s, 1)[0]).judgment for _ in range(2)]
    judge(_take(s, 1, rater=1)[0])
    own.append(judge(_take(s, 1)[0]).judgment)

    assert neighbours(own[1]) == (own[0], own[2])
    assert neighbours(own[0]) == (None, own[1])
    assert neighbours(own[2]) == (own[1], None)


# -- over HTTP


class Page:
    """What the page's script asks."""

    def __init__(self, s):
        self.round = s.round
        self.client = Client(headers={"X-Concord-Fragment": "1"})
        self.client.force_login(s.raters[0].user)
        self.base = f"/projects/{s.project.slug}/rounds/{s.round.public_id}/judge/"

    def ahead(self, *holding):
        return self.client.post(f"{self.base}ahead/", {"holding": holding})

    def post(self, assignment, body, path="", **headers):
        url = f"/projects/{self.round.project.slug}/assignments/{assignment.public_id}/{path}"
        return self.client.post(url, body, headers=headers)


def test_ahead_gives_the_next_items_as_fragments_up_to_what_one_may_hold():
    s = study(raters=1, items=5)
    page = Page(s)
    held = [each.public_id for each in _take(s, 1)]
    for _ in range(2):
        answer = page.ahead(*held)
        assert answer.status_code == 200
        assert answer["X-Concord-User"] == s.raters[0].user.public_id
        assert not answer.content.lstrip().startswith(b"<!DOCTYPE")
        newest = Assignment.objects.exclude(public_id__in=held).get()
        assert newest.public_id.encode() in answer.content
        held.append(newest.public_id)
    assert page.ahead(*held).status_code == 204
    assert Assignment.objects.count() == 3


def test_a_page_with_its_next_item_ready_is_told_the_receipt_only():
    s = study(raters=1, items=3)
    (held,) = _take(s, 1)
    body = {"value-quality": "3", "seconds_spent": "1"}
    answer = Page(s).post(held, body, X_Concord_Next="ready")
    told = answer.json()
    assert set(told) == {"receipt", "saved_at", "progress", "stamp"}
    assert told["receipt"] == held.judgment.revisions.get().receipt
    assert Assignment.objects.count() == 1, "nothing more was taken"
    assert Page(s).post(held, body, X_Concord_Next="ready").json()["receipt"] == told["receipt"]


def test_a_beat_renews_what_waits_and_writes_no_draft():
    s = study(raters=2, items=3)
    shown, waiting = _take(s, 2)
    lost = _take(s, 3)[2]
    Assignment.objects.filter(pk=lost.pk).update(state=AssignmentState.EXPIRED)
    Slot.objects.filter(pk=lost.slot_id).update(state=SlotState.FILLED)
    soon = timezone.now() + timedelta(seconds=5)
    Assignment.objects.filter(state="leased").update(lease_expires_at=soon)

    told = (
        Page(s)
        .post(shown, {"beat": "1", "ahead": [waiting.public_id, lost.public_id]}, "draft/")
        .json()
    )

    assert told["gone"] == [lost.public_id]
    ends = Assignment.objects.filter(state="leased").values_list("lease_expires_at", flat=True)
    assert all(end > soon for end in ends)
    assert not Draft.objects.exists()


def test_a_clarification_makes_pages_out_of_date():
    s = study(raters=1, items=2)
    (held,) = _take(s, 1)
    body = {"value-quality": "3", "seconds_spent": "1"}
    before = Page(s).post(held, body, X_Concord_Next="ready").json()["stamp"]
    Clarification.objects.create(round=s.round, text="Read this first.")
    after = Page(s).post(held, body, X_Concord_Next="ready").json()["stamp"]
    assert before != after
