"""A lead sees an item exactly as raters do, and can send nothing from there."""

from typing import Any

import pytest
from django.test import Client

from accounts.choices import Role
from annotation.models import Judgment
from tests.factories import make_items, make_project, make_round, make_rubric_version, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Any:
    return make_project()


def client_of(project: Any, role: Role = Role.LEAD) -> Client:
    client = Client()
    client.force_login(member(project, role))
    return client


@pytest.mark.parametrize("shows", [True, False])
def test_round_preview_follows_the_policy_of_the_reference(project: Any, shows: bool) -> None:
    items = make_items(project, 2)
    items[0].reference = "the expected answer"
    items[0].save()
    round_ = make_round(project, items=items, shows_reference=shows)
    url = f"/projects/{project.slug}/rounds/{round_.public_id}/preview/"
    page = client_of(project).get(url).content.decode()
    assert ("the expected answer" in page) is shows
    assert "action=" not in page.split('id="judgment"')[1].split(">")[0]
    assert 'type="submit"' not in page
    assert not Judgment.objects.exists()


def test_preview_steps_through_the_rounds_own_items_and_finds_others(project: Any) -> None:
    items = make_items(project, 4)
    round_ = make_round(project, items=items[1:3])
    url = f"/projects/{project.slug}/rounds/{round_.public_id}/preview/"
    client = client_of(project)
    page = client.get(url).content.decode()
    assert f"item={items[2].public_id}" in page
    assert f"item={items[0].public_id}" not in page
    found = client.get(url, {"q": items[3].external_id})
    assert found.context["chosen"] == items[3]
    assert "No item fits" in client.get(url, {"q": "nothing"}).content.decode()


def test_preview_shuffles_on_request(project: Any) -> None:
    [item] = make_items(project, 1, responses=6)
    version = make_rubric_version(project)
    url = f"/projects/{project.slug}/rubrics/versions/{version.public_id}/preview/"
    client = client_of(project)

    def texts(**asked: str) -> tuple[str, ...]:
        shown = client.get(url, asked).context["item"]
        return tuple(each.text.source for each in shown.responses)

    own = tuple(each["text"] for each in item.content["responses"])
    assert texts() == own
    assert len({texts(shuffled="1") for _ in range(6)}) > 1


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.VENDOR])
def test_raters_get_no_preview(project: Any, role: Role) -> None:
    round_ = make_round(project)
    url = f"/projects/{project.slug}/rounds/{round_.public_id}/preview/"
    assert client_of(project, role).get(url).status_code == 404
