"""Values that no scale fixes beforehand, as points that can be counted and ordered."""

from typing import Any

from accounts.canonical import canonical_json
from reliability.selectors.scales import Point
from rubrics.choices import Kind


def point_of(kind: str, number: float | None, value: Any) -> Point:
    """A rating's value as something that can be counted: equal values are equal points."""
    if kind == Kind.NUMERIC and number is not None:
        return number
    if kind == Kind.MULTI_LABEL:
        return frozenset(str(label) for label in value)
    return value if isinstance(value, str | int | float) else canonical_json(value)


def order_of(point: Point) -> tuple[int, float, str]:
    """Sorts numbers by size, then everything else by its text."""
    if isinstance(point, int | float):
        return (0, float(point), "")
    return (1, 0.0, ", ".join(sorted(point)) if isinstance(point, frozenset) else str(point))
