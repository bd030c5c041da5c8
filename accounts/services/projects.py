"""Projects and who belongs to them."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import grantable_by, roles_in
from accounts.choices import Role
from accounts.errors import Conflict, Invalid, NotFound
from accounts.models import Membership, Project, User, Vendor
from accounts.services.audit import record

# Words that stand where a project's short name would in addresses.
RESERVED_SLUGS = frozenset({"new"})


@transaction.atomic
def create_project(*, slug: str, name: str = "", created_by: User | None = None) -> Project:
    """The project called `slug`, made if there is none. Its creator becomes its admin."""
    if slug in RESERVED_SLUGS:
        raise Invalid(
            f"{slug!r} can't be a project's short name.", fields={"slug": ["Choose another."]}
        )
    project, created = Project.objects.get_or_create(slug=slug, defaults={"name": name or slug})
    if created:
        record(actor=created_by, action="project.created", target=project, project=project)
        if created_by is not None:
            grant_role(project=project, user=created_by, role=Role.ADMIN, granted_by=None)
    return project


@transaction.atomic
def create_vendor(*, slug: str, name: str) -> Vendor:
    return Vendor.objects.get_or_create(slug=slug, defaults={"name": name})[0]


@transaction.atomic
def grant_role(
    *,
    project: Project,
    user: User,
    role: Role,
    granted_by: User | None,
    vendor: Vendor | None = None,
) -> Membership:
    """Give `user` one more role. `granted_by` None: the operator, from the shell.

    Nobody grants to themselves or above their own role (T18); nobody works for two companies
    in one project.
    """
    if granted_by is not None:
        require_may_grant(project=project, granted_by=granted_by, role=role)
        if granted_by == user:
            raise Invalid(_("Ask someone else for a role of your own."), code="self_grant")
    _require_one_company(project, user, role, vendor)
    membership, created = Membership.objects.get_or_create(
        project=project,
        user=user,
        role=role,
        defaults={"granted_by": granted_by, "vendor": vendor},
    )
    if created:
        record(
            actor=granted_by,
            action="role.granted",
            target=user,
            project=project,
            data={"role": role, "vendor": vendor.slug if vendor else None},
        )
    return membership


def require_may_grant(*, project: Project, granted_by: User, role: Role) -> None:
    if role not in grantable_by(roles_in(granted_by, project)):
        raise NotFound


@transaction.atomic
def withdraw_role(*, membership: Membership, withdrawn_by: User) -> None:
    """Take a role away; effective with the person's next request (T19)."""
    project = membership.project
    require_may_grant(project=project, granted_by=withdrawn_by, role=Role(membership.role))
    admins = Membership.objects.filter(project=project, role=Role.ADMIN)
    if membership.role == Role.ADMIN and admins.count() == 1:
        raise Conflict(_("This is the project's last admin. Make someone else admin first."))
    record(
        actor=withdrawn_by,
        action="role.withdrawn",
        target=membership.user,
        project=project,
        data={"role": membership.role},
    )
    membership.delete()


def _require_one_company(project: Project, user: User, role: Role, vendor: Vendor | None) -> None:
    if role == Role.VENDOR and vendor is None:
        raise Invalid(
            _("Name the vendor."), fields={"vendor": [_("A vendor's person needs a company.")]}
        )
    if role not in (Role.VENDOR, Role.ANNOTATOR) and vendor is not None:
        raise Invalid(
            _("Only vendor and annotator roles belong to a company."),
            fields={"vendor": [_("Leave the vendor empty for this role.")]},
        )
    others = Membership.objects.filter(project=project, user=user, vendor__isnull=False)
    if vendor is not None and others.exclude(vendor=vendor).exists():
        raise Conflict(_("This person already works for another vendor in this project."))
