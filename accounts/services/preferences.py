"""Keeping what a person set for themselves."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.models import User


@transaction.atomic
def save_preferences(*, user: User, changes: Mapping[str, Any]) -> User:
    """Set what `changes` names and leave the rest; None, "" and {} take a setting away."""
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    kept = {**locked.preferences, **changes}
    locked.preferences = {name: value for name, value in kept.items() if value not in _UNSET}
    locked.save(update_fields=["preferences"])
    user.preferences = locked.preferences
    return user


_UNSET: tuple[Any, ...] = (None, "", {})
