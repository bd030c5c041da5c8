"""What changed in a rubric since somebody judged by it last, in words for raters."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

from django.utils.translation import gettext as _

from rubrics.diff import Change, changes_between
from rubrics.form import RubricForm

# What raters read; weights, tiers and levels are the lead's.
READ: Final = frozenset(
    {"title", "guidelines", "question", "help", "label", "description", "examples", "required",
     "show_if", "options", "kind"}
)  # fmt: skip
# Beyond that many words lines are compared: a whole new text has no readable difference.
MOST_WORDS: Final = 4000


@dataclass(frozen=True, slots=True)
class Piece:
    """`kind`: same, added or removed."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class ReadableChange:
    """`place`: the question it belongs to, "" for the whole rubric."""

    place: str
    what: str
    pieces: tuple[Piece, ...]
    alters_meaning: bool


def readable_changes(before: RubricForm, after: RubricForm) -> list[ReadableChange]:
    questions = {each.key: each.question for form in (before, after) for each in form.criteria}
    return [
        ReadableChange(
            place=_place(change.place, questions),
            what=_what(change),
            pieces=_pieces(change),
            alters_meaning=change.alters_meaning,
        )
        for change in changes_between(before, after)
        if change.kind in ("added", "removed")
        or (change.kind == "changed" and change.field in READ)
    ]


def _place(place: str, questions: dict[str, str]) -> str:
    key, _bracket, value = place.partition("[")
    question = questions.get(key, key)
    return f"{question} [{value.removesuffix(']')}]" if value else question


def _what(change: Change) -> str:
    if change.kind == "added":
        return _("new")
    if change.kind == "removed":
        return _("no longer asked or offered")
    names = {
        "title": _("title"),
        "guidelines": _("guidelines"),
        "question": _("question"),
        "help": _("help"),
        "label": _("name of the answer"),
        "description": _("meaning of the answer"),
        "examples": _("examples"),
        "required": _("whether an answer is needed"),
        "show_if": _("when it is asked"),
        "options": _("how it is answered"),
        "kind": _("how it is answered"),
    }
    return names[change.field]


def _pieces(change: Change) -> tuple[Piece, ...]:
    if change.kind != "changed":
        return ()
    return tuple(_differences(_text(change.before), _text(change.after)))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list | tuple):
        return "\n".join(map(_text, value))
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_text(each)}" for name, each in value.items())
    return "" if value is None else str(value)


def _differences(before: str, after: str) -> Iterator[Piece]:
    """Word by word; long texts line by line."""
    pattern = r"\s+|\S+" if len(before.split()) + len(after.split()) < MOST_WORDS else r".*\n?"
    old, new = re.findall(pattern, before), re.findall(pattern, after)
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(old[i:j]))
            continue
        if j > i:
            yield Piece("removed", "".join(old[i:j]))
        if m > k:
            yield Piece("added", "".join(new[k:m]))
