"""API tokens are hashed, expiring, revocable, and shown once (T19, T23)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from accounts.models import ApiToken, User
from accounts.services.tokens import issue_token, revoke_token
from tests.factories import make_project, member

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/projects/"


def _status(token: str) -> int:
    return Client().get(ADDRESS, headers={"Authorization": f"Bearer {token}"}).status_code


def test_token_opens_the_api_and_is_kept_only_as_a_hash() -> None:
    token = issue_token(user=member(make_project(), Role.LEAD), name="x")
    assert _status(token) == 200
    assert token not in str(list(ApiToken.objects.values()))


@pytest.mark.parametrize("end", ["revoked", "expired", "deactivated"])
def test_ended_token_is_refused_at_the_next_request(end: str) -> None:
    user = member(make_project(), Role.LEAD)
    token = issue_token(user=user, name="x")
    row = ApiToken.objects.get()
    if end == "revoked":
        revoke_token(token=row, revoked_by=user)
    elif end == "expired":
        ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    else:
        User.objects.filter(pk=user.pk).update(is_active=False)
    assert _status(token) == 401


def test_token_in_the_address_opens_nothing() -> None:
    token = issue_token(user=member(make_project(), Role.LEAD), name="x")
    assert Client().get(f"{ADDRESS}?token={token}").status_code == 401


def test_page_shows_a_new_token_once() -> None:
    user = member(make_project(), Role.LEAD)
    client = Client()
    client.force_login(user)
    made = client.post("/tokens/", {"name": "nightly"}).content.decode()
    token = made.split('value="concord_')[1].split('"')[0]
    assert _status(f"concord_{token}") == 200
    assert token not in client.get("/tokens/").content.decode()
