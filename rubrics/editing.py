"""The editor's form: flat field names to nested data and back, and what its buttons do.

Fields are called `title`, `criteria-0-question`, `criteria-0-anchors-1-label`. The nested data is
what `rubrics.reading.read` takes, plus `was_key` and `was_kind`: what the page showed before.
"""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Final

from django.http import QueryDict

from rubrics.choices import Kind
from rubrics.form import LEVELS_OF, AnchorForm, CriterionForm, RubricForm, pairwise_points
from rubrics.reading import MAX_ANCHORS, MAX_CRITERIA, OPTIONS_OF_ALL, options_of
from rubrics.scalars import as_number

Raw = dict[str, Any]
CRITERION_FIELDS: Final = (
    "key", "was_key", "question", "help", "kind", "was_kind", "level", "weight", "tier",
)  # fmt: skip
ANCHOR_FIELDS: Final = ("value", "label", "description")
NEW_POINTS: Final = (1, 2, 3)
CONDITION: Final = "="
# What parts the entries of a list in its field: a reason may hold a comma.
SEPARATORS: Final[Mapping[str, str]] = {"words": ",", "lines": "\n"}


def nested(data: QueryDict) -> Raw:
    """What was posted, as it was typed."""
    return {
        "title": data.get("title", ""),
        "guidelines": data.get("guidelines", ""),
        "criteria": [
            _criterion(data, f"criteria-{i}-") for i in _indexes(data, "criteria-", MAX_CRITERIA)
        ],
    }


def _criterion(data: QueryDict, prefix: str) -> Raw:
    raw: Raw = {name: data.get(prefix + name, "") for name in CRITERION_FIELDS}
    raw["required"] = (prefix + "required") in data
    raw["show_if"] = _conditions(data.getlist(prefix + "show_if"))
    raw["options"] = _options(data, prefix, raw["kind"])
    anchors = prefix + "anchors-"
    raw["anchors"] = [_anchor(data, f"{anchors}{j}-") for j in _indexes(data, anchors, MAX_ANCHORS)]
    return raw


def _anchor(data: QueryDict, prefix: str) -> Raw:
    raw: Raw = {name: data.get(prefix + name, "") for name in ANCHOR_FIELDS}
    raw["examples"] = listed_examples(data.get(prefix + "examples", ""))
    return raw


def _indexes(data: QueryDict, prefix: str, most: int) -> list[int]:
    """The numbers that follow `prefix`, in order; gaps between them do no harm."""
    found = {name.removeprefix(prefix).split("-")[0] for name in data if name.startswith(prefix)}
    return sorted(int(n) for n in found if n.isascii() and n.isdigit() and len(n) < 4)[: most + 1]


def _conditions(chosen: list[str]) -> dict[str, list[str]]:
    conditions: dict[str, list[str]] = {}
    for each in chosen:
        key, _sign, value = each.partition(CONDITION)
        conditions.setdefault(key, []).append(value)
    return conditions


