"""Who may do what: the one place that decides, by role and project.

Every route declares an `Action` (see accounts/routes.py); every app's access.py turns a user
and an id into an object and asks `require` here. Unknown and forbidden are the same answer.
"""

from collections.abc import Mapping
from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from accounts.choices import Role
from accounts.errors import NotFound
from accounts.models import ApiToken, Invitation, Job, Membership, Project, User, Vendor

Person = User | AnonymousUser


class Action(StrEnum):
    """What a route is for."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    CREATE_PROJECT = "create_project"
    VIEW_PROJECT = "view_project"
    MANAGE_MEMBERS = "manage_members"
    VIEW_AUDIT = "view_audit"
    UPLOAD_BATCH = "upload_batch"
    VIEW_BATCH = "view_batch"
    VIEW_ITEM = "view_item"
    VIEW_RUBRIC = "view_rubric"
    EDIT_RUBRIC = "edit_rubric"
    VIEW_ROUND = "view_round"
    MANAGE_ROUND = "manage_round"
    JUDGE = "judge"
    VIEW_RELIABILITY = "view_reliability"
    FINALISE_REPORT = "finalise_report"
    ADJUDICATE = "adjudicate"
    VIEW_GOLD = "view_gold"
    RELEASE_GOLD = "release_gold"
    VIEW_JUDGE = "view_judge"
    IMPORT_SCORES = "import_scores"


LEADS = frozenset({Role.LEAD, Role.ADMIN})
EVERY_ROLE = frozenset(Role)

ROLES: Mapping[Action, frozenset[Role]] = {
    Action.VIEW_PROJECT: EVERY_ROLE,
    Action.MANAGE_MEMBERS: LEADS,
    Action.VIEW_AUDIT: frozenset({Role.ADMIN}),
    Action.UPLOAD_BATCH: LEADS | {Role.VENDOR},
    Action.VIEW_BATCH: LEADS | {Role.VENDOR},
    Action.VIEW_ITEM: LEADS,
    Action.VIEW_RUBRIC: LEADS | {Role.ADJUDICATOR},
    Action.EDIT_RUBRIC: LEADS,
    Action.VIEW_ROUND: LEADS,
    Action.MANAGE_ROUND: LEADS,
    Action.JUDGE: frozenset({Role.ANNOTATOR}),
    Action.VIEW_RELIABILITY: LEADS,
    Action.FINALISE_REPORT: LEADS,
    Action.ADJUDICATE: frozenset({Role.ADJUDICATOR}),
    Action.VIEW_GOLD: LEADS,
    Action.RELEASE_GOLD: frozenset({Role.ADMIN}),
    Action.VIEW_JUDGE: LEADS,
    Action.IMPORT_SCORES: LEADS,
}

# Nobody grants above their own role (T18).
GRANTS: Mapping[Role, frozenset[Role]] = {
    Role.ADMIN: EVERY_ROLE,
    Role.LEAD: frozenset({Role.ANNOTATOR, Role.ADJUDICATOR, Role.VENDOR}),
}


def roles_in(user: Person, project: Project) -> frozenset[Role]:
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    held = Membership.objects.filter(user=user, project=project).values_list("role", flat=True)
    return frozenset(Role(role) for role in held)


def allows(user: Person, action: Action, project: Project) -> bool:
    return bool(roles_in(user, project) & ROLES[action])


def require(user: Person, action: Action, project: Project) -> None:
    """Raises NotFound unless a role of `user` in `project` allows `action`."""
    if not allows(user, action, project):
        raise NotFound


def grantable_by(roles: frozenset[Role]) -> frozenset[Role]:
    """The roles that a person with `roles` may give and take away."""
    return frozenset().union(*(GRANTS.get(role, frozenset()) for role in roles))


def may_call(user: Person, action: Action) -> bool:
    """Whether a route of `action` can be meant for `user` at all, in whatever project."""
    if action is Action.PUBLIC:
        return True
    if not isinstance(user, User) or not user.is_active:
        return False
    if action is Action.SIGNED_IN:
        return True
    if action is Action.CREATE_PROJECT:
        return user.is_superuser
    return user.memberships.filter(role__in=ROLES[action]).exists()


def projects_of(user: Person, action: Action = Action.VIEW_PROJECT) -> QuerySet[Project]:
    if not isinstance(user, User):
        return Project.objects.none()
    held = Membership.objects.filter(user=user, role__in=ROLES[action])
    return Project.objects.filter(pk__in=held.values("project"), archived_at=None)


def project_for(user: Person, slug: str, action: Action) -> Project:
    """The project called `slug`, if `user` may do `action` in it."""
    project = Project.objects.filter(slug=slug, archived_at=None).first()
    if project is None:
        raise NotFound
    require(user, action, project)
    return project


def vendor_scope(user: Person, project: Project) -> Vendor | None:
    """The company that limits what `user` sees in `project`; None: no limit (T08).

    A person who also leads or administers the project is not limited.
    """
    if not isinstance(user, User):
        raise NotFound
    held = list(Membership.objects.filter(user=user, project=project).select_related("vendor"))
    if not held:
        raise NotFound
    if any(membership.role in LEADS for membership in held):
        return None
    return next((m.vendor for m in held if m.role == Role.VENDOR), None)


def job_for(user: Person, public_id: str) -> Job:
    """A job that `user` asked for, or that belongs to a project `user` leads."""
    if not isinstance(user, User):
        raise NotFound
    led = Membership.objects.filter(user=user, role__in=LEADS).values("project")
    jobs = Job.objects.filter(Q(requested_by=user) | Q(project__in=led))
    job = jobs.filter(public_id=public_id).first()
    if job is None:
        raise NotFound
    return job


def membership_for(user: Person, project: Project, public_id: str, role: str) -> Membership:
    """One role of one person, to a user who may manage the project's members."""
    require(user, Action.MANAGE_MEMBERS, project)
    found = (
        Membership.objects.select_related("user", "project")
        .filter(project=project, user__public_id=public_id, role=role)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def invitation_for(user: Person, project: Project, public_id: str) -> Invitation:
    require(user, Action.MANAGE_MEMBERS, project)
    found = (
        Invitation.objects.select_related("project")
        .filter(project=project, public_id=public_id)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def token_for(user: Person, public_id: str) -> ApiToken:
    """A token of the user's own."""
    if not isinstance(user, User):
        raise NotFound
    found = ApiToken.objects.filter(user=user, public_id=public_id).first()
    if found is None:
        raise NotFound
    return found
