"""`manage.py rubric load|dump`: rubrics as YAML."""

import json
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import ConcordError, NotFound
from accounts.models import Project
from rubrics.form import to_data
from rubrics.models import RubricVersion
from rubrics.selectors import criteria_of, form_of, version_named
from rubrics.services.versions import load_rubric
from rubrics.yaml_form import MAX_BYTES, dump, parse

REFUSED = 1
USAGE = 2


def readable_file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise ArgumentTypeError(f"{text}: there is no such file")
    return path


class Command(BaseCommand):
    help = (
        "Rubrics as YAML. `load` publishes what it reads, so that a round can use it at once; with "
        "--draft it stays a draft. The same content again is the same version. Exit code: 0 done, "
        "1 the rubric was refused, 2 wrong usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        load = verbs.add_parser("load", help="store a rubric from a file and publish it")
        load.add_argument("--project", required=True, help="the project's slug")
        state = load.add_mutually_exclusive_group()
        state.add_argument("--publish", action="store_true", help="publish it (default)")
        state.add_argument("--draft", action="store_true", help="leave it a draft")
        load.add_argument(
            "--replace-draft", action="store_true", help="take over a draft that a person saved"
        )
        load.add_argument("--format", choices=["json"], default="json")
        load.add_argument("file", type=readable_file)
        show = verbs.add_parser("dump", help="print a version")
        show.add_argument("--project", required=True, help="the project's slug")
        show.add_argument("--format", choices=["yaml", "json"], default="yaml")
        show.add_argument("name", metavar="KEY[@VERSION]", help="default: the newest published one")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(_VERBS[options["verb"]](options))
        except NotFound as error:
            raise CommandError(error.detail, returncode=USAGE) from error
        except ConcordError as error:
            raise CommandError(error.detail, returncode=REFUSED) from error


def _load(options: dict[str, Any]) -> str:
    version = load_rubric(
        project=_project(options["project"]),
        form=parse(_content(options["file"])),
        actor=None,
        publish=not options["draft"],
        replace_draft=options["replace_draft"],
    )
    return json.dumps(_summary(version), ensure_ascii=False)


def _dump(options: dict[str, Any]) -> str:
    form = form_of(version_named(_project(options["project"]), options["name"]))
    if options["format"] == "json":
        return json.dumps(to_data(form), ensure_ascii=False, indent=2)
    return dump(form).rstrip("\n")


def _summary(version: RubricVersion) -> dict[str, Any]:
    return {
        "rubric": version.rubric.public_id,
        "key": version.rubric.key,
        "version": version.number,
        "state": version.state,
        "criteria": [criterion.key for criterion in criteria_of(version)],
    }


def _content(path: Path) -> bytes:
    """At most one byte too much, so that a huge file is refused without being read."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{path} can't be read: {error.strerror}", returncode=USAGE) from error


def _project(slug: str) -> Project:
    project = Project.objects.filter(slug=slug, archived_at=None).first()
    if project is None:
        raise CommandError(
            f"There is no project “{slug}”. Make it with create_project.", returncode=USAGE
        )
    return project


_VERBS = {"load": _load, "dump": _dump}
