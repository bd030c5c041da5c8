"""Reads settings from the environment and refuses what it can't understand."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

MIN_SECRET_LENGTH = 40


class Environment:
    """Typed access to environment variables; every error names the variable."""

    def __init__(self, variables: Mapping[str, str] = os.environ) -> None:
        self._variables = variables

    def text(self, name: str, default: str = "") -> str:
        return self._variables.get(name, default).strip()

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.text(name, str(default))
        if value not in ("True", "False"):
            raise ImproperlyConfigured(f"{name} must be True or False, not {value!r}.")
        return value == "True"

    def number(self, name: str, default: int, *, least: int = 0) -> int:
        value = self.text(name, str(default))
        if not value.isdigit() or int(value) < least:
            raise ImproperlyConfigured(
                f"{name} must be a whole number of at least {least}, not {value!r}."
            )
        return int(value)

    def words(self, name: str, default: str = "") -> list[str]:
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        value = self.text(name, choices[0])
        if value not in choices:
            raise ImproperlyConfigured(
                f"{name} must be one of {', '.join(choices)}, not {value!r}."
            )
        return value

    def secret(self, name: str, *, generated_in: Path | None) -> str:
        """The secret itself, or the content of the file that NAME_FILE names.

        With `generated_in`, an installation without one draws its own and keeps it there.
        """
        value = self.text(name)
        file_name = self.text(f"{name}_FILE")
        if not value and file_name:
            value = Path(file_name).read_text().strip()
        if not value and generated_in is not None:
            value = _own_secret(generated_in)
        if len(value) < MIN_SECRET_LENGTH or len(set(value)) < 8 or "insecure" in value:
            raise ImproperlyConfigured(
                f"{name} (or {name}_FILE) must hold a random text of at least "
                f"{MIN_SECRET_LENGTH} characters."
            )
        return value


def _own_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        value = secrets.token_urlsafe(48)
        file.write(value)
    return value
