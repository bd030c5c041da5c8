"""Questions, clarifications and returns: what is stored, what is refused, what is counted."""

import pytest
from django.utils import timezone

from accounts.choices import Role
from accounts.errors import Conflict, Invalid
from accounts.models import AuditEvent
from annotation.choices import Basis, Resolution
from annotation.errors import JudgmentLocked, RoundNotOpen
from annotation.models import Clarification, ClarificationRead, Flag, Judgment, Rating, Return
from annotation.selectors.talk import open_returns, talk_with, unread_clarifications
from annotation.services.assignment import next_assignment
from annotation.services.clarifications import (
    mark_clarification_read,
    publish_clarification,
    withdraw_clarification,
)
from annotation.services.flags import (
    MOST_OPEN_ON_AN_ITEM,
    answer_flag,
    ask_lead,
    mark_answer_read,
)
from annotation.services.judgments import broken_revision, lock_judgment
from annotation.services.returns import return_judgment, stand_by
from annotation.services.rounds import close_round, pause_round
from tests.annotation.engine.build import judge, study
from tests.factories import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def s():
    made = study(raters=2, items=3, overlap=2)
    made.lead = member(made.project, Role.LEAD)
    made.assignment = next_assignment(round_=made.round, rater=made.raters[0])
    return made


def test_same_question_is_asked_once_while_it_waits(s):
    first = ask_lead(assignment=s.assignment, question=" Is this one\r\nfair? ")
    again = ask_lead(assignment=s.assignment, question="Is this one\nfair?")
    other = ask_lead(
        assignment=s.assignment, question="Is this one\nfair?", criterion_key="quality"
    )
    assert first == again
    assert list(Flag.objects.order_by("pk")) == [first, other]
    assert (first.round, first.rater) == (s.round, s.raters[0])


@pytest.mark.parametrize(
    ("question", "criterion", "field"),
    [
        ("  ", "", "question"),
        ("x" * 4001, "", "question"),
        ("a\x00b", "", "question"),
        ("Why?", "nothing_like_it", "criterion"),
    ],
)
def test_question_that_can_not_be_stored_names_its_field(s, question, criterion, field):
    with pytest.raises(Invalid) as refused:
        ask_lead(assignment=s.assignment, question=question, criterion_key=criterion)
    assert list(refused.value.fields) == [field]
    assert not Flag.objects.exists()


def test_questions_on_one_item_are_bounded_until_they_are_answered(s):
    for n in range(MOST_OPEN_ON_AN_ITEM):
        ask_lead(assignment=s.assignment, question=f"Question {n}?")
    with pytest.raises(Invalid, match="asked enough"):
        ask_lead(assignment=s.assignment, question="One more?")
    answer_flag(flag=Flag.objects.get(question="Question 0?"), answer="Yes.", actor=s.lead)
    ask_lead(assignment=s.assignment, question="One more?")
    assert Flag.objects.count() == MOST_OPEN_ON_AN_ITEM + 1


def test_paused_round_takes_questions_and_closed_one_does_not(s):
    pause_round(round_=s.round, actor=s.lead)
    ask_lead(assignment=s.assignment, question="While paused?")
    close_round(round_=s.round, actor=s.lead)
    with pytest.raises(RoundNotOpen):
        ask_lead(assignment=s.assignment, question="Once closed?")


def test_answer_reaches_its_rater_alone_until_it_is_read(s):
    flag = ask_lead(assignment=s.assignment, question="Why?")
    assert talk_with(s.round, s.raters[0]).answers == ()
    answer_flag(flag=flag, answer="Because.", actor=s.lead)
    assert [each.answer for each in talk_with(s.round, s.raters[0]).answers] == ["Because."]
    assert talk_with(s.round, s.raters[1]).answers == ()
    mark_answer_read(flag=flag)
    read = Flag.objects.get().read_at
    mark_answer_read(flag=flag)
    assert talk_with(s.round, s.raters[0]).answers == ()
    assert Flag.objects.get().read_at == read is not None


def test_second_answer_does_not_write_over_the_first(s):
    flag = ask_lead(assignment=s.assignment, question="Why?")
    answer_flag(flag=flag, answer="Because.", actor=s.lead)
    answer_flag(flag=flag, answer="Because.", actor=s.lead)
    with pytest.raises(Conflict):
        answer_flag(flag=flag, answer="For no reason.", actor=s.lead)
    assert Flag.objects.get().answer == "Because."
    assert AuditEvent.objects.filter(action="flag.answered").count() == 1


def test_unread_answer_is_not_marked_before_it_exists(s):
    flag = ask_lead(assignment=s.assignment, question="Why?")
    mark_answer_read(flag=flag)
    assert Flag.objects.get().read_at is None


