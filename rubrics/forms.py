"""The editor's fields. They take whatever is typed; `rubrics.reading` and `checks` judge it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rubrics.choices import Kind, Level, Tier
from rubrics.editing import CONDITION, Raw, joined_examples
from rubrics.errors import Problem
from rubrics.form import LEVELS_OF
from rubrics.reading import OPTIONS_OF_ALL, options_of

OPTION_LABELS = {
    "min": _("Least value"),
    "max": _("Greatest value"),
    "step": _("Step"),
    "tie": _("A tie may be chosen"),
    "sides": _("Sides, parted by commas"),
    "severities": _("Severities, parted by commas"),
    "max_length": _("Most characters"),
    "strengths": _("How strongly"),
    "ties": _("Equal places may be given"),
    "style": _("How responses are ordered"),
    "corrects": _("Starts from the response, to be corrected"),
    "per": _("Asked about"),
    "rationale_on": _("Answers that need a reason, parted by commas"),
    "abstain_reasons": _("Reasons for “can't judge”, one a line"),
}
OPTION_HELP = {
    "strengths": _("Asks with the choice how much better it is, in one row of buttons."),
    "corrects": _("The change is shown while it is made. Unchanged is no answer."),
    "per": _("Each part gets an answer of its own."),
    "rationale_on": _("The values as listed below. Raters who choose one must say why."),
    "abstain_reasons": _("Offered as a list; raters may always write another."),
}
OPTION_CHOICES = {
    "per": {
        "": _("The item"),
        "response": _("Each response"),
        "turn": _("Each turn of the assistant"),
        "step": _("Each tool call"),
    },
    "strengths": {
        "": _("Only which one is better"),
        "2": _("Slightly or much better"),
        "3": _("Slightly, clearly or much better"),
    },
    "style": {
        "": _("Every response gets a place"),
        "best_worst": _("Only the best and the worst are named"),
    },
}


class NewRubricForm(forms.Form):
    """What a rubric is called; its key never changes afterwards."""

    title = forms.CharField(label=_("Title"), max_length=200)
    key = forms.SlugField(
        label=_("Key"),
        max_length=80,
        help_text=_("A short name for files, figures and the API, for instance faithfulness."),
    )


class UploadForm(forms.Form):
    file = forms.FileField(label=_("Rubric file"), help_text=_("YAML, at most 256 kB."))


class GeneralFields(forms.Form):
    use_required_attribute = False
    title = forms.CharField(label=_("Title"))
    guidelines = forms.CharField(
        label=_("Guidelines"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_("Markdown. What is decided, how to work, borderline cases, when not to judge."),
    )


class CriterionFields(forms.Form):
    use_required_attribute = False
    key = forms.CharField(label=_("Key"))
    was_key = forms.CharField(required=False, widget=forms.HiddenInput)
    question = forms.CharField(label=_("Question"), widget=forms.Textarea(attrs={"rows": 2}))
    help = forms.CharField(
        label=_("Help under the question"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    kind = forms.ChoiceField(label=_("Answered by"), choices=Kind.choices)
    was_kind = forms.CharField(required=False, widget=forms.HiddenInput)
    level = forms.ChoiceField(label=_("Level"))
    tier = forms.ChoiceField(label=_("Tier"), choices=Tier.choices)
    weight = forms.CharField(
        label=_("Weight"), widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    required = forms.BooleanField(label=_("An answer is required"), required=False)

    def __init__(self, *args: Any, kind: str, refresh: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        fitting = LEVELS_OF.get(kind, tuple(Level.values))
        level: Any = self.fields["level"]
        level.choices = [c for c in Level.choices if c[0] in fitting]
        self.fields["kind"].widget.attrs.update(refresh)
        for name, shape in options_of(kind).items():
            self.fields[f"option_{name}"] = _option_field(name, shape, kind)

    def options(self) -> list[forms.BoundField]:
        """What only this kind can be told."""
        return [self[name] for name in self._option_names() if name not in _OF_ALL]

    def common_options(self) -> list[forms.BoundField]:
        """What criteria of several kinds can be told."""
        return [self[name] for name in self._option_names() if name in _OF_ALL]

    def has_common(self) -> bool:
        """Whether one of them says something, or is wrong."""
        return any(field.value() or field.errors for field in self.common_options())

    def _option_names(self) -> list[str]:
        return [name for name in self.fields if name.startswith("option_")]


_OF_ALL = frozenset(f"option_{name}" for name in OPTIONS_OF_ALL)


def _option_field(name: str, shape: str, kind: str) -> forms.Field:
    is_most = (kind, name) == (Kind.MULTI_LABEL, "max")
    given: dict[str, Any] = {
        "label": _("Most labels") if is_most else OPTION_LABELS[name],
        "help_text": OPTION_HELP.get(name, ""),
        "required": False,
    }
    if shape in ("flag", "tick"):
        return forms.BooleanField(**given)
    if name in OPTION_CHOICES:
        return forms.ChoiceField(choices=list(OPTION_CHOICES[name].items()), **given)
    if shape == "lines":
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), **given)
    mode = "text" if shape == "words" else "decimal"
    return forms.CharField(widget=forms.TextInput(attrs={"inputmode": mode}), **given)


class AnchorFields(forms.Form):
    use_required_attribute = False
    value = forms.CharField(label=_("Value"))
    label = forms.CharField(label=_("Label"))
    description = forms.CharField(
        label=_("What it means"), widget=forms.Textarea(attrs={"rows": 2})
    )
    examples = forms.CharField(
        label=_("Examples, one a line"), widget=forms.Textarea(attrs={"rows": 2})
    )


@dataclass
class AnchorCard:
    """One point; `name` is its place in the words of the buttons, for instance `2:0`."""

    name: str
    fields: AnchorFields

    @property
    def up(self) -> str:
        return f"up-anchor:{self.name}"

    @property
    def down(self) -> str:
        return f"down-anchor:{self.name}"


@dataclass
class ConditionGroup:
    """Another criterion that this one may depend on, with its points."""

    key: str
    question: str
    choices: list[tuple[str, str, bool]]


@dataclass
class CriterionCard:
    """One criterion as the page shows it. `errors` belong to its points as a whole."""

    name: str
    fields: CriterionFields
    anchors: list[AnchorCard]
    conditions: list[ConditionGroup]
    has_points: bool
    has_fixed_points: bool
    errors: list[str]
    condition_errors: list[str]

    @property
    def up(self) -> str:
        return f"up:{self.name}"

    @property
    def down(self) -> str:
        return f"down:{self.name}"

    @property
    def here(self) -> str:
        return f"criterion:{self.name}"

    @property
    def add_anchor(self) -> str:
        return f"add-anchor:{self.name}"

    @property
    def n_conditions(self) -> int:
        return sum(chosen for group in self.conditions for *_rest, chosen in group.choices)


@dataclass
class Editor:
    """The whole page's fields with every problem at its field."""

    general: GeneralFields
    criteria: list[CriterionCard]
    other_errors: list[str]


