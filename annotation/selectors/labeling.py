"""What the labeling page shows of a person's own work. Nothing of anybody else's (T06)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import Project, User
from annotation.choices import AssignmentPolicy, AssignmentState
from annotation.models import Assignment, Draft, Judgment, Rater, Round
from annotation.selectors.judgments import draft_body, own_stored_answer
from annotation.selectors.work import held_assignments
from rubrics.models import Criterion, RubricVersion


@dataclass(frozen=True, slots=True)
class OwnProgress:
    """n_total is known only where everybody judges everything."""

    n_done: int
    n_total: int | None


def rater_of(user: User, project: Project) -> Rater | None:
    """The person as a rater, if they ever were one; looking makes nobody a rater."""
    return Rater.objects.filter(project=project, user=user).first()


def assignment_in_hand(round_: Round, rater: Rater | None) -> Assignment | None:
    if rater is None:
        return None
    held = held_assignments(round_=round_, rater=rater).first()
    if held is not None:
        held.round = round_
        held.rater = rater
    return held


def own_progress(round_: Round, rater: Rater | None) -> OwnProgress:
    submitted = Assignment.objects.filter(
        round=round_, rater=rater, state=AssignmentState.SUBMITTED
    )
    everything = round_.policy == AssignmentPolicy.ALL
    return OwnProgress(
        n_done=submitted.count() if rater else 0,
        n_total=round_.policy_options.get("n_items") if everything else None,
    )


def own_judgment(assignment: Assignment) -> Judgment | None:
    found = Judgment.objects.select_related("round").filter(assignment=assignment)
    return found.first()


def neighbours(judgment: Judgment) -> tuple[Judgment | None, Judgment | None]:
    """The rater's judgments of the same round just before and just after this one."""
    own = Judgment.objects.filter(round_id=judgment.round_id, rater_id=judgment.rater_id)
    own = own.select_related("assignment")
    before = own.filter(pk__lt=judgment.pk).order_by("-pk").first()
    return before, own.filter(pk__gt=judgment.pk).order_by("pk").first()


def draft_saved_at(assignment: Assignment) -> datetime | None:
    found = Draft.objects.filter(assignment=assignment).values_list("saved_at", flat=True)
    return found.first()


def answer_so_far(assignment: Assignment) -> dict[str, Any]:
    """The draft, else what is stored, as a body; sides as the rater sees them.

    A draft that was begun on another revision than the stored one is left aside.
    """
    stored = own_stored_answer(assignment)
    base = stored["revision"] if stored else 0
    draft = draft_body(assignment.pk)
    if draft is not None and (draft.get("base_revision") or 0) == base:
        return draft
    return stored | {"base_revision": base} if stored else {}


def criteria_of(version: RubricVersion) -> list[Criterion]:
    """The version's criteria in order, anchors at hand."""
    found = Criterion.objects.filter(version=version).order_by("position")
    return list(found.prefetch_related("anchors"))