def _options(data: QueryDict, prefix: str, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, shape in options_of(kind).items():
        field = f"{prefix}option_{name}"
        text = data.get(field, "").strip()
        if shape == "flag":
            # An unticked box says nothing; only the page that showed it can mean "no".
            if data.get(f"{prefix}was_kind") == kind and field not in data:
                found[name] = False
        elif text and shape in SEPARATORS:
            words = text.split(SEPARATORS[shape])
            found[name] = [word.strip() for word in words if word.strip()]
        elif text:
            found[name] = text
    return found


def listed_examples(text: str) -> list[str]:
    """One example a line; a line that starts with two blanks goes on with the one before."""
    found: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.startswith("  ") and found:
            found[-1] += "\n" + line[2:]
        elif line.strip():
            found.append(line)
    return found


def joined_examples(examples: tuple[str, ...]) -> str:
    return "\n".join(each.replace("\n", "\n  ") for each in examples)


# -- back to fields


def raw_of(form: RubricForm) -> Raw:
    """The form as the page shows it."""
    return {
        "title": form.title,
        "guidelines": form.guidelines,
        "criteria": [_raw_criterion(criterion) for criterion in form.criteria],
    }


def _raw_criterion(criterion: CriterionForm) -> Raw:
    return {
        "key": criterion.key,
        "was_key": criterion.key,
        "question": criterion.question,
        "help": criterion.help,
        "kind": criterion.kind,
        "was_kind": criterion.kind,
        "level": criterion.level,
        "required": criterion.is_required,
        "weight": criterion.weight,
        "tier": criterion.tier,
        "show_if": {key: [str(v) for v in values] for key, values in criterion.show_if.items()},
        "options": dict(criterion.options),
        "anchors": [_raw_anchor(anchor) for anchor in criterion.anchors],
    }


def _raw_anchor(anchor: AnchorForm) -> Raw:
    return {
        "value": anchor.text,
        "label": anchor.label,
        "description": anchor.description,
        "examples": list(anchor.examples),
    }


def readable(raw: Raw, key: str) -> Raw:
    """`raw` without what only the page knows, as `read` takes it."""
    hidden = {"was_key", "was_kind"}
    criteria = [
        {name: value for name, value in each.items() if name not in hidden}
        for each in raw["criteria"]
    ]
    return {**raw, "key": key, "criteria": criteria}


# -- what the buttons do


def applied(raw: Raw, do: str) -> tuple[Raw, str]:
    """`raw` after the button `do`, and where the keyboard goes: `criterion-1`, `up:1` ..."""
    _follow_renamed_keys(raw)
    for criterion in raw["criteria"]:
        _follow_changed_kind(criterion)
    verb, _sign, rest = do.partition(":")
    places = [int(part) for part in rest.split(":") if part.isascii() and part.isdigit()]
    act = _ACTS.get(verb)
    focus = act(raw, places) if act else ""
    return raw, focus


def _follow_renamed_keys(raw: Raw) -> None:
    """Conditions name criteria by key; a renamed criterion keeps its conditions."""
    criteria = raw["criteria"]
    kept = {each["key"] for each in criteria}
    renamed = {
        each["was_key"]: each["key"]
        for each in criteria
        if each["was_key"] and each["key"] and each["was_key"] not in kept
    }
    for each in criteria:
        each["show_if"] = {renamed.get(key, key): v for key, v in each["show_if"].items()}
        each["was_key"] = each["key"]


def _follow_changed_kind(criterion: Raw) -> None:
    """Another kind brings its own level and points; written points stay for the lead to decide."""
    kind, before = criterion["kind"], criterion["was_kind"]
    if kind == before or kind not in LEVELS_OF:
        return
    criterion["was_kind"] = kind
    if criterion["level"] not in LEVELS_OF[kind]:
        criterion["level"] = LEVELS_OF[kind][0]
    kept = OPTIONS_OF_ALL.keys() - {"rationale_on"}
    criterion["options"] = {k: v for k, v in criterion["options"].items() if k in kept}
    written = [a for a in criterion["anchors"] if a["label"] or a["description"] or a["examples"]]
    if kind in (Kind.PAIRWISE, Kind.RANKING, Kind.TEXT, Kind.SPAN, Kind.NUMERIC):
        criterion["anchors"] = written
    elif before == Kind.PAIRWISE:
        implied = pairwise_points({})
        criterion["anchors"] = [a for a in criterion["anchors"] if a["value"] not in implied]
    if kind in (Kind.CATEGORICAL, Kind.ORDINAL, Kind.MULTI_LABEL) and not criterion["anchors"]:
        criterion["anchors"] = _blank_points(kind)


def _blank_points(kind: str) -> list[Raw]:
    words = {Kind.CATEGORICAL: ("yes", "no"), Kind.MULTI_LABEL: ("label_1", "label_2")}
    values = words.get(Kind(kind), tuple(str(n) for n in NEW_POINTS))
    return [_raw_anchor(AnchorForm(value)) for value in values]


def _add(raw: Raw, places: list[int]) -> str:
    keys = {each["key"] for each in raw["criteria"]}
    key = next(name for n in count(len(keys) + 1) if (name := f"criterion_{n}") not in keys)
    anchors = tuple(AnchorForm(n) for n in NEW_POINTS)
    raw["criteria"].append(
        _raw_criterion(CriterionForm(key, "", "ordinal", "ordinal", anchors=anchors))
    )
    return f"question:{len(raw['criteria']) - 1}"


def _remove(raw: Raw, places: list[int]) -> str:
    if len(places) == 1 and places[0] < len(raw["criteria"]):
        gone = raw["criteria"].pop(places[0])
        for each in raw["criteria"]:
            each["show_if"].pop(gone["key"], None)
        return f"criterion:{min(places[0], len(raw['criteria']) - 1)}"
    return ""


def _move(by: int) -> Callable[[Raw, list[int]], str]:
    def move(raw: Raw, places: list[int]) -> str:
        return _swapped(raw["criteria"], places, by, "")

    return move


def _add_anchor(raw: Raw, places: list[int]) -> str:
    anchors = _anchors_at(raw, places)
    if anchors is None:
        return ""
    numbers = [as_number(anchor["value"]) for anchor in anchors]
    known = {anchor["value"] for anchor in anchors}
    if anchors and all(number is not None for number in numbers):
        value = str(max(number for number in numbers if number is not None) + 1)
    else:
        value = next(v for n in count(len(known) + 1) if (v := f"option_{n}") not in known)
    anchors.append(_raw_anchor(AnchorForm(value)))
    return f"label:{places[0]}:{len(anchors) - 1}"


def _remove_anchor(raw: Raw, places: list[int]) -> str:
    anchors = _anchors_at(raw, places)
    if anchors is None or len(places) != 2 or places[1] >= len(anchors):
        return ""
    del anchors[places[1]]
    return f"add-anchor:{places[0]}"


def _move_anchor(by: int) -> Callable[[Raw, list[int]], str]:
    def move(raw: Raw, places: list[int]) -> str:
        anchors = _anchors_at(raw, places)
        if anchors is None:
            return ""
        return _swapped(anchors, places[1:], by, f"-anchor:{places[0]}")

    return move


def _anchors_at(raw: Raw, places: list[int]) -> list[Raw] | None:
    if not places or places[0] >= len(raw["criteria"]):
        return None
    anchors: list[Raw] = raw["criteria"][places[0]]["anchors"]
    return anchors


def _swapped(entries: list[Raw], places: list[int], by: int, infix: str) -> str:
    """Swap with the neighbour; the keyboard stays on the button that can go on moving."""
    if len(places) != 1 or not (
        0 <= places[0] < len(entries) and 0 <= places[0] + by < len(entries)
    ):
        return ""
    here, there = places[0], places[0] + by
    entries[here], entries[there] = entries[there], entries[here]
    can_go_on = 0 <= there + by < len(entries)
    verb = ("up" if by < 0 else "down") if can_go_on else ("down" if by < 0 else "up")
    return f"{verb}{infix}:{there}"


_ACTS: Mapping[str, Callable[[Raw, list[int]], str]] = {
    "add": _add,
    "remove": _remove,
    "up": _move(-1),
    "down": _move(1),
    "add-anchor": _add_anchor,
    "remove-anchor": _remove_anchor,
    "up-anchor": _move_anchor(-1),
    "down-anchor": _move_anchor(1),
}
