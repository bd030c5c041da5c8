"""Giving the commands of the labeling page other keys."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import Conflict, Invalid, NotFound
from accounts.models import User
from accounts.preferences import KEYS_ON
from accounts.services.preferences import save_preferences
from annotation.keymap import (
    BY_NAME,
    PREFERENCE,
    Command,
    changes_of,
    default_keys,
    holder_of,
    keys_of,
    objection,
    shown_key,
)


@transaction.atomic
def change_key(*, user: User, command: str, key: str) -> None:
    """Give `command` the one key `key`, or none with "".

    Raises Invalid when the key can't be used, Conflict when another command has it.
    """
    # The row is locked first: two tabs must not give one key to two commands.
    user.refresh_from_db(from_queryset=User.objects.select_for_update(no_key=True))
    changed = _changeable(command)
    if key:
        _require_free(user, changed, key)
    _save(user, {**changes_of(user), changed.name: [key] if key else []})


def _changeable(name: str) -> Command:
    command = BY_NAME.get(name)
    if command is None or command.is_fixed:
        raise NotFound
    return command


def _require_free(user: User, command: Command, key: str) -> None:
    refused = objection(command, key)
    if refused:
        raise Invalid(refused, fields={command.name: [refused]})
    holder = holder_of(key, keys_of(user))
    if holder is None or holder == command:
        return
    taken = _("%(key)s stands for “%(command)s”. Give that another key first, or take another one.")
    said = taken % {"key": shown_key(key), "command": holder.label}
    raise Conflict(said, code="key_taken", fields={command.name: [said]})


@transaction.atomic
def reset_key(*, user: User, command: str) -> None:
    """Back to the default keys. Raises Conflict when another command was given one of them."""
    user.refresh_from_db(from_queryset=User.objects.select_for_update(no_key=True))
    changed = _changeable(command)
    for key in default_keys(changed):
        _require_free(user, changed, key)
    _save(user, {n: keys for n, keys in changes_of(user).items() if n != changed.name})


def reset_keys(*, user: User) -> None:
    """Every command back to its default keys."""
    _save(user, {})


def _save(user: User, changes: Mapping[str, Any]) -> None:
    kept = {name: list(keys) for name, keys in changes.items()}
    save_preferences(user=user, changes={PREFERENCE: kept})


def switch_keys(*, user: User, is_on: bool) -> None:
    save_preferences(user=user, changes={KEYS_ON: None if is_on else False})
