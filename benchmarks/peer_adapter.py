"""Concord for the shared peer benchmark, so that one driver measures all products alike.

    python bench.py --peer PATH/benchmarks/peer_adapter.py:Concord --venv .venv \
        --data-dir DIR --fresh --port 8191 --sizes 10000 --users 8 import label overlap

Two gunicorn workers with four threads each; `--variant run` measures what `make run` starts.
Studies are made by the commands, labelling goes over the API, and what is stored is read from
the database itself.
"""

import json
import os
import re
import secrets
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx
from adapters.base import Adapter  # the driver puts its folder on the path

REPOSITORY = Path(__file__).resolve().parent.parent

RUBRIC = """
key: bench
title: Benchmark
guidelines: Rate the first response and choose the better one.
criteria:
  - key: rating
    question: How good is the first response?
    kind: ordinal
    level: ordinal
    required: true
    anchors: [{value: 1, label: Bad}, {value: 2, label: Poor}, {value: 3, label: Fair},
              {value: 4, label: Good}, {value: 5, label: Best}]
  - key: choice
    question: Which response is better?
    kind: pairwise
    level: nominal
    required: true
    anchors: []
"""
CHOICES = {"A": "response_1", "B": "response_2", "tie": "tie"}

# Members and the round in one process: a command each would take longer than the labelling.
PREPARE = """
import io, json, sys
from django.core.management import call_command

def run(*args):
    out = io.StringIO()
    call_command(*args, stdout=out)
    return json.loads(out.getvalue())

given = json.loads(sys.stdin.read())
project = given["project"]
tokens = {
    email: run("add_member", "--project", project, "--role", "annotator", "--email", email,
               "--token")["token"]
    for email in given["emails"]
}
round_ = run("open_round", "--project", project, "--rubric", "bench", "--kind", "production",
             "--overlap", str(given["overlap"]), "--name", "bench")
print(json.dumps({"round": round_["round"], "tokens": tokens}))
"""
SESSION = """
import json, sys
from django.conf import settings
from django.test import Client
from accounts.models import User
settings.ALLOWED_HOSTS = ["*"]
client = Client()
client.force_login(User.objects.get(email=sys.stdin.read().strip()))
print(client.cookies[settings.SESSION_COOKIE_NAME].value)
"""
STORED = """
SELECT i.external_id, u.email, v.body
FROM annotation_judgment j
JOIN annotation_judgmentrevision v ON v.judgment_id = j.id AND v.number = j.revision
JOIN annotation_item i ON i.id = j.item_id
JOIN annotation_rater r ON r.id = j.rater_id
JOIN accounts_user u ON u.id = r.user_id
JOIN accounts_project p ON p.id = i.project_id
WHERE p.slug = '{slug}'
"""


