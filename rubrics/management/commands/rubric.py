"""`manage.py rubric load|dump|lint|diff`: rubrics as YAML."""

import json
from argparse import ArgumentTypeError
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import ConcordError, NotFound
from accounts.models import Project
from rubrics.diff import changes_between
from rubrics.form import RubricForm, to_data
from rubrics.lint import findings_of
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
        lint = verbs.add_parser("lint", help="what harms agreement, and what to do about it")
        lint.add_argument("--strict", action="store_true", help="exit with 1 on any finding")
        lint.add_argument("--format", choices=["text", "json"], default="text")
        lint.add_argument("file", type=readable_file)
        diff = verbs.add_parser("diff", help="what changed; ! marks what alters meaning")
        diff.add_argument("--project", help="the project's slug, for KEY[@VERSION]")
        diff.add_argument("--format", choices=["text", "json"], default="text")
        diff.add_argument("before", metavar="A", help="a file, or KEY[@VERSION]")
        diff.add_argument("after", metavar="B", help="a file, or KEY[@VERSION]")

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


def _lint(options: dict[str, Any]) -> str:
    findings = findings_of(parse(_content(options["file"])))
    if options["format"] == "json":
        printed = json.dumps([asdict(each) for each in findings], ensure_ascii=False, indent=2)
    else:
        printed = "\n".join(map(str, findings)) or "Nothing found."
    if findings and options["strict"]:
        raise CommandError(printed, returncode=REFUSED)
    return printed


def _diff(options: dict[str, Any]) -> str:
    before, after = (_named_form(options[side], options["project"]) for side in ("before", "after"))
    changes = changes_between(before, after)
    if options["format"] == "json":
        return json.dumps([asdict(each) for each in changes], ensure_ascii=False, indent=2)
    return "\n".join(map(str, changes)) or "No change."


def _named_form(name: str, project: str | None) -> RubricForm:
    if Path(name).is_file():
        return parse(_content(Path(name)))
    if project is None:
        raise CommandError(
            f"{name}: there is no such file. For KEY[@VERSION] name the --project.",
            returncode=USAGE,
        )
    return form_of(version_named(_project(project), name))


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


_VERBS = {"load": _load, "dump": _dump, "lint": _lint, "diff": _diff}
