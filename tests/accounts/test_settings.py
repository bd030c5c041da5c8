"""Unsafe settings are refused at start, with the variable's name (T73)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.pure
SAFE = {
    "CONCORD_MODE": "production",
    "SECRET_KEY": "k3v8Qz1xW7mN5tR2yB9cF4hJ6pL0sD8gA3eU5iO7",
    "ALLOWED_HOSTS": "concord.example.org",
    "BASE_URL": "https://concord.example.org",
    "DATABASE_URL": "postgres://u:p@localhost/concord",
}


def _start(tmp_path: Path, changes: dict[str, str]) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path)} | SAFE | changes
    code = "import config.settings as s; print(s.SESSION_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0)"
    return subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False
    )


def test_safe_production_settings_start(tmp_path: Path) -> None:
    assert _start(tmp_path, {}).stdout.strip() == "True True"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "django-insecure-0123456789012345678901234567890123456789"}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"DEBUG": "True"}, "DEBUG"),
        ({"DEBUG": "yes"}, "DEBUG"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({"BASE_URL": "http://concord.example.org"}, "BASE_URL"),
        ({"DATABASE_URL": ""}, "DATABASE_URL"),
        ({"CONCORD_MODE": "prod"}, "CONCORD_MODE"),
        ({"MAX_UPLOAD_MB": "0"}, "MAX_UPLOAD_MB"),
        ({"EMAIL_PORT": "smtp"}, "EMAIL_PORT"),
    ],
)
def test_each_unsafe_setting_is_refused(
    tmp_path: Path, changes: dict[str, str], named: str
) -> None:
    started = _start(tmp_path, changes)
    assert started.returncode != 0
    assert f"ImproperlyConfigured: {named}" in started.stderr


def test_installation_draws_its_own_secret_once(tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path)}
    code = "import config.settings as s; print(s.SECRET_KEY)"
    drawn = {
        subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    }
    assert len(drawn) == 1
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
