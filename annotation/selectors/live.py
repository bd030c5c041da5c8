"""How a round is going at this moment, for the lead who watches it.

Asked every few seconds: nothing here reads more than the last hour of judgments, whatever the
round holds. What is older is counted once an hour in each process: judgments are never removed.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from statistics import median, pvariance

from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from annotation.choices import RaterState
from annotation.models import Assignment, Flag, Judgment, Return, Round, RoundRater, Slot

WINDOW = timedelta(minutes=60)
BUCKET = timedelta(minutes=5)
N_BUCKETS = WINDOW // BUCKET
# A page in use says so once a minute.
STILL_HERE = timedelta(minutes=5)
MOST_ROWS = 20_000
# Fewer judgments, or a shorter time, would make a forecast of chance.
LEAST_FOR_FORECAST = 20
LEAST_BUCKETS = 3
NORMAL_95 = 1.96
MOST_KEPT = 1_000

# Written out, because SQLite uses a partial index only when its condition stands in the query.
_LEASED = RawSQL("annotation_assignment.state = 'leased'", (), output_field=BooleanField())
_before: dict[tuple[str, datetime], int] = {}


@dataclass(frozen=True, slots=True)
class Bar:
    """The judgments of five minutes; the last one is still filling."""

    start: datetime
    n: int


@dataclass(frozen=True, slots=True)
class RaterPace:
    """A rater at work now. Figures are of the last hour; None: too little to tell."""

    code: str
    n_judged: int
    n_in_hand: int
    an_hour: float | None
    median_seconds: float | None
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Forecast:
    """Between which times the round would be full if work goes on as in the last hour."""

    earliest: datetime
    latest: datetime

    @property
    def is_same_day(self) -> bool:
        """Whether the hours alone say when, on the reader's clock."""
        today = timezone.localdate()
        return timezone.localdate(self.earliest) == timezone.localdate(self.latest) == today


@dataclass(frozen=True, slots=True)
class RoundNow:
    """n_fast: judgments of the last hour under the round's least time; None: it has none."""

    at: datetime
    n_wanted: int
    n_done: int
    n_under_way: int
    n_surplus: int
    n_last_5: int
    n_last_60: int
    bars: tuple[Bar, ...]
    raters: tuple[RaterPace, ...]
    n_questions: int
    n_returned: int
    n_fast: int | None
    forecast: Forecast | None

    @property
    def n_open(self) -> int:
        return max(0, self.n_wanted - self.n_done - self.n_under_way)

    @property
    def percent(self) -> int:
        """Whole per cent of what is wanted, 100 only when all is there."""
        return 100 * self.n_done // self.n_wanted if self.n_wanted else 0


@dataclass(frozen=True, slots=True)
class _Given:
    rater_id: int
    at: datetime
    seconds: float | None


def round_now(round_: Round, *, now: datetime) -> RoundNow:
    """Seven statements, eight once an hour; none grows with the round."""
    recent = _recent(round_, now)
    n_surplus = Assignment.objects.filter(round=round_, is_surplus=True).count()
    leases = _leases(round_)
    n_wanted, n_done = _wanted(round_), _n_judgments(round_, now) - n_surplus
    bars = _bars(recent, now)
    return RoundNow(
        at=now,
        n_wanted=n_wanted,
        n_done=n_done,
        n_under_way=len(leases),
        n_surplus=n_surplus,
        n_last_5=sum(1 for each in recent if each.at > now - BUCKET),
        n_last_60=len(recent),
        bars=bars,
        raters=_paces(round_, recent, leases, now),
        n_questions=Flag.objects.filter(round=round_, answered_at__isnull=True).count(),
        n_returned=Return.objects.filter(round=round_, resolved_at__isnull=True).count(),
        n_fast=_n_fast(round_, recent),
        forecast=forecast(n_wanted - n_done, recent[-1].at if recent else None, bars=bars, now=now),
    )


# -- counts


def _wanted(round_: Round) -> int:
    """Places for judgments. Items and layers are known; only the odd round has neither."""
    n_items = round_.policy_options.get("n_items")
    if n_items:
        return int(n_items) * max(1, round_.overlap)
    return Slot.objects.filter(round=round_).count()


