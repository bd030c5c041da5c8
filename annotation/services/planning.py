"""The arithmetic of a round before it is opened, so that nobody opens one that can't be filled."""

from dataclasses import dataclass, field
from math import ceil

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.choices import Role
from accounts.models import Membership, User
from annotation.choices import AssignmentPolicy
from annotation.errors import RoundRefused
from annotation.models import Judgment
from annotation.services.rounds import RoundPlan, fitting_items

# The pace assumed until the project has judgments of its own.
ASSUMED_SECONDS = 60.0
PACE_SAMPLE = 500


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """What opening would mean. `problems`: sentences by field; empty: it can be opened.

    seconds_each: the median active time of the project's latest judgments, or the assumption.
    """

    n_items: int
    n_raters: int
    overlap: int
    n_judgments: int
    seconds_each: float
    is_pace_measured: bool
    problems: dict[str, list[str]] = field(default_factory=dict)

    @property
    def per_rater(self) -> int:
        """Judgments for each rater when the work is shared evenly, rounded up."""
        return ceil(self.n_judgments / self.n_raters) if self.n_raters else 0

    @property
    def hours_per_rater(self) -> float:
        return self.per_rater * self.seconds_each / 3600

    @property
    def hours(self) -> float:
        return self.n_judgments * self.seconds_each / 3600


def summary_of(plan: RoundPlan, people: list[User] | None) -> PlanSummary:
    """The plan in figures; `people`: who is to judge (None: every annotator of the project)."""
    n_raters = _annotator_count(plan) if people is None else len(people)
    problems: dict[str, list[str]] = {}
    n_items = 0
    try:
        n_items = fitting_items(plan).count()
    except RoundRefused as refused:
        problems.update(refused.fields)
    else:
        if not n_items:
            problems["items"] = [_("No item is chosen. Widen the choice, or upload a batch.")]
    everybody = plan.policy == AssignmentPolicy.ALL
    overlap = n_raters if everybody else plan.overlap
    problems |= _contradictions(n_raters, overlap, everybody=everybody)
    seconds, is_measured = _pace(plan)
    return PlanSummary(
        n_items=n_items,
        n_raters=n_raters,
        overlap=overlap,
        n_judgments=n_items * overlap,
        seconds_each=seconds,
        is_pace_measured=is_measured,
        problems=problems,
    )


def _contradictions(n_raters: int, overlap: int, *, everybody: bool) -> dict[str, list[str]]:
    if not n_raters:
        return {"raters": [_("Nobody can judge. Choose raters, or invite annotators first.")]}
    if not everybody and overlap > n_raters:
        sentence = ngettext(
            "%(overlap)d judgments an item, but only %(n)d rater, and nobody judges an item "
            "twice. Lower the overlap or add raters.",
            "%(overlap)d judgments an item, but only %(n)d raters, and nobody judges an item "
            "twice. Lower the overlap or add raters.",
            n_raters,
        )
        return {"overlap": [sentence % {"overlap": overlap, "n": n_raters}]}
    return {}


def _annotator_count(plan: RoundPlan) -> int:
    return Membership.objects.filter(
        project=plan.project, role=Role.ANNOTATOR, user__is_active=True
    ).count()


def _pace(plan: RoundPlan) -> tuple[float, bool]:
    latest = (
        Judgment.objects.filter(
            round__project=plan.project, rubric_version__rubric=plan.rubric_version.rubric_id
        )
        .exclude(seconds_spent=None)
        .order_by("-pk")
        .values_list("seconds_spent", flat=True)[:PACE_SAMPLE]
    )
    times = sorted(seconds for seconds in latest if seconds is not None)
    if not times:
        return ASSUMED_SECONDS, False
    return times[len(times) // 2], True
