"""A rubric as plain values: what people write, what is stored, what is hashed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from rubrics.choices import Kind, Level, Tier

Value = int | float | str

RESPONSE_1: Final = "response_1"
RESPONSE_2: Final = "response_2"
TIE: Final = "tie"

# Plain texts, for they are stored and written. A kind's first level holds unless one is named.
LEVELS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    Kind.CATEGORICAL.value: (Level.NOMINAL.value, Level.ORDINAL.value),
    Kind.ORDINAL.value: (Level.ORDINAL.value, Level.INTERVAL.value, Level.RATIO.value),
    Kind.NUMERIC.value: (Level.INTERVAL.value, Level.RATIO.value, Level.ORDINAL.value),
    Kind.MULTI_LABEL.value: (Level.SET.value,),
    Kind.PAIRWISE.value: (Level.NOMINAL.value, Level.ORDINAL.value),
    Kind.RANKING.value: (Level.ORDINAL.value,),
    Kind.SPAN.value: (Level.SET.value, Level.NOMINAL.value),
    Kind.TEXT.value: (Level.NOMINAL.value,),
}
POINTS_REQUIRED: Final = frozenset({Kind.CATEGORICAL, Kind.ORDINAL, Kind.MULTI_LABEL})
POINTS_REFUSED: Final = frozenset({Kind.RANKING, Kind.TEXT})


@dataclass(frozen=True, slots=True)
class AnchorForm:
    """One labelled point. `value` is a number wherever it reads as one."""

    value: Value
    label: str = ""
    description: str = ""
    examples: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The value's text form, unique within its criterion."""
        return str(self.value)

    @property
    def number(self) -> float | None:
        return None if isinstance(self.value, str) else float(self.value)

    @property
    def is_bare(self) -> bool:
        return not (self.label or self.description or self.examples)


@dataclass(frozen=True, slots=True)
class CriterionForm:
    """One question with its scale. It is shown when every condition of `show_if` holds."""

    key: str
    question: str
    kind: str
    level: str
    help: str = ""
    is_required: bool = True
    weight: float = 1
    tier: str = Tier.IMPORTANT.value
    show_if: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    anchors: tuple[AnchorForm, ...] = ()

    @property
    def points(self) -> tuple[Value, ...]:
        return tuple(anchor.value for anchor in self.anchors)

    @property
    def allows_tie(self) -> bool:
        return self.options.get("tie") is not False


@dataclass(frozen=True, slots=True)
class RubricForm:
    """Guidelines (Markdown) and criteria in their order."""

    key: str
    title: str
    guidelines: str = ""
    criteria: tuple[CriterionForm, ...] = ()

    def criterion(self, key: str) -> CriterionForm | None:
        return next((each for each in self.criteria if each.key == key), None)


def to_data(form: RubricForm) -> dict[str, Any]:
    """The YAML form as plain data, complete and in the contract's order: what is hashed."""
    return {
        "key": form.key,
        "title": form.title,
        "guidelines": form.guidelines,
        "criteria": [criterion_data(criterion) for criterion in form.criteria],
    }


def criterion_data(criterion: CriterionForm) -> dict[str, Any]:
    return {
        "key": criterion.key,
        "question": criterion.question,
        "help": criterion.help,
        "kind": criterion.kind,
        "level": criterion.level,
        "required": criterion.is_required,
        "weight": criterion.weight,
        "tier": criterion.tier,
        "show_if": {other: list(values) for other, values in criterion.show_if.items()},
        "options": dict(criterion.options),
        "anchors": [anchor_data(anchor) for anchor in criterion.anchors],
    }


def anchor_data(anchor: AnchorForm) -> dict[str, Any]:
    return {
        "value": anchor.value,
        "label": anchor.label,
        "description": anchor.description,
        "examples": list(anchor.examples),
    }


def pairwise_points(criterion_options: Mapping[str, Any]) -> tuple[str, ...]:
    """The points that a comparison has without being told, in the order of `Rating.point`."""
    if criterion_options.get("tie") is False:
        return (RESPONSE_1, RESPONSE_2)
    return (RESPONSE_1, RESPONSE_2, TIE)
