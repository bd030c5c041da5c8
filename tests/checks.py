"""Checks of `make lint` that need the project loaded: migrations and the API schema."""

import io
import os
import secrets
import sys
import tempfile
from pathlib import Path

SCHEMA = Path(__file__).resolve().parent.parent / "docs" / "openapi.yaml"


def main() -> int:
    os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="concord-checks-")
    os.environ["SECRET_KEY"] = secrets.token_urlsafe(48)
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("check", fail_level="WARNING")
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=1)
    written = io.StringIO()
    call_command("spectacular", stdout=written, fail_on_warn=True, validate=True)
    if "--write" in sys.argv:
        SCHEMA.write_text(written.getvalue())
    elif not SCHEMA.exists() or SCHEMA.read_text() != written.getvalue():
        print("docs/openapi.yaml is not the API's schema: run `python -m tests.checks --write`.")
        return 1
    from tests import catalogue

    return catalogue.main()


if __name__ == "__main__":
    sys.exit(main())
