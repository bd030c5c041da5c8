"""The people of the demo: one account per role, six raters, one company."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from accounts.choices import Role
from accounts.models import Project, User, Vendor
from accounts.services.people import find_or_create_user
from accounts.services.projects import create_project, create_vendor, grant_role
from annotation.models import Rater
from annotation.services.roster import rater_for
from exports.services.demo.material import Material
from exports.services.demo.simulation import RATERS, RaterProfile


@dataclass(frozen=True)
class Cast:
    """Who takes part. `users` by e-mail address; `profiles` by the rater's primary key."""

    project: Project
    vendor: Vendor
    users: dict[str, User]
    raters: tuple[Rater, ...]
    profiles: dict[int, RaterProfile]

    def holder_of(self, role: Role) -> User:
        return self.users[f"{role.value}@example.org"]


def hire(material: Material, *, password: str) -> Cast:
    """The project with all its people. New accounts sign in with `password`."""
    study = material.study
    users = {
        each["email"]: find_or_create_user(email=each["email"], name=each["name"])
        for each in study["accounts"]
    }
    users |= {
        profile.email: find_or_create_user(email=profile.email, name=profile.name)
        for profile in RATERS
    }
    _set_password(users, password)
    admin = users["admin@example.org"]
    details = study["project"]
    project = create_project(slug=details["slug"], name=details["name"], created_by=admin)
    project.description = details["description"]
    project.save(update_fields=["description"])
    vendor = create_vendor(slug=study["vendor"]["slug"], name=study["vendor"]["name"])
    _grant_roles(material, project, vendor, users)
    raters = tuple(rater_for(user=users[each.email], project=project) for each in RATERS)
    profiles = {rater.pk: profile for rater, profile in zip(raters, RATERS, strict=True)}
    return Cast(project, vendor, users, raters, profiles)


def _set_password(users: dict[str, User], password: str) -> None:
    """One hash for all: hashing ten times would take longer than the rest of the loading.

    Who could sign in before keeps the password they had.
    """
    new = [user for user in users.values() if not user.has_usable_password()]
    hashed = make_password(password)
    for user in new:
        user.password = hashed
    User.objects.bulk_update(new, ["password"])


def _grant_roles(
    material: Material, project: Project, vendor: Vendor, users: dict[str, User]
) -> None:
    admin = users["admin@example.org"]
    for account in material.study["accounts"]:
        role = Role(account["role"])
        if role != Role.ADMIN:
            grant_role(
                project=project,
                user=users[account["email"]],
                role=role,
                granted_by=admin,
                vendor=vendor if role == Role.VENDOR else None,
            )
    for profile in RATERS:
        grant_role(
            project=project,
            user=users[profile.email],
            role=Role.ANNOTATOR,
            granted_by=admin,
            vendor=vendor if profile.email in material.study["vendor"]["raters"] else None,
        )
