"""Pages that fetch ahead, keep drafts, give back and are left, all at once: exact overlap (T54)."""

import random
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from accounts.errors import Conflict
from annotation.choices import AssignmentState, SlotState
from annotation.models import Assignment, Draft, Judgment, JudgmentRevision, Rater, Slot
from annotation.services import assignment as engine
from annotation.services.assignment import next_assignment
from annotation.services.drafts import save_draft
from annotation.services.leases import give_back_unseen, release_expired, renew_lease
from tests.annotation.engine.build import judge, study
from tests.annotation.engine.test_concurrency import at_once, fresh

pytestmark = pytest.mark.django_db(transaction=True)
ITEMS, OVERLAP, RATERS = 12, 2, 4


def _page(s: SimpleNamespace, rater: Rater, seed: int, *, left_early: bool) -> dict[int, str]:
    """One tab's life: {assignment: receipt} of what was acknowledged to it."""
    draw, receipts = random.Random(seed), dict[int, str]()
    held: list[Assignment] = []
    for _step in range(4 * ITEMS):
        holding = [each.public_id for each in held]
        ahead = next_assignment(round_=s.round, rater=rater, holding=holding)
        if ahead is not None and ahead.pk not in receipts:
            held.append(fresh(ahead))
        if not held:
            continue
        shown = held[0]
        with suppress(Conflict):  # the person's other tab has submitted it
            save_draft(assignment=shown, body={"ratings": {"quality": 2}}, based_on="")
        if draw.random() < 0.2:
            unseen = [each.public_id for each in held[1:]]
            give_back_unseen(round_=s.round, rater=rater, public_ids=unseen)
            held = held[:1]
        if left_early and draw.random() < 0.1:
            held = []  # a crash: nothing is given back, leases run out
            continue
        receipts[shown.pk] = judge(shown, 3).receipt
        held = held[1:]
        for each in held:
            renew_lease(assignment=each)
    return receipts


def _reaper(s: SimpleNamespace) -> dict[int, str]:
    """Takes leases away far too early, in the middle of everything."""
    for _ in range(15):
        release_expired(now=timezone.now() + timedelta(hours=1), round_=s.round)
    return {}


def _finished(s: SimpleNamespace) -> list[dict[int, str]]:
    """Whoever came away empty, or whose leases were taken, ends the round one after the other."""
    release_expired(now=timezone.now() + timedelta(hours=1), round_=s.round)
    return [_page(s, rater, 0, left_early=False) for rater in s.raters]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_overlap_is_exact_and_everything_acknowledged_is_there(seed):
    s = study(raters=RATERS, items=ITEMS, overlap=OVERLAP)
    tabs = [
        lambda n=n, rater=rater: _page(s, rater, 10 * seed + n, left_early=n % 2 == 0)
        for n, rater in enumerate([*s.raters, *s.raters])  # two tabs each
    ]

    outcomes = [*at_once(*tabs, lambda: _reaper(s)), *_finished(s)]

    assert not [each for each in outcomes if isinstance(each, Exception)]
    assert set(Slot.objects.values_list("state", flat=True)) == {SlotState.FILLED}
    counted = Assignment.objects.filter(state=AssignmentState.SUBMITTED, is_surplus=False)
    assert Counter(counted.values_list("item", flat=True)) == dict.fromkeys(
        [item.pk for item in s.items], OVERLAP
    )
    _nothing_lost_or_doubled(outcomes)


def _nothing_lost_or_doubled(outcomes: list[dict[int, str]]) -> None:
    stored = dict(JudgmentRevision.objects.values_list("judgment__assignment", "receipt"))
    acknowledged = {pk: receipt for each in outcomes for pk, receipt in each.items()}
    assert acknowledged == stored
    assert len(stored) == Judgment.objects.count() == JudgmentRevision.objects.count()
    assert not Draft.objects.filter(assignment__state=AssignmentState.SUBMITTED).exists()


def _held_by_twenty_tabs() -> int:
    s = study(raters=1, items=40)

    def ask() -> Assignment | None:
        shown_somewhere = list(Assignment.objects.values_list("public_id", flat=True))
        return next_assignment(round_=s.round, rater=s.raters[0], holding=shown_somewhere)

    at_once(*[ask] * 20)
    return Assignment.objects.filter(state=AssignmentState.LEASED).count()


def test_twenty_tabs_together_hold_no_more_than_one_may():
    assert _held_by_twenty_tabs() <= engine.MOST_IN_HAND


def test_without_the_lock_on_the_place_they_hold_more(monkeypatch, is_postgres):
    """The sibling with the protection off: the test above can fail."""
    if not is_postgres:
        pytest.skip("SQLite has one writer at a time, with or without the lock.")
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self)
    assert _held_by_twenty_tabs() > engine.MOST_IN_HAND
