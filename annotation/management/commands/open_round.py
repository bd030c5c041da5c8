"""`manage.py open_round --project P --rubric R --kind production --overlap K --name N`."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from accounts.choices import Role
from accounts.errors import ConcordError
from accounts.models import Membership, Project
from annotation.choices import AssignmentPolicy, RoundKind
from annotation.models import Batch, Item
from annotation.selectors.rounds import items_for_round
from annotation.services.rounds import RoundPlan, open_or_find
from rubrics.selectors import version_named


class Command(BaseCommand):
    help = (
        "Open a round over the project's items. Prints JSON {round}. Opening the same round "
        "again prints the same id; other parameters under the same name are refused. Every "
        "annotator of the project may judge, those who join later too."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", required=True, help="slug")
        parser.add_argument("--rubric", required=True, help="KEY (newest published) or KEY@NUMBER")
        parser.add_argument("--kind", required=True, choices=RoundKind.values)
        parser.add_argument("--overlap", type=int, default=1, help="judgments an item")
        parser.add_argument("--name", required=True)
        parser.add_argument(
            "--policy", choices=AssignmentPolicy.values, default=AssignmentPolicy.OVERLAP.value
        )
        parser.add_argument("--batch", action="append", default=[], help="name or id; repeatable")
        parser.add_argument(
            "--slice", action="append", default=[], metavar="NAME=VALUE", help="repeatable"
        )
        parser.add_argument(
            "--only-fitting", action="store_true", help="leave out what the rubric can't judge"
        )
        parser.add_argument("--seed", type=int, help="fixes every random order")
        parser.add_argument("--instructions", default="")
        parser.add_argument("--show-reference", action="store_true")
        parser.add_argument("--format", choices=["json"], default="json")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(
                f"There is no project {options['project']!r}. Make it with create_project."
            )
        try:
            round_ = open_or_find(self._plan(project, options), actor=None)
        except ConcordError as error:
            raise CommandError(_with_fields(error)) from error
        self._warn(project, options)
        self.stdout.write(json.dumps({"round": round_.public_id}))

    def _plan(self, project: Project, options: dict[str, Any]) -> RoundPlan:
        slices = dict(_slice(text) for text in options["slice"])
        return RoundPlan(
            project=project,
            rubric_version=version_named(project, options["rubric"]),
            kind=options["kind"],
            name=options["name"].strip(),
            overlap=options["overlap"],
            policy=options["policy"],
            items=_items(project, options["batch"], slices),
            selection={"batches": sorted(options["batch"]), "slices": slices},
            only_fitting=options["only_fitting"],
            may_grow=True,
            seed=options["seed"],
            instructions=options["instructions"],
            shows_reference=options["show_reference"],
        )

    def _warn(self, project: Project, options: dict[str, Any]) -> None:
        n_raters = Membership.objects.filter(
            project=project, role=Role.ANNOTATOR, user__is_active=True
        ).count()
        if n_raters == 0:
            self.stderr.write(
                "Nobody can judge in this round yet: the project has no annotators. "
                "Add them with add_member."
            )
        elif n_raters < options["overlap"] and options["policy"] != AssignmentPolicy.ALL:
            self.stderr.write(
                f"{options['overlap']} judgments an item are asked for, but the project has "
                f"{n_raters} annotator(s) so far. Add {options['overlap'] - n_raters} more."
            )


def _slice(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise CommandError(f"--slice {text!r} must be NAME=VALUE.", returncode=2)
    return name, value


def _items(project: Project, names: list[str], slices: dict[str, str]) -> QuerySet[Item]:
    batches = []
    for name in names:
        batch = (
            Batch.objects.filter(project=project, public_id=name).first()
            or Batch.objects.filter(project=project, name=name).order_by("-pk").first()
        )
        if batch is None:
            raise CommandError(f"The project has no batch {name!r}.")
        batches.append(batch)
    return items_for_round(project, batches=batches, slices=slices)


def _with_fields(error: ConcordError) -> str:
    lines = [f"{name}: {message}" for name, each in error.fields.items() for message in each]
    return "\n".join([error.detail, *(line for line in lines if error.detail not in line)])
