"""The labeling loop under load: raters who never pause, two web processes, the client beside them.

    python -m benchmarks.labeling_load [--items 10000] [--raters 8] [--seconds 10] [--overlap 1]

A new database (SQLite with full sync, or the one of --database-url, which must be empty) gets a
study; gunicorn serves it with two workers of four threads; every rater asks for the next item and
submits at once. Beside latencies it prints what one cycle costs the server in CPU time, which
tells more than latencies do on a machine that others use too.
"""

import argparse
import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psutil

REPOSITORY = Path(__file__).resolve().parent.parent


class Rater(threading.Thread):
    """next, judgment, next ... until the time is up; latencies in seconds."""

    def __init__(self, port: int, round_id: str, token: str, end: float) -> None:
        super().__init__(daemon=True)
        self._port, self._round, self._end = port, round_id, end
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.next_seconds: list[float] = []
        self.submit_seconds: list[float] = []
        self.refused = 0

    def run(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=60)
        answer = json.dumps({"ratings": {"quality": 3}, "rationale": "load", "seconds_spent": 5})
        while time.monotonic() < self._end:
            seconds, given = self._call(connection, "POST", f"rounds/{self._round}/next/", "{}")
            if given is None:
                return
            self.next_seconds.append(seconds)
            path = f"assignments/{given['assignment']['id']}/judgment/"
            self.submit_seconds.append(self._call(connection, "PUT", path, answer)[0])

    def _call(
        self, connection: HTTPConnection, method: str, path: str, body: str
    ) -> tuple[float, Any]:
        start = time.monotonic()
        connection.request(method, f"/api/v1/{path}", body, self._headers)
        response = connection.getresponse()
        raw = response.read()
        self.refused += response.status >= 400
        return time.monotonic() - start, json.loads(raw) if raw else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--raters", type=int, default=8)
    parser.add_argument("--overlap", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--database-url", default="")
    given = parser.parse_args(sys.argv[1:] if __name__ == "__main__" else [])
    with tempfile.TemporaryDirectory() as folder:
        environment = _environment(folder, given.database_url)
        study = _prepared(environment, given)
        print(json.dumps(_measured(environment, study, given), indent=1))


def _environment(folder: str, database_url: str) -> dict[str, str]:
    own = {
        "VAR_DIR": folder,
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    if database_url:
        own["DATABASE_URL"] = database_url
    return os.environ | own


def _prepared(environment: dict[str, str], given: argparse.Namespace) -> dict[str, Any]:
    def run(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command], cwd=REPOSITORY, env=environment, check=True, text=True,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        return done.stdout

    run("manage.py", "migrate", "--verbosity", "0")
    sizes = (given.raters, given.items, given.overlap)
    printed = run("-m", "tests.faults.prepare", *map(str, sizes))
    study: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return study


def _measured(
    environment: dict[str, str], study: dict[str, Any], given: argparse.Namespace
) -> dict[str, Any]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--workers", "2"]
    command += ["--threads", "4", "--bind", f"127.0.0.1:{port}", "--log-level", "error"]
    server = subprocess.Popen(
        [*command, "--keep-alive", "30"], cwd=REPOSITORY, env=environment, stderr=subprocess.DEVNULL
    )
    try:
        _await(port)
        return _loaded(server, port, study, given)
    finally:
        server.terminate()
        server.wait(timeout=30)


def _await(port: int) -> None:
    for _attempt in range(600):
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", "/api/v1/rounds/")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not start")


def _loaded(
    server: subprocess.Popen[bytes], port: int, study: dict[str, Any], given: argparse.Namespace
) -> dict[str, Any]:
    end = time.monotonic() + given.seconds
    people = [Rater(port, study["round"], token, end) for token in study["tokens"]]
    cpu, start = _cpu(server.pid), time.monotonic()
    for person in people:
        person.start()
    for person in people:
        person.join()
    seconds = time.monotonic() - start
    used = _cpu(server.pid) - cpu
    submits = [each for person in people for each in person.submit_seconds]
    return {
        "items": given.items,
        "raters": given.raters,
        "cycles_per_second": round(len(submits) / seconds, 1),
        "next": _latency([each for person in people for each in person.next_seconds]),
        "submit": _latency(submits),
        "refused": sum(person.refused for person in people),
        "server_cpu_ms_a_cycle": round(1000 * used / max(1, len(submits)), 1),
        "load_average": os.getloadavg()[0],
    }


def _cpu(pid: int) -> float:
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def _latency(seconds: list[float]) -> dict[str, float]:
    if len(seconds) < 2:
        return {"n": len(seconds)}
    cuts = statistics.quantiles(seconds, n=100)
    return {
        "n": len(seconds),
        "p50_ms": round(1000 * cuts[49], 1),
        "p95_ms": round(1000 * cuts[94], 1),
        "max_ms": round(1000 * max(seconds), 1),
    }


if __name__ == "__main__":
    main()
