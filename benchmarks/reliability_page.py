"""The reliability report of a large round from PostgreSQL: cold, and the page warm.

    python -m benchmarks.reliability_page [--ratings 100000 1000000] [--criteria 8]

A PostgreSQL of its own gets rounds of three judgments an item, 23 slices. Cold is the whole
report computed and stored; warm is the page answered from the stored one. Both are also given as
ratios to one plain pass that counts the ratings of each criterion and item, the floor of anything
that reads them all. The best of some runs counts; CPU time is the Python side's alone.
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
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
COLD_RUNS, WARM_RUNS = 3, 10
_FLOOR = """
SELECT COUNT(*) FROM (
  SELECT criterion_id, item_id, COUNT(*) FROM annotation_rating
  WHERE round_id = %s GROUP BY criterion_id, item_id
) AS units
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ratings", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--criteria", type=int, default=8)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(sys.argv[1:] if __name__ == "__main__" else [])
    if given.inside:
        _measure(given)
        return
    from tests.services import start_postgres

    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {
            "DATABASE_URL": start_postgres(Path(folder) / "postgres"),
            "VAR_DIR": folder,
            "SECRET_KEY": secrets.token_urlsafe(48),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        sizes = ["--ratings", *map(str, given.ratings), "--criteria", str(given.criteria)]
        command = [sys.executable, "-m", "benchmarks.reliability_page", "--inside", *sizes]
        subprocess.run(command, cwd=REPOSITORY, env=environment, check=True)


def _measure(given: argparse.Namespace) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    from benchmarks.reliability_study import judged_round

    for n_ratings in given.ratings:
        round_ = judged_round(f"study-{n_ratings}", n_ratings=n_ratings, n_criteria=given.criteria)
        print(json.dumps(_timed_round(round_)), flush=True)


def _timed_round(round_: Any) -> dict[str, float]:
    from reliability.models import Report
    from reliability.services.report import figures_of, save_report

    def cold() -> None:
        Report.objects.filter(round=round_).delete()
        save_report(round_=round_)

    def floor() -> None:
        _counted(round_.pk)

    floor_seconds, _cpu = _best(floor, COLD_RUNS)
    cold_seconds, cold_cpu = _best(cold, COLD_RUNS)
    warm_seconds, warm_cpu = _best(_page(round_), WARM_RUNS)
    figures = figures_of(save_report(round_=round_))
    return {
        "ratings": sum(criterion.n_ratings for criterion in figures.criteria),
        "criteria": len(figures.criteria),
        "slices": sum(len(family.rows) for family in figures.criteria[0].slices),
        "floor_seconds": round(floor_seconds, 3),
        "cold_seconds": round(cold_seconds, 3),
        "cold_to_floor": round(cold_seconds / floor_seconds, 1),
        "cold_cpu_seconds": round(cold_cpu, 3),
        "warm_seconds": round(warm_seconds, 4),
        "warm_cpu_seconds": round(warm_cpu, 4),
        "load_average": os.getloadavg()[0],
    }


def _counted(round_pk: int) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_FLOOR, [round_pk])
        return int(cursor.fetchone()[0])


def _page(round_: Any) -> Callable[[], None]:
    """Ask for the round's reliability page as its lead, in this process."""
    from django.test import Client

    from accounts.choices import Role
    from accounts.models import Membership, User

    person = User.objects.create_user(f"lead@{round_.name}.example.org", secrets.token_urlsafe(16))
    Membership.objects.create(user=person, project=round_.project, role=Role.LEAD)
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(person)
    address = f"/projects/{round_.project.slug}/rounds/{round_.public_id}/reliability/"

    def ask() -> None:
        answer = client.get(address)
        assert answer.status_code == 200, answer.status_code

    return ask


def _best(work: Callable[[], None], runs: int) -> tuple[float, float]:
    """Least wall and CPU seconds."""
    walls, cpus = [], []
    for _run in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return min(walls), min(cpus)


if __name__ == "__main__":
    main()
