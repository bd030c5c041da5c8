"""Web processes killed with signal 9 while people submit (T42)."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.faults.conftest import REPOSITORY
from tests.faults.ledger import Acknowledged, findings, log_line, read_log

pytestmark = pytest.mark.pure
ACKNOWLEDGED_BETWEEN_KILLS = 8


class Server:
    """gunicorn with two workers; it may be killed and started again."""

    def __init__(self, application: str, environment: dict[str, str], folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._application, self._environment, self._folder = application, environment, folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "gunicorn", self._application]
        command += ["--bind", f"127.0.0.1:{self.port}", "--workers", "2", "--threads", "4"]
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--no-control-socket"],
                cwd=REPOSITORY,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._await_answer()

    def _await_answer(self) -> None:
        end = time.monotonic() + 120
        while time.monotonic() < end:
            try:
                if httpx.get(f"{self.url}/api/v1/rounds/", trust_env=False).status_code == 401:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        pytest.fail((self._folder / "server.log").read_text()[-3000:])

    def kill_worker(self, rng: random.Random) -> None:
        assert self._process is not None
        workers = psutil.Process(self._process.pid).children()
        if workers:
            os.kill(rng.choice(workers).pid, signal.SIGKILL)

    def kill_all(self) -> None:
        """The whole process group at once, without a word."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


class Annotator(threading.Thread):
    """Judges without pause; writes down every acknowledged receipt before going on."""

    def __init__(self, server: Server, study: dict[str, Any], place: int, log: Path) -> None:
        super().__init__(daemon=True)
        self._server, self._round, self._place = server, study["round"], place
        self._token, self._log = study["tokens"][place], log
        self.stopped = threading.Event()
        self.refused: list[str] = []
        self.n_acknowledged = 0

    def run(self) -> None:
        headers = {"Authorization": f"Bearer {self._token}"}
        client = httpx.Client(
            base_url=f"{self._server.url}/api/v1", headers=headers, trust_env=False, timeout=20
        )
        with client, self._log.open("a") as log:
            n = 0
            while not self.stopped.is_set():
                given = self._call(client, "POST", f"/rounds/{self._round}/next/")
                if given is None or given.status_code == 204:
                    return
                n += 1
                assignment = given.json()["assignment"]["id"]
                rationale = f"{self._place} {n}"
                body = {"ratings": {"quality": 1 + n % 5}, "rationale": rationale}
                done = self._call(client, "PUT", f"/assignments/{assignment}/judgment/", body)
                if done is None:
                    return
                receipt = done.json()["receipt"]
                log.write(log_line(Acknowledged(assignment, receipt, rationale)) + "\n")
                log.flush()
                self.n_acknowledged = n

    def _call(
        self, client: httpx.Client, method: str, path: str, body: Any = None
    ) -> httpx.Response | None:
        """The answer, asked for again for as long as the connection breaks."""
        while not self.stopped.is_set():
            try:
                response = client.request(method, path, json=body)
            except httpx.HTTPError:
                time.sleep(0.05)
                continue
            if response.status_code < 300:
                return response
            if response.status_code != 503:
                self.refused.append(f"{method} {path} {response.status_code} {response.text[:200]}")
                return None
        return None


def _await_more(people: list[Annotator], more: int) -> None:
    """Until the clients together were told of `more` further judgments."""
    wanted = sum(person.n_acknowledged for person in people) + more
    end = time.monotonic() + 60
    while sum(person.n_acknowledged for person in people) < wanted and time.monotonic() < end:
        time.sleep(0.02)


def judged_under_kills(
    application: str, environment: dict[str, str], study: dict[str, Any], folder: Path, kills: int
) -> tuple[list[Acknowledged], list[str]]:
    """What clients were told while workers, and the whole server, were killed at random."""
    rng = random.Random(20_261_121)
    server = Server(application, environment, folder)
    server.start()
    people = [
        Annotator(server, study, place, folder / f"log.{place}")
        for place in range(len(study["tokens"]))
    ]
    try:
        for person in people:
            person.start()
        for n in range(kills):
            _await_more(people, ACKNOWLEDGED_BETWEEN_KILLS)
            time.sleep(rng.uniform(0, 0.4))
            if n % 3 == 2:
                server.kill_all()
                server.start()
            else:
                server.kill_worker(rng)
        _await_more(people, ACKNOWLEDGED_BETWEEN_KILLS)
    finally:
        # Clients stop first: nobody may be waiting for an answer when the books are closed.
        for person in people:
            person.stopped.set()
        server.kill_all()
        for person in people:
            person.join(timeout=30)
    log = [entry for path in folder.glob("log.*") for entry in read_log(path)]
    return log, [message for person in people for message in person.refused]


@pytest.mark.parametrize("kills", [4, pytest.param(60, marks=pytest.mark.soak)])
def test_no_acknowledged_judgment_is_lost_or_doubled(run, environment, tmp_path, kills):
    study = run("tests.faults.prepare", 4, 400 * max(1, kills // 4), 2)

    log, refused = judged_under_kills(
        "config.wsgi:application", environment, study, tmp_path, kills
    )

    assert refused == []
    assert len(log) >= ACKNOWLEDGED_BETWEEN_KILLS * kills
    assert findings(tmp_path / "concord.sqlite3", log, overlap=2) == []


def test_server_that_answers_before_it_stores_is_caught(run, environment, tmp_path):
    """The sibling with the protection off: the test above can fail."""
    study = run("tests.faults.prepare", 4, 400, 2)

    log, _refused = judged_under_kills(
        "tests.faults.early_answer:application", environment, study, tmp_path, 1
    )

    problems = findings(tmp_path / "concord.sqlite3", log, overlap=2)
    assert any(problem.startswith("lost") for problem in problems)
