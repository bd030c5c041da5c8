"""The live panel of a round with a million judgments, as its lead's page asks for it.

    python -m benchmarks.live_round [--judgments 100000 1000000] [--an-hour 2000]

A PostgreSQL and an SQLite of their own get a round at work: judgments of the last ten days, some
of them of the last hour, leases in hand, open questions. Cold is the first answer of a process
in an hour, which counts the round's older judgments once; warm is every further one, asked each
five seconds by every lead who looks. Warm is also given as a ratio to one plain statement that
reads the judgments of the last hour by their index, the floor of anything that shows their pace.
The best of some runs counts.
"""

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
COLD_RUNS, WARM_RUNS = 3, 20
_FLOOR = """
SELECT rater_id, submitted_at, seconds_spent FROM annotation_judgment
WHERE round_id = %s AND submitted_at > %s ORDER BY submitted_at DESC
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--judgments", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--an-hour", type=int, default=2_000)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(sys.argv[1:] if __name__ == "__main__" else [])
    if given.inside:
        _measure(given)
        return
    from tests.services import start_postgres

    with tempfile.TemporaryDirectory() as folder:
        for database in (f"sqlite:///{folder}/live.sqlite3", start_postgres(Path(folder) / "pg")):
            environment = os.environ | {
                "DATABASE_URL": database,
                "VAR_DIR": folder,
                "SECRET_KEY": secrets.token_urlsafe(48),
                "DJANGO_SETTINGS_MODULE": "config.settings",
            }
            sizes = ["--judgments", *map(str, given.judgments), "--an-hour", str(given.an_hour)]
            command = [sys.executable, "-m", "benchmarks.live_round", "--inside", *sizes]
            subprocess.run(command, cwd=REPOSITORY, env=environment, check=True)


def _measure(given: argparse.Namespace) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    from benchmarks.live_study import round_at_work

    for n_judgments in given.judgments:
        round_ = round_at_work(
            f"live-{n_judgments}", n_judgments=n_judgments, n_last_hour=given.an_hour
        )
        print(json.dumps(_timed(round_)), flush=True)


def _timed(round_: Any) -> dict[str, Any]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from annotation.selectors import live

    ask = _panel(round_)

    def cold() -> None:
        live._before.clear()
        ask()

    floor = _best(lambda: _read(round_.pk, timezone.now() - timedelta(hours=1)), WARM_RUNS)
    cold_seconds = _best(cold, COLD_RUNS)
    warm_seconds = _best(ask, WARM_RUNS)
    with CaptureQueriesContext(connection) as asked:
        ask()
    now = live.round_now(round_, now=timezone.now())
    return {
        "database": connection.vendor,
        "judgments": now.n_done + now.n_surplus,
        "last_hour": now.n_last_60,
        "floor_seconds": round(floor, 5),
        "cold_seconds": round(cold_seconds, 4),
        "warm_seconds": round(warm_seconds, 4),
        "warm_to_floor": round(warm_seconds / floor, 1),
        "statements": len(asked),
        "load_average": os.getloadavg()[0],
    }


def _read(round_pk: int, since: datetime) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_FLOOR, [round_pk, since])
        cursor.fetchall()


def _panel(round_: Any) -> Callable[[], None]:
    """Ask for the panel as the round's lead, in this process."""
    from django.test import Client

    from accounts.choices import Role
    from accounts.models import Membership, User

    person = User.objects.create_user(f"lead@{round_.name}.example.org", secrets.token_urlsafe(16))
    Membership.objects.create(user=person, project=round_.project, role=Role.LEAD)
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(person)
    address = f"/projects/{round_.project.slug}/rounds/{round_.public_id}/live/"

    def ask() -> None:
        answer = client.get(address)
        assert answer.status_code == 200, answer.status_code

    return ask


def _best(work: Callable[[], None], runs: int) -> float:
    walls = []
    for _run in range(runs):
        started = time.perf_counter()
        work()
        walls.append(time.perf_counter() - started)
    return min(walls)


if __name__ == "__main__":
    main()
