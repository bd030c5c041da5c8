"""What changed from one rubric to another, and whether judgments made before still stand.

Pure functions over `RubricForm`. Criteria are matched by key, points by value.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from rubrics.form import CriterionForm, RubricForm, anchor_data, criterion_data

# What a rater reads or answers by; the rest (weight, tier, order, help, examples) leaves the
# meaning of an answer as it was.
MEANING = frozenset(
    {"question", "kind", "level", "required", "show_if", "label", "description", "value"}
)
# Options that ask for more words beside the same answer.
BESIDE_THE_ANSWER = frozenset({"rationale_on", "abstain_reasons"})


@dataclass(frozen=True, slots=True)
class Change:
    """`kind`: added, removed, moved or changed. `place` is "" for the whole rubric."""

    kind: str
    place: str
    field: str
    before: Any
    after: Any
    alters_meaning: bool

    def __str__(self) -> str:
        mark = "!" if self.alters_meaning else " "
        what = (
            f"{self.place}.{self.field}" if self.place and self.field else self.place or self.field
        )
        if self.kind in ("added", "removed"):
            return f"{mark} {'+' if self.kind == 'added' else '-'} {what}"
        if self.kind == "moved":
            return f"{mark} ~ {what}: " + _("place %(before)s to %(after)s") % {
                "before": self.before + 1,
                "after": self.after + 1,
            }
        return f"{mark} ~ {what}\n    - {_shown(self.before)}\n    + {_shown(self.after)}"


def changes_between(before: RubricForm, after: RubricForm) -> list[Change]:
    """Every change, from the rubric's own texts to its criteria and their points."""
    found = list(_fields("", _texts(before), _texts(after)))
    old = {criterion.key: criterion for criterion in before.criteria}
    new = {criterion.key: criterion for criterion in after.criteria}
    found += [Change("removed", key, "", key, None, True) for key in old if key not in new]
    for key, criterion in new.items():
        if key in old:
            found += _of_criterion(old[key], criterion)
        else:
            found.append(Change("added", key, "", None, key, True))
    return found + list(_moves("", [k for k in old if k in new], [k for k in new if k in old]))


def _texts(form: RubricForm) -> dict[str, Any]:
    return {"title": form.title, "guidelines": form.guidelines}


def _of_criterion(before: CriterionForm, after: CriterionForm) -> Iterator[Change]:
    old, new = criterion_data(before), criterion_data(after)
    del old["anchors"], new["anchors"]
    options = (old.pop("options"), new.pop("options"))
    yield from _fields(after.key, old, new)
    yield from _options(after.key, *options)
    points = {anchor.text: anchor_data(anchor) for anchor in before.anchors}
    now = {anchor.text: anchor_data(anchor) for anchor in after.anchors}
    for value in points.keys() - now.keys():
        yield Change("removed", f"{after.key}[{value}]", "", value, None, True)
    for value, data in now.items():
        place = f"{after.key}[{value}]"
        if value in points:
            yield from _fields(place, points[value], data)
        else:
            yield Change("added", place, "", None, value, True)
    kept = [value for value in points if value in now]
    yield from _moves(f"{after.key}[]", kept, [value for value in now if value in points])


def _fields(place: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    for name, value in after.items():
        if before[name] != value:
            # Guidelines are read by everybody, but which answers they touch only a lead can say.
            alters = name in MEANING or (not place and name == "guidelines")
            yield Change("changed", place, name, before[name], value, alters)


def _options(place: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            alters = name not in BESIDE_THE_ANSWER
            old, new = before.get(name, ""), after.get(name, "")
            yield Change("changed", place, f"options.{name}", old, new, alters)


def _moves(place: str, before: list[str], after: list[str]) -> Iterator[Change]:
    for at, name in enumerate(after):
        if before.index(name) != at:
            where = place.replace("[]", f"[{name}]") if place else name
            yield Change("moved", where, "", before.index(name), at, False)


def _shown(value: Any) -> str:
    text = str(value).replace("\n", "\n      ")
    return text or _("(nothing)")
