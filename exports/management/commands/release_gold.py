"""`manage.py release_gold --project P [--round R ...] [--note TEXT] [--skip-open]`."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from exports.management.arguments import project_named, refusals, rounds_for
from exports.services.gold import release_gold


class Command(BaseCommand):
    help = (
        "Cut the next gold release of a project: one label for each item and criterion, with "
        "its provenance. Prints JSON {release, number, labels, items, content_hash, by_origin, "
        "by_split, left_out}. Exits 1 and stores nothing when labels are still open."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", required=True)
        parser.add_argument(
            "--round",
            action="append",
            default=[],
            help="name or id of a round; repeat for more (default: all closed production rounds)",
        )
        parser.add_argument("--name", default="", help="a name people know the release by")
        parser.add_argument("--note", default="", help="what changed and why, for the data card")
        parser.add_argument(
            "--criterion", action="append", default=[], help="only this criterion; repeat for more"
        )
        parser.add_argument("--skip-open", action="store_true", help="leave undecided labels out")
        parser.add_argument(
            "--allow-open-round", action="store_true", help="take a round that is not closed"
        )
        parser.add_argument(
            "--min-ratings", type=int, default=1, help="leave out labels with fewer ratings"
        )
        parser.add_argument("--format", choices=["json"], default="json")

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_named(options["project"])
        allow_open_round = options["allow_open_round"]
        rounds = rounds_for(project, options["round"], allow_open_round=allow_open_round)
        with refusals():
            release = release_gold(
                project=project,
                rounds=rounds,
                actor=None,
                note=options["note"],
                name=options["name"],
                criteria=options["criterion"] or None,
                skip_open=options["skip_open"],
                allow_open_round=allow_open_round,
                min_ratings=options["min_ratings"],
            )
        counts = release.data_card["counts"]
        answer = {
            "release": release.public_id,
            "number": release.number,
            "labels": release.n_labels,
            "items": counts["items"],
            "content_hash": release.content_hash,
            "by_origin": counts["by_origin"],
            "by_split": counts["by_split"],
            "left_out": release.data_card["exclusions"]["left_out"],
        }
        self.stdout.write(json.dumps(answer))
