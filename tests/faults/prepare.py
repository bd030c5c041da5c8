"""Make a study in the migrated database of VAR_DIR; prints {round, tokens} as JSON.

Run as `python -m tests.faults.prepare RATERS ITEMS OVERLAP`, in a process of its own.
"""

import json
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django
from django.conf import settings

# Nobody signs in with a password here.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
django.setup()

from accounts.services.tokens import issue_token  # noqa: E402
from tests.annotation.engine.build import study  # noqa: E402


def main() -> None:
    raters, items, overlap = map(int, sys.argv[1:])
    s = study(raters=raters, items=items, overlap=overlap)
    tokens = [issue_token(user=rater.user, name="fault test") for rater in s.raters]
    print(json.dumps({"round": s.round.public_id, "tokens": tokens}))


if __name__ == "__main__":
    main()