def _n_judgments(round_: Round, now: datetime) -> int:
    """All judgments: those before this hour are counted once, those since every time."""
    settled = (now - BUCKET).replace(minute=0, second=0, microsecond=0)
    known = _before.get((round_.public_id, settled))
    judgments = Judgment.objects.filter(round=round_)
    if known is None:
        if len(_before) >= MOST_KEPT:
            _before.clear()
        known = judgments.filter(submitted_at__lt=settled).count()
        _before[round_.public_id, settled] = known
    return known + judgments.filter(submitted_at__gte=settled).count()


def _recent(round_: Round, now: datetime) -> list[_Given]:
    """The last hour's judgments, the latest first."""
    judgments = Judgment.objects.filter(round=round_, submitted_at__gt=now - WINDOW)
    rows = judgments.order_by("-submitted_at").values_list(
        "rater_id", "submitted_at", "seconds_spent"
    )
    return [_Given(*row) for row in rows[:MOST_ROWS]]


def _leases(round_: Round) -> list[tuple[int, datetime]]:
    """(rater, end of the lease) of everything in hand: the index holds live leases only."""
    held: QuerySet[Assignment] = Assignment.objects.filter(_LEASED).filter(round=round_)
    # Every lease has an end; named, it leads SQLite to their index past that of the round.
    held = held.filter(lease_expires_at__gt=round_.created_at)
    return list(held.values_list("rater_id", "lease_expires_at"))


def _n_fast(round_: Round, recent: Iterable[_Given]) -> int | None:
    least = round_.least_seconds
    if least is None:
        return None
    return sum(1 for each in recent if each.seconds is not None and each.seconds < least)


def _bars(recent: Iterable[_Given], now: datetime) -> tuple[Bar, ...]:
    counted = Counter((now - each.at) // BUCKET for each in recent)
    return tuple(
        Bar(now - (ago + 1) * BUCKET, counted[ago]) for ago in range(N_BUCKETS - 1, -1, -1)
    )


# -- people


def _paces(
    round_: Round,
    recent: Sequence[_Given],
    leases: Sequence[tuple[int, datetime]],
    now: datetime,
) -> tuple[RaterPace, ...]:
    """Who gave a sign of life in the last minutes: a submission, or a lease renewed."""
    own: dict[int, list[_Given]] = defaultdict(list)
    for each in recent:
        own[each.rater_id].append(each)
    seen = {rater: given[0].at for rater, given in own.items()}
    for rater, end in leases:
        renewed = min(now, end - timedelta(seconds=round_.lease_seconds))
        seen[rater] = max(seen.get(rater, renewed), renewed)
    present = {rater: at for rater, at in seen.items() if at > now - STILL_HERE}
    codes = dict(_places(round_, present))
    in_hand = Counter(rater for rater, _end in leases)
    paces = [
        _pace(codes[rater], own[rater], in_hand[rater], at)
        for rater, at in present.items()
        if rater in codes
    ]
    return tuple(sorted(paces, key=lambda pace: pace.code))


def _places(round_: Round, raters: Iterable[int]) -> QuerySet[RoundRater, tuple[int, str]]:
    places = RoundRater.objects.filter(round=round_, rater__in=list(raters))
    return places.exclude(state=RaterState.LEFT).values_list("rater_id", "rater__code")


def _pace(code: str, given: Sequence[_Given], n_in_hand: int, last_seen: datetime) -> RaterPace:
    times = [each.seconds for each in given if each.seconds]
    return RaterPace(
        code=code,
        n_judged=len(given),
        n_in_hand=n_in_hand,
        an_hour=3600 * len(times) / sum(times) if times else None,
        median_seconds=median(times) if times else None,
        last_seen=last_seen,
    )


# -- what is to come


def forecast(
    n_left: int, first: datetime | None, *, bars: Sequence[Bar], now: datetime
) -> Forecast | None:
    """From the pace since the first judgment of the last hour; None: not enough to tell.

    The range is that of a count in the same time, widened by how uneven the five minutes were.
    """
    if n_left <= 0 or first is None:
        return None
    used = [bar.n for bar in bars if bar.start + BUCKET > first]
    n = sum(used)
    if n < LEAST_FOR_FORECAST or len(used) < LEAST_BUCKETS:
        return None
    spread = max(1.0, pvariance(used) / (n / len(used)))
    half = NORMAL_95 * sqrt(n * spread)
    if half >= n:
        return None
    seconds = max((now - first).total_seconds(), LEAST_BUCKETS * BUCKET.total_seconds())
    quickest = n_left / ((n + half) / seconds)
    slowest = n_left / ((n - half) / seconds)
    return Forecast(now + timedelta(seconds=quickest), now + timedelta(seconds=slowest))
