"""Statements of work: accepted judgments and active time, by day and round, or by rater.

Accepted is every judgment that was submitted and does not wait, returned, for its rater. Work
that came late and found its place taken counts like any other: it was done. Judgments count on
the day of their first submission; time counts on the day when it was spent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.models import Project, User
from annotation.selectors.active_time import Measured, measured_revisions


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in one time zone, both ends included."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """The first instant of it, and the first after it."""
        begin = datetime.combine(self.first, time.min, self.zone)
        end = datetime.combine(self.last + timedelta(days=1), time.min, self.zone)
        return begin, end


def month_of(zone: ZoneInfo, now: datetime | None = None) -> Period:
    """The month so far."""
    today = timezone.localdate(now, zone) if now else timezone.localdate(timezone=zone)
    return Period(today.replace(day=1), today, zone)


@dataclass(frozen=True, slots=True)
class Line:
    """Accepted work of one day in one round, or of one rater in one round."""

    day: date | None
    round: str
    round_id: str
    rater: str
    n_judgments: int
    n_changes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Total:
    n_judgments: int
    n_changes: int
    seconds: float


def total_of(lines: Iterable[Line]) -> Total:
    listed = list(lines)
    return Total(
        sum(line.n_judgments for line in listed),
        sum(line.n_changes for line in listed),
        sum(line.seconds for line in listed),
    )


def own_revisions(user: User, project: Project, period: Period) -> Measured:
    """The person's own submissions in the period, those that wait too."""
    return _within(measured_revisions(), period).filter(
        judgment__rater__user=user, judgment__rater__project=project
    )


def project_revisions(project: Project, period: Period) -> Measured:
    return _within(measured_revisions(), period).filter(judgment__rater__project=project)


def _within(revisions: Measured, period: Period) -> Measured:
    begin, end = period.bounds
    return revisions.filter(created_at__gte=begin, created_at__lt=end)


def lines_by_day(revisions: Measured, zone: ZoneInfo) -> list[Line]:
    """The newest day first, rounds by name."""
    rows = (
        revisions.filter(is_waiting=False)
        .annotate(day=TruncDate("created_at", tzinfo=zone))
        .values("day", "judgment__round__name", "judgment__round__public_id")
        .annotate(**_SUMS)
        .order_by("-day", "judgment__round__name")
    )
    return [_line(row) for row in rows]


def lines_by_rater(revisions: Measured) -> list[Line]:
    """By the rater's code, then rounds by name."""
    rows = (
        revisions.filter(is_waiting=False)
        .values("judgment__rater__code", "judgment__round__name", "judgment__round__public_id")
        .annotate(**_SUMS)
        .order_by("judgment__rater__code", "judgment__round__name")
    )
    return [_line(row) for row in rows]


_SUMS: dict[str, Any] = {
    "n_judgments": Count("pk", filter=Q(number=1)),
    "n_changes": Count("pk", filter=Q(number__gt=1)),
    "total": Sum("seconds"),
}


def _line(row: Any) -> Line:
    return Line(
        day=row.get("day"),
        round=row["judgment__round__name"],
        round_id=row["judgment__round__public_id"],
        rater=row.get("judgment__rater__code", ""),
        n_judgments=row["n_judgments"],
        n_changes=row["n_changes"],
        seconds=row["total"] or 0.0,
    )


def n_waiting(revisions: Measured) -> int:
    """Judgments that were returned and count once their rater has answered."""
    return revisions.filter(is_waiting=True, number=1).count()


@dataclass(frozen=True, slots=True)
class Receipt:
    """One submission in the list behind a statement."""

    receipt: str
    submitted_at: datetime
    round: str
    number: int
    claimed: float | None
    seconds: float
    is_waiting: bool


def receipts_of(revisions: Measured) -> list[Receipt]:
    """Every submission behind a statement, oldest first: what its totals are made of."""
    rows = revisions.order_by("created_at", "pk").values_list(
        "receipt",
        "created_at",
        "judgment__round__name",
        "number",
        "claimed",
        "seconds",
        "is_waiting",
    )
    return [Receipt(*row) for row in rows]


def work_today(user: User, zone: ZoneInfo, now: datetime | None = None) -> Total:
    """What the person did today, in all their projects. Costs the same after years of work."""
    today = timezone.localdate(now or timezone.now(), zone)
    begin, _end = Period(today, today, zone).bounds
    own = measured_revisions().filter(author=user.public_id, created_at__gte=begin)
    found = own.aggregate(**_SUMS)
    return Total(found["n_judgments"], found["n_changes"], found["total"] or 0.0)
