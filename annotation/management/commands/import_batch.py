"""`manage.py import_batch`: a file of items into a project."""

import json
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import ConcordError
from accounts.models import Project, Vendor
from annotation.readers import Format
from annotation.services.batches import BatchReport, import_items

REFUSED = 1
USAGE = 2


def readable_file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise ArgumentTypeError(f"{text}: there is no such file")
    return path


class Command(BaseCommand):
    help = (
        "Import items from a JSONL, JSON, CSV, XLSX or Parquet file. Rows that can't be accepted "
        "are listed; the others are imported, unless the file itself is damaged. Exit code: 0 "
        "something was imported or was there already, 1 nothing was, 2 wrong usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", required=True, help="the project's slug")
        parser.add_argument(
            "--source",
            choices=[each.value for each in Format],
            help="the file's format (default: found from its content)",
        )
        parser.add_argument("--vendor", help="slug of the vendor that delivers")
        parser.add_argument("--name", default="", help="name of the batch (default: the file's)")
        parser.add_argument("--dry-run", action="store_true", help="report only, change nothing")
        parser.add_argument("--format", choices=["json"], default="json", help="of the report")
        parser.add_argument("file", type=readable_file)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = import_items(
                project=project_named(options["project"]),
                source=options["file"],
                name=options["name"],
                vendor=_vendor(options["vendor"]),
                format=Format(options["source"]) if options["source"] else None,
                dry_run=options["dry_run"],
            )
        except ConcordError as error:
            raise CommandError(error.detail, returncode=REFUSED) from error
        self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
        if report.is_refused:
            raise CommandError(_why(report), returncode=REFUSED)


def project_named(slug: str) -> Project:
    project = Project.objects.filter(slug=slug, archived_at=None).first()
    if project is None:
        raise CommandError(f"There is no project “{slug}”.", returncode=USAGE)
    return project


def _vendor(slug: str | None) -> Vendor | None:
    if slug is None:
        return None
    vendor = Vendor.objects.filter(slug=slug).first()
    if vendor is None:
        raise CommandError(f"There is no vendor “{slug}”.", returncode=USAGE)
    return vendor


def _why(report: BatchReport) -> str:
    first = report.rejected[0] if report.rejected else None
    where = f" First: row {first['row']}, {first['field'] or 'whole row'}: " if first else ""
    return f"{report.refusal}{where}{first['error'] if first else ''}"
