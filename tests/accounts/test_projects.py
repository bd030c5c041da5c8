"""Who gets which role (T18, T19)."""

import pytest
from django.test import Client

from accounts.choices import Role
from accounts.errors import Conflict, Invalid, NotFound
from accounts.models import Membership
from accounts.services.projects import create_project, grant_role, withdraw_role
from tests.factories import make_project, make_user, make_vendor, member

pytestmark = pytest.mark.django_db


def test_creating_twice_finds_the_same_project() -> None:
    first = create_project(slug="twice", name="One")
    assert create_project(slug="twice", name="Two") == first
    first.refresh_from_db()
    assert first.name == "One"


@pytest.mark.parametrize("granter", list(Role))
@pytest.mark.parametrize("role", list(Role))
def test_roles_are_granted_downwards_only(granter: Role, role: Role) -> None:
    project = make_project()
    user = make_user()
    allowed = {
        Role.ADMIN: set(Role),
        Role.LEAD: {Role.ANNOTATOR, Role.ADJUDICATOR, Role.VENDOR},
    }.get(granter, set())
    vendor = make_vendor() if role == Role.VENDOR else None
    by = member(project, granter)
    if role in allowed:
        grant_role(project=project, user=user, role=role, granted_by=by, vendor=vendor)
    else:
        with pytest.raises(NotFound):
            grant_role(project=project, user=user, role=role, granted_by=by, vendor=vendor)
    assert Membership.objects.filter(user=user).exists() == (role in allowed)


def test_nobody_grants_to_themselves() -> None:
    project = make_project()
    lead = member(project, Role.LEAD)
    with pytest.raises(Invalid):
        grant_role(project=project, user=lead, role=Role.ANNOTATOR, granted_by=lead)


def test_nobody_works_for_two_vendors_in_one_project() -> None:
    project, user = make_project(), make_user()
    grant_role(
        project=project, user=user, role=Role.ANNOTATOR, granted_by=None, vendor=make_vendor()
    )
    with pytest.raises(Conflict):
        grant_role(
            project=project, user=user, role=Role.VENDOR, granted_by=None, vendor=make_vendor()
        )


def test_last_admin_stays() -> None:
    project = make_project()
    admin = member(project, Role.ADMIN)
    with pytest.raises(Conflict):
        withdraw_role(membership=admin.memberships.get(), withdrawn_by=admin)


def test_withdrawn_role_is_gone_at_the_next_request() -> None:
    project = make_project()
    lead, admin = member(project, Role.LEAD), member(project, Role.ADMIN)
    client = Client()
    client.force_login(lead)
    address = f"/projects/{project.slug}/people/"
    assert client.get(address).status_code == 200
    withdraw_role(membership=lead.memberships.get(), withdrawn_by=admin)
    assert client.get(address).status_code == 404
