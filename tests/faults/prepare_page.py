"""Make a round of demo items in the migrated database of VAR_DIR; prints {path, user, sessions}.

Run as `python -m tests.faults.prepare_page ITEMS`, in a process of its own. The one annotator gets
two sessions: the second stands for signing in again.
"""

import itertools
import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django
from django.conf import settings

# Nobody signs in with a password here.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
django.setup()

from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402

from accounts.canonical import content_hash  # noqa: E402
from accounts.choices import Role  # noqa: E402
from annotation.models import Item  # noqa: E402
from annotation.services.roster import ensure_raters  # noqa: E402
from annotation.services.rounds import open_round  # noqa: E402
from tests.factories import (  # noqa: E402
    CATEGORICAL,
    ORDINAL,
    make_batch,
    make_project,
    make_rubric_version,
    member,
)

DEMO = Path(__file__).resolve().parents[2] / "fixtures" / "demo" / "items.jsonl"


def main() -> None:
    call_command("collectstatic", verbosity=0, interactive=False)
    project = make_project("page-study")
    user = member(project, Role.ANNOTATOR, email="page@example.org")
    _items(project, int(sys.argv[1]))
    round_ = open_round(
        project=project,
        rubric_version=make_rubric_version(project, ORDINAL, CATEGORICAL),
        kind="production",
        name="round",
        actor=None,
        overlap=1,
        seed=7,
    )
    ensure_raters(project=project)
    path = f"/projects/{project.slug}/rounds/{round_.public_id}/judge/"
    sessions = [session(user), session(user)]
    print(json.dumps({"path": path, "user": user.public_id, "sessions": sessions}))


def _items(project: Any, n: int) -> None:
    """`n` items with the contents of the demo's, over and over."""
    rows = [json.loads(line) for line in DEMO.read_text().splitlines()]
    batch = make_batch(project)
    items = []
    for k, row in zip(range(n), itertools.cycle(rows), strict=False):
        content = {
            "messages": row.get("messages") or [{"role": "user", "content": row["prompt"]}],
            "responses": [{"text": each["text"]} for each in row["responses"]],
            "contexts": [
                each if isinstance(each, dict) else {"id": str(place), "text": each}
                for place, each in enumerate(row.get("contexts", []), start=1)
            ],
        }
        items.append(
            Item(
                project=project,
                batch=batch,
                external_id=f"{row['item_id']}-{k}",
                content=content,
                sources=[{"model": each["model"]} for each in row["responses"]],
                n_responses=len(content["responses"]),
                content_hash=content_hash([content, k]),
            )
        )
    Item.objects.bulk_create(items)


def session(user: Any) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


if __name__ == "__main__":
    main()
