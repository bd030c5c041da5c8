"""Real processes on a database of their own."""

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
LEFT_OUT = ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "CELERY_BROKER_URL")


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    return kept | {
        "VAR_DIR": str(folder),
        "SECRET_KEY": secrets.token_urlsafe(48),
        "PYTHONPATH": str(REPOSITORY),
    }


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables and nothing in them."""
    folder = tmp_path_factory.mktemp("migrated")
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=REPOSITORY, env=_environment(folder), check=True, timeout=300)
    return folder / "concord.sqlite3"


@pytest.fixture
def environment(tmp_path: Path, migrated: Path) -> dict[str, str]:
    """The product's own settings on SQLite in a folder of this test."""
    shutil.copy(migrated, tmp_path / "concord.sqlite3")
    return _environment(tmp_path)


@pytest.fixture
def run(environment: dict[str, str]) -> Callable[..., Any]:
    """`run(module, *args)`: the JSON that a Python module prints, run to its end."""

    def do(module: str, *args: object) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", module, *map(str, args)],
            cwd=REPOSITORY,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1])

    return do
