"""`manage.py agreement` called as people and pipelines call it."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

from reliability.management.commands.agreement import Command

# The record that other programs rely on, field by field.
FIELDS = [
    "source",
    "criterion",
    "slice",
    "coefficient",
    "level",
    "weights",
    "estimate",
    "ci_low",
    "ci_high",
    "ci_method",
    "se",
    "n_units",
    "n_raters",
    "n_ratings",
    "n_pairable",
    "undefined_reason",
]


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


def run(*arguments: object) -> Done:
    """The command as `manage.py` runs it: exit code and both streams are the contract."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with redirect_stdout(out), redirect_stderr(err):
        command = Command(stdout=out, stderr=err)
        try:
            command.run_from_argv(["manage.py", "agreement", *map(str, arguments)])
        except SystemExit as exit_:
            code = int(exit_.code or 0)
    return Done(code, out.getvalue(), err.getvalue())


def rows_of(*arguments: object) -> list[dict[str, Any]]:
    done = run(*arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def one(rows: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    found = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    assert len(found) == 1
    return found[0]
