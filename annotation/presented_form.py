"""The judgment form: a rubric's criteria with an answer in them, and a posted form read back.

An answer is a body as the API takes it: {ratings: {key: value}, rationale, confidence,
seconds_spent, base_revision}, with responses named in the order shown. Nothing here judges
whether a value is allowed: annotation/values.py does, for the page and the API alike.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from annotation.criteria import tidy
from annotation.form_values import as_text, whole_number
from annotation.presentation import PresentedItem
from annotation.presented_marks import PresentedMark, presented_marks, read_marks
from annotation.rendering import PresentedText
from rubrics.choices import Kind
from rubrics.models import Anchor, Criterion

TEMPLATES = {
    Kind.CATEGORICAL.value: "choices",
    Kind.ORDINAL.value: "choices",
    Kind.PAIRWISE.value: "choices",
    Kind.MULTI_LABEL.value: "choices",
}
LETTER_KEYS = {"response_1": "A", "response_2": "B", "tie": "E"}


@dataclass(frozen=True)
class PresentedChoice:
    """One answer to choose. `key` is the key that chooses it, "" beyond the ninth."""

    value: str
    label: str
    description: str
    examples: tuple[str, ...]
    key: str
    is_chosen: bool = False


@dataclass(frozen=True)
class PresentedQuestion:
    """A criterion with its answer, ready for templates/annotation/judge/_question.html.

    text: the answer of numeric and text criteria; places: (response, its place) of rankings;
    show_if: JSON of the condition, "" if it is always asked.
    """

    key: str
    kind: str
    question: str
    help: PresentedText
    is_required: bool
    tier: str
    options: Mapping[str, Any]
    show_if: str
    choices: tuple[PresentedChoice, ...] = ()
    text: str = ""
    places: tuple[tuple[str, str, int | None], ...] = ()
    marks: tuple[PresentedMark, ...] = ()
    is_none: bool = False
    is_abstained: bool = False
    reason: str = ""
    errors: tuple[str, ...] = ()

    @property
    def template(self) -> str:
        """What shows the answer, by kind."""
        return f"annotation/judge/questions/{TEMPLATES.get(self.kind, self.kind)}.html"

    @property
    def has_examples(self) -> bool:
        """Whether there is more to read about the answers than stands beside them."""
        described = self.kind == Kind.PAIRWISE
        return any(c.examples or (described and c.description) for c in self.choices)

    @property
    def answer_in_words(self) -> str:
        """The answer on one line, "" if there is none."""
        if self.is_abstained:
            return _("Can't judge: %(reason)s") % {"reason": self.reason}
        chosen = [choice.label for choice in self.choices if choice.is_chosen]
        ranked = [f"{letter}: {place}" for _key, letter, place in self.places if place]
        marked = [f"“{mark.quote}”" for mark in self.marks if mark.quote]
        none = [_("none")] if self.is_none else []
        return ", ".join([*chosen, *ranked, *marked, *none, *([self.text] if self.text else [])])


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


def present_form(
    criteria: Iterable[Criterion],
    item: PresentedItem,
    *,
    body: Mapping[str, Any] | None = None,
    errors: Mapping[str, Sequence[str]] | None = None,
) -> PresentedForm:
    """The form for `criteria` (anchors prefetched), filled from `body`, with `errors` by key.

    Errors under other names than a criterion's key or `ratings.KEY` are shown above the form.
    """
    body, errors = body or {}, dict(errors or {})
    ratings = body.get("ratings") or {}
    questions = tuple(
        _question(
            criterion,
            ratings.get(criterion.key),
            item,
            (*errors.pop(criterion.key, ()), *errors.pop(f"ratings.{criterion.key}", ())),
        )
        for criterion in criteria
    )
    return PresentedForm(
        questions=questions,
        rationale=body.get("rationale") or "",
        confidence=body.get("confidence"),
        seconds_spent=body.get("seconds_spent") or 0,
        base_revision=body.get("base_revision"),
        rationale_errors=tuple(errors.pop("rationale", ())),
        errors=tuple(message for messages in errors.values() for message in messages),
    )


def _question(
    criterion: Criterion, value: Any, item: PresentedItem, errors: tuple[str, ...]
) -> PresentedQuestion:
    abstained = isinstance(value, Mapping) and bool(value.get("abstain"))
    reason = str(value.get("reason") or "") if abstained else ""
    given = None if abstained else value
    return PresentedQuestion(
        key=criterion.key,
        kind=criterion.kind,
        question=criterion.question,
        help=PresentedText(criterion.help),
        is_required=criterion.is_required,
        tier=criterion.tier,
        options=criterion.options or {},
        show_if=json.dumps(criterion.show_if) if criterion.show_if else "",
        choices=tuple(_choices(criterion, given)),
        text=as_text(given) if criterion.kind in (Kind.NUMERIC, Kind.TEXT) else "",
        places=tuple(_places(item, given)) if criterion.kind == Kind.RANKING else (),
        marks=tuple(presented_marks(given)) if criterion.kind == Kind.SPAN else (),
        is_none=given == [],
        is_abstained=abstained,
        reason=reason,
        errors=errors,
    )


def _choices(criterion: Criterion, given: Any) -> Iterable[PresentedChoice]:
    chosen = {as_text(each) for each in (given if isinstance(given, list) else [given])}
    if criterion.kind == Kind.PAIRWISE:
        yield from _pair_choices(criterion, chosen)
        return
    for n, anchor in enumerate(criterion.anchors.all(), start=1):
        yield PresentedChoice(
            value=anchor.value,
            label=anchor.label or anchor.value,
            description=anchor.description,
            examples=tuple(map(as_text, anchor.examples or ())),
            key=str(n) if n < 10 else "",
            is_chosen=criterion.kind != Kind.SPAN and bool(_spellings(anchor) & chosen),
        )


def _spellings(anchor: Anchor) -> set[str]:
    """The value as written, and as the number that is stored for it."""
    return {anchor.value} | (set() if anchor.number is None else {as_text(tidy(anchor.number))})


def _pair_choices(criterion: Criterion, chosen: set[str]) -> Iterable[PresentedChoice]:
    """A, tie, B: where they stand on the screen. Anchors add descriptions, not names."""
    labels = {"response_1": _("A is better"), "tie": _("Tie"), "response_2": _("B is better")}
    anchors = {anchor.value: anchor for anchor in criterion.anchors.all()}
    allows_tie = (criterion.options or {}).get("tie", True)
    for value, label in labels.items():
        if value == "tie" and not allows_tie:
            continue
        anchor = anchors.get(value)
        yield PresentedChoice(
            value=value,
            label=label,
            description=anchor.description if anchor else "",
            examples=tuple(map(as_text, anchor.examples or ())) if anchor else (),
            key=LETTER_KEYS[value],
            is_chosen=value in chosen,
        )


def _places(item: PresentedItem, given: Any) -> Iterable[tuple[str, str, int | None]]:
    """(response, letter, place from 1 or None) for each response in the order shown."""
    found = {
        name: place
        for place, group in enumerate(given or [], start=1)
        for name in (group if isinstance(group, list) else [group])
    }
    for response in item.responses:
        yield response.key, response.letter, found.get(response.key)


# -- reading what was posted


def read_form(
    criteria: Iterable[Criterion], item: PresentedItem, posted: QueryDict
) -> dict[str, Any]:
    """The posted form as a body for the service. What was not answered is left out."""
    abstain_all = as_text(posted.get("abstain-all-reason")) if "abstain-all" in posted else None
    ratings: dict[str, Any] = {}
    for criterion in criteria:
        if not _is_asked(criterion, ratings):
            continue
        if abstain_all is not None:
            ratings[criterion.key] = {"abstain": True, "reason": abstain_all}
        elif f"abstain-{criterion.key}" in posted:
            reason = posted.get(f"reason-{criterion.key}", "")
            ratings[criterion.key] = {"abstain": True, "reason": reason}
        else:
            value = _READERS[criterion.kind](criterion.key, posted, item)
            if value not in (None, ""):
                ratings[criterion.key] = value
    return {
        "ratings": ratings,
        "rationale": posted.get("rationale", "").replace("\r\n", "\n"),
        "confidence": whole_number(posted.get("confidence")),
        "seconds_spent": _seconds(posted.get("seconds_spent")),
        "base_revision": whole_number(posted.get("base_revision")),
    }


def _is_asked(criterion: Criterion, ratings: Mapping[str, Any]) -> bool:
    """Whether the answers so far make this question visible, as the page's script does it."""
    for key, wanted in (criterion.show_if or {}).items():
        given = ratings.get(key)
        values = given if isinstance(given, list) else [given]
        accepted = {as_text(each) for each in (wanted if isinstance(wanted, list) else [wanted])}
        if not accepted & {as_text(value) for value in values}:
            return False
    return True


