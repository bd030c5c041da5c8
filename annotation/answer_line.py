"""An answer on one line, for lists: what was chosen for each question, in words.

Works from what is stored and the rubric alone, because a list of fifty answers can't read
fifty items again.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.parts import part_label
from rubrics.choices import Kind
from rubrics.models import Criterion

MOST_CHARACTERS: Final = 60
MOST_PARTS: Final = 3


def answer_line(criteria: Iterable[Criterion], ratings: Mapping[str, Any]) -> str:
    """ "Faithful: Supported; Verdict: yes". Questions that were not asked are left out."""
    said = [
        _("%(question)s: %(answer)s")
        % {"question": criterion.key, "answer": in_words(criterion, ratings[criterion.key])}
        for criterion in criteria
        if criterion.key in ratings
    ]
    return "; ".join(said)


def in_words(criterion: Criterion, value: Any) -> str:
    """One answer to one question, cut to a line."""
    if isinstance(value, Mapping):
        return _object(criterion, value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _list(criterion, value)
    return _cut(_labels(criterion).get(str(value), str(value)))


def _object(criterion: Criterion, value: Mapping[str, Any]) -> str:
    """An abstention, one answer for each part, or an answer of several fields."""
    if value.get("abstain") is True:
        return _("can't judge")
    if "choice" in value:
        chosen = in_words(criterion, value["choice"])
        return f"{chosen} ({value['strength']})" if value.get("strength") else chosen
    if not criterion.options.get("per"):
        return _cut(", ".join(in_words(criterion, each) for each in value.values()))
    parts = [
        _("%(part)s %(answer)s") % {"part": part_label(part), "answer": in_words(criterion, given)}
        for part, given in list(value.items())[:MOST_PARTS]
    ]
    more = [_("…")] if len(value) > MOST_PARTS else []
    return ", ".join([*parts, *more])


def _list(criterion: Criterion, values: Sequence[Any]) -> str:
    if criterion.kind == Kind.SPAN:
        return ngettext("%(n)s mark", "%(n)s marks", len(values)) % {"n": len(values)}
    if criterion.kind == Kind.RANKING:
        return _cut(" > ".join(in_words(criterion, each) for each in values))
    return _cut(", ".join(in_words(criterion, each) for each in values)) or _("none")


def _labels(criterion: Criterion) -> dict[str, str]:
    """Labels of anchors by value; responses are named as they stood on the screen."""
    sides = {"response_1": _("A"), "response_2": _("B"), "tie": _("Equal")}
    if criterion.kind == Kind.PAIRWISE:
        return sides
    if criterion.kind == Kind.RANKING:
        return {f"response_{n}": chr(64 + n) for n in range(1, 27)}
    return {anchor.value: anchor.label or anchor.value for anchor in criterion.anchors.all()}


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MOST_CHARACTERS else line[: MOST_CHARACTERS - 1] + "…"
