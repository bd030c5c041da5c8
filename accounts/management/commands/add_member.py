"""`manage.py add_member --project P --role ROLE --email E [--token]`."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from accounts.choices import Role
from accounts.errors import ConcordError
from accounts.models import Project
from accounts.services.people import find_or_create_user
from accounts.services.projects import create_vendor, grant_role
from accounts.services.tokens import issue_token


class Command(BaseCommand):
    help = (
        "Give a person a role in a project, creating the person if need be. Prints JSON "
        "{email, role}, with --token also {token}: a new API token, shown only this once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", required=True)
        parser.add_argument("--role", required=True, choices=[role.value for role in Role])
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", default="")
        parser.add_argument("--vendor", default="", help="company, for vendors and their raters")
        parser.add_argument("--token", action="store_true", help="issue an API token")
        parser.add_argument("--format", choices=["json"], default="json")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(
                f"There is no project {options['project']!r}. Make it with create_project."
            )
        try:
            validate_email(options["email"])
        except ValidationError as error:
            raise CommandError(
                f"{options['email']!r} is no e-mail address.", returncode=2
            ) from error
        try:
            answer = self._add(project, options)
        except ConcordError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(json.dumps(answer))

    @transaction.atomic
    def _add(self, project: Project, options: dict[str, Any]) -> dict[str, str]:
        user = find_or_create_user(email=options["email"], name=options["name"])
        slug = options["vendor"]
        vendor = create_vendor(slug=slug, name=slug) if slug else None
        role = Role(options["role"])
        grant_role(project=project, user=user, role=role, granted_by=None, vendor=vendor)
        answer = {"email": user.email, "role": role.value}
        if options["token"]:
            answer["token"] = issue_token(user=user, name="shell", project=project)
        return answer