def editor_of(
    raw: Raw, problems: Sequence[Problem], *, refresh: Mapping[str, str], focus: str = ""
) -> Editor:
    """`raw` (see rubrics.editing) as bound fields.

    `refresh`: attributes that re-read the page; `focus`: `question:1` or `label:1:0`, the field
    in which the keyboard goes on.
    """
    editor = Editor(
        general=GeneralFields(raw),
        criteria=[
            _card(each, i, raw["criteria"], refresh) for i, each in enumerate(raw["criteria"])
        ],
        other_errors=[],
    )
    for form in _forms_in(editor):
        form.full_clean()
        form.errors.clear()
    for problem in problems:
        _place(editor, problem)
    _set_focus(editor, focus)
    return editor


def _set_focus(editor: Editor, focus: str) -> None:
    for card in editor.criteria:
        if focus == f"question:{card.name}":
            card.fields.fields["question"].widget.attrs["autofocus"] = True
        for anchor in card.anchors:
            if focus == f"label:{anchor.name}":
                anchor.fields.fields["label"].widget.attrs["autofocus"] = True


def _forms_in(editor: Editor) -> Iterator[forms.Form]:
    yield editor.general
    for card in editor.criteria:
        yield card.fields
        yield from (anchor.fields for anchor in card.anchors)


