"""What makes people disagree although the rubric is well formed. Advice, never a refusal.

Each finding says why it harms agreement and what to do. Pure functions over `RubricForm`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations

from django.utils.translation import gettext as _

from rubrics.choices import Kind
from rubrics.errors import Path
from rubrics.form import CriterionForm, RubricForm

MOST_POINTS = 7
MOST_UNGROUPED = 20
SIMILAR = 0.85
_TWO_THINGS = re.compile(r"\b(and|as well as|und|sowie)\b", re.IGNORECASE)
_CHOSEN = frozenset({Kind.CATEGORICAL, Kind.ORDINAL, Kind.MULTI_LABEL})


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` is stable, so that a finding can be waived; `path` is that of rubrics.errors."""

    code: str
    path: Path
    criterion: str
    harm: str
    advice: str

    def __str__(self) -> str:
        where = f"criterion {self.criterion}: " if self.criterion else ""
        return f"{where}{self.harm} {self.advice} [{self.code}]"


def findings_of(form: RubricForm) -> list[Finding]:
    """Every finding, criterion by criterion in the rubric's order, then those of the whole."""
    found = [
        finding
        for i, criterion in enumerate(form.criteria)
        for check in CRITERION_CHECKS
        for finding in check(("criteria", i), criterion)
    ]
    return found + [finding for check in RUBRIC_CHECKS for finding in check(form)]


def _undescribed(path: Path, criterion: CriterionForm) -> Iterator[Finding]:
    bare = [a.text for a in criterion.anchors if not a.description]
    if criterion.kind in _CHOSEN and bare:
        yield Finding(
            "anchor-without-text",
            (*path, "anchors"),
            criterion.key,
            _("Points without a description (%(points)s) mean something else to each rater.")
            % {"points": ", ".join(bare)},
            _("Say in a sentence what an answer must show to get each point."),
        )


def _no_examples_at_the_ends(path: Path, criterion: CriterionForm) -> Iterator[Finding]:
    if criterion.kind != Kind.ORDINAL or len(criterion.anchors) < 2:
        return
    ends = (criterion.anchors[0], criterion.anchors[-1])
    missing = [anchor.text for anchor in ends if not anchor.examples]
    if missing:
        yield Finding(
            "no-example-at-extreme",
            (*path, "anchors"),
            criterion.key,
            _("Without an example at the ends (%(points)s) raters stretch the scale differently.")
            % {"points": ", ".join(missing)},
            _("Give one example that fits and one that nearly fits."),
        )


def _too_many_points(path: Path, criterion: CriterionForm) -> Iterator[Finding]:
    n = len(criterion.anchors)
    if criterion.kind == Kind.ORDINAL and n > MOST_POINTS:
        yield Finding(
            "too-many-points",
            (*path, "anchors"),
            criterion.key,
            _("%(n)d points are more than people tell apart reliably.") % {"n": n},
            _("Join neighbours until at most %(most)d are left.") % {"most": MOST_POINTS},
        )


def _double_barrelled(path: Path, criterion: CriterionForm) -> Iterator[Finding]:
    if criterion.kind != Kind.TEXT and _TWO_THINGS.search(criterion.question):
        yield Finding(
            "double-barrelled",
            (*path, "question"),
            criterion.key,
            _("The question may ask two things at once; raters then answer different ones."),
            _("Ask each in a criterion of its own, if it does."),
        )


def _written_for_each_part(path: Path, criterion: CriterionForm) -> Iterator[Finding]:
    if criterion.kind == Kind.TEXT and criterion.is_required and _has_parts(criterion):
        yield Finding(
            "text-for-each-part",
            (*path, "required"),
            criterion.key,
            _("A text required for every part of an item tires raters: they repeat themselves."),
            _("Make it optional, or ask for it only after certain answers."),
        )


def _has_parts(criterion: CriterionForm) -> bool:
    return bool(criterion.options.get("per", "item") != "item")


def _reason_for_everything(path: Path, criterion: CriterionForm) -> Iterator[Finding]:
    asked_on = set(criterion.options.get("rationale_on", ()))
    if criterion.anchors and asked_on >= {anchor.text for anchor in criterion.anchors}:
        yield Finding(
            "reason-for-every-answer",
            (*path, "options", "rationale_on"),
            criterion.key,
            _("Where every answer needs a reason, raters drift to what is quickest to justify."),
            _("Ask for it on the answers that somebody will act on."),
        )


def _long_list(path: Path, criterion: CriterionForm) -> Iterator[Finding]:
    n = len(criterion.anchors)
    is_grouped = all("/" in anchor.text for anchor in criterion.anchors)
    if criterion.kind in (Kind.MULTI_LABEL, Kind.CATEGORICAL) and n > MOST_UNGROUPED:
        if is_grouped:
            return
        yield Finding(
            "long-list-without-groups",
            (*path, "anchors"),
            criterion.key,
            _("In a list of %(n)d labels raters take the first that fits.") % {"n": n},
            _("Group them by values such as tools/wrong_argument, or ask in two steps."),
        )


def _number_without_points(path: Path, criterion: CriterionForm) -> Iterator[Finding]:
    ends = (criterion.options.get("min"), criterion.options.get("max"))
    if criterion.kind == Kind.NUMERIC and None not in ends and not criterion.anchors:
        yield Finding(
            "numbers-without-anchors",
            (*path, "anchors"),
            criterion.key,
            _("Between %(min)s and %(max)s every rater draws the lines elsewhere.")
            % {"min": ends[0], "max": ends[1]},
            _("Describe at least both ends and the middle; they are shown along the slider."),
        )


def _leaning(path: Path, criterion: CriterionForm) -> Iterator[Finding]:
    leaning = re.search(r"\b(isn't|doesn't|don't you|surely|of course|obviously)\b",
                        criterion.question, re.IGNORECASE)  # fmt: skip
    if leaning:
        yield Finding(
            "leading-question",
            (*path, "question"),
            criterion.key,
            _("“%(word)s” tells raters which answer is expected.") % {"word": leaning[0]},
            _("Ask neutrally."),
        )


def _overlapping(form: RubricForm) -> Iterator[Finding]:
    for (_i, first), (j, second) in combinations(enumerate(form.criteria), 2):
        pair = (first.question.lower(), second.question.lower())
        if all(pair) and SequenceMatcher(None, *pair).ratio() >= SIMILAR:
            yield Finding(
                "overlapping-questions",
                ("criteria", j, "question"),
                second.key,
                _("It reads almost like “%(key)s”, so raters answer both the same way.")
                % {"key": first.key},
                _("Join the two, or say in each what belongs to the other."),
            )


def _nothing_to_read(form: RubricForm) -> Iterator[Finding]:
    if len(form.guidelines) < 80:
        yield Finding(
            "no-guidelines",
            ("guidelines",),
            "",
            _("There are hardly any guidelines, so borderline cases are settled by taste."),
            _("Write what is decided, how to work, borderline cases and when not to judge."),
        )


CRITERION_CHECKS: tuple[Callable[[Path, CriterionForm], Iterator[Finding]], ...] = (
    _undescribed,
    _no_examples_at_the_ends,
    _too_many_points,
    _double_barrelled,
    _leaning,
    _written_for_each_part,
    _reason_for_everything,
    _long_list,
    _number_without_points,
)
RUBRIC_CHECKS: tuple[Callable[[RubricForm], Iterator[Finding]], ...] = (
    _overlapping,
    _nothing_to_read,
)
