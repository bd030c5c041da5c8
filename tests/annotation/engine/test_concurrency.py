"""Many at once: one judgment, exact overlap, whatever the order (T45, T48, T54, T60)."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from accounts.choices import Role
from annotation.choices import AssignmentState, SlotState
from annotation.errors import StaleRevision
from annotation.models import Assignment, Judgment, JudgmentRevision, Rater, Rating
from annotation.services import assignment as engine
from annotation.services import judgments
from annotation.services.assignment import next_assignment
from annotation.services.leases import release_expired
from annotation.services.roster import rater_for
from tests.annotation.engine.build import judge, study
from tests.factories import make_project, member

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each call returned or raised, all started on one barrier."""
    barrier = threading.Barrier(len(calls))
    outcomes: list[Any] = [None] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            barrier.wait()
            outcomes[place] = call()
        except Exception as error:  # noqa: BLE001  # the test looks at every outcome
            outcomes[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def twenty(call: Callable[[int], Any]) -> list[Any]:
    return at_once(*[lambda n=n: call(n) for n in range(20)])


def test_twenty_equal_submissions_make_one_judgment_and_one_receipt():
    s = study(raters=1)
    held = next_assignment(round_=s.round, rater=s.raters[0])

    outcomes = twenty(lambda n: judge(fresh(held), 3, seconds_spent=n))

    assert {outcome.receipt for outcome in outcomes} == {JudgmentRevision.objects.get().receipt}
    assert sum(outcome.is_new for outcome in outcomes) == 1
    assert (Judgment.objects.count(), Rating.objects.count()) == (1, 1)


def test_twenty_different_submissions_store_one_and_show_it_to_the_others():
    s = study(raters=1)
    held = next_assignment(round_=s.round, rater=s.raters[0])

    outcomes = twenty(lambda n: judge(fresh(held), 1 + n % 5, rationale=str(n)))

    stored = JudgmentRevision.objects.get()
    refused = [outcome for outcome in outcomes if isinstance(outcome, StaleRevision)]
    assert len(refused) == 19
    assert {error.stored["receipt"] for error in refused} == {stored.receipt}


def test_twenty_changes_based_on_the_same_revision_let_one_through():
    s = study(raters=1)
    held = next_assignment(round_=s.round, rater=s.raters[0])
    judge(held, 1)

    outcomes = twenty(lambda n: judge(fresh(held), 2, rationale=str(n), base_revision=1))

    assert sum(isinstance(outcome, StaleRevision) for outcome in outcomes) == 19
    assert Judgment.objects.get().revision == 2


def test_without_the_lock_simultaneous_submissions_fail(monkeypatch: pytest.MonkeyPatch):
    """The sibling with the protection off: the two tests above can fail."""
    s = study(raters=1)
    held = next_assignment(round_=s.round, rater=s.raters[0])

    def unlocked(assignment: Assignment) -> Assignment:
        return assignment

    monkeypatch.setattr(judgments, "_locked", unlocked)
    outcomes = twenty(lambda n: judge(fresh(held), 3))

    assert any(isinstance(outcome, IntegrityError) for outcome in outcomes)


def fresh(assignment: Assignment) -> Assignment:
    """As another process would read it."""
    return Assignment.objects.select_related(
        "round__rubric_version__rubric", "rater__user", "item", "slot"
    ).get(pk=assignment.pk)


def ask_again(s):
    """One after the other: who came away empty because all slots were locked at that moment."""
    for rater in s.raters:
        next_assignment(round_=s.round, rater=rater)


def test_twenty_raters_get_exactly_the_open_slots():
    s = study(raters=20, items=2, overlap=3)

    outcomes = twenty(lambda n: next_assignment(round_=s.round, rater=s.raters[n]))

    given = [outcome for outcome in outcomes if outcome is not None]
    assert not [outcome for outcome in given if isinstance(outcome, Exception)]
    assert len(given) == 6
    ask_again(s)
    assert Assignment.objects.filter(state=AssignmentState.LEASED).count() == 6
    assert s.round.slots.filter(state=SlotState.TAKEN).count() == 6
    per_item = [Assignment.objects.filter(item=item).count() for item in s.items]
    assert per_item == [3, 3]


@pytest.fixture
def no_limit_in_the_database() -> Iterator[None]:
    """Without the constraint that one slot has one holder."""
    constraint = next(
        each for each in Assignment._meta.constraints if each.name == "assignment_one_per_slot"
    )
    with connection.schema_editor() as editor:
        editor.remove_constraint(Assignment, constraint)
    yield
    Rating.objects.all().delete()
    Assignment.objects.all().delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(Assignment, constraint)


@pytest.mark.usefixtures("no_limit_in_the_database")
def test_without_the_slot_states_the_overlap_is_exceeded(monkeypatch: pytest.MonkeyPatch):
    """The sibling with the protection off: the test above can fail."""
    s = study(raters=20, items=2, overlap=3)
    careless = engine._NEXT_SLOT.replace("AND s.state = 'open'", "")
    monkeypatch.setattr(engine, "_NEXT_SLOT", careless)
    monkeypatch.setattr(engine, "SlotState", SimpleNamespace(OPEN="taken", TAKEN="taken"))
    s.round.slots.update(state=SlotState.TAKEN)

    twenty(lambda n: next_assignment(round_=s.round, rater=s.raters[n]))
    ask_again(s)

    assert Assignment.objects.filter(state=AssignmentState.LEASED).count() > 6


def test_one_rater_asking_in_twenty_tabs_holds_one_item():
    s = study(raters=1, items=10)

    outcomes = twenty(lambda n: next_assignment(round_=s.round, rater=s.raters[0]))

    assert {outcome.pk for outcome in outcomes} == {Assignment.objects.get().pk}


def test_reapers_side_by_side_release_each_lease_once():
    s = study(raters=6, items=6)
    for rater in s.raters:
        next_assignment(round_=s.round, rater=rater)
    late = timezone.now() + timedelta(seconds=601)

    outcomes = at_once(*[lambda: release_expired(now=late)] * 8)

    assert sum(outcomes) == 6
    assert s.round.slots.filter(state=SlotState.OPEN).count() == 6


def test_submission_and_reaper_at_the_same_moment_leave_a_whole_judgment():
    for _ in range(5):
        s = study(raters=1, items=1)
        held = next_assignment(round_=s.round, rater=s.raters[0])
        late = timezone.now() + timedelta(seconds=601)

        done, _released = at_once(
            lambda held=held: judge(fresh(held)), lambda late=late: release_expired(now=late)
        )

        assert done.is_new
        assert s.round.slots.get().state == SlotState.FILLED
        assert not Assignment.objects.get(pk=held.pk).is_surplus


def test_two_late_raters_share_one_free_slot_as_one_and_one_surplus():
    s = study(raters=2, items=1)
    start = timezone.now()
    first = next_assignment(round_=s.round, rater=s.raters[0], now=start)
    second = next_assignment(round_=s.round, rater=s.raters[1], now=start + timedelta(seconds=601))
    release_expired(now=start + timedelta(seconds=1300))

    at_once(lambda: judge(fresh(first)), lambda: judge(fresh(second)))

    surplus = Assignment.objects.filter(state=AssignmentState.SUBMITTED)
    assert sorted(surplus.values_list("is_surplus", flat=True)) == [False, True]
    assert s.round.slots.get().state == SlotState.FILLED


def test_person_and_codes_stay_single_when_all_arrive_at_once():
    project = make_project()
    people = [member(project, Role.ANNOTATOR) for _ in range(5)]

    at_once(*[lambda user=user: rater_for(user=user, project=project) for user in people * 4])

    assert sorted(Rater.objects.values_list("code", flat=True)) == [f"R0{n}" for n in range(1, 6)]
    assert Rater.objects.values("user").distinct().count() == 5
