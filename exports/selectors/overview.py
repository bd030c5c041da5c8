"""What a project's first page says, by role: what is there and what to do next."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from accounts.access import vendor_scope
from accounts.models import Project, User
from annotation.choices import AssignmentState, RaterState, RoundState, SlotState
from annotation.models import Assignment, Batch, Item, Round
from exports.models import GoldRelease
from reliability.choices import CaseState
from reliability.models import Case
from rubrics.choices import VersionState
from rubrics.models import RubricVersion

SHOWN = 8


@dataclass(frozen=True)
class RoundProgress:
    """`done` of `total` judgments; `cases` wait for a decision."""

    round: Round
    done: int
    total: int
    cases: int


@dataclass(frozen=True)
class StudyState:
    """Where a lead's project stands."""

    n_items: int
    n_published: int
    n_drafts: int
    rounds: list[RoundProgress]
    n_cases: int
    release: GoldRelease | None
    n_releases: int

    @property
    def step(self) -> str:
        """The name of the next thing to do."""
        if not self.n_items:
            return "upload"
        if not self.n_published:
            return "rubric"
        if not self.rounds:
            return "round"
        if any(entry.round.state == RoundState.OPEN for entry in self.rounds):
            return "watch"
        return "adjudicate" if self.n_cases else "release"


@dataclass(frozen=True)
class OwnWork:
    """A rater's own part of an open round. Nothing here depends on others' work (T06)."""

    round: Round
    done: int
    is_paused: bool


def study_state(project: Project) -> StudyState:
    versions = RubricVersion.objects.filter(rubric__project=project).aggregate(
        published=Count("pk", filter=Q(state=VersionState.PUBLISHED)),
        drafts=Count("pk", filter=Q(state=VersionState.DRAFT)),
    )
    releases = GoldRelease.objects.filter(project=project).order_by("-number")
    waiting = Case.objects.filter(round__project=project).exclude(state=CaseState.DECIDED)
    return StudyState(
        n_items=Item.objects.filter(project=project, archived_at=None).count(),
        n_published=versions["published"],
        n_drafts=versions["drafts"],
        rounds=_progress(project),
        n_cases=waiting.count(),
        release=releases.first(),
        n_releases=releases.count(),
    )


def _progress(project: Project) -> list[RoundProgress]:
    rounds = list(
        Round.objects.filter(project=project)
        .select_related("rubric_version__rubric")
        .order_by("-id")[:SHOWN]
    )
    slots = {
        row["pk"]: row
        for row in Round.objects.filter(pk__in=[r.pk for r in rounds])
        .values("pk")
        .annotate(
            total=Count("slots", filter=~Q(slots__state=SlotState.VOID)),
            done=Count("slots", filter=Q(slots__state=SlotState.FILLED)),
        )
    }
    cases = dict(
        Case.objects.filter(round__in=rounds)
        .exclude(state=CaseState.DECIDED)
        .values_list("round")
        .annotate(n=Count("pk"))
    )
    return [
        RoundProgress(r, slots[r.pk]["done"], slots[r.pk]["total"], cases.get(r.pk, 0))
        for r in rounds
    ]


def own_work(user: User, project: Project) -> list[OwnWork]:
    rounds = list(
        Round.objects.filter(
            project=project, state=RoundState.OPEN, round_raters__rater__user=user
        ).order_by("opened_at")
    )
    done = dict(
        Assignment.objects.filter(
            round__in=rounds, rater__user=user, state=AssignmentState.SUBMITTED
        )
        .values_list("round")
        .annotate(n=Count("pk"))
    )
    paused = set(
        Round.objects.filter(
            pk__in=[r.pk for r in rounds],
            round_raters__rater__user=user,
            round_raters__state=RaterState.PAUSED,
        ).values_list("pk", flat=True)
    )
    return [OwnWork(r, done.get(r.pk, 0), r.pk in paused) for r in rounds]


def cases_by_round(project: Project) -> list[RoundProgress]:
    """Rounds with cases that wait for a decision."""
    return [entry for entry in _progress(project) if entry.cases]


def recent_batches(user: User, project: Project) -> QuerySet[Batch]:
    """The newest deliveries that `user` may see: a vendor's person sees the company's own."""
    batches = Batch.objects.filter(project=project).select_related("vendor")
    vendor = vendor_scope(user, project)
    if vendor is not None:
        batches = batches.filter(vendor=vendor)
    return batches.order_by("-id")[:SHOWN]
