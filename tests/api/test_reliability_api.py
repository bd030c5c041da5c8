"""Reliability over the API: parts of a report, several rounds, and what is refused."""

from typing import Any

import pytest
from django.test import Client

from accounts.choices import Role
from accounts.models import Membership
from annotation.models import Item, Round
from reliability.models import Case
from tests.factories import (
    CATEGORICAL,
    ORDINAL,
    make_items,
    make_project,
    make_rater,
    make_round,
    make_rubric_version,
    member,
)
from tests.reliability.builders import judge

pytestmark = pytest.mark.django_db
N_ITEMS = 44


@pytest.fixture
def round_() -> Round:
    """Two criteria; the items of two models, the second one's in dispute."""
    project = make_project()
    version = make_rubric_version(project, ORDINAL, CATEGORICAL)
    items = make_items(project, N_ITEMS)
    for place, item in enumerate(items):
        item.sources = [{"model": f"model-{place % 2}"}]
    Item.objects.bulk_update(items, ["sources"])
    raters = [make_rater(project) for _ in range(3)]
    made = make_round(project, version=version, items=items, raters=raters)
    for place, item in enumerate(items):
        for at, rater in enumerate(raters):
            slip = place % 2 and at == place % 3
            value = 1 + (place + bool(slip)) % 5
            judge(made, item, rater, {"quality": value, "verdict": "no" if value > 2 else "yes"})
    return made


@pytest.fixture
def lead(client: Client, round_: Round) -> Client:
    client.force_login(member(round_.project, Role.LEAD))
    return client


def _get(client: Client, address: str, status: int = 200) -> Any:
    answer = client.get(f"/api/v1/{address}")
    assert answer.status_code == status, answer.content
    return answer.json()


def test_a_criterion_comes_with_everything_about_it(lead: Client, round_: Round) -> None:
    body = _get(lead, f"rounds/{round_.public_id}/report/criteria/quality/")
    figures = body["figures"]
    assert figures["figures"][0]["coefficient"] == "krippendorff_alpha"
    assert figures["split"]
    assert {family["name"] for family in figures["slices"]} >= {"model"}
    assert not body["is_stale"]


def test_an_unknown_criterion_is_not_found(lead: Client, round_: Round) -> None:
    _get(lead, f"rounds/{round_.public_id}/report/criteria/nothing/", 404)


def test_slices_of_every_criterion_or_of_one(lead: Client, round_: Round) -> None:
    body = _get(lead, f"rounds/{round_.public_id}/report/slices/?by=model")
    assert [(each["criterion"], each["name"]) for each in body["slices"]] == [
        ("quality", "model"),
        ("verdict", "model"),
    ]
    assert {row["value"] for row in body["slices"][0]["rows"]} == {"model-0", "model-1"}
    assert body["min_items"] == 20
    only = _get(lead, f"rounds/{round_.public_id}/report/slices/?by=model&criterion=verdict")
    assert only["slices"] == body["slices"][1:]


@pytest.mark.parametrize("query", ["by=colour", "criterion=colour"])
def test_what_is_unknown_is_refused_with_what_is_known(
    lead: Client, round_: Round, query: str
) -> None:
    problem = _get(lead, f"rounds/{round_.public_id}/report/slices/?{query}", 422)
    assert "colour" in problem["detail"]
    assert list(problem["fields"]) == [query.split("=", maxsplit=1)[0]]


def test_rounds_of_a_project_side_by_side(lead: Client, round_: Round) -> None:
    address = f"projects/{round_.project.slug}/reliability/"
    body = _get(lead, address)
    assert [each["public_id"] for each in body["rounds"]] == [round_.public_id]
    assert [each["key"] for each in body["criteria"]] == ["quality", "verdict"]
    one = _get(lead, f"{address}?rounds={round_.public_id}&criterion=verdict&versions=mixed")
    assert [each["key"] for each in one["criteria"]] == ["verdict"]
    assert one["is_mixed"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("versions=all", 422),
        ("criterion=colour", 422),
        ("rounds=" + ",".join(f"r{n}" for n in range(30)), 422),
        ("rounds=unknown", 404),
        ("by=model", 400),
    ],
)
def test_bad_questions_about_a_project_are_refused(
    lead: Client, round_: Round, query: str, status: int
) -> None:
    problem = _get(lead, f"projects/{round_.project.slug}/reliability/?{query}", status)
    assert problem["status"] == status


def test_rounds_of_another_project_are_unknown(lead: Client, round_: Round) -> None:
    elsewhere = make_round(make_project(), items=[], raters=[])
    address = f"projects/{round_.project.slug}/reliability/?rounds={elsewhere.public_id}"
    _get(lead, address, 404)


def test_who_judges_in_a_running_round_does_not_see_it(client: Client, round_: Round) -> None:
    """Of all rounds it is left out; asked for by name it is refused (T13)."""
    lead = member(round_.project, Role.LEAD)
    item = make_items(round_.project, 1)[0]
    judge(round_, item, make_rater(round_.project, lead), {"quality": 2})
    client.force_login(lead)
    address = f"projects/{round_.project.slug}/reliability/"
    assert _get(client, address)["rounds"] == []
    _get(client, f"{address}?rounds={round_.public_id}", 403)


def test_adjudicators_get_no_items_before_their_blind_decision(
    client: Client, round_: Round
) -> None:
    """T76, by every way in."""
    lead = member(round_.project, Role.LEAD)
    Membership.objects.create(user=lead, project=round_.project, role=Role.ADJUDICATOR)
    client.force_login(lead)
    address = f"rounds/{round_.public_id}/report/criteria/quality/"
    before = _get(client, address)["figures"]["split"]
    Case.objects.create(
        round=round_,
        item=Item.objects.get(public_id=before[0]["item"]),
        criterion=round_.rubric_version.criteria.get(key="quality"),
        priority=1,
    )
    whole = _get(client, f"rounds/{round_.public_id}/report/")["figures"]["criteria"][0]
    for figures in (_get(client, address)["figures"], whole):
        assert figures["split"] == before[1:]
