"""A report's figures as plain values that survive a trip through JSON unchanged."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

FORM = 1  # raised when the JSON below changes shape, so that stored reports are not misread


@dataclass(frozen=True, slots=True)
class Check:
    """The same figure computed by another package. `note` says why it could not, if so."""

    package: str
    value: float | None = None
    difference: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One coefficient with its evidence; `raters` are the two codes of a pair figure."""

    criterion: str
    coefficient: str
    level: str | None
    weights: str | None
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    ci_method: str | None
    se: float | None
    n_units: int
    n_raters: int | None
    n_ratings: int
    n_pairable: int
    undefined_reason: str | None
    warnings: tuple[str, ...] = ()
    raters: tuple[str, str] | None = None
    check: Check | None = None

    def record(self, source: str) -> dict[str, Any]:
        """The record that `manage.py agreement` prints too; a pair figure names its raters."""
        fields = asdict(self)
        record: dict[str, Any] = {"source": source, "criterion": self.criterion, "slice": None}
        record |= {name: fields[name] for name in _RECORD_FIELDS}
        if self.raters is not None:
            record["raters"] = list(self.raters)
        return record


_RECORD_FIELDS = (
    "coefficient",
    "level",
    "weights",
    "estimate",
    "ci_low",
    "ci_high",
    "ci_method",
    "se",
    "n_units",
    "n_raters",
    "n_ratings",
    "n_pairable",
    "undefined_reason",
)


@dataclass(frozen=True, slots=True)
class ValueShare:
    """How often one value was chosen. `value` as the contract writes it (sets: a list)."""

    value: Any
    label: str
    n: int
    share: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """Two values that raters gave the same item: on how many items, by how many rater pairs."""

    values: tuple[Any, Any]
    labels: tuple[str, str]
    n_items: int
    n_pairs: int


@dataclass(frozen=True, slots=True)
class SplitFigure:
    """One of the items that raters disagree on most; `values` are (value, how many raters)."""

    item: str
    external_id: str
    disagreement: float
    values: tuple[tuple[Any, int], ...]


@dataclass(frozen=True, slots=True)
class Excluded:
    """Ratings that no figure counts, by reason. Abstentions are neither values nor missing."""

    abstentions: int = 0
    surplus: int = 0
    revotes: int = 0
    checks: int = 0


@dataclass(frozen=True, slots=True)
class CriterionFigures:
    """Everything a report says about one criterion.

    raters: {code: ratings given}; pairs_left_out: rater pairs without figures, because there
    are more than a report can hold.
    """

    key: str
    question: str
    kind: str
    level: str
    tier: str
    n_items: int
    n_ratings: int
    raters: Mapping[str, int]
    excluded: Excluded
    figures: tuple[Figure, ...]
    pairs: tuple[Figure, ...]
    pairs_left_out: int
    distribution: tuple[ValueShare, ...]
    confusions: tuple[Confusion, ...]
    split: tuple[SplitFigure, ...]

    def figure(self, coefficient: str) -> Figure | None:
        return next((each for each in self.figures if each.coefficient == coefficient), None)


@dataclass(frozen=True, slots=True)
class ReportFigures:
    """A round's report: what was counted and each criterion's figures."""

    round: str
    round_name: str
    rubric: str
    n_items: int
    n_judgments: int
    confidence: float
    criteria: tuple[CriterionFigures, ...]

    def criterion(self, key: str) -> CriterionFigures | None:
        return next((each for each in self.criteria if each.key == key), None)

    def records(self) -> list[dict[str, Any]]:
        """One flat list, criterion by criterion: its figures, then those of its rater pairs."""
        return [
            figure.record(self.round_name)
            for criterion in self.criteria
            for figure in (*criterion.figures, *criterion.pairs)
        ]

    def to_json(self) -> dict[str, Any]:
        return {"form": FORM, **asdict(self)}


def figures_from(data: Mapping[str, Any]) -> ReportFigures:
    """The inverse of `ReportFigures.to_json`."""
    fields = {name: data[name] for name in ReportFigures.__slots__ if name != "criteria"}
    return ReportFigures(**fields, criteria=tuple(_criterion(each) for each in data["criteria"]))


def _criterion(data: Mapping[str, Any]) -> CriterionFigures:
    read: dict[str, Any] = {
        "excluded": Excluded(**data["excluded"]),
        "figures": tuple(_figure(each) for each in data["figures"]),
        "pairs": tuple(_figure(each) for each in data["pairs"]),
        "distribution": tuple(ValueShare(**each) for each in data["distribution"]),
        "confusions": tuple(
            Confusion(
                tuple(each["values"]), tuple(each["labels"]), each["n_items"], each["n_pairs"]
            )
            for each in data["confusions"]
        ),
        "split": tuple(
            SplitFigure(**(dict(each) | {"values": tuple(tuple(v) for v in each["values"])}))
            for each in data["split"]
        ),
    }
    return CriterionFigures(**(dict(data) | read))


def _figure(data: Mapping[str, Any]) -> Figure:
    read: dict[str, Any] = {
        "warnings": tuple(data["warnings"]),
        "raters": tuple(data["raters"]) if data["raters"] else None,
        "check": Check(**data["check"]) if data["check"] else None,
    }
    return Figure(**(dict(data) | read))
