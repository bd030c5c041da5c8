#!/usr/bin/env python
"""Concord's command line."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, ProgrammingError

    try:
        execute_from_command_line(sys.argv)
    except (OperationalError, ProgrammingError) as error:
        if "--traceback" in sys.argv:
            raise
        print(f"The database can't do that: {error}", file=sys.stderr)
        sys.exit("Is it there, and migrated? Run: manage.py migrate")


if __name__ == "__main__":
    main()
