"""Values between the order of responses that a rater saw and the item's own order."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from annotation.criteria import CriterionSpec
from annotation.values import PAIR, TIE, StoredValue, choice_of, response_number
from rubrics.choices import Kind


def in_item_order(
    spec: CriterionSpec, stored: StoredValue, side_order: Sequence[int]
) -> StoredValue:
    """What was said of responses as shown, said of them in the item's order.

    `side_order[i]` is the place in the item of the response shown at i.
    """
    return _renamed(
        spec, stored, {f"response_{i + 1}": f"response_{at + 1}" for i, at in enumerate(side_order)}
    )


def as_displayed(
    spec: CriterionSpec, stored: StoredValue, side_order: Sequence[int]
) -> StoredValue:
    """The inverse of `in_item_order`."""
    return _renamed(
        spec, stored, {f"response_{at + 1}": f"response_{i + 1}" for i, at in enumerate(side_order)}
    )


def _renamed(spec: CriterionSpec, stored: StoredValue, names: Mapping[str, str]) -> StoredValue:
    if stored.is_abstention or not names:
        return stored
    if spec.kind == Kind.PAIRWISE:
        return _renamed_preference(stored, names)
    if spec.kind == Kind.RANKING:
        return replace(stored, value=[_renamed_group(entry, names) for entry in stored.value])
    if spec.kind == Kind.SPAN:
        return replace(stored, value=[_renamed_span(span, names) for span in stored.value])
    return stored


def _renamed_preference(stored: StoredValue, names: Mapping[str, str]) -> StoredValue:
    """The response and, with it, the side of zero on which its strength lies."""
    before = choice_of(stored.value)
    choice = names.get(before, before)
    value = {**stored.value, "choice": choice} if isinstance(stored.value, Mapping) else choice
    number = stored.number
    if number and choice != before:
        number = -number
    return replace(stored, value=value, point=(*PAIR, TIE).index(choice), number=number)


def _renamed_group(entry: str | list[str], names: Mapping[str, str]) -> str | list[str]:
    if isinstance(entry, str):
        return names.get(entry, entry)
    return sorted((names.get(name, name) for name in entry), key=response_number)


def _renamed_span(span: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    side = span.get("side")
    return {**span, "side": names.get(side, side)} if side else span
