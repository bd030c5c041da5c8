"""Cases as pages list them."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from accounts.models import Project
from annotation.models import Item, Judgment, Rating, Round
from annotation.parts import WHOLE
from reliability.choices import CaseState, Cause, Stage
from reliability.models import Case, Decision


@dataclass(frozen=True, slots=True)
class CaseCounts:
    """Cases by state; they are decided when neither waits nor is under way."""

    n_waiting: int
    n_blind: int
    n_decided: int

    @property
    def total(self) -> int:
        return self.n_waiting + self.n_blind + self.n_decided


def case_counts(round_: Round) -> CaseCounts:
    found = Case.objects.filter(round=round_).aggregate(
        n_waiting=Count("pk", filter=Q(state=CaseState.OPEN)),
        n_blind=Count("pk", filter=Q(state=CaseState.BLIND)),
        n_decided=Count("pk", filter=Q(state=CaseState.DECIDED)),
    )
    return CaseCounts(**found)


def public_ids_of(items: Collection[int]) -> frozenset[str]:
    if not items:
        return frozenset()
    return frozenset(Item.objects.filter(pk__in=items).values_list("public_id", flat=True))


def cases_of(round_: Round) -> QuerySet[Case]:
    """A round's cases, each with `cause`, `decided_value` and more of the decision that counts."""
    last = Decision.objects.filter(case=OuterRef("pk"), stage=Stage.INFORMED).order_by("-number")
    return (
        Case.objects.filter(round=round_)
        .select_related("item", "criterion")
        .annotate(
            cause=Subquery(last.values("cause")[:1]),
            decided_value=Subquery(last.values("value")[:1]),
            rationale=Subquery(last.values("rationale")[:1]),
            decided_at=Subquery(last.values("decided_at")[:1]),
        )
        .order_by("-priority", "id")
    )


def cause_counts(round_: Round) -> list[tuple[str, int]]:
    """(cause in words, cases) of the decisions that count."""
    last = Decision.objects.filter(case=OuterRef("pk"), stage=Stage.INFORMED).order_by("-number")
    decided = Case.objects.filter(round=round_, state=CaseState.DECIDED)
    causes = Counter(
        decided.annotate(cause=Subquery(last.values("cause")[:1])).values_list("cause", flat=True)
    )
    return [(str(Cause(cause).label), n) for cause, n in causes.most_common() if cause]


@dataclass(frozen=True, slots=True)
class RaterAnswer:
    """One rater's answer, by code, as the informed stage shows it."""

    rater: str
    value: Any
    is_abstention: bool
    reason: str
    rationale: str
    confidence: int | None
    submitted_at: datetime


def answers_to(case: Case) -> list[RaterAnswer]:
    """What raters answered, with their reasons. Only for a case that was decided blind (T76).

    Of a part also who abstained from the whole criterion.
    """
    ratings = (
        Rating.objects.filter(
            round=case.round_id,
            item=case.item_id,
            criterion=case.criterion_id,
            part__in={case.part, WHOLE},
        )
        .select_related("rater", "judgment")
        .order_by("rater__code")
    )
    return [_answer(rating, rating.judgment) for rating in ratings]


def _answer(rating: Rating, judgment: Judgment) -> RaterAnswer:
    return RaterAnswer(
        rater=rating.rater.code,
        value=rating.value,
        is_abstention=rating.is_abstention,
        reason=rating.abstention_reason,
        rationale=judgment.rationale,
        confidence=judgment.confidence,
        submitted_at=judgment.submitted_at,
    )


def decisions_of(case: Case) -> list[Decision]:
    """Every decision of the case, newest first; they are only ever added."""
    return list(case.decisions.order_by("-number"))


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a filter and how many cases it leaves."""

    value: str
    label: str
    n: int


def rounds_with(cases: QuerySet[Case]) -> list[Choice]:
    rows = cases.order_by().values_list("round__public_id", "round__name").annotate(n=Count("pk"))
    return [Choice(public_id, name, n) for public_id, name, n in rows.order_by("round__name")]


def criteria_with(cases: QuerySet[Case]) -> list[Choice]:
    rows = cases.order_by().values_list("criterion__key").annotate(n=Count("pk"))
    return [Choice(key, key, n) for key, n in rows.order_by("criterion__key")]


def decided_by(public_id: str, project: Project) -> QuerySet[Case]:
    """Cases of the project that this adjudicator has decided."""
    return Case.objects.filter(
        round__project=project,
        state=CaseState.DECIDED,
        decisions__adjudicator=public_id,
        decisions__stage=Stage.INFORMED,
    ).distinct()
