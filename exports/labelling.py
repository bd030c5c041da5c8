"""How one gold label follows from its ratings and its decision. No database here.

The rules, in order: the latest informed decision of a closed case counts; a case that waits
is open; all independent ratings equal is unanimous; more than half equal is a majority. Values
are equal when their canonical JSON is, for sets and spans whatever their order. Numbers and
texts are never averaged or merged: where raters differ and nobody decided, the distribution
stays and the label has no value.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from accounts.canonical import canonical_json
from exports.choices import Origin
from reliability.choices import Cause
from rubrics.choices import Kind

# Answers of these kinds rarely coincide, and no two of them make a third.
KEEPS_DISTRIBUTION = frozenset({Kind.NUMERIC, Kind.TEXT})
UNORDERED = frozenset({Kind.MULTI_LABEL, Kind.SPAN})


class Open(StrEnum):
    """Why a label can't be given yet."""

    UNDECIDED = "undecided"
    NO_MAJORITY = "no_majority"
    ONLY_ABSTENTIONS = "only_abstentions"


class LeftOut(StrEnum):
    """Why a label is not part of a release although it could be given."""

    DEFECTIVE_ITEM = "defective_item"
    ARCHIVED_ITEM = "archived_item"
    TOO_FEW_RATINGS = "too_few_ratings"
    OPEN_CASE = "open_case"


@dataclass(frozen=True, slots=True)
class Rated:
    """One rater's independent answer, and what a label keeps of it."""

    rater: str
    value: Any
    is_abstention: bool = False
    abstention_reason: str = ""
    rationale: str = ""
    receipt: str = ""

    def provenance(self) -> dict[str, Any]:
        kept: dict[str, Any] = {"rater": self.rater, "value": self.value}
        if self.is_abstention:
            kept["abstention"] = self.abstention_reason or True
        if self.rationale:
            kept["rationale"] = self.rationale
        if self.receipt:
            kept["receipt"] = self.receipt
        return kept


@dataclass(frozen=True, slots=True)
class Ruling:
    """A case as it stands: whether it is decided, and the decision that counts."""

    is_decided: bool
    value: Any = None
    cause: str = ""
    distribution: Mapping[str, Any] | None = None
    record: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settled:
    """What a label says. `value` is None where the distribution is the label."""

    value: Any
    origin: Origin
    distribution: Mapping[str, Any]
    n_ratings: int


def settle(
    *, kind: str, ratings: Sequence[Rated], ruling: Ruling | None
) -> Settled | Open | LeftOut | None:
    """The label, or why there is none; None: nobody was asked, as under an unmet condition."""
    given = [normal_value(kind, each.value) for each in ratings if not each.is_abstention]
    counts = distribution(given)
    if ruling is not None:
        return _decided(ruling, counts, len(given))
    if not ratings:
        return None
    if not given:
        return Open.ONLY_ABSTENTIONS
    text, most = Counter(canonical_json(value) for value in given).most_common(1)[0]
    value = next(value for value in given if canonical_json(value) == text)
    if most == len(given):
        return Settled(value, Origin.UNANIMOUS, counts, len(given))
    if 2 * most > len(given):
        return Settled(value, Origin.MAJORITY, counts, len(given))
    if kind in KEEPS_DISTRIBUTION:
        return Settled(None, Origin.SOFT, counts, len(given))
    return Open.NO_MAJORITY


def _decided(ruling: Ruling, counts: Mapping[str, Any], n_ratings: int) -> Settled | Open | LeftOut:
    if not ruling.is_decided:
        return Open.UNDECIDED
    if ruling.cause == Cause.DEFECTIVE_ITEM:
        return LeftOut.DEFECTIVE_ITEM
    if ruling.cause == Cause.SUBJECTIVE:
        return Settled(None, Origin.SOFT, ruling.distribution or counts, n_ratings)
    if ruling.value is None:
        return Open.UNDECIDED
    return Settled(ruling.value, Origin.ADJUDICATED, counts, n_ratings)


def normal_value(kind: str, value: Any) -> Any:
    """One spelling for values that mean the same: 3.0 is 3, and a set has no order."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if kind in UNORDERED and isinstance(value, list):
        return sorted(value, key=canonical_json)
    return value


def value_text(value: Any) -> str:
    """A value as a cell or a key: texts as they are, everything else as canonical JSON."""
    return value if isinstance(value, str) else canonical_json(value)


def distribution(values: Sequence[Any]) -> dict[str, int]:
    """How many ratings gave each value, by the value's text, in a fixed order."""
    return dict(sorted(Counter(value_text(value) for value in values).items()))
