"""Submitting: receipts, revisions, late work (T49), versions (T50), and what can't be accepted."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.errors import Conflict, Invalid
from annotation.choices import AssignmentState, Basis, SlotState
from annotation.display import display_hash
from annotation.errors import JudgmentLocked, RoundNotOpen, StaleRevision
from annotation.models import Draft, Judgment, JudgmentRevision, Rating
from annotation.selectors.judgments import (
    draft_body,
    may_change,
    own_judgments,
    own_receipt,
)
from annotation.selectors.labeling import latest_own_judgment
from annotation.selectors.work import shown_item
from annotation.services.assignment import next_assignment
from annotation.services.drafts import save_draft
from annotation.services.judgments import broken_revision, lock_judgment, submit_judgment
from annotation.services.leases import release_assignment, release_expired
from annotation.services.rounds import close_round
from rubrics.choices import VersionState
from tests.annotation.engine.build import answer, judge, study
from tests.factories import CATEGORICAL, ORDINAL, PAIRWISE, make_rubric_version

pytestmark = pytest.mark.django_db


def hand_out(s, rater: int = 0, **options):
    assignment = next_assignment(round_=s.round, rater=s.raters[rater], **options)
    assert assignment is not None
    return assignment


def test_submission_is_stored_whole_and_answers_with_a_receipt():
    s = study()
    assignment = hand_out(s)

    done = judge(assignment, 4, rationale="because", confidence=5)

    assert (done.revision, done.is_new) == (1, True)
    judgment = Judgment.objects.get()
    rating = Rating.objects.get()
    assert (judgment.rationale, judgment.confidence, judgment.seconds_spent) == ("because", 5, 12.0)
    assert (rating.value, rating.point, rating.number) == (4, 3, 4.0)
    assert rating.basis == Basis.INDEPENDENT
    assignment.refresh_from_db()
    assert assignment.state == AssignmentState.SUBMITTED
    assert assignment.slot.state == SlotState.FILLED
    assert own_receipt(s.raters[0].user, done.receipt).judgment == judgment
    assert own_receipt(s.raters[1].user, done.receipt) is None


def test_same_answer_again_has_the_same_receipt_and_nothing_new():
    assignment = hand_out(study())
    first = judge(assignment)

    again = judge(assignment, seconds_spent=99)

    assert (again.receipt, again.revision, again.is_new) == (first.receipt, 1, False)
    assert JudgmentRevision.objects.count() == Rating.objects.count() == 1


def test_change_is_a_further_revision_chained_to_the_one_before():
    assignment = hand_out(study())
    first = judge(assignment, 2)
    row = Rating.objects.get()

    second = judge(assignment, 5, rationale="on second thought", base_revision=1)

    assert second.revision == 2
    assert second.receipt != first.receipt
    kept, added = JudgmentRevision.objects.order_by("number")
    assert (kept.body["ratings"], added.body["ratings"]) == ({"quality": 2}, {"quality": 5})
    assert added.previous_hash == kept.hash
    rating = Rating.objects.get()
    assert (rating.pk, rating.value) == (row.pk, 5)
    assert Judgment.objects.get().seconds_spent == 24.0
    assert broken_revision(Judgment.objects.get()) is None


def test_retry_of_the_first_request_after_a_change_still_gets_its_own_receipt():
    assignment = hand_out(study())
    first = judge(assignment, 2)
    judge(assignment, 5, base_revision=1)

    assert judge(assignment, 2).receipt == first.receipt
    assert Rating.objects.get().value == 5


def test_other_tabs_answer_is_refused_and_shows_what_is_stored():
    assignment = hand_out(study())
    first = judge(assignment, 2, rationale="first tab")

    with pytest.raises(StaleRevision) as caught:
        judge(assignment, 5)
    assert caught.value.stored["ratings"] == {"quality": 2}
    assert caught.value.stored["receipt"] == first.receipt
    judge(assignment, 3, base_revision=1)
    with pytest.raises(StaleRevision):
        judge(assignment, 5, base_revision=1)
    assert Rating.objects.get().value == 3


def test_going_back_to_an_earlier_answer_is_a_change_of_its_own():
    assignment = hand_out(study())
    judge(assignment, 2)
    judge(assignment, 5, base_revision=1)

    assert judge(assignment, 2, base_revision=2).revision == 3
    assert Rating.objects.get().value == 2


def test_final_judgment_takes_its_receipt_but_no_change():
    assignment = hand_out(study())
    first = judge(assignment, 2)
    lock_judgment(judgment=Judgment.objects.get())

    assert judge(assignment, 2).receipt == first.receipt
    with pytest.raises(JudgmentLocked):
        judge(assignment, 3, base_revision=1)
    assert not may_change(Judgment.objects.get())


def test_revision_can_be_neither_changed_nor_deleted_and_tampering_shows():
    judge(hand_out(study()))
    revision = JudgmentRevision.objects.get()
    for change in (
        lambda: JudgmentRevision.objects.update(body={}),
        lambda: JudgmentRevision.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
    assert broken_revision(revision.judgment) is None
    Judgment.objects.update(revision=2)
    assert broken_revision(Judgment.objects.get()) == 2


def test_judgment_is_attributable_and_its_screen_can_be_rebuilt():
    s = study(responses=2, criteria=(PAIRWISE,))
    assignment = hand_out(s)
    judge_pair(assignment, "tie")

    revision = JudgmentRevision.objects.get()
    assert revision.author == s.raters[0].user.public_id
    assert revision.rubric_version == s.version
    assert revision.software_version
    assignment.refresh_from_db()
    assert revision.side_order == assignment.side_order
    assert revision.display_hash == display_hash(shown_item(assignment))


def judge_pair(assignment, value):
    return submit_judgment(
        assignment=assignment,
        body={"ratings": {"preference": value}},
        author=assignment.rater.user,
    )


def test_preference_for_the_left_side_is_stored_for_the_response_that_was_left():
    s = study(raters=1, items=20, responses=2, criteria=(PAIRWISE,))
    seen = set()
    for _ in range(20):
        assignment = hand_out(s)
        shown = shown_item(assignment)["responses"]
        judge_pair(assignment, "response_1")
        rating = Rating.objects.get(judgment__assignment=assignment)
        stored = assignment.item.content["responses"][rating.point]
        assert stored["text"] == shown[0]["text"]
        assert rating.value == f"response_{rating.point + 1}"
        seen.add(rating.point)
    assert seen == {0, 1}


def test_abstention_is_a_value_of_its_own():
    judge(hand_out(study()), {"abstain": True, "reason": "The context is missing."})

    rating = Rating.objects.get()
    assert (rating.is_abstention, rating.abstention_reason) == (True, "The context is missing.")
    assert (rating.value, rating.point, rating.number) == (None, None, None)


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        ({"ratings": {}}, "ratings.quality", "needs an answer"),
        ({"ratings": {"quality": None}}, "ratings.quality", "needs an answer"),
        ({"ratings": {"quality": 9}}, "ratings.quality", "not on the scale"),
        ({"ratings": {"quality": 3, "style": 1}}, "ratings.style", "no such criterion"),
        ({"ratings": [3]}, "ratings", "as an object"),
        ({"ratings": {f"k{n}": 1 for n in range(300)}}, "ratings", "more ratings"),
        ({"ratings": {"quality": 3}, "rationale": "x" * 20_001}, "rationale", "20001 characters"),
        ({"ratings": {"quality": 3}, "rationale": "\x00"}, "rationale", "can't be stored"),
        ({"ratings": {"quality": 3}, "rationale": 4}, "rationale", "must be a text"),
        ({"ratings": {"quality": 3}, "confidence": 6}, "confidence", "from 1 to 5"),
        ({"ratings": {"quality": 3}, "seconds_spent": "soon"}, "seconds_spent", "seconds"),
        ({"ratings": {"quality": 3}, "base_revision": -1}, "base_revision", "revision"),
        ({"ratings": {"quality": 3}, "base_revision": 1}, "base_revision", "Nothing is stored"),
        ({"ratings": {"quality": 3}, "rater": "someone"}, "rater", "not known"),
    ],
)
def test_answer_that_does_not_fit_is_refused_with_the_field_and_nothing_is_stored(
    body, field, says
):
    assignment = hand_out(study())
    with pytest.raises(Invalid) as caught:
        submit_judgment(assignment=assignment, body=body, author=assignment.rater.user)
    assert says in caught.value.fields[field][0]
    assert not Judgment.objects.exists()
    assert not JudgmentRevision.objects.exists()
    assignment.refresh_from_db()
    assert assignment.state == AssignmentState.LEASED


@pytest.mark.parametrize("body", [None, [], "3", 3])
def test_answer_that_is_no_object_is_refused(body):
    assignment = hand_out(study())
    with pytest.raises(Invalid):
        submit_judgment(assignment=assignment, body=body, author=assignment.rater.user)


def test_all_problems_are_told_at_once():
    s = study(criteria=(ORDINAL, CATEGORICAL))
    assignment = hand_out(s)
    with pytest.raises(Invalid) as caught:
        submit_judgment(
            assignment=assignment,
            body={"ratings": {"quality": 9}, "confidence": 0},
            author=assignment.rater.user,
        )
    assert set(caught.value.fields) == {"ratings.quality", "ratings.verdict", "confidence"}


def test_criterion_that_is_not_asked_is_neither_needed_nor_taken():
    conditional = CATEGORICAL | {"show_if": {"quality": [1, 2]}}
    s = study(items=4, criteria=(ORDINAL, conditional))

    def send(ratings):
        assignment = hand_out(s)
        return submit_judgment(
            assignment=assignment, body={"ratings": ratings}, author=assignment.rater.user
        )

    send({"quality": 4})
    send({"quality": 1, "verdict": "no"})
    with pytest.raises(Invalid, match="needs an answer"):
        send({"quality": 2})
    with pytest.raises(Invalid, match="not asked"):
        send({"quality": 5, "verdict": "no"})


@pytest.mark.parametrize("seconds", [-5, 10**9, float("inf"), float("nan")])
def test_clients_clock_that_jumps_costs_the_time_not_the_judgment(seconds):
    judge(hand_out(study()), seconds_spent=seconds)
    assert Judgment.objects.get().seconds_spent is None


def test_late_work_whose_slot_was_filled_is_kept_as_surplus():
    s = study(raters=2, items=1)
    late = hand_out(s)
    after = timezone.now() + timedelta(seconds=601)
    judge(hand_out(s, 1, now=after), 5)

    done = judge(late, 2)

    late.refresh_from_db()
    assert done.is_new
    assert (late.state, late.is_surplus) == (AssignmentState.SUBMITTED, True)
    assert sorted(Rating.objects.values_list("value", "basis")) == [
        (2, Basis.SURPLUS),
        (5, Basis.INDEPENDENT),
    ]
    assert s.round.slots.get().state == SlotState.FILLED


@pytest.mark.parametrize("how", ["expired", "given back"])
def test_late_work_whose_slot_is_free_takes_it_back(how):
    s = study(raters=2, items=1)
    late = hand_out(s)
    if how == "expired":
        release_expired(now=timezone.now() + timedelta(seconds=601))
    else:
        release_assignment(assignment=late)

    judge(late, 2)

    late.refresh_from_db()
    assert late.is_surplus is False
    assert s.round.slots.get().state == SlotState.FILLED
    assert next_assignment(round_=s.round, rater=s.raters[1]) is None


def test_late_work_takes_another_free_slot_of_its_item_when_its_own_was_filled():
    s = study(raters=3, items=1, overlap=2)
    late = hand_out(s, 0)
    after = timezone.now() + timedelta(seconds=601)
    release_expired(now=after)
    others = [hand_out(s, 1, now=after)]
    judge(others[0])

    judge(late)

    assert s.round.slots.filter(state=SlotState.FILLED).count() == 2
    assert not Rating.objects.filter(basis=Basis.SURPLUS).exists()


def test_work_that_arrives_after_the_round_closed_is_kept_as_surplus():
    s = study(raters=1, items=2)
    (first,) = [hand_out(s)]
    judge(first, 2)
    late = hand_out(s)
    close_round(round_=s.round, actor=None)

    judge(late)

    assert Rating.objects.get(judgment__assignment=late).basis == Basis.SURPLUS
    with pytest.raises(RoundNotOpen):
        judge(first, 3, base_revision=1)
    assert judge(first, 2).is_new is False


def test_judgment_is_stored_against_the_version_that_was_shown():
    s = study()
    assignment = hand_out(s)
    newer = make_rubric_version(s.project, CATEGORICAL, key=s.version.rubric.key)
    assert (newer.number, newer.state) == (2, VersionState.PUBLISHED)

    judge(assignment, 3)

    assert Judgment.objects.get().rubric_version == s.version
    assert Rating.objects.get().criterion.version == s.version


def test_draft_survives_until_submission_and_renews_the_lease():
    s = study()
    start = timezone.now()
    assignment = hand_out(s, now=start)
    body = {"ratings": {"quality": None}, "rationale": "half a sen"}

    save_draft(assignment=assignment, body=body, now=start + timedelta(minutes=8))

    assert draft_body(assignment.pk) == body
    assignment.refresh_from_db()
    assert assignment.lease_expires_at == start + timedelta(minutes=18)
    judge(assignment)
    assert draft_body(assignment.pk) is None
    with pytest.raises(Conflict):
        save_draft(assignment=assignment, body=body)
    assert not Draft.objects.exists()
    save_draft(assignment=assignment, body=body | {"base_revision": 1})
    assert Draft.objects.exists()


@pytest.mark.parametrize(
    "body",
    [[], {"rationale": "x" * 200_001}, {"rationale": "\x00"}, {"x": float("nan")}, {"x": "\ud800"}],
)
def test_draft_that_can_not_be_kept_is_refused(body):
    assignment = hand_out(study())
    with pytest.raises(Invalid):
        save_draft(assignment=assignment, body=body)
    assert not Draft.objects.exists()


def test_history_holds_own_judgments_only_and_undo_goes_back_to_the_last():
    s = study(items=4, overlap=2)
    mine = [hand_out(s)]
    judge(mine[0])
    mine.append(hand_out(s))
    judge(mine[1])
    judge(hand_out(s, 1))

    history = own_judgments(s.raters[0].user, s.round)
    assert [judgment.assignment for judgment in history] == mine[::-1]
    assert latest_own_judgment(s.round, s.raters[0]).assignment == mine[1]


def test_submission_takes_few_queries(django_assert_max_num_queries):
    s = study()
    judge(hand_out(s))
    assignment = hand_out(s)
    body = answer()
    user = assignment.rater.user
    with django_assert_max_num_queries(10):
        submit_judgment(assignment=assignment, body=body, author=user)


def test_handing_out_takes_few_queries(django_assert_max_num_queries):
    s = study()
    judge(hand_out(s))
    with django_assert_max_num_queries(10):
        hand_out(s)
