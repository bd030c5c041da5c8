"""From nested plain data (YAML, an editor's form) to a `RubricForm` and what is wrong with it.

Whatever comes in, something comes out: what can't be read is left out and named in a problem.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

from django.utils.translation import gettext as _

from rubrics.choices import Kind, Tier
from rubrics.errors import Path, Problem
from rubrics.form import (
    LEVELS_OF,
    AnchorForm,
    CriterionForm,
    RubricForm,
    Value,
    pairwise_points,
)
from rubrics.scalars import as_flag, as_number, as_text, as_value, control_character

RUBRIC_KEYS: Final = ("key", "title", "guidelines", "criteria")
CRITERION_KEYS: Final = (
    "key", "question", "help", "kind", "level", "required", "weight", "tier", "show_if",
    "options", "anchors",
)  # fmt: skip
ANCHOR_KEYS: Final = ("value", "label", "description", "examples")

# How each option is read: a flag holds unless told otherwise, a tick only when told.
OPTIONS_OF: Final[Mapping[str, Mapping[str, str]]] = {
    Kind.NUMERIC: {"min": "number", "max": "number", "step": "number"},
    Kind.PAIRWISE: {"tie": "flag", "strengths": "strengths"},
    Kind.RANKING: {"ties": "flag", "style": "style"},
    Kind.MULTI_LABEL: {"max": "count"},
    Kind.SPAN: {"sides": "words", "severities": "words"},
    Kind.TEXT: {"max_length": "count", "corrects": "tick"},
}
OPTIONS_OF_ALL: Final[Mapping[str, str]] = {
    "per": "per",
    "rationale_on": "words",
    "abstain_reasons": "lines",
}
# Comparisons and marks are of all responses at once; an order, a mark or a text is not one of
# a few values.
NOT_OF: Final[Mapping[str, frozenset[str]]] = {
    Kind.PAIRWISE: frozenset({"per"}),
    Kind.RANKING: frozenset({"per", "rationale_on"}),
    Kind.SPAN: frozenset({"per", "rationale_on"}),
    Kind.TEXT: frozenset({"rationale_on"}),
}
PER: Final = ("item", "response", "turn", "step")
STYLES: Final = ("order", "best_worst")
STRENGTHS: Final = ("2", "3")

MAX_CRITERIA: Final = 60
MAX_ANCHORS: Final = 300
MAX_EXAMPLES: Final = 20
MAX_WORDS: Final = 30
LENGTHS: Final = {
    "key": 80,
    "title": 200,
    "guidelines": 100_000,
    "question": 2_000,
    "help": 5_000,
    "value": 200,
    "label": 200,
    "description": 5_000,
    "examples": 2_000,
}
_SLUG_CHARACTERS: Final = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
)


_CHOSEN: Final = {"per": PER, "style": STYLES, "strengths": STRENGTHS}


def options_of(kind: str) -> dict[str, str]:
    """How each option of such a criterion is read, by name."""
    of_all = OPTIONS_OF_ALL.items()
    fitting = {name: shape for name, shape in of_all if name not in NOT_OF.get(kind, ())}
    return {**OPTIONS_OF.get(kind, {}), **fitting}


def read(data: Any) -> tuple[RubricForm, list[Problem]]:
    """The rubric in `data` and every problem of its shape. `rubrics.checks` judges the content."""
    reader = _Reader()
    form = reader.rubric(data)
    return form, reader.problems


def nearest(word: Any, known: Iterable[str]) -> str:
    """A sentence with what may be written, the likeliest first."""
    names = list(known)
    close = get_close_matches(str(word)[:100].lower(), names, n=1, cutoff=0.6)
    if close:
        return _("Did you mean “%(name)s”?") % {"name": close[0]}
    return _("Write one of: %(names)s.") % {"names": ", ".join(names)}


def quoted(raw: Any) -> str:
    text = str(raw)
    return "“" + text[:40] + ("…" if len(text) > 40 else "") + "”"


@dataclass
class _Reader:
    problems: list[Problem] = field(default_factory=list)
    criterion_name: str = ""

    def refuse(self, path: Path, message: str, fix: str = "", *, blocks: bool = True) -> None:
        self.problems.append(
            Problem(path, message, fix, criterion=self.criterion_name, blocks=blocks)
        )

    # -- parts

    def rubric(self, data: Any) -> RubricForm:
        fields = self.mapping(data, (), RUBRIC_KEYS)
        key = self.key(fields.get("key"), ("key",))
        title = self.text(fields, (), "title", one_line=True) or key
        guidelines = self.text(fields, (), "guidelines")
        raw = self.listed(fields.get("criteria"), ("criteria",), MAX_CRITERIA)
        criteria = tuple(self.criterion(each, ("criteria", i)) for i, each in enumerate(raw))
        return RubricForm(key=key, title=title, guidelines=guidelines, criteria=criteria)

    def criterion(self, data: Any, path: Path) -> CriterionForm:
        self.criterion_name = self.name_of(data, path)
        fields = self.mapping(data, path, CRITERION_KEYS)
        kind = self.choice(fields.get("kind"), (*path, "kind"), Kind.values, Kind.CATEGORICAL.value)
        options = self.options(fields.get("options"), (*path, "options"), kind)
        anchors = self.anchors(fields.get("anchors"), (*path, "anchors"))
        if kind == Kind.PAIRWISE:
            anchors = _with_implied_points(anchors, options)
        form = CriterionForm(
            key=self.key(fields.get("key"), (*path, "key")),
            question=self.text(fields, path, "question"),
            help=self.text(fields, path, "help"),
            kind=kind,
            level=self.level(fields.get("level"), (*path, "level"), kind),
            is_required=self.flag(fields.get("required"), (*path, "required"), default=True),
            weight=self.number(fields.get("weight"), (*path, "weight"), default=1),
            tier=self.choice(
                fields.get("tier") or Tier.IMPORTANT.value, (*path, "tier"), Tier.values,
                Tier.IMPORTANT.value,
            ),
            show_if=self.conditions(fields.get("show_if"), (*path, "show_if")),
            options=options,
            anchors=anchors,
        )  # fmt: skip
        self.criterion_name = ""
        return form

    def anchors(self, raw: Any, path: Path) -> tuple[AnchorForm, ...]:
        listed = self.listed(raw, path, MAX_ANCHORS)
        found = [self.anchor(each, (*path, i)) for i, each in enumerate(listed)]
        return tuple(anchor for anchor in found if anchor is not None)

    def anchor(self, data: Any, path: Path) -> AnchorForm | None:
        """A point may be written as its bare value."""
        fields = self.mapping(data, path, ANCHOR_KEYS) if _is_group(data) else {"value": data}
        # With a misspelt name the value is not missing: that name was reported already.
        is_misspelt = "value" not in fields and _is_group(data) and len(fields) < len(data)
        value = None if is_misspelt else self.value(fields.get("value"), (*path, "value"))
        label = self.text(fields, path, "label", one_line=True)
        description = self.text(fields, path, "description")
        examples = self.examples(fields.get("examples"), (*path, "examples"))
        if value is None:
            return None
        return AnchorForm(value=value, label=label, description=description, examples=examples)

    def examples(self, raw: Any, path: Path) -> tuple[str, ...]:
        texts = []
        for i, each in enumerate(self.listed(raw, path, MAX_EXAMPLES)):
            text = self.plain_text(each, (*path, i), "examples")
            if text:
                texts.append(text)
        return tuple(texts)

    def conditions(self, raw: Any, path: Path) -> dict[str, tuple[Value, ...]]:
        if raw is None or raw == "":
            return {}
        if not isinstance(raw, Mapping):
            self.refuse(path, _("A condition names a criterion."), "show_if: {other_key: [value]}")
            return {}
        found = {}
        for other, values in raw.items():
            listed = values if isinstance(values, list | tuple) else [values]
            read_values = [self.value(each, (*path, str(other))) for each in listed[:MAX_ANCHORS]]
            kept = dict.fromkeys(each for each in read_values if each is not None)
            if kept:
                found[str(other).strip()[:80]] = tuple(kept)
            elif not listed:
                self.refuse(
                    (*path, str(other)),
                    _("The condition on %(key)s names no value.") % {"key": quoted(other)},
                    _("List the answers that show this criterion, or remove the condition."),
                )
        return found

    def options(self, raw: Any, path: Path, kind: str) -> dict[str, Any]:
        known = options_of(kind)
        fields = self.mapping(raw, path, tuple(known)) if raw not in (None, "") else {}
        found = {}
        for name, raw_option in fields.items():
            value = self.option(known[name], raw_option, (*path, name))
            if value is not None:
                found[name] = value
        return found

    def option(self, shape: str, raw: Any, path: Path) -> Any:
        if raw is None or raw == "":
            return None
        if shape == "number":
            return self.number(raw, path)
        if shape == "flag":
            # Flags hold unless told otherwise, so that one content has one spelling.
            return None if self.flag(raw, path, default=True) else False
        if shape == "tick":
            return self.flag(raw, path, default=False) or None
        if shape in _CHOSEN:
            chosen = self.choice(raw, path, _CHOSEN[shape], None)
            return int(chosen) if chosen and shape == "strengths" else chosen
        if shape in ("words", "lines"):
            words = [self.plain_text(each, path, "label") for each in self.listed(raw, path, 30)]
            return [word for word in dict.fromkeys(words) if word]
        number = self.number(raw, path)
        if number is None or number < 1 or not isinstance(number, int):
            self.refuse(
                path, _("%(value)s is no count.") % {"value": quoted(raw)}, _("Write 1 or more.")
            )
            return None
        return number

    # -- single values

    def key(self, raw: Any, path: Path) -> str:
        key = as_text(raw) or ""
        if not key:
            self.refuse(path, _("The key is missing."), _("Write a short name, such as faithful."))
        elif not set(key) <= _SLUG_CHARACTERS:
            self.refuse(
                path,
                _("%(key)s is no key.") % {"key": quoted(key)},
                _("Use letters a to z, digits, - and _ only."),
            )
        elif len(key) > LENGTHS["key"]:
            self.refuse(path, _("The key is too long."), _("Use at most 80 characters."))
        return key[: LENGTHS["key"]]

    def text(
        self, fields: Mapping[str, Any], path: Path, name: str, *, one_line: bool = False
    ) -> str:
        text = self.plain_text(fields.get(name), (*path, name), name)
        return " ".join(text.split("\n")) if one_line else text

    def plain_text(self, raw: Any, path: Path, length_of: str) -> str:
        if raw is None:
            return ""
        text, longest = as_text(raw), LENGTHS[length_of]
        if text is None:
            self.refuse(path, _("This must be a text."), _("Put it in quotes if it holds a colon."))
            return ""
        bad = control_character(text)
        if bad:
            self.refuse(
                path, _("The text holds the control character %(c)s.") % {"c": bad}, _("Remove it.")
            )
            return ""
        if len(text) > longest:
            self.refuse(
                path,
                _("The text has %(n)d characters.") % {"n": len(text)},
                _("Shorten it to %(max)d.") % {"max": longest},
            )
        return text[:longest].strip()

    def value(self, raw: Any, path: Path) -> Value | None:
        value = as_value(raw)
        if value is None:
            self.refuse(
                path, _("The point has no value."), _("Write a number or a short word."),
            )  # fmt: skip
            return None
        text = str(value)
        if control_character(text) or "\n" in text or len(text) > LENGTHS["value"]:
            self.refuse(
                path, _("The value is no short word."), _("Use one line, at most 200 characters.")
            )
            return None
        return value

    def number(self, raw: Any, path: Path, default: int | None = None) -> Any:
        if raw is None or raw == "":
            return default
        number = as_number(raw)
        if number is None:
            self.refuse(
                path,
                _("%(value)s is not a number.") % {"value": quoted(raw)},
                _("Write digits, with a point for decimals."),
            )
            return default
        return number

    def flag(self, raw: Any, path: Path, *, default: bool) -> bool:
        if raw is None or raw == "":
            return default
        flag = as_flag(raw)
        if flag is None:
            self.refuse(
                path,
                _("%(value)s is neither yes nor no.") % {"value": quoted(raw)},
                _("Write true or false."),
            )
            return default
        return flag

    def choice(self, raw: Any, path: Path, known: Sequence[str], default: Any) -> Any:
        word = as_text(raw) or ""
        if word in known:
            return word
        if not word:
            self.refuse(path, _("This is missing."), nearest("", known))
        else:
            self.refuse(
                path,
                _("%(word)s is not known here.") % {"word": quoted(word)},
                nearest(word, known),
            )
        return default

    def level(self, raw: Any, path: Path, kind: str) -> str:
        """The kind's first level unless one is named that fits it."""
        fitting = LEVELS_OF[kind]
        word = as_text(raw) or ""
        if word in fitting:
            return word
        if word:
            self.refuse(
                path,
                _("The level %(level)s does not fit a criterion of kind %(kind)s.")
                % {"level": quoted(word), "kind": kind},
                nearest(word, fitting),
            )
        return str(fitting[0])

    # -- shapes

    def mapping(self, data: Any, path: Path, known: Sequence[str]) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            self.refuse(
                path,
                _("Names with values are expected here."),
                _("Known names: %(names)s.") % {"names": ", ".join(known)},
            )
            return {}
        found = {}
        for name, value in data.items():
            if name in known:
                found[str(name)] = value
            else:
                self.refuse(
                    (*path, str(name)[:80]),
                    _("%(name)s is not known here.") % {"name": quoted(name)},
                    nearest(name, known),
                )
        return found

    def listed(self, raw: Any, path: Path, most: int) -> list[Any]:
        if raw is None or raw == "":
            return []
        if not isinstance(raw, list | tuple):
            self.refuse(path, _("A list is expected here."), _("Start each entry with “- ”."))
            return []
        if len(raw) > most:
            self.refuse(
                path,
                _("There are %(n)d entries.") % {"n": len(raw)},
                _("At most %(max)d are possible.") % {"max": most},
            )
        return list(raw[:most])

    def name_of(self, data: Any, path: Path) -> str:
        key = as_text(data.get("key")) if isinstance(data, Mapping) else None
        return (key or "")[:80] or f"#{int(path[1]) + 1}"


def _is_group(data: Any) -> bool:
    return isinstance(data, Mapping | list | tuple)


def _with_implied_points(
    anchors: tuple[AnchorForm, ...], options: Mapping[str, Any]
) -> tuple[AnchorForm, ...]:
    """A comparison's points in their fixed order; unknown ones stay, for the checks to name."""
    implied = pairwise_points(options)
    first = {anchor.text: anchor for anchor in reversed(anchors)}
    ordered = [first.get(name, AnchorForm(name)) for name in implied]
    kept = {id(anchor) for anchor in ordered}
    return (*ordered, *(anchor for anchor in anchors if id(anchor) not in kept))
