"""`manage.py close_round --project P --round R`: R is a round's name or id."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import ConcordError
from annotation.models import Round
from annotation.selectors.rounds import round_named
from annotation.services.rounds import close_round


class Command(BaseCommand):
    help = "Close a round. Prints JSON {round, state}. Closing it again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", required=True, help="slug")
        parser.add_argument("--round", "--name", dest="round", required=True, help="name or id")
        parser.add_argument("--format", choices=["json"], default="json")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found: Round = round_named(options["project"], options["round"])
            closed = close_round(round_=found, actor=None)
        except ConcordError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(json.dumps({"round": closed.public_id, "state": closed.state}))
