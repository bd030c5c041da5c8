"""`manage.py import_scores --project P --judge NAME [--version V] FILE`."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exports.choices import JudgeKind
from exports.errors import ScoresRefused
from exports.management.arguments import REFUSED, USAGE, project_named
from exports.services.judge_runs import import_scores


class Command(BaseCommand):
    help = (
        "Take in a judge's scores from a long file (item_id, dimension, value; optional judge, "
        "comment). Prints JSON {run, judge, version, scores, missing, dimensions, repeated}; when "
        "rows are refused, {rejected: [{row, field, error}]} and exits 1: nothing is stored then."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Here --version is the judge's, not Django's."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--project", required=True)
        parser.add_argument("--judge", required=True, help="the judge's name in the project")
        parser.add_argument(
            "--version", dest="judge_version", default="", help="of its prompt or model"
        )
        parser.add_argument(
            "--source-judge", default="", help="its name in the file's column `judge`"
        )
        parser.add_argument("--kind", choices=JudgeKind.values, default=JudgeKind.MODEL.value)
        parser.add_argument("--format", choices=["json"], default="json")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.", returncode=USAGE)
        project = project_named(options["project"])
        try:
            with path.open("rb") as file:
                taken = import_scores(
                    project=project,
                    judge=options["judge"],
                    file=file,
                    actor=None,
                    version=options["judge_version"],
                    kind=JudgeKind(options["kind"]),
                    source_judge=options["source_judge"],
                )
        except ScoresRefused as refusal:
            self.stdout.write(json.dumps({"run": None, "rejected": refusal.rows}))
            raise CommandError(refusal.detail, returncode=REFUSED) from refusal
        run = taken.run
        answer = {
            "run": run.public_id,
            "judge": run.judge.name,
            "version": run.version,
            "scores": run.n_scores,
            "missing": run.scale.get("missing", 0),
            "dimensions": sorted(run.scale.get("dimensions", {})),
            "repeated": taken.is_repeat,
        }
        self.stdout.write(json.dumps(answer))
