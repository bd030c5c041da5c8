"""Criteria that are asked only after certain answers to others (`show_if`).

A condition on a criterion with parts is met as soon as any part has one of the values.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from annotation.criteria import CriterionSpec, tidy
from annotation.parts import Given, by_part
from annotation.values import StoredValue, as_number, choice_of


def asked(specs: Sequence[CriterionSpec], values: Mapping[str, Given]) -> frozenset[str]:
    """Keys of the criteria that these answers make visible (`show_if`, followed through)."""
    by_key = {spec.key: spec for spec in specs}
    visible: dict[str, bool] = {}

    def is_asked(key: str, trail: frozenset[str]) -> bool:
        if key not in by_key or key in trail:
            return False
        if key not in visible:
            conditions = by_key[key].show_if or {}
            visible[key] = all(
                is_asked(other, trail | {key}) and _is_met(values.get(other), wanted)
                for other, wanted in conditions.items()
            )
        return visible[key]

    return frozenset(spec.key for spec in specs if is_asked(spec.key, frozenset()))


def _is_met(given: Given | None, wanted: Any) -> bool:
    return given is not None and any(_fits(stored, wanted) for stored in by_part(given).values())


def _fits(stored: StoredValue, wanted: Any) -> bool:
    if stored.is_abstention:
        return False
    given = stored.value if isinstance(stored.value, list) else [choice_of(stored.value)]
    accepted = {_spelling(each) for each in (wanted if isinstance(wanted, list) else [wanted])}
    return any(_spelling(each) in accepted for each in given)


def _spelling(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    number = as_number(value)
    return str(tidy(number)) if number is not None else json.dumps(value, sort_keys=True)