def test_clarification_waits_for_each_rater_until_read_or_withdrawn(s):
    first = publish_clarification(round_=s.round, text="Count typos.", author=s.lead)
    assert publish_clarification(round_=s.round, text="Count typos.", author=s.lead) == first
    second = publish_clarification(
        round_=s.round, text="Not in code.", author=s.lead, criterion_key="quality"
    )
    one, two = s.raters
    assert unread_clarifications(s.round, one) == [first, second]
    mark_clarification_read(clarification=first, rater=one)
    mark_clarification_read(clarification=first, rater=one)
    assert ClarificationRead.objects.count() == 1
    assert unread_clarifications(s.round, one) == [second]
    assert unread_clarifications(s.round, two) == [first, second]
    withdraw_clarification(clarification=second, actor=s.lead)
    withdraw_clarification(clarification=second, actor=s.lead)
    assert unread_clarifications(s.round, one) == []
    assert list(talk_with(s.round, one).clarifications) == [first]
    assert Clarification.objects.count() == 2
    assert AuditEvent.objects.filter(action="clarification.withdrawn").count() == 1


def test_closed_round_takes_no_clarification(s):
    close_round(round_=s.round, actor=s.lead)
    with pytest.raises(RoundNotOpen):
        publish_clarification(round_=s.round, text="Too late.", author=s.lead)


def returned(s, comment="Look at the second sentence."):
    judge(s.assignment, 3)
    judgment = Judgment.objects.get(assignment=s.assignment)
    return return_judgment(judgment=judgment, comment=comment, actor=s.lead)


def bases():
    return set(Rating.objects.values_list("basis", flat=True))


def test_revision_after_a_return_resolves_it_and_is_not_independent(s):
    given = returned(s)
    assert list(open_returns(s.raters[0])) == [given]
    done = judge(s.assignment, 5, base_revision=1)
    given.refresh_from_db()
    assert (given.resolution, given.resolved_at is None) == (Resolution.REVISED, False)
    assert given.revision == 1
    assert done.judgment.revisions.get(number=2).reason == "returned"
    assert broken_revision(done.judgment) is None
    assert bases() == {Basis.RETURNED}
    judge(s.assignment, 4, base_revision=2)
    assert done.judgment.revisions.get(number=3).reason == ""
    assert bases() == {Basis.RETURNED}
    assert list(open_returns(s.raters[0])) == []


def test_same_answer_again_leaves_the_return_open(s):
    given = returned(s)
    assert judge(s.assignment, 3).is_new is False
    given.refresh_from_db()
    assert given.resolved_at is None
    assert bases() == {Basis.INDEPENDENT}


def test_rater_who_stands_by_the_judgment_keeps_it_independent(s):
    given = returned(s)
    user = s.raters[0].user
    stood = stand_by(judgment=given.judgment, note="I read it so.", actor=user)
    assert stood is not None
    assert stand_by(judgment=given.judgment, note="Again", actor=user) is None
    given.refresh_from_db()
    assert (given.resolution, given.note) == (Resolution.STANDS, "I read it so.")
    assert bases() == {Basis.INDEPENDENT}
    judge(s.assignment, 1, base_revision=1)
    assert bases() == {Basis.RETURNED}


def test_one_return_is_open_at_a_time(s):
    given = returned(s)
    assert returned_again(s, given, given.comment) == given
    with pytest.raises(Conflict):
        returned_again(s, given, "Something else.")
    stand_by(judgment=given.judgment, note="", actor=s.raters[0].user)
    assert returned_again(s, given, "Something else.") != given
    assert Return.objects.count() == 2


def returned_again(s, given, comment):
    return return_judgment(judgment=given.judgment, comment=comment, actor=s.lead)


def test_final_judgment_and_closed_round_are_not_returned(s):
    judge(s.assignment, 3)
    judgment = Judgment.objects.get()
    lock_judgment(judgment=judgment, now=timezone.now())
    with pytest.raises(JudgmentLocked):
        return_judgment(judgment=judgment, comment="Again, please.", actor=s.lead)
    Judgment.objects.update(locked_at=None)
    close_round(round_=s.round, actor=s.lead)
    with pytest.raises(RoundNotOpen):
        return_judgment(judgment=judgment, comment="Again, please.", actor=s.lead)
    assert not Return.objects.exists()


def test_closing_the_round_takes_returns_off_the_raters_list(s):
    given = returned(s)
    close_round(round_=s.round, actor=s.lead)
    assert list(open_returns(s.raters[0])) == []
    with pytest.raises(RoundNotOpen):
        stand_by(judgment=given.judgment, note="", actor=s.raters[0].user)


def test_audit_trail_says_who_returned_what(s):
    given = returned(s)
    event = AuditEvent.objects.get(action="judgment.returned")
    assert event.actor == s.lead.public_id
    assert event.data == {"judgment": given.judgment.public_id, "revision": 1}


def test_nothing_to_say_costs_one_statement(s, django_assert_num_queries):
    with django_assert_num_queries(1):
        talk_with(s.round, s.raters[0])
    publish_clarification(round_=s.round, text="Read me.", author=s.lead)
    with django_assert_num_queries(2):
        talk = talk_with(s.round, s.raters[0])
    assert [each.text for each in talk.unread] == ["Read me."]
    flag = ask_lead(assignment=s.assignment, question="Why?")
    answer_flag(flag=flag, answer="Because.", actor=s.lead)
    returned(s)
    with django_assert_num_queries(4):
        talk_with(s.round, s.raters[0])
