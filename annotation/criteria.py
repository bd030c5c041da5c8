"""What a criterion asks, as plain values: read once for a published version, then kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rubrics.choices import VersionState
from rubrics.models import Criterion, RubricVersion

# Versions are pinned to public ids, so the memory of one process can never mix up two databases.
_kept: dict[str, tuple["CriterionSpec", ...]] = {}
MAX_KEPT = 500


@dataclass(frozen=True, slots=True)
class AnchorSpec:
    """One point: `value` is its text form, `number` its numeric value if it is a number."""

    value: str
    number: float | None = None
    label: str = ""

    @property
    def shown_value(self) -> Any:
        """The value as the contract writes it: a number where the rubric wrote a number."""
        return self.value if self.number is None else tidy(self.number)


@dataclass(frozen=True, slots=True)
class CriterionSpec:
    """A criterion without the database. `show_if` is {other key: values, as text}."""

    key: str
    kind: str
    level: str = "nominal"
    is_required: bool = True
    anchors: tuple[AnchorSpec, ...] = ()
    options: Mapping[str, Any] | None = None
    show_if: Mapping[str, Any] | None = None
    pk: int = 0

    def option(self, name: str, default: Any = None) -> Any:
        found = (self.options or {}).get(name)
        return default if found is None else found

    @property
    def per(self) -> str:
        """What it is asked of, once each: "response", "turn" or "step"; "": the whole item."""
        per = self.option("per", "")
        return "" if per == "item" else str(per)


def tidy(number: float) -> int | float:
    """3 for 3.0, so that a value has one spelling."""
    return int(number) if float(number).is_integer() else number


def spec_of(criterion: Criterion) -> CriterionSpec:
    """Reads the anchors; prefetch them when there are several criteria."""
    anchors = sorted(criterion.anchors.all(), key=lambda anchor: anchor.position)
    return CriterionSpec(
        key=criterion.key,
        kind=criterion.kind,
        level=criterion.level,
        is_required=criterion.is_required,
        anchors=tuple(AnchorSpec(a.value, a.number, a.label) for a in anchors),
        options=criterion.options,
        show_if=criterion.show_if,
        pk=criterion.pk,
    )


def specs_of(version: RubricVersion) -> tuple[CriterionSpec, ...]:
    """The version's criteria in their order. No query once a published version was read."""
    kept = _kept.get(version.public_id)
    if kept is not None:
        return kept
    criteria = Criterion.objects.filter(version=version).order_by("position")
    specs = tuple(spec_of(criterion) for criterion in criteria.prefetch_related("anchors"))
    if version.state != VersionState.DRAFT:
        if len(_kept) >= MAX_KEPT:
            _kept.clear()
        _kept[version.public_id] = specs
    return specs