class Concord(Adapter):
    name = "concord"

    def __init__(self, opts: Any) -> None:
        super().__init__(opts)
        self._python = str(Path(opts.venv).absolute() / "bin" / "python")
        self._rounds: dict[str, str] = {}

    # -- processes

    def env(self) -> dict[str, str]:
        data = Path(self.o.data_dir)
        key = data / "bench_key"
        if not key.exists():
            key.write_text(secrets.token_urlsafe(48))
        settings = {
            "VAR_DIR": str(data),
            "SECRET_KEY": key.read_text(),
            "PORT": str(self.o.port),
            "ALLOWED_HOSTS": "127.0.0.1",
        }
        if self.o.db == "postgres":
            user, port, name = self.o.pg_user, self.o.pg_port, self.o.pg_db
            settings["DATABASE_URL"] = f"postgresql://{user}@127.0.0.1:{port}/{name}"
        return settings

    def init(self) -> None:
        self._manage("migrate", "--verbosity", "0")
        self._manage("collectstatic", "--verbosity", "0", "--no-input")

    def specs(self) -> list[tuple[list[str], dict[str, str], str]]:
        gunicorn = ["-m", "gunicorn", "config.wsgi:application", "--workers", "2", "--threads", "4"]
        gunicorn += ["--bind", f"127.0.0.1:{self.o.port}", "--log-level", "warning"]
        gunicorn += ["--keep-alive", "30"]
        what = ["-m", "config.serve"] if self.o.variant == "run" else gunicorn
        return [([self._python, *what], self.env(), str(REPOSITORY))]

    def ready_url(self) -> str:
        return f"{self.base}/account/login/"

    def _manage(self, *args: str, stdin: str = "") -> str:
        done = subprocess.run(
            [self._python, "manage.py", *args],
            cwd=REPOSITORY,
            env={**os.environ, **self.env()},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{args[0]}: {done.stderr[-600:]}")
        return done.stdout.strip()

    # -- studies

    async def make_users(self, n: int) -> list[dict[str, Any]]:
        return [{"email": f"ann{k}@example.org", "clients": {}} for k in range(n)]

    async def make_project(self, title: str, overlap: int, users: list[Any]) -> str:
        slug = re.sub(r"[^a-z0-9-]+", "-", title.lower())
        self._manage("create_project", slug)
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as rubric:
            rubric.write(RUBRIC)
            rubric.flush()
            self._manage("rubric", "load", "--project", slug, rubric.name)
        return slug

    async def import_items(self, pid: str, items: Iterable[dict[str, Any]]) -> int:
        """import_batch of a JSONL file; rows are checked, hashed and stored in the command"""
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            file.writelines(json.dumps(item) + "\n" for item in _neutral(items))
            file.flush()
            answer = self._manage("import_batch", "--project", pid, file.name)
        return int(json.loads(answer)["created"])

    async def prepare_labeling(self, pid: str, users: list[Any], overlap: int) -> None:
        given = {"project": pid, "overlap": overlap, "emails": [u["email"] for u in users]}
        made = json.loads(
            self._manage("shell", "--verbosity", "0", "-c", PREPARE, stdin=json.dumps(given))
        )
        self._rounds[pid] = made["round"]
        for user in users:
            token = made["tokens"][user["email"]]
            user["clients"][pid] = self.client(headers={"Authorization": f"Bearer {token}"})

    # -- work

    async def next_task(self, user: Any, pid: str) -> dict[str, Any] | None:
        response = await user["clients"][pid].post(f"/api/v1/rounds/{self._rounds[pid]}/next/")
        if response.status_code == 204:
            return None
        response.raise_for_status()
        assignment = response.json()["assignment"]
        # Ids of items are hidden from raters; the corpus numbers its prompts.
        number = re.match(r"\[(\d+)\]", assignment["item"]["messages"][0]["content"])
        assert number
        return {"id": f"item-{int(number[1]):07d}", "assignment": assignment["id"]}

    async def submit(
        self, user: Any, pid: str, task: dict[str, Any], payload: dict[str, Any]
    ) -> None:
        response: httpx.Response = await user["clients"][pid].put(
            f"/api/v1/assignments/{task['assignment']}/judgment/",
            json={
                "ratings": {"rating": payload["rating"], "choice": CHOICES[payload["choice"]]},
                "rationale": payload["comment"],
                "seconds_spent": 1,
            },
        )
        response.raise_for_status()

    async def stored(self, pid: str) -> list[tuple[str, str, str | None]]:
        return [(item, email, _tag(body)) for item, email, body in self._rows(pid)]

    def _rows(self, pid: str) -> list[tuple[str, str, str]]:
        query = STORED.format(slug=pid)
        if self.o.db == "postgres":
            command = [self.o.psql, "-h", "127.0.0.1", "-p", str(self.o.pg_port)]
            command += ["-U", self.o.pg_user, "-d", self.o.pg_db, "-At", "-F", "\t", "-c", query]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            return [_three(line.split("\t", 2)) for line in done.stdout.splitlines()]
        with sqlite3.connect(Path(self.o.data_dir) / "concord.sqlite3") as connection:
            return connection.execute(query).fetchall()

    def labeling_page(self, pid: str) -> tuple[str, list[dict[str, str]]]:
        session = self._manage("shell", "--verbosity", "0", "-c", SESSION, stdin="ann0@example.org")
        cookie = {"name": "sessionid", "value": session, "url": self.base}
        return f"{self.base}/projects/{pid}/rounds/{self._rounds[pid]}/judge/", [cookie]


def _neutral(items: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The corpus in the neutral form of items."""
    for item in items:
        yield {
            "item_id": item["id"],
            "prompt": item["prompt"],
            "responses": [
                {"model": "model-a", "text": item["response_a"]},
                {"model": "model-b", "text": item["response_b"]},
            ],
            "slices": {"lang": item["metadata"]["lang"]},
            "meta": item["metadata"],
        }


def _tag(body: str) -> str | None:
    found = re.search(r"tag:([0-9a-f]{32})", body)
    return found[1] if found else None


def _three(parts: list[str]) -> tuple[str, str, str]:
    return parts[0], parts[1], parts[2]
