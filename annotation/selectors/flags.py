"""Raters' questions and notices, for the lead who answers them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When

from accounts.access import Action, Person, projects_of
from accounts.models import Project, User
from annotation.choices import RaterState, RoundState
from annotation.models import Assignment, Clarification, Flag, Return, Round, RoundRater

OPEN, ANSWERED, EVERY = "open", "answered", "all"
STATES = (OPEN, ANSWERED, EVERY)


def flags_of(project: Project, *, hidden: Iterable[int] = ()) -> QuerySet[Flag]:
    """The project's questions, newest first, but for those of the rounds in `hidden`."""
    flags = Flag.objects.filter(round__project=project).exclude(round__in=list(hidden))
    return flags.select_related("round", "rater", "assignment__item").order_by("-pk")


def in_state(flags: QuerySet[Flag], state: str) -> QuerySet[Flag]:
    if state == OPEN:
        return flags.filter(answered_at__isnull=True)
    if state == ANSWERED:
        return flags.filter(answered_at__isnull=False)
    return flags


def longest_waiting(flags: QuerySet[Flag], *, first: Round) -> Flag | None:
    """The oldest open one; those of the round `first` before all others."""
    elsewhere = Case(When(round=first, then=0), default=1)
    return in_state(flags, OPEN).order_by(elsewhere, "pk").first()


def flags_visible_to(user: Person) -> QuerySet[Flag]:
    """Questions of every project that `user` leads, but for running rounds they judge in (T13)."""
    flags = Flag.objects.filter(round__project__in=projects_of(user, Action.MANAGE_ROUND))
    if isinstance(user, User):
        own = Assignment.objects.filter(rater__user=user).exclude(round__state=RoundState.CLOSED)
        flags = flags.exclude(round__in=own.values("round"))
    return flags.select_related("round", "rater", "assignment__item").order_by("-pk")


def n_waiting_for(user: Person, project: Project) -> int:
    """How many open questions the person's list of the project shows: one statement."""
    waiting = in_state(flags_of(project), OPEN)
    if isinstance(user, User):
        own = Assignment.objects.filter(round=OuterRef("round"), rater__user=user)
        waiting = waiting.exclude(~Q(round__state=RoundState.CLOSED) & Exists(own))
    return waiting.count()


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A clarification with the codes of the round's raters who have read it, and who have not."""

    clarification: Clarification
    readers: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def n_raters(self) -> int:
        return len(self.readers) + len(self.others)


def broadcasts_of(round_: Round) -> list[Broadcast]:
    """The round's clarifications, newest first, in three statements."""
    found = Clarification.objects.filter(round=round_).select_related("author", "flag")
    clarifications = list(found.prefetch_related("reads__rater").order_by("-pk"))
    places = RoundRater.objects.filter(round=round_).exclude(state=RaterState.LEFT)
    codes = sorted(places.values_list("rater__code", flat=True))
    return [_broadcast(each, codes) for each in clarifications]


def _broadcast(clarification: Clarification, codes: list[str]) -> Broadcast:
    readers = {read.rater.code for read in clarification.reads.all()}
    others = tuple(code for code in codes if code not in readers)
    return Broadcast(clarification, tuple(sorted(readers)), others)


def clarifications_of(round_: Round) -> QuerySet[Clarification]:
    return Clarification.objects.filter(round=round_).order_by("-pk")


def returns_of(round_: Round) -> QuerySet[Return]:
    """The round's returned judgments with what became of them, newest first."""
    returns = Return.objects.filter(round=round_)
    return returns.select_related("judgment__item", "rater", "returned_by").order_by("-pk")


def open_returns_by_judgment(round_: Round) -> dict[int, Return]:
    """{judgment pk: what it was returned for}, while it waits."""
    waiting = Return.objects.filter(round=round_, resolved_at__isnull=True)
    return {each.judgment_id: each for each in waiting}
