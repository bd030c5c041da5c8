"""What a rater may know about their own work. Never anything about the others' (T06)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.access import Action, Person, projects_of
from accounts.models import Project, User
from annotation.choices import AssignmentPolicy, AssignmentState, RaterState, RoundState
from annotation.display import displayed_item
from annotation.models import Assignment, Rater, Round, RoundRater, Slot

# The same for everybody and at all times, so that it tells nothing about the others.
LOOK_AGAIN = timedelta(seconds=60)


class Reason(StrEnum):
    """Why there is no item for a rater."""

    ROUND_NOT_OPEN = "round_not_open"
    ROUND_CLOSED = "round_closed"
    NOT_IN_ROUND = "not_in_round"
    RATER_PAUSED = "rater_paused"
    ENOUGH_IN_HAND = "enough_in_hand"
    WAIT = "wait"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class NothingLeft:
    """`may_come`: an item can still open up for this rater; then `look_again_at` says when."""

    reason: Reason
    may_come: bool = False
    look_again_at: datetime | None = None
    note: str = ""

    @property
    def look_again_seconds(self) -> int | None:
        return int(LOOK_AGAIN.total_seconds()) if self.look_again_at else None


def nothing_left(*, round_: Round, rater: Rater, now: datetime | None = None) -> NothingLeft:
    """Why `next_assignment` gave nothing. Truthful: `done` only when nothing can come any more."""
    now = now or timezone.now()
    again = now + LOOK_AGAIN
    state = Round.objects.values_list("state", flat=True).get(pk=round_.pk)
    if state == RoundState.CLOSED:
        return NothingLeft(Reason.ROUND_CLOSED)
    if state != RoundState.OPEN:
        return NothingLeft(Reason.ROUND_NOT_OPEN, may_come=True, look_again_at=again)
    place = RoundRater.objects.filter(round=round_, rater=rater).first()
    if place is None or place.state == RaterState.LEFT:
        return NothingLeft(Reason.NOT_IN_ROUND)
    if place.state == RaterState.PAUSED:
        return NothingLeft(Reason.RATER_PAUSED, note=place.pause_reason)
    if Assignment.objects.filter(round=round_, rater=rater, state=AssignmentState.LEASED).exists():
        return NothingLeft(Reason.ENOUGH_IN_HAND, may_come=True, look_again_at=again)
    if not _may_open_up(round_, rater):
        return NothingLeft(Reason.DONE)
    return NothingLeft(Reason.WAIT, may_come=True, look_again_at=again)


def _may_open_up(round_: Round, rater: Rater) -> bool:
    """Whether a slot that is not filled belongs to an item the rater has not had."""
    return _slots_for(round_, rater, states=["open", "taken"]).exists()


def item_awaits(*, round_: Round, rater: Rater) -> bool:
    """Whether asking for the next item would give one now. Takes nothing."""
    return _slots_for(round_, rater, states=["open"]).exists()


def _slots_for(round_: Round, rater: Rater, *, states: list[str]) -> QuerySet[Slot]:
    had = Assignment.objects.filter(
        round=round_,
        item=OuterRef("item_id"),
        rater=rater,
        state__in=[AssignmentState.SUBMITTED, AssignmentState.REVOKED],
    )
    return Slot.objects.filter(round=round_, state__in=states).filter(~Exists(had))


@dataclass(frozen=True, slots=True)
class RoundToJudge:
    """A round on the annotator's list; counts are the rater's own.

    `n_total` is known only where everybody judges everything: elsewhere what is left depends
    on the others. `quota`: how many the lead asks this rater for.
    """

    round: Round
    n_done: int
    n_in_hand: int
    n_total: int | None
    is_paused: bool
    pause_reason: str
    quota: int | None = None

    @property
    def is_quota_met(self) -> bool:
        return self.quota is not None and self.n_done >= self.quota


def rounds_to_judge(user: Person, project: Project | None = None) -> list[RoundToJudge]:
    """Open rounds in which `user` may judge, the oldest first."""
    if not isinstance(user, User):
        return []
    projects = projects_of(user, Action.JUDGE)
    if project is not None:
        projects = projects.filter(pk=project.pk)
    rounds = (
        Round.objects.filter(project__in=projects, state=RoundState.OPEN, is_imported=False)
        .select_related("project", "rubric_version")
        .order_by("opened_at", "pk")
    )
    places = {
        place.round_id: place
        for place in RoundRater.objects.filter(rater__user=user, round__in=rounds.values("pk"))
    }
    counts = _own_counts(user, rounds)
    listed = (_to_judge(round_, places.get(round_.pk), counts) for round_ in rounds)
    return [each for each in listed if each is not None]


def _own_counts(user: User, rounds: QuerySet[Round]) -> Counter[tuple[int, str]]:
    """{(round, state): n} of the person's own assignments."""
    rows = (
        Assignment.objects.filter(rater__user=user, round__in=rounds.values("pk"))
        .values_list("round_id", "state")
        .annotate(n=Count("pk"))
    )
    return Counter({(round_id, state): n for round_id, state, n in rows})


def _to_judge(
    round_: Round, place: RoundRater | None, counts: Counter[tuple[int, str]]
) -> RoundToJudge | None:
    if place is None and round_.policy_options.get("roster") != "open":
        return None
    if place is not None and place.state == RaterState.LEFT:
        return None
    everything = round_.policy == AssignmentPolicy.ALL
    return RoundToJudge(
        round=round_,
        n_done=counts[round_.pk, AssignmentState.SUBMITTED],
        n_in_hand=counts[round_.pk, AssignmentState.LEASED],
        n_total=round_.policy_options.get("n_items") if everything else None,
        is_paused=place is not None and place.state == RaterState.PAUSED,
        pause_reason=place.pause_reason if place else "",
        quota=place.quota if place else None,
    )


def held_assignments(*, round_: Round, rater: Rater) -> QuerySet[Assignment]:
    """What the rater has in hand, in the order it was handed out."""
    return (
        Assignment.objects.filter(round=round_, rater=rater, state=AssignmentState.LEASED)
        .select_related("item")
        .order_by("leased_at", "pk")
    )


def shown_item(assignment: Assignment) -> dict[str, object]:
    """The item of an assignment as its rater sees it."""
    side_order: Sequence[int] = assignment.side_order
    return displayed_item(
        assignment.item, side_order, shows_reference=assignment.round.shows_reference
    )
