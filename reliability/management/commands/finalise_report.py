"""`manage.py finalise_report`: freeze a round's report from the shell, and write its files."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import ConcordError
from annotation.models import Round
from reliability.choices import ReportFormat
from reliability.models import FinalReport
from reliability.services.final_files import report_file
from reliability.services.finalise import finalise_report

REFUSED, USAGE = 1, 2


class Command(BaseCommand):
    help = (
        "Finalise the reliability report of a round as its ratings are now, and print its number "
        "and hashes as JSON. The same figures again are the same report. Exit code: 0 done, 1 "
        "refused (the message says why), 2 wrong usage."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", required=True, help="the project's slug")
        parser.add_argument("--round", required=True, help="the round's name or public id")
        parser.add_argument("--reason", default="", help="why, if the round is not closed")
        parser.add_argument("--output", type=Path, help="a folder that gets the report's files")
        parser.add_argument(
            "--files",
            default=",".join(ReportFormat.values),
            help="which files, comma-separated (%(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        formats = _formats(options["files"])
        folder: Path | None = options["output"]
        if folder is not None and not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.", returncode=USAGE)
        round_ = _round(options["project"], options["round"])
        try:
            report = finalise_report(round_=round_, actor=None, reason=options["reason"])
            files = [] if folder is None else [_write(report, f, folder) for f in formats]
        except ConcordError as error:
            raise CommandError(error.detail, returncode=REFUSED) from error
        self.stdout.write(json.dumps(_printed(report) | {"files": files}, indent=2))


def _formats(text: str) -> list[ReportFormat]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in ReportFormat]
    if unknown:
        known = ", ".join(ReportFormat.values)
        raise CommandError(f"There is no format {unknown[0]!r}; there are: {known}.", returncode=2)
    return [ReportFormat(name) for name in names]


def _round(project: str, name: str) -> Round:
    rounds = Round.objects.select_related("project", "rubric_version__rubric")
    found = rounds.filter(project__slug=project)
    round_ = found.filter(name=name).first() or found.filter(public_id=name).first()
    if round_ is None:
        raise CommandError(f"There is no round “{name}” in project “{project}”.", returncode=USAGE)
    return round_


def _write(report: FinalReport, format: ReportFormat, folder: Path) -> str:
    file = report_file(report, format, actor=None)
    path = folder / file.name
    with path.open("wb") as target:
        for block in file.blocks:
            target.write(block)
    return str(path)


def _printed(report: FinalReport) -> dict[str, Any]:
    checks = report.data["checks"]
    return {
        "report": report.public_id,
        "number": report.number,
        "content_hash": report.content_hash,
        "ratings": report.n_ratings,
        "ratings_hash": report.ratings_hash,
        "largest_difference": checks["largest_difference"],
        "figures_that_differ": checks["n_differing"],
    }
