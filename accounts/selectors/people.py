"""Who is in a project."""

from django.db.models import QuerySet
from django.utils import timezone

from accounts.canonical import hash_token
from accounts.models import ApiToken, Invitation, Membership, Project, User


def members_of(project: Project) -> QuerySet[Membership]:
    return (
        Membership.objects.filter(project=project)
        .select_related("user", "vendor")
        .order_by("role", "user__email")
    )


def open_invitations(project: Project) -> QuerySet[Invitation]:
    return (
        Invitation.objects.filter(
            project=project, accepted_at=None, revoked_at=None, expires_at__gt=timezone.now()
        )
        .select_related("vendor", "invited_by")
        .order_by("-created_at")
    )


def live_tokens(user: User) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(
        user=user, revoked_at=None, expires_at__gt=timezone.now()
    ).order_by("-created_at")


def user_with_email(email: str) -> User | None:
    return User.objects.filter(email=email.lower()).first()


def live_token(token: str) -> ApiToken | None:
    """The token of this text with its person, if both may still be used."""
    return (
        ApiToken.objects.select_related("user")
        .filter(
            token_hash=hash_token(token),
            revoked_at=None,
            expires_at__gt=timezone.now(),
            user__is_active=True,
        )
        .first()
    )
