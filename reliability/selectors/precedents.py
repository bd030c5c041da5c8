"""What was decided in closed calibration rounds, for raters who judge by the same rubric.

Never how anybody rated, never who decided, and no item that a rater may still be asked about:
items of running rounds, and items that serve as checks or come back for a retest (T03).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from annotation.answer_line import in_words
from annotation.choices import RoundKind, RoundState, SlotPurpose
from annotation.display import displayed_item
from annotation.models import CheckAnswer, Round, Slot
from annotation.parts import part_label
from annotation.rendering import PresentedText
from reliability.choices import CaseState, Cause, Stage
from reliability.models import Case, Decision

MOST_SEARCHED: Final = 1000
MOST_SHOWN: Final = 20
AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class Precedent:
    """One decided case. `texts`: (name, text) of the item, responses in the item's own order."""

    question: str
    part: str
    decision: str
    rationale: str
    cause: str
    texts: tuple[tuple[str, PresentedText], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """n: how many fit; `shown` are the latest of them. `total`: how many there are at all."""

    shown: Sequence[Precedent]
    n: int
    total: int


def precedents(round_: Round, *, words: str = "", criterion: str = "") -> Found:
    """Precedents for a round's rubric, the latest decision first."""
    cases = _decided(round_)
    listed = cases.order_by("-decided_at", "-pk").values_list("pk", "criterion__key")
    keys = list(listed[:MOST_SEARCHED])
    fitting = [pk for pk, key in keys if not criterion or key == criterion]
    if wanted := words.casefold().split():
        fitting = list(_holding(cases, fitting, wanted))
    shown = _in_order(cases, fitting[:MOST_SHOWN])
    return Found([_precedent(case) for case in shown], len(fitting), len(keys))


def _holding(cases: QuerySet[Any], keys: Sequence[int], wanted: Sequence[str]) -> Iterator[int]:
    """A few items in memory at a time: each may be a megabyte."""
    for some in batched(keys, AT_ONCE):
        yield from (case.pk for case in _in_order(cases, some) if _holds(case, wanted))


def _in_order(cases: QuerySet[Any], keys: Sequence[int]) -> list[Any]:
    found = cases.in_bulk(keys)
    return [found[key] for key in keys if key in found]


def _decided(round_: Round) -> QuerySet[Any]:
    counts = Decision.objects.filter(case=OuterRef("pk"), stage=Stage.INFORMED).order_by("-number")
    running = Slot.objects.filter(item=OuterRef("item")).filter(
        ~Q(round__state=RoundState.CLOSED) | Q(purpose__in=[SlotPurpose.CHECK, SlotPurpose.RETEST])
    )
    checked = CheckAnswer.objects.filter(item=OuterRef("item"))
    return (
        Case.objects.filter(
            state=CaseState.DECIDED,
            round__project=round_.project_id,
            round__kind=RoundKind.CALIBRATION,
            round__state=RoundState.CLOSED,
            round__rubric_version__rubric=round_.rubric_version.rubric_id,
        )
        .filter(~Exists(running), ~Exists(checked))
        .select_related("item", "criterion")
        .prefetch_related("criterion__anchors")
        .annotate(
            decided_value=Subquery(counts.values("value")[:1]),
            rationale=Subquery(counts.values("rationale")[:1]),
            cause=Subquery(counts.values("cause")[:1]),
            decided_at=Subquery(counts.values("decided_at")[:1]),
        )
    )


def _holds(case: Any, wanted: Iterable[str]) -> bool:
    if not wanted:
        return True
    texts = [case.criterion.question, case.rationale or "", *(t for _n, t in _texts(case))]
    searched = "\n".join(texts).casefold()
    return all(word in searched for word in wanted)


def _texts(case: Any) -> list[tuple[str, str]]:
    """(role or response, text), from what raters may see of an item only."""
    shown = displayed_item(case.item, ())
    said = [(str(m.get("role", "")), _plain(m.get("content"))) for m in shown["messages"]]
    responses = shown["responses"]
    named = [
        (part_label(f"response_{n}", is_alone=len(responses) == 1), r)
        for n, r in enumerate(responses, start=1)
    ]
    return said + [(name, _plain(response.get("text"))) for name, response in named]


def _plain(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(str(c.get("text", "")) for c in content if isinstance(c, dict))
    return "" if content is None else str(content)


def _precedent(case: Any) -> Precedent:
    return Precedent(
        question=case.criterion.question,
        part=part_label(case.part) if case.part else "",
        decision="" if case.decided_value is None else in_words(case.criterion, case.decided_value),
        rationale=case.rationale or "",
        cause=str(Cause(case.cause).label) if case.cause else "",
        texts=tuple((name, PresentedText(text)) for name, text in _texts(case)),
    )
