"""`manage.py create_project SLUG`: a project to put batches, rubrics and rounds in."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_slug

from accounts.errors import ConcordError
from accounts.services.projects import create_project


class Command(BaseCommand):
    help = "Create a project, or find the one of this name. Prints JSON {project, name}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="short name in addresses: letters, digits, hyphens")
        parser.add_argument("--name", default="", help="name shown to people")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            validate_slug(options["slug"])
        except ValidationError as error:
            raise CommandError(
                f"SLUG {options['slug']!r} may hold letters, digits, hyphens and underscores only.",
                returncode=2,
            ) from error
        try:
            project = create_project(slug=options["slug"], name=options["name"])
        except ConcordError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(json.dumps({"project": project.slug, "name": project.name}))
