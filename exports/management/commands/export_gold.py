"""`manage.py export_gold --project P --release N --target FORMAT --output PATH`."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from exports.formats import Target
from exports.management.arguments import REFUSED, USAGE, project_named, refusals, release_numbered
from exports.services.export_files import export_to_path


class Command(BaseCommand):
    help = (
        "Write a gold release to a file, which appears whole or not at all. Prints JSON "
        "{path, format, rows, bytes, sha256}. The same release always gives the same bytes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", required=True)
        parser.add_argument("--release", type=int, help="its number (default: the latest)")
        parser.add_argument("--target", required=True, choices=Target.values)
        parser.add_argument("--output", required=True, type=Path)
        parser.add_argument(
            "--with-content",
            action="store_true",
            help="JSONL only: repeat prompts and responses with each label",
        )
        parser.add_argument("--format", choices=["json"], default="json")

    def handle(self, *args: Any, **options: Any) -> None:
        target, path = Target(options["target"]), options["output"]
        if options["with_content"] and target != Target.JSONL:
            raise CommandError("--with-content goes with --target jsonl only.", returncode=USAGE)
        if path.is_dir() or not path.parent.is_dir():
            raise CommandError(f"--output {path} is not a file in a folder.", returncode=USAGE)
        release = release_numbered(project_named(options["project"]), options["release"])
        try:
            with refusals():
                manifest = export_to_path(
                    release=release,
                    target=target,
                    path=path,
                    actor=None,
                    with_content=options["with_content"],
                )
        except OSError as error:
            raise CommandError(
                f"{path} can't be written: {error.strerror}.", returncode=REFUSED
            ) from error
        answer = {
            "path": str(path),
            "format": manifest.format,
            "rows": manifest.rows,
            "bytes": manifest.n_bytes,
            "sha256": manifest.sha256,
        }
        self.stdout.write(json.dumps(answer))
