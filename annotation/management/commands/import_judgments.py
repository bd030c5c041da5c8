"""`manage.py import_judgments`: human judgments made elsewhere become a closed round."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import ConcordError
from annotation.management.commands.import_batch import REFUSED, project_named, readable_file
from annotation.readers import Format
from annotation.services.imported_judgments import (
    ImportOptions,
    JudgmentsReport,
    import_judgments,
    version_named,
)


class Command(BaseCommand):
    help = (
        "Import human judgments from a long file with the columns item_id, rater_id, dimension, "
        "value and optionally rationale (or comment) and timestamp. They become a closed round "
        "whose raters have codes but no accounts. Nothing is stored when a row is bad. Exit code: "
        "0 imported or there already, 1 refused, 2 wrong usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", required=True, help="the project's slug")
        parser.add_argument("--rubric", required=True, help="KEY (newest published) or KEY@VERSION")
        parser.add_argument("--round", default="", help="name of the round (default: the file's)")
        parser.add_argument(
            "--missing",
            action="append",
            metavar="TEXT",
            help="a value that means “no judgment”; may be repeated. Default: NULL, null, NaN and "
            "nan, unless the scale has them. Empty cells are always missing.",
        )
        parser.add_argument("--skip-bad", action="store_true", help="import the good rows anyway")
        parser.add_argument("--source", choices=[each.value for each in Format])
        parser.add_argument("--format", choices=["json"], default="json", help="of the report")
        parser.add_argument("file", type=readable_file)

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_named(options["project"])
        try:
            report = import_judgments(
                project=project,
                version=version_named(project, options["rubric"]),
                source=options["file"],
                round_name=options["round"],
                options=ImportOptions(
                    missing=options["missing"],
                    skip_bad=options["skip_bad"],
                    format=Format(options["source"]) if options["source"] else None,
                ),
            )
        except ConcordError as error:
            raise CommandError(error.detail, returncode=REFUSED) from error
        self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
        if report.refusal:
            raise CommandError(_why(report), returncode=REFUSED)


def _why(report: JudgmentsReport) -> str:
    if not report.rejected:
        return report.refusal
    first = report.rejected[0]
    where = f"row {first['row']}, {first['field'] or 'whole row'}"
    return f"{report.refusal} First: {where}: {first['error']}"
