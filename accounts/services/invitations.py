"""Invitations: the only way in."""

import secrets
from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.canonical import hash_token
from accounts.choices import Role
from accounts.errors import Invalid, InvitationUnusable
from accounts.models import Invitation, Project, User, Vendor
from accounts.services.audit import record
from accounts.services.projects import grant_role, require_may_grant

LIFETIME = timedelta(days=7)


@transaction.atomic
def invite(
    *, project: Project, email: str, role: Role, invited_by: User, vendor: Vendor | None = None
) -> tuple[Invitation, str]:
    """The invitation and its token, which is kept only as a hash."""
    require_may_grant(project=project, granted_by=invited_by, role=role)
    if role == Role.VENDOR and vendor is None:
        raise Invalid(_("Name the vendor."), fields={"vendor": [_("Choose the person's company.")]})
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        project=project,
        email=email.lower(),
        role=role,
        vendor=vendor,
        token_hash=hash_token(token),
        invited_by=invited_by,
        expires_at=timezone.now() + LIFETIME,
    )
    record(
        actor=invited_by,
        action="invitation.sent",
        target=invitation,
        project=project,
        data={"role": role},
    )
    return invitation, token


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, revoked_by: User) -> None:
    Invitation.objects.filter(pk=invitation.pk, accepted_at=None).update(revoked_at=timezone.now())
    record(
        actor=revoked_by,
        action="invitation.revoked",
        target=invitation,
        project=invitation.project,
    )


def usable_invitation(token: str) -> Invitation:
    """The invitation of this token. Raises InvitationUnusable, whatever the cause (T22)."""
    invitation = (
        Invitation.objects.select_related("project", "vendor", "invited_by")
        .filter(
            token_hash=hash_token(token),
            accepted_at=None,
            revoked_at=None,
            expires_at__gt=timezone.now(),
        )
        .first()
    )
    if invitation is None:
        raise InvitationUnusable(
            _("This invitation was used, withdrawn or has expired. Ask for a new one.")
        )
    return invitation


@transaction.atomic
def accept_invitation(*, token: str, name: str = "", password: str = "") -> User:
    """Give the invited address its role, making its account when it has none.

    An existing account must be signed in to accept, which the page checks; its password is
    never touched here.
    """
    invitation = usable_invitation(token)
    taken = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(
        accepted_at=timezone.now()
    )
    if not taken:
        raise InvitationUnusable(_("This invitation was used a moment ago."))
    user = User.objects.filter(email=invitation.email).first()
    if user is None:
        user = _new_user(invitation.email, name, password)
    grant_role(
        project=invitation.project,
        user=user,
        role=Role(invitation.role),
        granted_by=None,
        vendor=invitation.vendor,
    )
    record(actor=user, action="invitation.accepted", target=invitation, project=invitation.project)
    return user


def _new_user(email: str, name: str, password: str) -> User:
    try:
        validate_password(password, User(email=email, name=name))
    except ValidationError as error:
        raise Invalid(_("Choose another password."), fields={"password": error.messages}) from error
    return User.objects.create_user(email, password, name=name)
