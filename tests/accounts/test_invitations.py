"""Invitations are single-use, expiring, bound to address and role (T18, T22)."""

from datetime import timedelta
from urllib.parse import urlparse

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.access import roles_in
from accounts.choices import Role
from accounts.errors import InvitationUnusable, NotFound
from accounts.models import Invitation, Membership, User
from accounts.services.invitations import accept_invitation, invite
from tests.factories import make_project, make_user, make_vendor, member

pytestmark = pytest.mark.django_db
PASSWORD = "seven unrelated green words"


def test_accepting_makes_the_account_and_gives_the_role_once() -> None:
    project = make_project()
    _, token = invite(
        project=project,
        email="New@Example.org",
        role=Role.ANNOTATOR,
        invited_by=member(project, Role.LEAD),
    )
    user = accept_invitation(token=token, name="New", password=PASSWORD)
    assert (user.email, roles_in(user, project)) == ("new@example.org", {Role.ANNOTATOR})
    with pytest.raises(InvitationUnusable):
        accept_invitation(token=token, name="Thief", password=PASSWORD)


@pytest.mark.parametrize(
    "change", [{"expires_at": timezone.now() - timedelta(1)}, {"revoked_at": timezone.now()}]
)
def test_expired_or_withdrawn_invitation_gives_nothing(change: dict[str, object]) -> None:
    project = make_project()
    invitation, token = invite(
        project=project,
        email="x@example.org",
        role=Role.ANNOTATOR,
        invited_by=member(project, Role.LEAD),
    )
    Invitation.objects.filter(pk=invitation.pk).update(**change)
    with pytest.raises(InvitationUnusable):
        accept_invitation(token=token, name="x", password=PASSWORD)
    assert not User.objects.filter(email="x@example.org").exists()


@pytest.mark.parametrize("role", [Role.LEAD, Role.ADMIN])
def test_nobody_invites_to_a_role_above_their_own(role: Role) -> None:
    project = make_project()
    with pytest.raises(NotFound):
        invite(
            project=project, email="x@example.org", role=role, invited_by=member(project, Role.LEAD)
        )
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.ADJUDICATOR, Role.VENDOR])
def test_other_roles_invite_nobody(role: Role) -> None:
    project = make_project()
    with pytest.raises(NotFound):
        invite(
            project=project,
            email="x@example.org",
            role=Role.ANNOTATOR,
            invited_by=member(project, role),
        )


def test_page_mails_a_link_whose_opening_changes_nothing() -> None:
    project = make_project()
    client = Client()
    client.force_login(member(project, Role.ADMIN))
    answer = client.post(
        f"/projects/{project.slug}/people/",
        {"email": "v@example.org", "role": "vendor", "vendor": make_vendor().public_id},
    )
    assert answer.status_code == 200
    link = next(line for line in mail.outbox[0].body.splitlines() if line.startswith("http"))
    visitor = Client()
    path = urlparse(link).path
    assert visitor.get(path).status_code == 200
    assert not User.objects.filter(email="v@example.org").exists()
    assert visitor.post(path, {"name": "V", "password": "short"}).status_code == 422
    assert not User.objects.filter(email="v@example.org").exists()
    assert visitor.post(path, {"name": "V", "password": PASSWORD}).status_code == 302
    assert visitor.get(f"/projects/{project.slug}/").status_code == 200
    assert Client().get(path).status_code == 410


def test_someone_elses_account_must_sign_in_to_accept() -> None:
    project = make_project()
    owner = make_user("owner@example.org")
    _, token = invite(
        project=project,
        email=owner.email,
        role=Role.ANNOTATOR,
        invited_by=member(project, Role.LEAD),
    )
    thief = Client()
    thief.force_login(make_user())
    thief.post(f"/invitations/{token}/")
    assert not Membership.objects.filter(user=owner, project=project).exists()
    client = Client()
    client.force_login(owner)
    client.post(f"/invitations/{token}/")
    assert Membership.objects.filter(user=owner, project=project, role=Role.ANNOTATOR).exists()
