"""`manage.py load_demo --password P`."""

import json
import os
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import ConcordError
from accounts.services.people import random_password
from exports.services.demo import load_demo


class Command(BaseCommand):
    help = (
        "Load the demo project with its people, rounds and judgments. If it is there already, "
        "nothing is changed. Prints what there is; a random password is made and printed when "
        "neither --password nor DEMO_PASSWORD names one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--password", default="")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        given = options["password"] or os.environ.get("DEMO_PASSWORD", "")
        password = given or random_password()
        try:
            summary = load_demo(password=password)
        except ConcordError as error:
            raise CommandError(error.detail) from error
        if options["format"] == "json":
            self.stdout.write(json.dumps(asdict(summary)))
            return
        done = "loaded" if summary.is_new else "there already, nothing was changed"
        self.stdout.write(
            f"Demo {done}: {summary.n_items} items, {summary.n_judgments} judgments, "
            f"rounds {', '.join(summary.rounds)}."
        )
        if summary.is_new and not given:
            self.stdout.write(f"Password of all its accounts: {password}")
