"""Questions, clarifications and returns over HTTP."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.choices import Role
from accounts.models import Membership
from annotation.models import Clarification, ClarificationRead, Flag, Judgment, Return
from annotation.services.assignment import next_assignment
from annotation.services.clarifications import publish_clarification
from annotation.services.returns import return_judgment
from tests.annotation.engine.build import answer, judge, study
from tests.api.test_labeling_api import Caller
from tests.factories import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def s() -> Any:
    made = study(raters=2, items=3, overlap=2)
    made.lead = Caller(member(made.project, Role.LEAD))
    made.one, made.two = (Caller(rater.user) for rater in made.raters)
    made.assignment = next_assignment(round_=made.round, rater=made.raters[0])
    made.path = f"assignments/{made.assignment.public_id}/flags/"
    return made


def test_question_and_its_answer_go_between_rater_and_lead(s):
    asked = s.one("POST", s.path, {"question": "Why?", "criterion": "quality"})
    assert asked.status_code == 201
    flag = asked.json()
    assert (flag["question"], flag["criterion"], flag["answered_at"]) == ("Why?", "quality", None)
    (row,) = s.lead("GET", f"flags/?state=open&round={s.round.public_id}").json()["results"]
    assert (row["id"], row["rater"]) == (flag["id"], s.raters[0].code)
    answered = s.lead("POST", f"flags/{flag['id']}/answer/", {"answer": "Because."})
    assert answered.status_code == 200
    assert s.lead("GET", "flags/?state=open").json()["results"] == []
    (own,) = s.one("GET", s.path).json()["results"]
    assert own["answer"] == "Because."
    again = s.lead("POST", f"flags/{flag['id']}/answer/", {"answer": "Otherwise."})
    assert (again.status_code, again.json()["code"]) == (409, "answered")


def test_another_rater_finds_nothing_of_a_question(s):
    s.one("POST", s.path, {"question": "Why?"})
    flag = Flag.objects.get()
    assert s.two("GET", s.path).status_code == 404
    assert s.two("POST", s.path, {"question": "Me too."}).status_code == 404
    assert s.two("GET", "flags/").status_code in (403, 404)
    assert s.two("POST", f"flags/{flag.public_id}/answer/", {"answer": "No"}).status_code in (
        403,
        404,
    )


def test_lead_who_judges_in_the_round_is_blind_there(s):
    s.one("POST", s.path, {"question": "Why?"})
    Membership.objects.create(user=s.raters[1].user, project=s.project, role=Role.LEAD)
    assert len(s.two("GET", "flags/").json()["results"]) == 1
    next_assignment(round_=s.round, rater=s.raters[1])
    assert s.two("GET", "flags/").json()["results"] == []
    answer = s.two("POST", f"flags/{Flag.objects.get().public_id}/answer/", {"answer": "No"})
    assert (answer.status_code, answer.json()["code"]) == (403, "blinded")


def test_clarification_is_published_listed_and_withdrawn(s):
    path = f"rounds/{s.round.public_id}/clarifications/"
    told = s.lead("POST", path, {"text": "Count typos."})
    assert told.status_code == 201
    assert s.lead("POST", path, {"text": "x", "criterion": "none"}).status_code == 422
    s.lead("POST", f"clarifications/{told.json()['id']}/withdraw/")
    (row,) = s.lead("GET", path).json()["results"]
    assert row["withdrawn_at"] is not None
    assert s.one("POST", path, {"text": "From a rater"}).status_code in (403, 404)
    assert Clarification.objects.count() == 1


def test_judgment_is_returned_once(s):
    judge(s.assignment, 3)
    path = f"judgments/{Judgment.objects.get().public_id}/return/"
    given = s.lead("POST", path, {"comment": "Look again."})
    assert given.status_code == 201
    assert s.lead("POST", path, {"comment": "Look again."}).json()["id"] == given.json()["id"]
    assert s.lead("POST", path, {"comment": "Another."}).status_code == 409
    assert s.lead("POST", path, {"comment": ""}).status_code in (400, 422)
    assert s.one("POST", path, {"comment": "Mine"}).status_code in (403, 404)
    assert Return.objects.count() == 1


def test_clarification_comes_with_each_item_until_it_is_marked_read(s):
    assert s.one.next(s.round).json()["clarifications"] == []
    told = publish_clarification(
        round_=s.round, text="Count typos.", author=s.lead.user, criterion_key="quality"
    )
    said = [{"id": told.public_id, "criterion": "quality", "text": "Count typos."}]
    given = s.one.next(s.round).json()
    assert given["clarifications"] == said
    path = f"assignments/{given['assignment']['id']}/judgment/?next=1"
    assert s.one("PUT", path, answer()).json()["clarifications"] == said
    read = f"clarifications/{told.public_id}/read/"
    assert [s.one("POST", read).status_code for _twice in range(2)] == [204, 204]
    assert s.one.next(s.round).json()["clarifications"] == []
    assert s.two.next(s.round).json()["clarifications"] == said


def test_clarification_of_another_project_is_not_found(s):
    told = publish_clarification(round_=s.round, text="Count typos.", author=s.lead.user)
    stranger = Caller(study(raters=1).raters[0].user)
    assert stranger("POST", f"clarifications/{told.public_id}/read/").status_code == 404
    assert not ClarificationRead.objects.exists()


def test_item_costs_one_statement_more_only_where_something_is_unread(s):
    def n_statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert s.one.next(s.round).status_code == 200
        return len(asked)

    n_statements()
    without = n_statements()
    told = publish_clarification(round_=s.round, text="Count typos.", author=s.lead.user)
    assert n_statements() == without + 1
    s.one("POST", f"clarifications/{told.public_id}/read/")
    assert n_statements() == without


def test_returned_judgment_is_found_and_changed_or_stood_by(s):
    first = judge(s.assignment, 3)
    second = judge(next_assignment(round_=s.round, rater=s.raters[0]), 3)
    for done in (first, second):
        return_judgment(judgment=done.judgment, comment="Look again.", actor=s.lead.user)
    rows = s.one("GET", "returns/").json()["results"]
    ids = [done.judgment.assignment.public_id for done in (second, first)]
    assert [(row["assignment"], row["comment"]) for row in rows] == [
        (each, "Look again.") for each in ids
    ]
    assert s.two("GET", "returns/").json()["results"] == []

    own = s.one("GET", f"assignments/{ids[1]}/").json()
    assert (own["returned"]["revision"], own["returned"]["comment"]) == (1, "Look again.")
    same = s.one.submit(ids[1], answer(3, base_revision=1))
    assert (same.status_code, same.json()["code"]) == (422, "unchanged")
    # A request that comes a second time is not somebody's second look.
    assert s.one.submit(ids[1], answer(3)).json()["receipt"] == first.receipt
    assert s.one.submit(ids[1], answer(4, base_revision=1)).status_code == 200
    stood = s.one("POST", f"assignments/{ids[0]}/stand-by/", {"note": "It is right."})
    assert (stood.status_code, stood.json()["resolution"]) == (200, "stands")
    assert s.one("POST", f"assignments/{ids[0]}/stand-by/").status_code == 409
    assert s.one("GET", "returns/").json()["results"] == []
    assert s.one("GET", f"assignments/{ids[1]}/").json()["returned"] is None
