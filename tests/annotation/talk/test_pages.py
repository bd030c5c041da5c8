"""Pages of questions, clarifications and returns, for raters and for leads."""

import csv
import io
import re

import pytest
from django.test import Client

from accounts.choices import Role
from accounts.models import Membership
from annotation.models import Clarification, ClarificationRead, Draft, Flag, Judgment, Return
from annotation.services.assignment import next_assignment
from annotation.services.clarifications import publish_clarification
from annotation.services.flags import answer_flag, ask_lead
from annotation.services.returns import return_judgment
from annotation.services.rounds import open_round
from tests.annotation.attachments.files import png
from tests.annotation.attachments.test_attachments_serving import attach
from tests.annotation.engine.build import judge, study
from tests.factories import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def s():
    made = study(raters=2, items=4, overlap=2, responses=2)
    made.lead = member(made.project, Role.LEAD)
    made.assignment = next_assignment(round_=made.round, rater=made.raters[0])
    made.base = f"/projects/{made.project.slug}/"
    made.as_lead, made.as_rater, made.as_other = (
        signed_in(user) for user in (made.lead, made.raters[0].user, made.raters[1].user)
    )
    return made


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def asked(s, question="Is response A meant to be cut off?", **fields):
    return ask_lead(assignment=s.assignment, question=question, **fields)


def test_question_without_script_keeps_the_answers_that_came_along(s):
    address = f"{s.base}assignments/{s.assignment.public_id}/flag/"
    form = {"flag-question": "Why?", "flag-criterion": "quality", "value-quality": "4"}
    answer = s.as_rater.post(address, form | {"seconds_spent": "3"})
    assert answer.status_code == 302
    assert answer["Location"].endswith(f"/assignments/{s.assignment.public_id}/")
    flag = Flag.objects.get()
    assert (flag.question, flag.criterion_key) == ("Why?", "quality")
    assert Draft.objects.get(assignment=s.assignment).body["ratings"] == {"quality": "4"}


def test_question_from_the_script_leaves_the_draft_alone(s):
    address = f"{s.base}assignments/{s.assignment.public_id}/flag/"
    scripted = {"X-Concord-Fragment": "1"}
    sent = s.as_rater.post(address, {"flag-question": "Why?"}, headers=scripted)
    assert (sent.status_code, sent.json()) == (201, {"id": Flag.objects.get().public_id})
    empty = s.as_rater.post(address, {"flag-question": " "}, headers=scripted)
    assert empty.status_code == 422
    assert empty.json()["detail"] == "Write something first."
    assert not Draft.objects.exists()


def test_another_raters_question_is_never_found(s):
    flag = asked(s)
    answer_flag(flag=flag, answer="Yes, it is.", actor=s.lead)
    assert s.as_other.post(f"{s.base}questions/{flag.public_id}/read/").status_code == 404
    address = f"{s.base}assignments/{s.assignment.public_id}/flag/"
    assert s.as_other.post(address, {"flag-question": "Me too"}).status_code == 404
    page = s.as_other.get(f"{s.base}questions/").content.decode()
    assert flag.question not in page
    own = s.as_rater.get(f"{s.base}questions/").content.decode()
    assert flag.question in own
    assert "Yes, it is." in own


def test_read_answer_goes_back_only_to_pages_of_ours(s):
    flag = asked(s)
    answer_flag(flag=flag, answer="Yes.", actor=s.lead)
    address = f"{s.base}questions/{flag.public_id}/read/"
    for wanted in ("https://evil.example/", "//evil.example/projects/", "/account/logout/"):
        answer = s.as_rater.post(address, {"next": wanted})
        assert answer["Location"] == f"{s.base}questions/"
    assert s.as_rater.post(address, {"next": f"{s.base}work/"})["Location"] == f"{s.base}work/"
    assert Flag.objects.get().read_at is not None


