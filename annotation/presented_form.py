"""The judgment form: a rubric's criteria with an answer in them, and a posted form read back.

An answer is a body as the API takes it: {ratings: {key: value}, rationale, confidence,
seconds_spent, base_revision}, with responses named in the order shown. Nothing here judges
whether a value is allowed: annotation/values.py does, for the page and the API alike.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from annotation.form_reading import read_ratings
from annotation.form_values import whole_number
from annotation.presentation import PresentedItem
from annotation.presented_questions import PresentedQuestion, present_question
from rubrics.choices import Kind
from rubrics.models import Criterion


@dataclass(frozen=True)
class PresentedForm:
    """All questions and what is asked beside them. `errors` belong to no single question."""

    questions: tuple[PresentedQuestion, ...]
    rationale: str = ""
    confidence: int | None = None
    seconds_spent: float = 0
    base_revision: int | None = None
    errors: tuple[str, ...] = ()
    rationale_errors: tuple[str, ...] = ()

    @property
    def confidence_levels(self) -> tuple[tuple[int, str, bool], ...]:
        labels = (_("Guessing"), _("Unsure"), _("Fairly sure"), _("Sure"), _("Certain"))
        return tuple((n, label, n == self.confidence) for n, label in enumerate(labels, start=1))

    @property
    def asked(self) -> Iterator[PresentedQuestion]:
        """Every question that takes an answer: those with parts once for each part."""
        for question in self.questions:
            yield from question.lines or (question,)

    @property
    def has_marks(self) -> bool:
        """Whether passages of responses are marked, so that their words need their places."""
        return any(question.kind == Kind.SPAN for question in self.asked)

    @property
    def has_parts(self) -> bool:
        return any(question.lines for question in self.questions)


def present_form(
    criteria: Iterable[Criterion],
    item: PresentedItem,
    *,
    body: Mapping[str, Any] | None = None,
    errors: Mapping[str, Sequence[str]] | None = None,
) -> PresentedForm:
    """The form for `criteria` (anchors prefetched), filled from `body`, with `errors` by key.

    Errors under other names than a criterion's key, `ratings.KEY` or `ratings.KEY.PART` are
    shown above the form.
    """
    body, left = body or {}, dict(errors or {})
    ratings = body.get("ratings") or {}
    questions = [
        present_question(
            criterion, ratings.get(criterion.key), item, _errors_of(criterion.key, left)
        )
        for criterion in criteria
    ]
    return PresentedForm(
        questions=tuple(question for question in questions if question is not None),
        rationale=body.get("rationale") or "",
        confidence=body.get("confidence"),
        seconds_spent=body.get("seconds_spent") or 0,
        base_revision=body.get("base_revision"),
        rationale_errors=tuple(left.pop("rationale", ())),
        errors=tuple(message for messages in left.values() for message in messages),
    )


def _errors_of(key: str, left: dict[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """What was wrong with one criterion, by part; takes it out of `left`."""
    own = (*left.pop(key, ()), *left.pop(f"ratings.{key}", ()))
    found: dict[str, Sequence[str]] = {"": own}
    prefix = f"ratings.{key}."
    for name in [name for name in left if name.startswith(prefix)]:
        found[name.removeprefix(prefix)] = left.pop(name)
    return found


def read_form(
    criteria: Iterable[Criterion], item: PresentedItem, posted: QueryDict
) -> dict[str, Any]:
    """The posted form as a body for the service. What was not answered is left out."""
    return {
        "ratings": read_ratings(criteria, item, posted),
        "rationale": posted.get("rationale", "").replace("\r\n", "\n"),
        "confidence": whole_number(posted.get("confidence")),
        "seconds_spent": _seconds(posted.get("seconds_spent")),
        "base_revision": whole_number(posted.get("base_revision")),
    }


def _seconds(raw: str | None) -> float | None:
    try:
        seconds = float(raw or "")
    except ValueError:
        return None
    return round(seconds, 1) if 0 <= seconds < 86_400 else None
