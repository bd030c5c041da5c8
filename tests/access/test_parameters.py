"""Nothing beyond what a route names is read, applied or told (T03, T05, T16)."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from accounts.choices import Role
from annotation.choices import SlotPurpose
from annotation.models import Assignment, CheckAnswer, Judgment, JudgmentRevision, Rating, Slot
from tests.factories import make_items, make_project, make_rater, make_round, member
from tests.routes import own_routes
from tests.study import Study

LISTS = [route for route in own_routes() if route.is_api and "schema" not in route.text]
PROBES = (
    "rater__user__email",
    "user__password__startswith",
    "item__sources__icontains",
    "check_answers__accepted",
    "ordering",
    "search",
    "expand",
    "fields",
)


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.LEAD, Role.ADMIN])
def test_filters_beyond_the_named_ones_are_refused(study: Study, role: Role) -> None:
    client, read = Client(raise_request_exception=False), []
    client.force_login(study.people[role])
    for route in LISTS:
        address = route.path(study.ids)
        if client.get(address).status_code != 200:
            continue
        read += [
            (route.text, probe)
            for probe in PROBES
            if client.get(address, {probe: "x"}).status_code != 400
        ]
    assert read == []


def test_fields_of_the_models_are_never_taken_from_a_submission(study: Study) -> None:
    client = Client()
    client.force_login(study.people[Role.ANNOTATOR])
    assignment = study.extra["assignment"]
    address = f"/api/v1/assignments/{assignment.public_id}/judgment/"
    ratings = {"quality": 3, "verdict": "yes", "preference": "tie"}
    for model in (Judgment, JudgmentRevision, Rating, Assignment):
        for field in model._meta.get_fields():
            if field.name in ("ratings", "rationale", "confidence", "seconds_spent"):
                continue
            body = {"ratings": ratings, field.name: 1}
            client.put(address, json.dumps(body), content_type="application/json")
    stored = Judgment.objects.filter(assignment=assignment)
    assert [(j.rater_id, j.revision, j.locked_at) for j in stored] in (
        [],
        [(assignment.rater_id, 1, None)],
    )
    assignment.refresh_from_db()
    assert (assignment.is_surplus, assignment.rater) == (False, study.extra["own"])


def test_check_item_is_handed_out_like_any_other(db: None) -> None:
    project = make_project()
    user = member(project, Role.ANNOTATOR)
    items = make_items(project, 2)
    round_ = make_round(project, items=items, raters=[make_rater(project, user)])
    CheckAnswer.objects.create(item=items[0], criterion_key="quality", accepted=[5], reason="known")
    Slot.objects.filter(round=round_, item=items[0]).update(purpose=SlotPurpose.CHECK)
    client = Client()
    client.force_login(user)
    answers = []
    for _ in items:
        answer = _post(client, f"/api/v1/rounds/{round_.public_id}/next/")
        address = f"/api/v1/assignments/{answer['assignment']['id']}/judgment/"
        receipt = client.put(address, {"ratings": {"quality": 3}}, content_type="application/json")
        answers.append(_blanked(answer) + _blanked(receipt.json()))
    assert answers[0] == answers[1]


def _post(client: Client, address: str) -> Any:
    return client.post(address, {}, content_type="application/json").json()


def _blanked(answer: Any) -> str:
    """The answer with ids, numbers and times taken out."""
    text = re.sub(r"[0-9A-Za-z]{22}", "ID", json.dumps(answer))
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)
    return re.sub(r"\d+(\.\d+)?", "N", text)
