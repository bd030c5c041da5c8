"""The columns of every file, named one by one: a new field of a model is in none of them (T09)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.canonical import canonical_json
from exports.labelling import value_text
from exports.models import GoldRelease
from exports.records import LabelRecord

type Cell = str | int | float | None


@dataclass(frozen=True)
class ReleaseFacts:
    """What every row repeats, and what is looked up by round and criterion.

    has_parts: a criterion is asked of parts of items, so rows say which part they are of.
    """

    number: int
    content_hash: str
    canary: str
    rounds: Mapping[str, str]
    agreement: Mapping[tuple[str, str], Mapping[str, Any]]
    has_parts: bool = False

    def agreement_of(self, record: LabelRecord) -> Mapping[str, Any]:
        return self.agreement.get((record.round, record.key.criterion), {})


def facts_of(release: GoldRelease) -> ReleaseFacts:
    card = release.data_card
    return ReleaseFacts(
        number=release.number,
        content_hash=release.content_hash,
        canary=release.canary,
        rounds={each["id"]: each["name"] for each in card.get("rounds", [])},
        agreement={
            (each["round"], each["criterion"]): each for each in card.get("reliability", [])
        },
        has_parts=any(
            "per" in criterion
            for rubric in card.get("rubrics", [])
            for criterion in rubric.get("criteria", [])
        ),
    )


type Getter = Callable[[ReleaseFacts, LabelRecord], Any]


def _decision(name: str) -> Getter:
    return lambda facts, record: (record.decision or {}).get(name)


def _agreement(name: str) -> Getter:
    return lambda facts, record: facts.agreement_of(record).get(name)


def _raters(facts: ReleaseFacts, record: LabelRecord) -> dict[str, Any]:
    """Each rater's value by code; an abstention is not the same as no answer."""
    return {
        each["rater"]: {"abstention": each["abstention"]} if "abstention" in each else each["value"]
        for each in record.ratings
    }


LABEL_COLUMNS: Mapping[str, Getter] = {
    "item_id": lambda facts, record: record.key.item_id,
    "criterion": lambda facts, record: record.key.criterion,
    "value": lambda facts, record: record.value,
    "origin": lambda facts, record: record.origin,
    "split": lambda facts, record: record.split,
    "n_ratings": lambda facts, record: record.n_ratings,
    "distribution": lambda facts, record: record.distribution,
    "raters": _raters,
    "decision_value": _decision("value"),
    "decision_cause": _decision("cause"),
    "decision_rationale": _decision("rationale"),
    "decision_by": _decision("adjudicator"),
    "decision_at": _decision("at"),
    "decision_blind_value": _decision("blind_value"),
    "rubric": lambda facts, record: record.key.rubric,
    "rubric_version": lambda facts, record: record.rubric_version,
    "rubric_hash": lambda facts, record: record.rubric_hash,
    "kind": lambda facts, record: record.kind,
    "level": lambda facts, record: record.level,
    "round": lambda facts, record: facts.rounds.get(record.round, record.round),
    "alpha": _agreement("estimate"),
    "alpha_low": _agreement("ci_low"),
    "alpha_high": _agreement("ci_high"),
    "alpha_undefined": _agreement("undefined_reason"),
    "model": lambda facts, record: record.item["models"],
    "slices": lambda facts, record: record.item["slices"],
    "group": lambda facts, record: record.item["group"],
    "item_hash": lambda facts, record: record.item["hash"],
    "release": lambda facts, record: facts.number,
    "content_hash": lambda facts, record: facts.content_hash,
    "canary": lambda facts, record: facts.canary,
}


def label_columns(facts: ReleaseFacts) -> Mapping[str, Getter]:
    """The columns of this release's files: with the part after the criterion, if there are any."""
    if not facts.has_parts:
        return LABEL_COLUMNS
    columns: dict[str, Getter] = {}
    for name, get in LABEL_COLUMNS.items():
        columns[name] = get
        if name == "criterion":
            columns["part"] = lambda facts, record: record.key.part
    return columns


# Cells that hold a JSON value of any type in the exact formats, its text in the others.
RATING_COLUMNS: Sequence[str] = (
    "item_id",
    "rater_id",
    "dimension",
    "value",
    "rationale",
    "abstention",
    "receipt",
    "rubric",
    "rubric_version",
    "round",
)


def rating_columns(facts: ReleaseFacts) -> Sequence[str]:
    """With parts also `unit`, item and part in one: what agreement is computed over."""
    if not facts.has_parts:
        return RATING_COLUMNS
    at = RATING_COLUMNS.index("dimension") + 1
    return (*RATING_COLUMNS[:at], "part", "unit", *RATING_COLUMNS[at:])


def label_values(facts: ReleaseFacts, record: LabelRecord) -> dict[str, Any]:
    return {name: get(facts, record) for name, get in label_columns(facts).items()}


def label_cells(facts: ReleaseFacts, record: LabelRecord) -> list[Cell]:
    return [cell_of(value) for value in label_values(facts, record).values()]


def rating_cells(facts: ReleaseFacts, record: LabelRecord) -> list[list[Cell]]:
    """One row a rating, in the long form that the `agreement` command reads.

    An abstention has no value, so it never counts as one there.
    """
    return [
        [
            record.key.item_id,
            each["rater"],
            record.key.criterion,
            *([record.key.part, record.key.unit] if facts.has_parts else []),
            cell_of(each["value"]),
            each.get("rationale", ""),
            _abstention(each),
            each.get("receipt", ""),
            record.key.rubric,
            record.rubric_version,
            facts.rounds.get(record.round, record.round),
        ]
        for each in record.ratings
    ]


def _abstention(rating: Mapping[str, Any]) -> str:
    reason = rating.get("abstention", "")
    return "abstained" if reason is True else str(reason)


def cell_of(value: Any) -> Cell:
    """Numbers and texts as they are, nothing as nothing, any other value as canonical JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return canonical_json(value) if isinstance(value, bool | dict | list) else value_text(value)
