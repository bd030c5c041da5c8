"""Every route under every role, generated from the URL configuration (T14, T15, T17)."""

from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from accounts.access import ROLES, Action
from accounts.canonical import content_hash
from accounts.choices import Role
from accounts.models import User
from tests.routes import Route, own_routes
from tests.study import Study

ROUTES = own_routes()


def _client(user: User | None) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    return client


def _get(client: Client, route: Route, ids: dict[str, str]) -> Any:
    return _read(client.get(route.path(ids)))


def _open(client: Client, route: Route, ids: dict[str, str]) -> Any:
    """GET, or an empty POST where only that is understood."""
    answer = _get(client, route, ids)
    return _read(client.post(route.path(ids))) if answer.status_code == 405 else answer


def _read(answer: Any) -> Any:
    """A stream that is read to its end closes its file."""
    if answer.streaming:
        b"".join(answer.streaming_content)
    return answer


def test_every_route_declares_its_action() -> None:
    assert [route.text for route in ROUTES if not isinstance(route.action, Action)] == []


def test_every_parameter_of_a_route_has_an_object_in_the_study(study: Study) -> None:
    unknown = {name for route in ROUTES for name in route.parameters if name not in study.ids}
    assert unknown == set()


@pytest.mark.parametrize("role", list(Role))
def test_routes_open_to_the_roles_they_declare_and_to_no_other(study: Study, role: Role) -> None:
    client = _client(study.people[role])
    wrong = []
    for route in ROUTES:
        if route.action in (Action.PUBLIC, Action.SIGNED_IN, Action.CREATE_PROJECT, None):
            continue
        status = _open(client, route, study.ids).status_code
        if role not in ROLES[route.action]:
            if status != 404:
                wrong.append((route.text, status, "should be 404"))
        elif status >= 500:
            wrong.append((route.text, status, "crashed"))
    assert wrong == []


def test_nobody_enters_without_signing_in(study: Study) -> None:
    client, wrong = _client(None), []
    for route in ROUTES:
        if route.action is Action.PUBLIC:
            continue
        for method in ("get", "post"):
            status = getattr(client, method)(route.path(study.ids)).status_code
            if status not in (302, 401, 403, 405):
                wrong.append((method, route.text, status))
    assert wrong == []


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_ids_of_another_project_are_as_good_as_unknown(study: Study, method: str) -> None:
    client, wrong = _client(study.outsider), []
    before = _fingerprint()
    for route in ROUTES:
        if not set(route.parameters) - {"format", "template"} or route.action is Action.PUBLIC:
            continue
        status = getattr(client, method)(
            route.path(study.ids), data={}, content_type="application/json"
        ).status_code
        if status not in (404, 405):
            wrong.append((route.text, status))
    assert wrong == []
    assert _fingerprint() == before


@pytest.mark.parametrize("role", list(Role))
def test_deactivated_people_are_out_at_once(study: Study, role: Role) -> None:
    client = _client(study.people[role])
    User.objects.filter(pk=study.people[role].pk).update(is_active=False)
    wrong = []
    for route in ROUTES:
        if route.action is Action.PUBLIC:
            continue
        status = _open(client, route, study.ids).status_code
        if status not in (302, 401, 403, 404):
            wrong.append((route.text, status))
    assert wrong == []


@pytest.mark.parametrize("role", list(Role))
def test_get_changes_nothing(study: Study, role: Role) -> None:
    client = _client(study.people[role])
    changed = []
    for route in ROUTES:
        before = _fingerprint()
        for ids in (study.ids, study.ids | {"round": study.ids["open_round"]}):
            _get(client, route, ids)
        if _fingerprint() != before:
            changed.append(route.text)
    assert changed == []


def test_unsafe_requests_from_another_origin_are_refused(study: Study) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(study.people[Role.ADMIN])
    before = _fingerprint()
    wrong = []
    for route in ROUTES:
        status = client.post(
            route.path(study.ids), data={}, headers={"Origin": "https://evil.example"}
        ).status_code
        if status not in (403, 404, 405):
            wrong.append((route.text, status))
    assert wrong == []
    assert _fingerprint() == before


# Sight of secrets is itself recorded (T66), sessions are touched, and cached reports are no state.
NOT_STATE = {"accounts.AuditEvent", "sessions.Session", "usersessions.UserSession"} | {
    "reliability.Report"
}


def _fingerprint() -> str:
    rows = []
    for model in apps.get_models():
        if model._meta.label not in NOT_STATE:
            fields = [f.attname for f in model._meta.concrete_fields if f.attname != "last_login"]
            rows.append(
                [model._meta.label, *map(str, model.objects.order_by("pk").values_list(*fields))]
            )
    return content_hash(rows)
