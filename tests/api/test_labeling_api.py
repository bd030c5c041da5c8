"""The labeling loop over HTTP, as a script or a load test drives it."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from accounts.models import ApiToken
from accounts.services.tokens import issue_token
from annotation.models import Assignment, Draft, Item, Judgment, Rating
from annotation.services.assignment import next_assignment
from annotation.services.leases import release_expired
from annotation.services.rounds import close_round
from tests.annotation.engine.build import answer, judge, study
from tests.factories import PAIRWISE, make_project, member

pytestmark = pytest.mark.django_db


class Caller:
    """A person with a token."""

    def __init__(self, user: Any) -> None:
        self.user = user
        self.client = Client()
        self.token = issue_token(user=user, name="test")

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.generic(
            method,
            f"/api/v1/{path}",
            b"" if body is None else json.dumps(body).encode(),
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.token}", **headers},
        )

    def next(self, round_: Any, **body: Any) -> Any:
        return self("POST", f"rounds/{round_.public_id}/next/", body or None)

    def submit(self, assignment: str, body: Any, query: str = "") -> Any:
        return self("PUT", f"assignments/{assignment}/judgment/{query}", body)


def raters(s: Any) -> list[Caller]:
    return [Caller(rater.user) for rater in s.raters]


def test_loop_hands_out_takes_and_ends():
    s = study(raters=1, items=2)
    (caller,) = raters(s)

    first = caller.next(s.round)
    assert first.status_code == 200
    assignment = first.json()["assignment"]
    assert set(assignment) == {
        "id",
        "round",
        "rubric_version",
        "state",
        "item",
        "lease_expires_at",
        "lease_seconds_left",
    }
    assert assignment["rubric_version"] == str(s.version)
    done = caller.submit(assignment["id"], answer())
    assert done.status_code == 200
    assert set(done.json()) == {"receipt", "revision"}
    assert caller.submit(assignment["id"], answer()).json() == done.json()

    second = caller.next(s.round).json()["assignment"]
    last = caller.submit(second["id"], answer(), "?next=1").json()
    assert last["assignment"] is None
    assert last["nothing_left"] == {
        "reason": "done",
        "may_come": False,
        "look_again_seconds": None,
    }
    nothing = caller.next(s.round)
    assert (nothing.status_code, nothing.content) == (204, b"")
    assert nothing.headers["Concord-Reason"] == "done"


def test_submission_with_next_carries_the_next_assignment():
    s = study(raters=1, items=3)
    (caller,) = raters(s)
    first = caller.next(s.round).json()["assignment"]

    both = caller.submit(first["id"], answer(), "?next=1").json()

    assert both["revision"] == 1
    assert both["assignment"] == caller.next(s.round).json()["assignment"] | {
        "lease_expires_at": both["assignment"]["lease_expires_at"],
        "lease_seconds_left": both["assignment"]["lease_seconds_left"],
    }


def test_nothing_left_for_now_says_when_to_look_again():
    s = study(raters=2, items=1)
    mine, other = raters(s)
    assert other.next(s.round).status_code == 200

    waiting = mine.next(s.round)

    assert waiting.status_code == 204
    assert waiting.headers["Retry-After"] == "60"
    assert waiting.headers["Concord-Reason"] == "wait"


def test_page_prefetches_the_item_behind_the_one_it_shows():
    s = study(raters=1, items=3)
    (caller,) = raters(s)
    first = caller.next(s.round).json()["assignment"]["id"]

    second = caller.next(s.round, holding=[first]).json()["assignment"]["id"]

    assert second != first
    done = caller.submit(first, answer(), "?next=1").json()
    assert done["assignment"]["id"] == second


def test_conflict_is_a_problem_that_shows_what_is_stored():
    s = study(raters=1)
    (caller,) = raters(s)
    assignment = caller.next(s.round).json()["assignment"]["id"]
    receipt = caller.submit(assignment, answer(2)).json()["receipt"]

    conflict = caller.submit(assignment, answer(4))

    assert conflict.status_code == 409
    assert conflict.headers["Content-Type"] == "application/problem+json"
    problem = conflict.json()
    assert problem["code"] == "stale_revision"
    assert problem["stored"]["receipt"] == receipt
    assert problem["stored"]["ratings"] == {"quality": 2}
    changed = caller.submit(assignment, answer(4, base_revision=problem["stored"]["revision"]))
    assert changed.json()["revision"] == 2


@pytest.mark.parametrize(
    "body", [{"ratings": {"quality": 7}}, {}, [], "x", {"ratings": {"quality": [[[]]]}}]
)
def test_answer_that_does_not_fit_is_422_with_fields(body):
    s = study(raters=1)
    (caller,) = raters(s)
    assignment = caller.next(s.round).json()["assignment"]["id"]

    refused = caller.submit(assignment, body)

    assert refused.status_code == 422
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert not Judgment.objects.exists()


def test_body_that_is_no_json_is_a_problem_not_a_stack():
    s = study(raters=1)
    (caller,) = raters(s)
    assignment = caller.next(s.round).json()["assignment"]["id"]
    broken = caller.client.put(
        f"/api/v1/assignments/{assignment}/judgment/",
        b'{"ratings": ',
        content_type="application/json",
        headers={"Authorization": f"Bearer {caller.token}"},
    )
    assert broken.status_code == 400
    assert broken.json()["code"] == "parse_error"


@pytest.mark.parametrize(
    "path",
    ["", "judgment/", "draft/", "heartbeat/", "release/"],
)
def test_assignment_of_another_rater_is_the_same_404_as_an_unknown_one(path):
    s = study(raters=2)
    mine, other = raters(s)
    theirs = other.next(s.round).json()["assignment"]["id"]
    method = {"": "GET", "judgment/": "PUT", "draft/": "PUT"}.get(path, "POST")

    def call(assignment: str) -> Any:
        return mine(method, f"assignments/{assignment}/{path}", answer())

    forbidden, unknown = call(theirs), call("A" * 22)

    assert forbidden.status_code == unknown.status_code == 404
    assert forbidden.content == unknown.content
    assert not Judgment.objects.exists()
    assert not Draft.objects.exists()


def test_round_of_another_project_is_not_found():
    s = study()
    stranger = Caller(member(make_project(), Role.ANNOTATOR))
    lead = Caller(member(s.project, Role.LEAD))

    assert stranger.next(s.round).status_code == 404
    assert lead.next(s.round).status_code == 404
    assert stranger("GET", f"rounds/{s.round.public_id}/").status_code == 404
    assert not Assignment.objects.exists()


def test_deactivated_rater_is_refused_at_once_and_stored_work_stays():
    s = study(raters=2, items=1, overlap=2)
    mine, other = raters(s)
    first = mine.next(s.round).json()["assignment"]["id"]
    mine.submit(first, answer())
    held = other.next(s.round).json()["assignment"]["id"]
    mine.user.is_active = other.user.is_active = False
    mine.user.save()
    other.user.save()

    assert other.submit(held, answer()).status_code == 401
    assert mine.next(s.round).status_code == 401
    assert Judgment.objects.count() == 1
    assert release_expired() == 1


def test_expired_token_is_refused():
    s = study(raters=1)
    (caller,) = raters(s)
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert caller.next(s.round).status_code == 401


def test_draft_heartbeat_and_release():
    s = study(raters=1, items=2)
    (caller,) = raters(s)
    assignment = caller.next(s.round).json()["assignment"]["id"]

    assert caller("PUT", f"assignments/{assignment}/draft/", {"rationale": "so f"}).json()[
        "saved_at"
    ]
    assert caller("POST", f"assignments/{assignment}/heartbeat/").json()["state"] == "leased"
    own = caller("GET", f"assignments/{assignment}/").json()
    assert (own["draft"], own["judgment"]) == ({"rationale": "so f"}, None)
    assert caller("POST", f"assignments/{assignment}/release/").json()["state"] == "released"
    assert caller("PUT", f"assignments/{assignment}/draft/", ["no"]).status_code == 422


def test_own_assignment_shows_its_stored_answer_as_it_was_given():
    s = study(raters=1, responses=2, criteria=(PAIRWISE,), items=6)
    (caller,) = raters(s)
    for _ in range(6):
        assignment = caller.next(s.round).json()["assignment"]["id"]
        caller.submit(assignment, {"ratings": {"preference": "response_1"}})
        own = caller("GET", f"assignments/{assignment}/").json()
        assert own["judgment"]["ratings"] == {"preference": "response_1"}
    assert len(set(Rating.objects.values_list("value", flat=True))) == 2


def test_idempotency_key_answers_once_and_refuses_another_body():
    s = study(raters=1, items=5)
    (caller,) = raters(s)
    path = f"rounds/{s.round.public_id}/next/"
    key = {"Idempotency-Key": "one"}

    first = caller("POST", path, {"holding": []}, **key)
    assert caller("POST", path, {"holding": []}, **key).json() == first.json()
    other = caller("POST", path, {"holding": [first.json()["assignment"]["id"]]}, **key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert Assignment.objects.count() == 1


def test_lists_are_paged_and_know_only_their_filters():
    s = study()
    lead = Caller(member(s.project, Role.LEAD))
    close_round(round_=s.round, actor=None)

    rounds = lead("GET", f"rounds/?project={s.project.slug}&state=closed").json()
    assert [row["id"] for row in rounds["results"]] == [s.round.public_id]
    assert lead("GET", "rounds/?state=open").json()["results"] == []
    assert [row["slug"] for row in lead("GET", "projects/").json()["results"]] == [s.project.slug]
    for query in ("project__members=1", "seed=1", "ordering=seed", "project__slug=x"):
        refused = lead("GET", f"rounds/?{query}")
        assert (refused.status_code, refused.json()["code"]) == (400, "unknown_parameter")


@pytest.mark.parametrize("n", [1, 3])
def test_list_of_rounds_takes_the_same_queries_for_one_and_three(n, django_assert_num_queries):
    studies = [study() for _ in range(n)]
    lead = Caller(member(studies[0].project, Role.LEAD))
    with django_assert_num_queries(3):
        assert len(lead("GET", "rounds/").json()["results"]) == 1


def test_progress_of_a_round_adds_up():
    s = study(raters=2, items=3, overlap=2)
    judge(next_assignment(round_=s.round, rater=s.raters[0]))
    next_assignment(round_=s.round, rater=s.raters[1])
    lead = Caller(member(s.project, Role.LEAD))

    detail = lead("GET", f"rounds/{s.round.public_id}/").json()

    assert detail["progress"] == {
        "n_items": 3,
        "n_slots": 6,
        "n_filled": 1,
        "n_taken": 1,
        "n_open": 4,
        "n_judgments": 1,
        "n_surplus": 0,
    }


# -- blinding


def test_answer_of_two_arms_is_equal_but_for_their_texts():
    """T02: blank the texts of two items from different models; the rest is the same bytes."""
    s = study(raters=1, items=2, responses=2, criteria=(PAIRWISE,))
    for place, item in enumerate(s.items):
        item.content["responses"] = [{"text": f"TEXT{place}{n}"} for n in range(2)]
        item.content["messages"] = [{"role": "user", "content": f"TEXT{place}"}]
        item.sources = [{"model": f"arm-{place}-{n}", "url": f"https://{n}"} for n in range(2)]
        item.slices = {"arm": f"secret-{place}"}
        item.meta = {"winner": place}
        item.save()
    (caller,) = raters(s)
    seen = []
    for _ in range(2):
        response = caller.next(s.round)
        assignment = response.json()["assignment"]
        caller.submit(assignment["id"], {"ratings": {"preference": "tie"}})
        text = response.content.decode()
        for varying in ("id", "lease_expires_at", "lease_seconds_left"):
            text = text.replace(json.dumps(assignment[varying]), "X")
        seen.append((re.sub(r"TEXT\d+", "TEXT", text), sorted(response.headers.items())))
    assert seen[0] == seen[1]


def test_answer_to_a_rater_carries_no_secret():
    """T01: seeded canaries in everything hidden; none of them reaches a rater."""
    s = study(raters=2, items=1, overlap=2, responses=2, criteria=(PAIRWISE,))
    Item.objects.update(
        sources=[{"model": "CANARY-model", "url": "CANARY-url"}] * 2,
        slices={"CANARY-slice": "CANARY-value"},
        meta={"CANARY-meta": 1},
        reference={"text": "CANARY-reference"},
        group="CANARY-group",
        external_id="CANARY-id",
    )
    mine, other = raters(s)
    theirs = other.next(s.round).json()["assignment"]["id"]
    other.submit(theirs, {"ratings": {"preference": "tie"}, "rationale": "CANARY-rationale"})

    first = mine.next(s.round)
    assignment = first.json()["assignment"]["id"]
    answers = [
        first,
        mine("GET", f"assignments/{assignment}/"),
        mine("POST", f"assignments/{assignment}/heartbeat/"),
        mine("PUT", f"assignments/{assignment}/draft/", {}),
        mine.submit(assignment, {"ratings": {"preference": "CANARY"[:0] + "left"}}),
        mine.submit(assignment, {"ratings": {"preference": "tie"}}, "?next=1"),
        mine.submit(assignment, {"ratings": {"preference": "response_1"}}),
        mine.next(s.round),
        mine("GET", "rounds/"),
        mine("GET", "projects/"),
    ]
    for response in answers:
        assert b"CANARY" not in response.content
        assert "CANARY" not in str(response.headers)
        assert s.items[0].public_id.encode() not in response.content


def test_what_a_rater_sees_does_not_move_when_another_submits():
    """T06."""
    s = study(raters=2, items=5, overlap=2)
    mine, other = raters(s)
    assignment = mine.next(s.round).json()["assignment"]["id"]

    def seen() -> list[Any]:
        own = mine("GET", f"assignments/{assignment}/").json()
        own.pop("lease_seconds_left")
        return [own, mine("GET", "projects/").json()]

    before = seen()
    theirs = other.next(s.round).json()["assignment"]["id"]
    other.submit(theirs, answer())
    assert seen() == before
