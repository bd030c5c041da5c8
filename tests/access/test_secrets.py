"""No page and no answer carries what its reader must not know (T01, T02, T04, T08, T12)."""

import json
from typing import Any

import pytest
from django.test import Client

from accounts.choices import Role
from tests import study as secrets
from tests.routes import own_routes
from tests.study import CANARIES, Study

ROUTES = own_routes()

# What each role may see somewhere. An annotator sees nothing of the secret set; an adjudicator
# sees the raters' rationales and codes only after deciding blind, so not in this study.
ENTITLED = {
    Role.ANNOTATOR: frozenset[str](),
    Role.VENDOR: frozenset[str](),
    Role.ADJUDICATOR: frozenset({secrets.DECISION}),
    Role.LEAD: frozenset(CANARIES),
    Role.ADMIN: frozenset(CANARIES),
}


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.VENDOR, Role.ADJUDICATOR])
def test_no_answer_to_a_role_holds_a_secret(study: Study, role: Role) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(study.people[role])
    hidden = [canary for canary in CANARIES if canary not in ENTITLED[role]]
    leaks = []
    for route in ROUTES:
        for ids in (study.ids, study.ids | {"round": study.ids["open_round"]}):
            for method in ("get", "post"):
                answer = getattr(client, method)(route.path(ids))
                leaks += [(method, route.text, c) for c in hidden if c in _everything(answer)]
    assert leaks == []


def test_labeling_answer_holds_no_field_beyond_the_contract(study: Study) -> None:
    client = Client()
    client.force_login(study.people[Role.ANNOTATOR])
    address = f"/api/v1/rounds/{study.ids['open_round']}/next/"
    answer = client.post(address, {}, content_type="application/json").json()["assignment"]
    assert {"id", "item", "rubric_version", "lease_expires_at"} <= set(answer)
    assert set(answer["item"]) <= {
        "messages",
        "responses",
        "contexts",
        "tool_calls",
        "reference",
        "attachments",
    }
    assert all(set(r) <= {"text", "tool_calls"} for r in answer["item"]["responses"])
    assert not [canary for canary in CANARIES if canary in json.dumps(answer)]


def test_unknown_and_forbidden_ids_get_one_identical_answer(study: Study) -> None:
    client = Client()
    client.force_login(study.outsider)
    forbidden = client.get(f"/api/v1/assignments/{study.ids['assignment']}/")
    unknown = client.get("/api/v1/assignments/AAAAAAAAAAAAAAAAAAAAAA/")
    assert (forbidden.status_code, forbidden.content) == (unknown.status_code, unknown.content)
    assert forbidden.status_code == 404


def test_public_ids_are_long_and_random(study: Study) -> None:
    named = {"project", "criterion", "format", "role", "template", "place"}
    ids = [value for name, value in study.ids.items() if name not in named]
    assert len(set(ids)) == len(ids)
    assert all(len(value) == 22 for value in ids)


def test_errors_carry_no_stack_and_no_secret(study: Study) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(study.people[Role.ANNOTATOR])
    address = f"/api/v1/assignments/{study.ids['assignment']}/judgment/"
    for body in (
        "{",
        "[]",
        '{"ratings": 1}',
        '{"ratings": {"nope": 1}}',
        '{"ratings": {"quality": 99}}',
    ):
        answer = client.put(address, body, content_type="application/json")
        text = _everything(answer)
        assert 400 <= answer.status_code < 500, (body, answer.status_code)
        assert answer["Content-Type"].startswith("application/problem+json")
        assert "Traceback" not in text
        assert not [canary for canary in CANARIES if canary in text]


def _everything(answer: Any) -> str:
    """Body, headers and cookies as one text."""
    if answer.streaming:
        body = b"".join(answer.streaming_content).decode(errors="replace")
    else:
        body = answer.content.decode(errors="replace")
    headers = "\n".join(f"{name}: {value}" for name, value in answer.items())
    return body + headers + str(answer.cookies)