def test_inbox_filters_by_state_and_round_and_its_file_holds_the_same(s):
    flag = asked(s)
    answered = asked(s, "=Is it B?", criterion_key="quality")
    answer_flag(flag=answered, answer="No.", actor=s.lead)
    waiting = s.as_lead.get(f"{s.base}flags/").content.decode()
    assert flag.question in waiting
    assert answered.question not in waiting
    query = f"?state=answered&round={s.round.public_id}"
    file = s.as_lead.get(f"{s.base}flags.csv{query}").content.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(file))
    assert row["question"] == "'=Is it B?"
    assert (row["rater"], row["criterion"], row["answer"]) == (s.raters[0].code, "quality", "No.")
    assert s.as_lead.get(f"{s.base}flags/?round=AAAAAAAAAAAAAAAAAAAAAA").status_code == 404


@pytest.mark.parametrize("n", [1, 3])
def test_inbox_costs_the_same_however_many_questions(s, n, django_assert_num_queries):
    for k in range(n):
        asked(s, f"Question {k}?")
    with django_assert_num_queries(11):
        s.as_lead.get(f"{s.base}flags/")


def test_question_page_shows_the_item_in_the_raters_order(s):
    flag = asked(s)
    for order in ([0, 1], [1, 0]):
        s.assignment.side_order = order
        s.assignment.save()
        page = s.as_lead.get(f"{s.base}flags/{flag.public_id}/").content.decode()
        texts = [each["text"] for each in s.assignment.item.content["responses"]]
        first, second = (texts[at] for at in order)
        assert page.index(first) < page.index(second)
    assert s.raters[0].user.email not in page


