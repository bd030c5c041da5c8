"""The answers to choose from, as the judgment form shows them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from annotation.criteria import tidy
from annotation.form_values import as_text, whole_number
from annotation.values import PAIR, TIE
from rubrics.choices import Kind
from rubrics.models import Anchor, Criterion

LETTER_KEYS: Final = {PAIR[0]: "A", PAIR[1]: "B", TIE: "E"}
SIGNS: Final = {PAIR[0]: "A", PAIR[1]: "B", TIE: "="}
DOT: Final = "\u2022"
STEP: Final = "/"  # parts the levels of a taxonomy in a value
LABEL_STEP: Final = " / "  # and in a label


@dataclass(frozen=True)
class PresentedExample:
    """`fits`: whether it is an example of the point, or of what is none; None: it doesn't say."""

    text: str
    fits: bool | None = None


@dataclass(frozen=True)
class PresentedChoice:
    """One answer to choose. `key` is the key that chooses it, "" beyond the ninth.

    cycle: a letter that goes through the strengths of one side; sign and dots: such a strength
    where there is no room for words; group: its place in a taxonomy.
    """

    value: str
    label: str
    description: str
    examples: tuple[PresentedExample, ...]
    key: str
    is_chosen: bool = False
    cycle: str = ""
    group: str = ""
    sign: str = ""
    dots: str = ""


def present_choices(criterion: Criterion, given: Any) -> Iterator[PresentedChoice]:
    """The points of `criterion`, those in `given` chosen."""
    chosen = {as_text(each) for each in (given if isinstance(given, list) else [given])}
    if criterion.kind == Kind.PAIRWISE:
        yield from _pair_choices(criterion, given)
        return
    for n, anchor in enumerate(criterion.anchors.all(), start=1):
        group, label = _place(anchor)
        yield PresentedChoice(
            value=anchor.value,
            label=label,
            description=anchor.description,
            examples=_examples(anchor),
            key=str(n) if n < 10 else "",
            is_chosen=criterion.kind != Kind.SPAN and bool(_spellings(anchor) & chosen),
            group=group,
        )


def _spellings(anchor: Anchor) -> set[str]:
    """The value as written, and as the number that is stored for it."""
    return {anchor.value} | (set() if anchor.number is None else {as_text(tidy(anchor.number))})


def _place(anchor: Anchor) -> tuple[str, str]:
    """(group, label): `tools/wrong_argument` stands under Tools, unless its label says where."""
    label = anchor.label or anchor.value.rpartition(STEP)[2]
    levels = anchor.value.split(STEP)[:-1]
    if not all(levels) or not levels:
        return "", anchor.label or anchor.value
    if LABEL_STEP in label:
        *levels, label = label.split(LABEL_STEP)
    else:
        levels = [level.replace("_", " ").strip().capitalize() for level in levels]
    return " › ".join(levels), label


def _examples(anchor: Anchor | None) -> tuple[PresentedExample, ...]:
    return tuple(_example(as_text(each)) for each in (anchor.examples if anchor else None) or ())


def _example(text: str) -> PresentedExample:
    """An example may say by its first words whether it fits."""
    for opening, fits in (("does not fit:", False), ("fits:", True)):
        if text.lower().startswith(opening):
            return PresentedExample(text[len(opening) :].strip(), fits)
    return PresentedExample(text)


# -- comparisons


def _pair_choices(criterion: Criterion, given: Any) -> Iterator[PresentedChoice]:
    """A, tie, B: where they stand on the screen. Anchors add descriptions, not names."""
    anchors = {anchor.value: anchor for anchor in criterion.anchors.all()}
    options = criterion.options or {}
    most = int(options.get("strengths") or 0)
    chosen = _chosen_button(given, most)
    sides = [(side, value, label) for side, value, label in _buttons(most)]
    allowed = [each for each in sides if each[0] != TIE or options.get("tie", True)]
    for n, (side, value, label) in enumerate(allowed, start=1):
        anchor = anchors.get(side)
        yield PresentedChoice(
            value=value,
            label=label,
            description=anchor.description if anchor else "",
            examples=_examples(anchor),
            key=str(n) if most else LETTER_KEYS[side],
            is_chosen=value in chosen,
            cycle=LETTER_KEYS[side].lower() if most else "",
            sign=SIGNS[side] if most else "",
            dots=DOT * (whole_number(value.partition(":")[2]) or 0),
        )


def _buttons(most: int) -> Iterable[tuple[str, str, str]]:
    """(side, value of the button, label), from A much better to B much better."""
    first, second = PAIR
    tie = (TIE, TIE, _("Tie"))
    if not most:
        return (first, first, _("A is better")), tie, (second, second, _("B is better"))
    words = _strength_words(most)
    left = [(first, f"{first}:{n}", words[n][0]) for n in range(most, 0, -1)]
    right = [(second, f"{second}:{n}", words[n][1]) for n in range(1, most + 1)]
    return (*left, tie, *right)


def _strength_words(most: int) -> Mapping[int, tuple[str, str]]:
    slightly = (_("A slightly better"), _("B slightly better"))
    much = (_("A much better"), _("B much better"))
    if most == 2:
        return {1: slightly, 2: much}
    return {1: slightly, 2: (_("A clearly better"), _("B clearly better")), 3: much}


def _chosen_button(given: Any, most: int) -> set[str]:
    if not isinstance(given, Mapping):
        return {as_text(given)}
    choice, strength = as_text(given.get("choice")), as_text(given.get("strength"))
    return {choice if choice == TIE else f"{choice}:{strength}"} if most else {choice}
