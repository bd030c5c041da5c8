"""API tokens: random, shown once, kept as a hash."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.canonical import hash_token
from accounts.models import ApiToken, Project, User
from accounts.services.audit import record

LIFETIME = timedelta(days=365)


@transaction.atomic
def issue_token(*, user: User, name: str, project: Project | None = None) -> str:
    """The new token's text. It can't be shown again."""
    token = f"concord_{secrets.token_urlsafe(32)}"
    row = ApiToken.objects.create(
        user=user,
        project=project,
        name=name,
        token_hash=hash_token(token),
        expires_at=timezone.now() + LIFETIME,
    )
    record(
        actor=user,
        action="token.issued",
        target=row,
        project=project,
        data={"name": name},
    )
    return token


@transaction.atomic
def revoke_token(*, token: ApiToken, revoked_by: User) -> None:
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    record(actor=revoked_by, action="token.revoked", target=token, project=token.project)
