"""What the labeling page shows of a person's own work. Nothing of anybody else's (T06)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Func, Subquery

from accounts.models import Project, User
from annotation.choices import AssignmentPolicy, AssignmentState
from annotation.models import Assignment, Draft, Judgment, Rater, Round, RoundRater
from annotation.selectors.judgments import latest_revision, stored_answer
from annotation.selectors.work import held_assignments
from rubrics.models import Criterion, RubricVersion


@dataclass(frozen=True, slots=True)
class OwnProgress:
    """n_total is known only where everybody judges everything; quota: what the lead asks for."""

    n_done: int
    n_total: int | None
    quota: int | None


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


def own_assignments(rater: Rater, public_ids: Sequence[str]) -> list[Assignment]:
    """Those of the ids that are the rater's."""
    if not public_ids:
        return []
    return list(Assignment.objects.filter(rater=rater, public_id__in=public_ids))


def own_progress(round_: Round, rater: Rater | None) -> OwnProgress:
    everything = round_.policy == AssignmentPolicy.ALL
    n_done, quota = _done_and_quota(round_, rater) if rater else (0, None)
    return OwnProgress(
        n_done=n_done,
        n_total=round_.policy_options.get("n_items") if everything else None,
        quota=quota,
    )


def _done_and_quota(round_: Round, rater: Rater) -> tuple[int, int | None]:
    submitted = Assignment.objects.filter(
        round=round_, rater=rater, state=AssignmentState.SUBMITTED
    ).order_by()
    counted = submitted.annotate(n=Func(F("pk"), function="COUNT")).values("n")
    place = RoundRater.objects.filter(round=round_, rater=rater).values("quota")
    found = Rater.objects.filter(pk=rater.pk).values_list(Subquery(counted), Subquery(place))
    n_done, quota = found.get()
    return n_done, quota


def own_judgment(assignment: Assignment) -> Judgment | None:
    found = Judgment.objects.select_related("round").filter(assignment=assignment)
    return found.first()


def latest_own_judgment(round_: Round, rater: Rater) -> Judgment | None:
    """Without its item: the page leads there and shows nothing of it."""
    own = Judgment.objects.filter(round=round_, rater=rater).select_related("assignment")
    latest = own.order_by("-pk").first()
    if latest is not None:
        latest.round = round_
    return latest


def neighbours(judgment: Judgment) -> tuple[Judgment | None, Judgment | None]:
    """The rater's judgments of the same round just before and just after this one."""
    own = Judgment.objects.filter(round_id=judgment.round_id, rater_id=judgment.rater_id)
    own = own.select_related("assignment")
    before = own.filter(pk__lt=judgment.pk).order_by("-pk").first()
    return before, own.filter(pk__gt=judgment.pk).order_by("pk").first()


@dataclass(frozen=True, slots=True)
class SoFar:
    """What a page of an own item begins with. judgment: None while the item is not judged.

    body: the draft, else what is stored; sides as the rater sees them. A draft that was begun
    on another revision than the stored one is left aside.
    """

    body: dict[str, Any]
    draft_at: datetime | None
    judgment: Judgment | None


def answer_so_far(assignment: Assignment) -> SoFar:
    is_judged = assignment.state == AssignmentState.SUBMITTED
    judgment = own_judgment(assignment) if is_judged else None
    draft = Draft.objects.filter(assignment=assignment).first()
    draft_at = draft.saved_at if draft else None
    base = judgment.revision if judgment else 0
    if draft is not None and (draft.body.get("base_revision") or 0) == base:
        return SoFar(draft.body, draft_at, judgment)
    if judgment is None:
        return SoFar({}, draft_at, None)
    stored = stored_answer(latest_revision(judgment))
    return SoFar(stored | {"base_revision": base}, draft_at, judgment)


def criteria_of(version: RubricVersion) -> list[Criterion]:
    """The version's criteria in order, anchors at hand."""
    found = Criterion.objects.filter(version=version).order_by("position")
    return list(found.prefetch_related("anchors"))
