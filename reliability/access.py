"""The only way from a person and a public id to a report or a case."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from accounts.access import Action, Person, allows, project_for, require
from accounts.errors import NotFound
from accounts.models import Project, User
from annotation.access import round_for, rounds_rated_by
from annotation.choices import RoundState
from annotation.models import Assignment, Item, Judgment, Round
from reliability.choices import CaseState
from reliability.errors import BlindFirst
from reliability.models import Case, FinalReport
from rubrics.models import Criterion


def reported_round(user: Person, project_slug: str | None, public_id: str) -> Round:
    """A round whose figures `user` may see; who judges in it sees none while it runs (T13)."""
    return round_for(user, project_slug, public_id, Action.VIEW_RELIABILITY)


def reported_rounds(
    user: Person, project_slug: str, public_ids: Collection[str] = ()
) -> tuple[Project, list[Round]]:
    """Rounds of the project whose figures `user` may see: the chosen ones, or all that ran.

    A chosen round that is not theirs to see raises; of all rounds it is left out.
    """
    project = project_for(user, project_slug, Action.VIEW_RELIABILITY)
    if public_ids:
        chosen = dict.fromkeys(public_ids)
        return project, [reported_round(user, project_slug, each) for each in chosen]
    rounds = Round.objects.select_related("project", "rubric_version__rubric")
    ran = rounds.filter(project=project).exclude(state=RoundState.DRAFT).order_by("pk")
    judged = rounds_rated_by(user, project)
    return project, [each for each in ran if each.pk not in judged]


def finalisable_round(user: Person, project_slug: str | None, public_id: str) -> Round:
    """A round whose report `user` may finalise."""
    round_ = reported_round(user, project_slug, public_id)
    require(user, Action.FINALISE_REPORT, round_.project)
    return round_


def final_report_for(user: Person, project_slug: str | None, public_id: str) -> FinalReport:
    """A finalised report whose round `user` may see figures of; None as slug: any project."""
    reports = FinalReport.objects.select_related("round__project")
    found = reports.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    found.round = reported_round(user, project_slug, found.round.public_id)
    return found


def criterion_of(round_: Round, key: str) -> Criterion:
    found = Criterion.objects.filter(version=round_.rubric_version_id, key=key).first()
    if found is None:
        raise NotFound
    return found


def judged_item(round_: Round, public_id: str) -> Item:
    """An item that was judged in the round."""
    found = Item.objects.filter(project=round_.project_id, public_id=public_id).first()
    if found is None:
        raise NotFound
    if not Judgment.objects.filter(round=round_, item=found).exists():
        raise NotFound
    return found


def blind_items(user: Person, project: Project) -> frozenset[int]:
    """Items whose answers an adjudicator may not see yet, because they wait to be decided blind."""
    if not allows(user, Action.ADJUDICATE, project):
        return frozenset()
    waiting = Case.objects.filter(round__project=project, state=CaseState.OPEN)
    return frozenset(waiting.values_list("item_id", flat=True))


def require_seen_blind(user: Person, item: Item) -> None:
    """Raises BlindFirst where `user` may still have to decide `item` blind (T76)."""
    if item.pk in blind_items(user, item.project):
        raise BlindFirst(
            _("This item waits to be decided blind, so you don’t see how raters judged it yet.")
        )


def hides_items(user: Person, round_: Round) -> bool:
    """Whether `user` may still have to decide items of this round blind (T76)."""
    if not allows(user, Action.ADJUDICATE, round_.project):
        return False
    return Case.objects.filter(round=round_, state=CaseState.OPEN).exists()


def require_all_seen_blind(user: Person, round_: Round) -> None:
    """Raises BlindFirst before a file that says who gave which item what."""
    if hides_items(user, round_):
        raise BlindFirst(
            _("Items of this round wait to be decided blind, so you don’t get their ratings yet.")
        )


def case_for(user: Person, project_slug: str, public_id: str) -> Case:
    """A case that `user` may decide: in their project, on an item they never held."""
    project = project_for(user, project_slug, Action.ADJUDICATE)
    found = (
        Case.objects.select_related("round__project", "round__rubric_version", "item", "criterion")
        .filter(round__project=project, public_id=public_id)
        .first()
    )
    if found is None:
        raise NotFound
    if not isinstance(user, User):
        raise NotFound
    if has_held(user, found.item):
        raise NotFound
    return found


def require_blind_decision(case: Case) -> None:
    """Raises BlindFirst while the blind decision of `case` is not stored (T76)."""
    if case.state == CaseState.OPEN:
        raise BlindFirst(_("Decide blind first. Then you see what the raters answered, and why."))


def has_held(user: User, item: Item) -> bool:
    """Whether `user` rated the item in any round, or holds it now."""
    return Assignment.objects.filter(item=item, rater__user=user).exists()


def manageable_round(user: Person, project_slug: str, public_id: str) -> Round:
    """A round that `user` may queue cases for."""
    round_ = round_for(user, project_slug, public_id, Action.MANAGE_ROUND)
    require(user, Action.VIEW_RELIABILITY, round_.project)
    return round_
