"""Criteria that are asked only after certain answers to others (`show_if`)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from annotation.criteria import CriterionSpec, tidy
from annotation.values import StoredValue, as_number


def asked(specs: Sequence[CriterionSpec], values: Mapping[str, StoredValue]) -> frozenset[str]:
    """Keys of the criteria that these answers make visible (`show_if`, followed through)."""
    by_key = {spec.key: spec for spec in specs}
    visible: dict[str, bool] = {}

    def is_asked(key: str, trail: frozenset[str]) -> bool:
        if key not in by_key or key in trail:
            return False
        if key not in visible:
            conditions = by_key[key].show_if or {}
            visible[key] = all(
                is_asked(other, trail | {key}) and _fits(values.get(other), wanted)
                for other, wanted in conditions.items()
            )
        return visible[key]

    return frozenset(spec.key for spec in specs if is_asked(spec.key, frozenset()))


def _fits(stored: StoredValue | None, wanted: Any) -> bool:
    if stored is None or stored.is_abstention:
        return False
    given = stored.value if isinstance(stored.value, list) else [stored.value]
    accepted = {_spelling(each) for each in (wanted if isinstance(wanted, list) else [wanted])}
    return any(_spelling(each) in accepted for each in given)


def _spelling(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    number = as_number(value)
    return str(tidy(number)) if number is not None else json.dumps(value, sort_keys=True)