def _one(key: str, posted: QueryDict, item: PresentedItem) -> str | None:
    return posted.get(f"value-{key}")


def _long(key: str, posted: QueryDict, item: PresentedItem) -> str | None:
    text = posted.get(f"value-{key}", "").replace("\r\n", "\n")
    return text if text.strip() else None


def _several(key: str, posted: QueryDict, item: PresentedItem) -> list[str] | None:
    chosen = posted.getlist(f"value-{key}")
    return chosen or ([] if f"none-{key}" in posted else None)


def _order(key: str, posted: QueryDict, item: PresentedItem) -> list[str | list[str]] | None:
    places: dict[int, list[str]] = {}
    for response in item.responses:
        place = whole_number(posted.get(f"place-{key}-{response.key}"))
        if place is not None:
            places.setdefault(place, []).append(response.key)
    groups = [places[place] for place in sorted(places)]
    return [group[0] if len(group) == 1 else group for group in groups] or None


def _seconds(raw: str | None) -> float | None:
    try:
        seconds = float(raw or "")
    except ValueError:
        return None
    return round(seconds, 1) if 0 <= seconds < 86_400 else None


_READERS: dict[str, Callable[[str, QueryDict, PresentedItem], Any]] = {
    Kind.CATEGORICAL.value: _one,
    Kind.ORDINAL.value: _one,
    Kind.PAIRWISE.value: _one,
    Kind.NUMERIC.value: _one,
    Kind.MULTI_LABEL.value: _several,
    Kind.RANKING.value: _order,
    Kind.SPAN.value: read_marks,
    Kind.TEXT.value: _long,
}
