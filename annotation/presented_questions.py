"""One criterion as a question of the judgment form, with the answer that is in it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import Any, Final

from django.utils.translation import gettext as _

from annotation.form_values import as_text
from annotation.presentation import PresentedItem
from annotation.presented_choices import PresentedChoice, present_choices
from annotation.presented_marks import PresentedMark, presented_marks
from annotation.presented_parts import PresentedPart, item_parts
from annotation.rendering import PresentedText
from annotation.values import BEST_WORST, MAX_TEXT
from rubrics.choices import Kind
from rubrics.models import Criterion

CHOSEN: Final = frozenset({Kind.CATEGORICAL, Kind.ORDINAL, Kind.PAIRWISE, Kind.MULTI_LABEL})
SEARCHED: Final = frozenset({Kind.CATEGORICAL, Kind.MULTI_LABEL})
FEW: Final = 12  # answers up to which nobody needs to search
SHORT: Final = 16  # characters of a label that fits beside others
ROW: Final = 60  # characters of all labels that fit in one row
MOST_IN_WORDS: Final = 8


@dataclass(frozen=True)
class PresentedQuestion:
    """A criterion with its answer, ready for templates/annotation/judge/_question.html.

    text: the answer of numeric and text criteria; places: (response, its letter, its place) of
    rankings; show_if: JSON of the condition, "" if it is always asked. A criterion that is asked
    about each part has `lines`, one question for each, which name their `part`. originals: the
    texts that a correction may start from.
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
    part: str = ""
    part_label: str = ""
    quote: str = ""
    lines: tuple["PresentedQuestion", ...] = ()
    originals: tuple[tuple[str, str, str], ...] = ()
    is_impossible: bool = False
    is_answered: bool = False

    @property
    def name(self) -> str:
        """What the fields of this question are called after."""
        return f"{self.key}--{self.part}" if self.part else self.key

    @property
    def template(self) -> str:
        """What shows the answer, by kind."""
        shown = "choices" if self.kind in CHOSEN else self.kind
        if self.is_searched:
            shown = "taxonomy"
        if self.is_best_worst:
            shown = BEST_WORST
        return f"annotation/judge/questions/{shown}.html"

    @property
    def is_searched(self) -> bool:
        is_long = len(self.choices) > FEW or any(choice.group for choice in self.choices)
        return self.kind in SEARCHED and is_long

    @property
    def is_best_worst(self) -> bool:
        return self.kind == Kind.RANKING and self.options.get("style") == BEST_WORST

    @property
    def is_single(self) -> bool:
        """Whether choosing one answer takes back another."""
        return self.kind != Kind.MULTI_LABEL

    @property
    def layout(self) -> str:
        """How answers stand: pair, strengths, scale (in one row), or "" for a list."""
        if self.kind == Kind.PAIRWISE:
            return "strengths" if self.options.get("strengths") else "pair"
        labels = [len(choice.label) for choice in self.choices]
        fits = labels and max(labels) <= SHORT and sum(labels) <= ROW
        is_bare = self.part or not any(choice.description for choice in self.choices)
        return "scale" if fits and is_bare and self.is_single else ""

    @property
    def groups(self) -> tuple[tuple[str, tuple[PresentedChoice, ...]], ...]:
        """The answers of a taxonomy by group, in the rubric's order."""
        by_group = groupby(self.choices, key=lambda choice: choice.group)
        return tuple((group, tuple(choices)) for group, choices in by_group)

    @property
    def has_examples(self) -> bool:
        """Whether there is more to read about the answers than stands beside them."""
        return any(choice.examples for choice in self.choices)

    @property
    def has_meanings(self) -> bool:
        """Whether what the answers mean is shown apart from them."""
        is_apart = self.kind == Kind.PAIRWISE or bool(self.lines)
        return is_apart and any(c.description or c.examples for c in self.choices)

    @property
    def has_slider(self) -> bool:
        ends = (self.options.get("min"), self.options.get("max"))
        return self.kind == Kind.NUMERIC and None not in ends

    @property
    def rationale_on(self) -> str:
        """JSON of the answers that need a reason, "" if none does."""
        wanted = self.options.get("rationale_on")
        return json.dumps(wanted) if wanted else ""

    @property
    def reasons(self) -> tuple[tuple[str, bool], ...]:
        """The reasons that are offered for not judging, the one given chosen."""
        offered = self.options.get("abstain_reasons") or ()
        return tuple((each, each == self.listed_reason) for each in offered)

    @cached_property
    def listed_reason(self) -> str:
        offered = self.options.get("abstain_reasons") or ()
        found = [r for r in offered if self.reason == r or self.reason.startswith(f"{r}: ")]
        return max(found, key=len, default="")

    @property
    def own_reason(self) -> str:
        """What was written beside or instead of an offered reason."""
        return self.reason.removeprefix(self.listed_reason).removeprefix(": ")

    @property
    def is_unchanged(self) -> bool:
        """Whether a correction says that there is nothing to correct."""
        given = {text for _response, _letter, text in self.originals}
        return bool(self.originals) and self.is_answered and self.text in given

    @property
    def is_corrected(self) -> bool:
        return bool(self.options.get("corrects") and self.originals)

    @property
    def answer_in_words(self) -> str:
        """The answer on one line, "" if there is none."""
        if self.is_abstained:
            return _("Can't judge: %(reason)s") % {"reason": self.reason}
        if self.lines:
            return self._lines_in_words()
        chosen = [choice.label for choice in self.choices if choice.is_chosen]
        ranked = [f"{letter}: {place}" for _key, letter, place in self.places if place]
        marked = [f"“{mark.quote}”" for mark in self.marks if mark.quote]
        none = [_("none")] if self.is_none else []
        text = [self.text] if self.text and self.is_answered else []
        return ", ".join([*chosen, *ranked, *marked, *none, *text])

    def _lines_in_words(self) -> str:
        said = [(line.part_label, line.answer_in_words) for line in self.lines]
        answered = [f"{label}: {words}" for label, words in said if words]
        more = ["…"] if len(answered) > MOST_IN_WORDS else []
        return "; ".join([*answered[:MOST_IN_WORDS], *more])

    @property
    def n_lines_answered(self) -> int:
        return sum(line.is_answered for line in self.lines)

    # -- best and worst

    @property
    def best_and_worst(self) -> tuple[tuple[str, str, bool, bool], ...]:
        """(response, letter, whether it is the best, whether it is the worst)."""
        groups = [[key for key, _l, at in self.places if at == place] for place in self._taken]
        best = groups[0] if groups and len(groups[0]) == 1 else []
        worst = groups[-1] if len(groups) > 1 and len(groups[-1]) == 1 else []
        return tuple((key, letter, key in best, key in worst) for key, letter, _p in self.places)

    @property
    def _taken(self) -> Sequence[int]:
        return sorted({place for _key, _letter, place in self.places if place})


