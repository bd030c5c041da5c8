"""Jobs through a real Redis and a real worker process; nothing is lost with the broker (T57)."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

pytestmark = [pytest.mark.redis, pytest.mark.pure]
ROOT = Path(__file__).resolve().parents[2]
DELIVER = """
import io, json, sys, django
django.setup()
from accounts.services.projects import create_project
from accounts.tasks import send_job
from annotation.services.batches.receiving import receive_batch
line = json.dumps({"item_id": sys.argv[1], "prompt": "q", "responses": [{"text": "a"}]}).encode()
batch, new = receive_batch(project=create_project(slug="p"), file=io.BytesIO(line + b"\\n"),
                           original_name=sys.argv[1] + ".jsonl", with_job=True)
send_job(batch.job)
print(batch.job.pk)
"""
SWEEP = "import django; django.setup(); from accounts.tasks import sweep_jobs; sweep_jobs.delay()"


class Service:
    """A database of its own, a broker, and at most one worker."""

    def __init__(self, folder: Path, broker: str) -> None:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.environment = kept | {
            "VAR_DIR": str(folder),
            "CELERY_BROKER_URL": broker,
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        self.database = folder / "concord.sqlite3"
        self.worker: subprocess.Popen[bytes] | None = None
        self.run("manage.py", "migrate", "--verbosity", "0")

    def run(self, *arguments: str) -> str:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout

    def start_worker(self) -> None:
        command = ["-m", "celery", "-A", "config", "worker", "-P", "solo", "--without-mingle"]
        self.worker = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def states(self) -> list[str]:
        with closing(sqlite3.connect(self.database)) as connection:
            rows = connection.execute("SELECT state FROM accounts_job ORDER BY id").fetchall()
        return [state for (state,) in rows]

    def states_once_done(self) -> list[str]:
        """Job states as soon as all have ended (or after 60 s)."""
        end = time.monotonic() + 60
        while set(self.states()) != {"done"} and time.monotonic() < end:
            time.sleep(0.2)
        return self.states()

    def n_items(self) -> int:
        with closing(sqlite3.connect(self.database)) as connection:
            return int(connection.execute("SELECT count(*) FROM annotation_item").fetchone()[0])

    def stop(self) -> None:
        if self.worker is not None:
            self.worker.kill()
            self.worker.wait()


@pytest.fixture
def service(tmp_path: Path, redis_url: str) -> Iterator[Service]:
    made = Service(tmp_path, redis_url)
    yield made
    made.stop()


def test_jobs_outlive_a_missing_broker_and_are_done_by_a_worker_on_redis(
    service: Service, tmp_path: Path
) -> None:
    broker = service.environment["CELERY_BROKER_URL"]
    service.environment["CELERY_BROKER_URL"] = f"redis+socket://{tmp_path}/nobody"
    service.run("-c", DELIVER, "without")
    assert (service.states(), service.n_items()) == (["queued"], 0)

    service.environment["CELERY_BROKER_URL"] = broker
    service.start_worker()
    service.run("-c", DELIVER, "with")
    service.run("-c", SWEEP)

    assert (service.states_once_done(), service.n_items()) == (["done", "done"], 2)
