"""A person's own judgments in a project, newest first. Nothing of anybody else's, and nothing
about items that their page does not show either: they are known by the person's own count."""

from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Project, User
from annotation.answer_line import answer_line
from annotation.choices import OwnState, RoundState
from annotation.models import Judgment, JudgmentRevision, Return, Round
from annotation.selectors.active_time import measured_revisions
from annotation.selectors.batches import newest_first_page
from annotation.selectors.judgments import own_judgments
from annotation.selectors.statement import Period
from rubrics.models import Criterion


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the list is narrowed to; empty: everything."""

    round_id: str = ""
    day: date | None = None
    state: str = ""


@dataclass(frozen=True, slots=True)
class OwnJudgment:
    """One line. `number`: the how-manyeth judgment of the person in the project."""

    number: int
    judgment: Judgment
    answers: str
    receipt: str
    seconds: float
    state: OwnState

    @property
    def state_label(self) -> str:
        return str(self.state.label)


@dataclass(frozen=True, slots=True)
class OwnPage:
    """Some lines and the cursors of the pages beside them; empty: there is none."""

    rows: list[OwnJudgment]
    newer: str
    older: str


def own_page(
    user: User, project: Project, asked: Asked, *, zone: ZoneInfo, cursor: str = ""
) -> OwnPage:
    page = newest_first_page(_asked_for(user, project, asked, zone), cursor)
    return OwnPage(_lines(user, project, page.rows), page.newer, page.older)


def _asked_for(user: User, project: Project, asked: Asked, zone: ZoneInfo) -> QuerySet[Judgment]:
    own = _own(user, project)
    if asked.round_id:
        own = own.filter(round__public_id=asked.round_id)
    if asked.day is not None:
        begin, end = Period(asked.day, asked.day, zone).bounds
        own = own.filter(submitted_at__gte=begin, submitted_at__lt=end)
    conditions = {OwnState.RETURNED: _RETURNED, OwnState.FINAL: _FINAL}
    if asked.state in conditions:
        return own.filter(conditions[OwnState(asked.state)])
    return own.exclude(_FINAL | _RETURNED) if asked.state == OwnState.CHANGEABLE else own


def _own(user: User, project: Project) -> QuerySet[Judgment]:
    waiting = Return.objects.filter(judgment=OuterRef("pk"), resolved_at__isnull=True)
    own = own_judgments(user).filter(rater__project=project, round__is_imported=False)
    return own.annotate(is_returned=Exists(waiting)).defer("item__content")


_FINAL = Q(locked_at__isnull=False) | Q(round__state=RoundState.CLOSED)
_RETURNED = Q(is_returned=True) & ~_FINAL


def _state(judgment: Judgment) -> OwnState:
    if judgment.locked_at is not None or judgment.round.state == RoundState.CLOSED:
        return OwnState.FINAL
    is_returned: bool = judgment.is_returned  # type: ignore[attr-defined]  # annotated by _own
    return OwnState.RETURNED if is_returned else OwnState.CHANGEABLE


def _lines(user: User, project: Project, shown: Sequence[Judgment]) -> list[OwnJudgment]:
    latest, seconds = _revisions(shown)
    criteria = _criteria(shown)
    all_own = list(_own(user, project).order_by("pk").values_list("pk", flat=True))
    return [
        OwnJudgment(
            number=bisect(all_own, each.pk),
            judgment=each,
            answers=answer_line(
                criteria.get(each.rubric_version_id, ()), latest[each.pk].body["ratings"]
            ),
            receipt=latest[each.pk].receipt,
            seconds=seconds[each.pk],
            state=_state(each),
        )
        for each in shown
    ]


def _revisions(
    shown: Sequence[Judgment],
) -> tuple[dict[int, JudgmentRevision], dict[int, float]]:
    """The latest revision of each judgment, and the time that counts of all of them."""
    latest: dict[int, JudgmentRevision] = {}
    seconds: dict[int, float] = {each.pk: 0.0 for each in shown}
    revisions = measured_revisions().filter(judgment__in=[each.pk for each in shown])
    for revision in revisions.order_by("number"):
        latest[revision.judgment_id] = revision
        seconds[revision.judgment_id] += revision.seconds
    return latest, seconds


def _criteria(shown: Iterable[Judgment]) -> dict[int, list[Criterion]]:
    versions = {each.rubric_version_id for each in shown}
    found = Criterion.objects.filter(version__in=versions).prefetch_related("anchors")
    by_version: dict[int, list[Criterion]] = {}
    for criterion in found.order_by("position"):
        by_version.setdefault(criterion.version_id, []).append(criterion)
    return by_version


def own_rounds(user: User, project: Project) -> QuerySet[Round]:
    """Rounds in which the person judged, the newest first."""
    judged = Judgment.objects.filter(round=OuterRef("pk"), rater__user=user)
    return Round.objects.filter(Exists(judged), project=project).order_by("-pk")


@dataclass(frozen=True, slots=True)
class FoundReceipt:
    """What became of the submission with a receipt. `is_latest`: no change came after it."""

    revision: JudgmentRevision
    line: OwnJudgment
    is_latest: bool
    submitted_at: datetime


def find_receipt(user: User, project: Project, receipt: str) -> FoundReceipt | None:
    """The person's own submission with this receipt (T65); None: there is none."""
    revision = JudgmentRevision.objects.filter(
        receipt=receipt, judgment__rater__user=user, judgment__rater__project=project
    ).first()
    if revision is None:
        return None
    line = _lines(user, project, list(_own(user, project).filter(pk=revision.judgment_id)))[0]
    return FoundReceipt(
        revision, line, revision.number == line.judgment.revision, revision.created_at
    )
