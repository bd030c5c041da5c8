"""Questions, clarifications and returns over HTTP."""

from typing import Any

import pytest

from accounts.choices import Role
from accounts.models import Membership
from annotation.models import Clarification, Flag, Judgment, Return
from annotation.services.assignment import next_assignment
from tests.annotation.engine.build import judge, study
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
