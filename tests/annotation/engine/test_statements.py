"""How much the labeling page asks the database: an item costs the same all day long."""

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotation.models import Assignment, Clarification
from annotation.services.assignment import next_assignment
from tests.annotation.engine.build import judge, study

pytestmark = pytest.mark.django_db
FRAGMENT = {"HTTP_X_CONCORD_FRAGMENT": "1"}
# The session, the person, and whether they judge anywhere; then the round, and their roles in it.
SIGNED_IN, ROUND = 3, 2


@pytest.fixture
def page() -> SimpleNamespace:
    """{client, round_url, url, shown}: an item in hand after others were judged."""
    s = study(raters=1, items=12)
    for _ in range(3):
        judge(next_assignment(round_=s.round, rater=s.raters[0]))
    client = Client()
    client.force_login(s.raters[0].user)
    at = {"project": s.project.slug}
    round_url = reverse("annotation:judge", kwargs=at | {"round": s.round.public_id})

    def url(name: str, assignment: Assignment) -> str:
        return reverse(f"annotation:{name}", kwargs=at | {"assignment": assignment.public_id})

    client.post(round_url)
    client.get(round_url)  # reads the rubric once for this process
    shown = Assignment.objects.get(state="leased")
    return SimpleNamespace(client=client, round=s.round, round_url=round_url, url=url, shown=shown)


def _statements(request: Callable[[], Any], status: int = 200) -> int:
    with CaptureQueriesContext(connection) as asked:
        response = request()
    assert response.status_code == status
    sent = [query["sql"] for query in asked.captured_queries]
    return len([sql for sql in sent if not re.match(r"(RELEASE )?SAVEPOINT|BEGIN|COMMIT", sql)])


def _form(page: SimpleNamespace) -> dict[str, str]:
    html = page.client.get(page.url("assignment", page.shown)).content.decode()
    names = set(re.findall(r'name="([^"]*quality[^"]*)"', html))
    return {name: "3" for name in names if "abstain" not in name and "reason" not in name}


def _ahead(page: SimpleNamespace) -> Any:
    holding = {"holding": [page.shown.public_id]}
    return page.client.post(page.round_url + "ahead/", holding, **FRAGMENT)


def test_the_page_asks_little(page):
    # Beyond the access: rater and item in hand; what the lead said; criteria and anchors; the
    # draft; today's work; progress; the last judgment; the header's two.
    assert _statements(lambda: page.client.get(page.round_url)) == SIGNED_IN + ROUND + 2 + 9
    shown = page.url("assignment", page.shown)
    assert _statements(lambda: page.client.get(shown)) == SIGNED_IN + ROUND + 9


def test_fetching_ahead_asks_nothing_for_the_header(page):
    # The rater; place, held, slot (two ways round), taking it, cursor, item, assignment; the page.
    assert _statements(lambda: _ahead(page)) <= SIGNED_IN + ROUND + 1 + 8 + 8


def test_submitting_for_a_page_that_has_its_next_item_asks_little(page):
    form = _form(page)
    submit = page.url("assignment", page.shown)
    sent = {"HTTP_X_CONCORD_NEXT": "ready", **FRAGMENT}
    # Criteria and anchors for the form; what storing takes; progress and what the lead said.
    assert (
        _statements(lambda: page.client.post(submit, form, **sent)) <= SIGNED_IN + ROUND + 2 + 8 + 2
    )


def test_keeping_a_draft_asks_little(page):
    draft, form = page.url("draft", page.shown), _form(page)
    first = _statements(lambda: page.client.post(draft, form))
    again = _statements(lambda: page.client.post(draft, form))
    # Criteria and anchors; the lease, read and renewed; the draft, read and written.
    assert first == again == SIGNED_IN + ROUND + 2 + 2 + 2
    beat = {"beat": "1"}
    assert _statements(lambda: page.client.post(draft, beat)) == SIGNED_IN + ROUND + 2


def test_renewing_what_waits_is_bounded(page):
    draft = page.url("draft", page.shown)
    many = {"beat": "1", "ahead": ["made-up"] * 500}
    response = page.client.post(draft, many)
    assert response.json()["gone"] == ["made-up"] * 500
    assert _statements(lambda: page.client.post(draft, many)) == SIGNED_IN + ROUND + 2 + 1


def test_only_what_a_round_uses_is_asked_for(page):
    shown = page.url("assignment", page.shown)
    before = _statements(lambda: page.client.get(shown))
    told = Clarification.objects.create(round=page.round, text="Read this.")
    told.reads.create(rater=page.shown.rater)
    assert _statements(lambda: page.client.get(shown)) == before + 1
