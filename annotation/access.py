"""The only way from a person and a public id to an object of this app.

Unknown and forbidden raise the same NotFound (T04, T15). One condition a line.
"""

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from accounts.access import Action, Person, require, vendor_scope
from accounts.errors import NotFound
from accounts.models import Project, User
from annotation.choices import RoundState
from annotation.errors import BlindedForRater
from annotation.models import (
    Assignment,
    Batch,
    Clarification,
    Flag,
    Item,
    Judgment,
    Rater,
    Round,
)

# What shows how raters judged: closed to who judges in the same running round (T13).
SHOWS_OTHERS_WORK = frozenset({Action.VIEW_RELIABILITY})


def _only[M: Model](found: QuerySet[M]) -> M:
    """The one row found by a unique id. `first()` would sort it, at a third of the cost."""
    for row in found[:1]:
        return row
    raise NotFound


def round_for(user: Person, project_slug: str | None, public_id: str, action: Action) -> Round:
    """The round, if `user` may do `action` in its project; None as slug: any project (API).

    Raises NotFound, and BlindedForRater when the person holds work in this running round and
    asks for what shows the others' work.
    """
    rounds = Round.objects.select_related("project", "rubric_version__rubric")
    found = _only(rounds.filter(public_id=public_id, project__archived_at=None))
    if project_slug is not None and found.project.slug != project_slug:
        raise NotFound
    require(user, action, found.project)
    if action in SHOWS_OTHERS_WORK:
        require_unblinded(user, found)
    return found


def require_unblinded(user: Person, round_: Round) -> None:
    """Raises BlindedForRater for who judges in this running round: nothing of the others' (T13)."""
    if is_rating(user, round_):
        raise BlindedForRater(
            _("You judge in this round, so its results stay hidden from you until it is closed.")
        )


def is_rating(user: Person, round_: Round) -> bool:
    """Whether `user` holds or did work in this round while it is not closed."""
    if round_.state == RoundState.CLOSED or not isinstance(user, User):
        return False
    return Assignment.objects.filter(round=round_, rater__user=user).exists()


def rounds_rated_by(user: Person, project: Project) -> frozenset[int]:
    """Keys of the project's rounds for which `is_rating` holds: one query for all of them."""
    if not isinstance(user, User):
        return frozenset()
    held = Assignment.objects.filter(round__project=project, rater__user=user)
    running = held.exclude(round__state=RoundState.CLOSED)
    return frozenset(running.values_list("round", flat=True))


def assignment_for(user: Person, public_id: str, *, project_slug: str | None = None) -> Assignment:
    """An assignment of the person's own. Nobody else's is ever found, whatever the role.

    `project_slug`: the project that the address names (T15); None: any (API).
    """
    if not isinstance(user, User):
        raise NotFound
    assignments = Assignment.objects.select_related(
        "round__project", "round__rubric_version__rubric", "rater", "item"
    )
    found = _only(
        assignments.filter(public_id=public_id, rater__user=user, round__project__archived_at=None)
    )
    if project_slug is not None and found.round.project.slug != project_slug:
        raise NotFound
    require(user, Action.JUDGE, found.round.project)
    return found


def judgment_to_return(user: Person, project_slug: str | None, public_id: str) -> Judgment:
    """A judgment, for who leads its project and does not judge in its round; None: any project."""
    judgments = Judgment.objects.select_related("round__project", "item", "rater")
    found = _only(judgments.filter(public_id=public_id))
    found.round = round_for(user, project_slug, found.round.public_id, Action.MANAGE_ROUND)
    require_unblinded(user, found.round)
    return found


def own_flag_for(user: Person, project_slug: str, public_id: str) -> Flag:
    """A question of the person's own. Nobody else's is ever found, whatever the role."""
    if not isinstance(user, User):
        raise NotFound
    flags = Flag.objects.select_related("round", "assignment")
    found = _only(flags.filter(public_id=public_id, rater__user=user))
    found.round = round_for(user, project_slug, found.round.public_id, Action.JUDGE)
    return found


def flag_for(user: Person, project_slug: str | None, public_id: str) -> Flag:
    """A rater's question, for who may answer it; not while they judge in its round (T13)."""
    flags = Flag.objects.select_related(
        "round", "rater", "assignment__item", "assignment__round", "answered_by"
    )
    found = _only(flags.filter(public_id=public_id))
    found.round = round_for(user, project_slug, found.round.public_id, Action.MANAGE_ROUND)
    require_unblinded(user, found.round)
    return found


def clarification_for(
    user: Person, project_slug: str | None, public_id: str, action: Action
) -> Clarification:
    """A clarification, if `user` may do `action` in its round."""
    clarifications = Clarification.objects.select_related("round")
    found = _only(clarifications.filter(public_id=public_id))
    found.round = round_for(user, project_slug, found.round.public_id, action)
    return found


def item_for(
    user: Person, project: Project, public_id: str, action: Action = Action.VIEW_ITEM
) -> Item:
    require(user, action, project)
    found = (
        Item.objects.select_related("project", "batch")
        .filter(project=project, public_id=public_id)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def batch_for(
    user: Person, project: Project, public_id: str, action: Action = Action.VIEW_BATCH
) -> Batch:
    """A batch of `project`; a vendor's people find their own company's only (T08)."""
    require(user, action, project)
    batches = Batch.objects.select_related("project", "vendor", "job").filter(project=project)
    vendor = vendor_scope(user, project)
    if vendor is not None:
        batches = batches.filter(vendor=vendor)
    found = batches.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def rater_for_lead(user: Person, project: Project, public_id: str, action: Action) -> Rater:
    """A rater of `project` by public id, for people who may see raters."""
    require(user, action, project)
    found = Rater.objects.filter(project=project, public_id=public_id).first()
    if found is None:
        raise NotFound
    return found