def test_lead_sees_the_files_of_the_item_that_is_asked_about(s, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    attach(s.assignment.item, ("image/png", png(), {}))
    flag = asked(s)
    page = s.as_lead.get(f"{s.base}flags/{flag.public_id}/").content.decode()
    (address,) = set(re.findall(r'src="([^"]+/attachments/1/)"', page))
    assert s.as_lead.get(address).status_code == 200


def test_answered_question_leads_to_the_one_that_waits_longest(s):
    other_round = open_round(
        project=s.project, rubric_version=s.version, kind="production", name="other", actor=None
    )
    elsewhere = ask_lead(
        assignment=next_assignment(round_=other_round, rater=s.raters[1]),
        question="Older, in another round?",
    )
    first, second, third = (asked(s, f"Question {n}?") for n in range(3))
    address = f"{s.base}flags/{second.public_id}/"
    assert "Next question" not in s.as_lead.get(address).content.decode()
    for answered, expected in ((second, first), (first, third), (third, elsewhere)):
        answer_flag(flag=answered, answer="So.", actor=s.lead)
        page = s.as_lead.get(address).content.decode()
        assert f"flags/{expected.public_id}/" in page
    answer_flag(flag=elsewhere, answer="So.", actor=s.lead)
    assert "Next question" not in s.as_lead.get(address).content.decode()


def test_answer_may_become_a_clarification_for_everybody(s):
    flag = asked(s, criterion_key="quality")
    address = f"{s.base}flags/{flag.public_id}/"
    assert s.as_lead.post(address, {"answer": ""}).status_code == 422
    s.as_lead.post(address, {"answer": "Yes, R01, it is."})
    s.as_lead.post(address, {"do": "everybody", "text": "Cut off answers are meant to be so."})
    told = Clarification.objects.get()
    assert (told.flag, told.criterion_key) == (flag, "quality")
    assert "Everybody in the round was told" in s.as_lead.get(address).content.decode()


def test_second_lead_sees_the_first_answer_instead_of_replacing_it(s):
    flag = asked(s)
    answer_flag(flag=flag, answer="First.", actor=s.lead)
    address = f"{s.base}flags/{flag.public_id}/"
    page = s.as_lead.post(address, {"answer": "Second."}, follow=True).content.decode()
    assert "has an answer already" in page
    assert Flag.objects.get().answer == "First."


def test_lead_who_judges_in_the_round_sees_nothing_of_the_others(s):
    flag = asked(s)
    other = s.raters[1].user
    Membership.objects.create(user=other, project=s.project, role=Role.LEAD)
    next_assignment(round_=s.round, rater=s.raters[1])
    assert s.as_other.get(f"{s.base}flags/{flag.public_id}/").status_code == 403
    assert s.as_other.get(f"{s.base}rounds/{s.round.public_id}/live/").status_code == 403
    assert s.as_other.get(f"{s.base}rounds/{s.round.public_id}/returns/").status_code == 403
    inbox = s.as_other.get(f"{s.base}flags/?state=all").content.decode()
    assert flag.question not in inbox
    assert "Another lead answers them" in inbox
    page = s.as_other.get(f"{s.base}rounds/{s.round.public_id}/").content.decode()
    assert 'id="live"' not in page
    told = s.as_other.get(f"{s.base}rounds/{s.round.public_id}/clarifications/").content.decode()
    assert "Read by" not in told


def test_clarification_is_previewed_then_published_then_withdrawn(s):
    address = f"{s.base}rounds/{s.round.public_id}/clarifications/"
    form = {"text": "Count *typos*.", "criterion": "quality"}
    preview = s.as_lead.post(address, form | {"do": "preview"}).content.decode()
    assert "<em>typos</em>" in preview
    assert not Clarification.objects.exists()
    assert s.as_lead.post(address, {"text": "", "do": "publish"}).status_code == 422
    s.as_lead.post(address, form | {"do": "publish"})
    told = Clarification.objects.get()
    assert "Read by 0 of 2 raters" in s.as_lead.get(address).content.decode()
    s.as_rater.post(f"{s.base}clarifications/{told.public_id}/read/")
    assert "Read by 1 of 2 raters" in s.as_lead.get(address).content.decode()
    s.as_lead.post(f"{s.base}clarifications/{told.public_id}/withdraw/")
    assert "Withdrawn" in s.as_lead.get(address).content.decode()


def test_clarification_is_marked_read_for_its_own_reader_only(s):
    told = publish_clarification(round_=s.round, text="Read me.", author=s.lead)
    answer = s.as_rater.post(f"{s.base}clarifications/{told.public_id}/read/")
    assert answer["Location"] == f"{s.base}rounds/{s.round.public_id}/judge/"
    assert [read.rater for read in ClarificationRead.objects.all()] == [s.raters[0]]
    assert s.as_lead.post(f"{s.base}clarifications/{told.public_id}/read/").status_code == 404


def returned(s, comment="Look at the second sentence."):
    judge(s.assignment, 3)
    judgment = Judgment.objects.get(assignment=s.assignment)
    return return_judgment(judgment=judgment, comment=comment, actor=s.lead)


def test_lead_returns_a_judgment_and_its_rater_stands_by_it(s):
    judge(s.assignment, 3)
    judgment = Judgment.objects.get()
    address = f"{s.base}judgments/{judgment.public_id}/return/"
    assert s.as_rater.post(address, {"comment": "No."}).status_code == 404
    s.as_lead.post(address, {"comment": " "})
    assert not Return.objects.exists()
    s.as_lead.post(address, {"comment": "Look again."})
    assert "Look again." in s.as_rater.get(f"{s.base}questions/").content.decode()
    stand = f"{s.base}assignments/{s.assignment.public_id}/stand/"
    assert s.as_other.post(stand).status_code == 404
    s.as_rater.post(stand, {"stand-note": "I read it so."})
    assert Return.objects.get().note == "I read it so."
    page = s.as_lead.get(f"{s.base}rounds/{s.round.public_id}/returns/").content.decode()
    assert "I read it so." in page
    assert "Stands by it" in page


@pytest.mark.parametrize("n", [1, 3])
def test_returns_page_costs_the_same_however_many(s, n, django_assert_num_queries):
    for _ in range(n):
        s.assignment = next_assignment(round_=s.round, rater=s.raters[0])
        returned(s)
    with django_assert_num_queries(10):
        s.as_lead.get(f"{s.base}rounds/{s.round.public_id}/returns/")
