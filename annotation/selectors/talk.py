"""What the lead has said to a rater: clarifications, answers, returned judgments.

Asked with every item, so one statement says whether there is anything at all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, F, Func, Model, OuterRef, Q, QuerySet, Subquery

from accounts.access import Action, projects_of
from accounts.models import Project, User
from annotation.choices import RoundState
from annotation.models import (
    Assignment,
    Clarification,
    ClarificationRead,
    Flag,
    Rater,
    Return,
    Round,
)

# Notices above an item; whatever is beyond them stands in the person's list.
MOST_NOTICES = 5


@dataclass(frozen=True, slots=True)
class Talk:
    """clarifications: those in force in the round, in the order they came; `unread`: not read yet.

    answers: unread answers to own questions; returns: own judgments that wait for another look.
    stamp: see `notices_stamp`.
    """

    clarifications: Sequence[Clarification] = ()
    unread: Sequence[Clarification] = ()
    answers: Sequence[Flag] = ()
    returns: Sequence[Return] = ()
    stamp: str = ""


NOTHING = Talk()


def talk_with(round_: Round, rater: Rater | None) -> Talk:
    """Everything that a page of the round tells this rater: one statement if there is nothing."""
    if rater is None:
        return NOTHING
    anything = Exists(_unread_answers(rater)), Exists(_returned(rater))
    found = Rater.objects.filter(pk=rater.pk).values_list(*anything, *_told(round_, rater))
    answered, returned, *counts = found.get()
    clarifications = _with_reading(round_, rater) if counts[0] else []
    return Talk(
        clarifications=clarifications,
        unread=[each for each in clarifications if not each.is_read],  # type: ignore[attr-defined]  # annotated
        answers=_answers(rater) if answered else (),
        returns=list(open_returns(rater)[:MOST_NOTICES]) if returned else (),
        stamp=_stamp(counts),
    )


def notices_stamp(round_: Round, rater: Rater) -> str:
    """Changes when a lead tells this rater something: pages fetched before are out of date.

    Reading it changes nothing, or every page that waits would be fetched again. One statement.
    """
    return _stamp(Rater.objects.filter(pk=rater.pk).values_list(*_told(round_, rater)).get())


def _told(round_: Round, rater: Rater) -> tuple[Subquery, ...]:
    """Figures that grow, or fall, with everything that a lead says; the first is None for nothing
    said to everybody."""
    told = _in_force(round_)
    return (
        _over(told, "MAX"),
        _over(told, "COUNT"),
        _over(Flag.objects.filter(rater=rater, answered_at__isnull=False), "COUNT"),
        _over(Return.objects.filter(rater=rater), "COUNT"),
    )


def _stamp(counts: Iterable[int | None]) -> str:
    return ".".join(str(each or 0) for each in counts)


def _over[Row: Model](rows: QuerySet[Row], function: str) -> Subquery:
    return Subquery(rows.annotate(figure=Func(F("pk"), function=function)).values("figure"))


def unread_clarifications(round_: Round, rater: Rater) -> list[Clarification]:
    """What the rater must read before the next item, oldest first: one statement."""
    return list(_unread(round_, rater).order_by("pk"))


def is_unread(round_: Round, rater: Rater) -> Exists:
    """Whether there is any, for a statement that is made anyway."""
    return Exists(_unread(round_, rater))


def _unread(round_: Round, rater: Rater) -> QuerySet[Clarification]:
    own = ClarificationRead.objects.filter(clarification=OuterRef("pk"), rater=rater)
    return _in_force(round_).filter(~Exists(own))


def _in_force(round_: Round) -> QuerySet[Clarification]:
    return Clarification.objects.filter(round=round_, withdrawn_at__isnull=True)


def _with_reading(round_: Round, rater: Rater) -> list[Clarification]:
    own = ClarificationRead.objects.filter(clarification=OuterRef("pk"), rater=rater)
    return list(_in_force(round_).annotate(is_read=Exists(own)).order_by("pk"))


def _unread_answers(rater: Rater) -> QuerySet[Flag]:
    return Flag.objects.filter(rater=rater, answered_at__isnull=False, read_at__isnull=True)


def _answers(rater: Rater) -> list[Flag]:
    unread = _unread_answers(rater).select_related("assignment", "round__project")
    return list(unread.order_by("answered_at", "pk")[:MOST_NOTICES])


def _returned(rater: Rater) -> QuerySet[Return]:
    return Return.objects.filter(rater=rater, resolved_at__isnull=True)


def open_returns(rater: Rater) -> QuerySet[Return]:
    """Own judgments that were returned and may still change, the oldest first."""
    return _changeable(_returned(rater)).order_by("pk")


def own_returns(user: User) -> QuerySet[Return]:
    """The same of a person in every project, the newest first."""
    waiting = Return.objects.filter(rater__user=user, resolved_at__isnull=True)
    judged_in = projects_of(user, Action.JUDGE)
    return _changeable(waiting.filter(round__project__in=judged_in)).order_by("-pk")


def _changeable(returns: QuerySet[Return]) -> QuerySet[Return]:
    may = Q(judgment__locked_at__isnull=True) & ~Q(round__state=RoundState.CLOSED)
    return returns.filter(may).select_related("judgment__assignment", "round__project")


def returned_to(user: User, project: Project) -> list[Return]:
    """What waits for the person in a project."""
    raters = Rater.objects.filter(project=project, user=user)[:1]
    return [each for rater in raters for each in open_returns(rater)]


def open_return(assignment: Assignment) -> Return | None:
    """What the lead asks about the judgment of this assignment, while it waits."""
    found = Return.objects.filter(judgment__assignment=assignment, resolved_at__isnull=True)
    return found.first()


def own_flags(user: User, project: Project) -> QuerySet[Flag]:
    """The person's questions in a project, newest first. Nobody else's, whatever the roles."""
    flags = Flag.objects.filter(rater__user=user, rater__project=project)
    return flags.select_related("assignment", "round").order_by("-pk")


def own_flags_on(assignment: Assignment) -> QuerySet[Flag]:
    """The questions that its rater asked about this assignment, newest first."""
    return Flag.objects.filter(assignment=assignment, rater=F("assignment__rater")).order_by("-pk")
