"""People, as the operator's shell makes them."""

import secrets

from django.db import transaction

from accounts.models import User


@transaction.atomic
def find_or_create_user(*, email: str, password: str | None = None, name: str = "") -> User:
    """The person with this address. Without a password the account can't sign in by one."""
    user = User.objects.filter(email=email.lower()).first()
    if user is None:
        user = User.objects.create_user(email, password, name=name)
    return user


def random_password() -> str:
    """Four groups that are easy to type: about 77 random bits."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(4))