Errors = Mapping[str, Sequence[str]]


def present_question(
    criterion: Criterion, value: Any, item: PresentedItem, errors: Errors
) -> PresentedQuestion | None:
    """`criterion` with `value` in it; `errors` by part, "" for the whole.

    None: it is asked about parts that the item doesn't have.
    """
    per = (criterion.options or {}).get("per") or "item"
    own = tuple(errors.get("", ()))
    if per == "item":
        return _question(criterion, value, item, own)
    parts = item_parts(per, item)
    if not parts:
        return None
    whole = _question(criterion, value if _is_abstention(value) else None, item, own)
    given = value if isinstance(value, Mapping) and not _is_abstention(value) else {}
    lines = tuple(
        replace(
            _question(
                criterion, given.get(part.name), item, tuple(errors.get(part.name, ())), part
            ),
            show_if="",
        )
        for part in parts
    )
    return replace(whole, lines=lines, originals=())


def _is_abstention(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value.get("abstain"))


def _question(
    criterion: Criterion,
    value: Any,
    item: PresentedItem,
    errors: tuple[str, ...],
    part: PresentedPart | None = None,
) -> PresentedQuestion:
    abstained = _is_abstention(value)
    given = None if abstained else value
    originals = _originals(criterion, item, part)
    return PresentedQuestion(
        key=criterion.key,
        kind=criterion.kind,
        question=criterion.question,
        help=PresentedText(criterion.help),
        is_required=criterion.is_required,
        tier=criterion.tier,
        options=criterion.options or {},
        show_if=json.dumps(criterion.show_if) if criterion.show_if else "",
        choices=tuple(present_choices(criterion, given)),
        text=_text(criterion, given, originals),
        places=tuple(_places(item, given)) if criterion.kind == Kind.RANKING else (),
        marks=tuple(presented_marks(given)) if criterion.kind == Kind.SPAN else (),
        is_none=given == [],
        is_abstained=abstained,
        reason=str(value.get("reason") or "") if abstained else "",
        errors=errors,
        part=part.name if part else "",
        part_label=part.label if part else "",
        quote=part.quote if part else "",
        originals=originals,
        is_impossible=criterion.kind == Kind.PAIRWISE and len(item.responses) != 2,
        is_answered=value is not None,
    )


def _text(criterion: Criterion, given: Any, originals: Sequence[tuple[str, str, str]]) -> str:
    if criterion.kind not in (Kind.NUMERIC, Kind.TEXT):
        return ""
    return originals[0][2] if given is None and originals else as_text(given)


def _originals(
    criterion: Criterion, item: PresentedItem, part: PresentedPart | None
) -> tuple[tuple[str, str, str], ...]:
    """(response, letter, text) that a correction may start from; none that could not be stored."""
    options = criterion.options or {}
    if criterion.kind != Kind.TEXT or not options.get("corrects"):
        return ()
    longest = min(int(options.get("max_length") or MAX_TEXT), MAX_TEXT)
    found = (
        [(part.name, "", part.text)]
        if part
        else [(each.key, each.letter, each.text.source) for each in item.responses]
    )
    plain = [(key, letter, text.replace("\r\n", "\n")) for key, letter, text in found]
    return tuple(each for each in plain if each[2].strip() and len(each[2]) <= longest)


def _places(item: PresentedItem, given: Any) -> Iterable[tuple[str, str, int | None]]:
    """(response, letter, place from 1 or None) for each response in the order shown."""
    found = {
        name: place
        for place, group in enumerate(given or [], start=1)
        for name in (group if isinstance(group, list) else [group])
    }
    for response in item.responses:
        yield response.key, response.letter, found.get(response.key)