def _card(raw: Raw, i: int, criteria: list[Raw], refresh: Mapping[str, str]) -> CriterionCard:
    prefix, kind = f"criteria-{i}", raw["kind"]
    flat = {f"{prefix}-{name}": value for name, value in raw.items()}
    if not raw["required"]:
        del flat[f"{prefix}-required"]
    for name, shape in options_of(kind).items():
        value = raw["options"].get(name, shape == "flag")
        if isinstance(value, list):
            separator = "\n" if shape == "lines" else ", "
            flat[f"{prefix}-option_{name}"] = separator.join(map(str, value))
        elif value is not False:
            flat[f"{prefix}-option_{name}"] = value
    return CriterionCard(
        name=str(i),
        fields=CriterionFields(flat, prefix=prefix, kind=kind, refresh=refresh),
        anchors=[_anchor_card(each, i, j) for j, each in enumerate(raw["anchors"])],
        conditions=_groups(raw, criteria),
        has_points=_has_points(raw) or bool(raw["anchors"]) or kind in (Kind.SPAN, Kind.NUMERIC),
        has_fixed_points=kind == Kind.PAIRWISE,
        errors=[],
        condition_errors=[],
    )


def _has_points(raw: Raw) -> bool:
    return raw["kind"] in (Kind.CATEGORICAL, Kind.ORDINAL, Kind.MULTI_LABEL, Kind.PAIRWISE)


def _anchor_card(raw: Raw, i: int, j: int) -> AnchorCard:
    prefix = f"criteria-{i}-anchors-{j}"
    flat = {f"{prefix}-{name}": value for name, value in raw.items()}
    flat[f"{prefix}-examples"] = joined_examples(tuple(raw["examples"]))
    return AnchorCard(f"{i}:{j}", AnchorFields(flat, prefix=prefix))


def _groups(raw: Raw, criteria: list[Raw]) -> list[ConditionGroup]:
    """What this criterion may depend on; a condition that is set is shown, whatever it names."""
    others = {each["key"]: each for each in criteria if each is not raw}
    groups = []
    for key, other in others.items():
        if other["anchors"] and other["kind"] not in (Kind.SPAN, Kind.TEXT, Kind.RANKING):
            groups.append(_group(key, other, raw))
    offered = {group.key for group in groups}
    unknown: Raw = {"question": "", "anchors": []}
    rest = [key for key in raw["show_if"] if key not in offered]
    return groups + [_group(key, others.get(key, unknown), raw) for key in rest]


def _group(key: str, other: Raw, raw: Raw) -> ConditionGroup:
    chosen = raw["show_if"].get(key, ())
    labels = {anchor["value"]: anchor["label"] for anchor in other["anchors"]}
    labels |= {value: "" for value in chosen if value not in labels}
    return ConditionGroup(
        key=key,
        question=other["question"],
        choices=[
            (f"{key}{CONDITION}{value}", f"{value} {label}".strip(), value in chosen)
            for value, label in labels.items()
        ],
    )


def _place(editor: Editor, problem: Problem) -> None:
    """The problem's sentence at its field, or where people look for it."""
    match problem.path:
        case ("title" | "guidelines" as name,):
            editor.general.add_error(str(name), problem.sentence)
        case ("criteria", int(i), *rest) if i < len(editor.criteria):
            _place_in_card(editor.criteria[i], rest, problem.sentence)
        case _:
            editor.other_errors.append(problem.sentence)


def _place_in_card(card: CriterionCard, path: list[str | int], sentence: str) -> None:
    match path:
        case ["anchors", int(j), str(name), *_rest] if j < len(card.anchors):
            form: forms.Form = card.anchors[j].fields
            field: str | None = name if name in form.fields else None
        case ["show_if", *_rest]:
            card.condition_errors.append(sentence)
            return
        case ["options", str(name)] if f"option_{name}" in card.fields.fields:
            form, field = card.fields, f"option_{name}"
        case [str(name)] if name in card.fields.fields:
            form, field = card.fields, name
        case _:
            card.errors.append(sentence)
            return
    form.add_error(field, sentence)
