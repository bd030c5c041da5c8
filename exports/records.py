"""One gold label with everything a file says about it, as cut and as read back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from accounts.canonical import canonical_json


class LabelKey(NamedTuple):
    """What a label is of. Sorted by code point: the fixed order of every release and file.

    part: what of the item, "" for the item as a whole. It is written only where there is one, so
    that nothing changed for labels of whole items.
    """

    item_id: str
    rubric: str
    criterion: str
    part: str = ""

    @property
    def unit(self) -> str:
        return f"{self.item_id} · {self.part}" if self.part else self.item_id

    def written(self) -> dict[str, str]:
        """As files and messages name it."""
        named = {"item_id": self.item_id, "rubric": self.rubric, "criterion": self.criterion}
        return named | {"part": self.part} if self.part else named


def key_of(written: Mapping[str, Any]) -> LabelKey:
    """The inverse of `LabelKey.written`; other fields may stand beside it."""
    return LabelKey(
        written["item_id"], written["rubric"], written["criterion"], written.get("part", "")
    )


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
                **self.key.written(),
                "rubric_version": self.rubric_version,
                "rubric_hash": self.rubric_hash,
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
