"""One gold label with everything a file says about it, as cut and as read back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from accounts.canonical import canonical_json


class LabelKey(NamedTuple):
    """What a label is of. Sorted by code point: the fixed order of every release and file."""

    item_id: str
    rubric: str
    criterion: str


@dataclass(frozen=True, slots=True)
class LabelRecord:
    """A label, its provenance by rater code, and the item it is of.

    `item`: {hash, group, models, slices}, as they were when the release was cut.
    `decision`: {adjudicator, value, cause, rationale, at, blind_value, ...} or None.
    """

    key: LabelKey
    rubric_version: int
    rubric_hash: str
    kind: str
    level: str
    value: Any
    origin: str
    split: str
    n_ratings: int
    distribution: Mapping[str, Any]
    round: str
    ratings: Sequence[Mapping[str, Any]]
    decision: Mapping[str, Any] | None
    item: Mapping[str, Any]

    def provenance(self) -> dict[str, Any]:
        """What GoldLabel.provenance stores beside its own columns."""
        return {
            "item": dict(self.item),
            "ratings": [dict(each) for each in self.ratings],
            "decision": dict(self.decision) if self.decision is not None else None,
        }

    def line(self) -> str:
        """Canonical JSON of all of it: what the content hash of a release is made of."""
        return canonical_json(
            {
                "item_id": self.key.item_id,
                "rubric": self.key.rubric,
                "rubric_version": self.rubric_version,
                "rubric_hash": self.rubric_hash,
                "criterion": self.key.criterion,
                "kind": self.kind,
                "level": self.level,
                "value": self.value,
                "origin": self.origin,
                "split": self.split,
                "n_ratings": self.n_ratings,
                "distribution": self.distribution,
                "round": self.round,
                **self.provenance(),
            }
        )
