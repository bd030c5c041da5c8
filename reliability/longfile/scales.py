"""What the distinct values of a column mean: numbers, words or sets of labels."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from reliability.stats.data import Level, Point

ORDERED_LEVELS = frozenset({Level.ORDINAL, Level.INTERVAL, Level.RATIO})


class OffScaleError(ValueError):
    """One distinct value that the scale cannot hold; `place` is its position."""

    def __init__(self, place: int, reason: str) -> None:
        self.place = place
        super().__init__(reason)


def points_of(
    cells: Sequence[Any], level: Level, categories: Sequence[str] | None
) -> tuple[list[Point], list[Point] | None]:
    """The point that each distinct cell stands for, and the declared scale.

    Numbers are told from words by looking at all cells: they are numbers when
    every one of them is (so that 1 and 1.0 are one point).

    Raises
    ------
    OffScaleError
        A cell that is not a set at level "set", not on the declared scale, or
        not a number among numbers at a level that needs an order.
    """
    if level is Level.SET:
        return _sets(cells, categories), None
    declared = None if categories is None else _numbers_or_words(categories)
    points = _like(cells, declared)
    _require_one_kind(cells, points, level, declared)
    if declared is not None:
        known = set(declared)
        for place, point in enumerate(points):
            if point not in known:
                scale = shown(", ".join(map(str.strip, categories or ())))
                reason = f"{shown(repr(cells[place]))} is not on the scale; it has {scale}"
                raise OffScaleError(place, reason)
    return points, declared


def _like(cells: Sequence[Any], declared: Sequence[Point] | None) -> list[Point]:
    if declared is None:
        return _numbers_or_words(cells)
    if all(isinstance(point, float) for point in declared):
        return [_word(cell) if _number(cell) is None else _number(cell) for cell in cells]
    return [_word(cell) for cell in cells]


def _numbers_or_words(cells: Sequence[Any]) -> list[Point]:
    numbers = [_number(cell) for cell in cells]
    if None in numbers:
        return [_word(cell) for cell in cells]
    return list(numbers)


def _number(cell: Any) -> float | None:
    if isinstance(cell, str) and "_" in cell:
        return None  # Python alone reads 1_000 as a number
    try:
        number = float(cell)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _word(cell: Any) -> str:
    return str(cell).strip()


def _require_one_kind(
    cells: Sequence[Any],
    points: Sequence[Point],
    level: Level,
    declared: Sequence[Point] | None,
) -> None:
    if level not in ORDERED_LEVELS or declared is not None:
        return
    words = [place for place, cell in enumerate(cells) if _number(cell) is None]
    if words and len(words) < len(points):
        cell = cells[words[0]]
        reason = f"{shown(repr(cell))} is not a number, while other values are; {_remedy(cell)}"
        raise OffScaleError(words[0], reason)


def _remedy(cell: Any) -> str:
    if _number(str(cell).replace(",", ".", 1)) is not None:
        return "write decimals with a point"
    return "correct it, declare it with --missing, or declare the whole scale with --categories"


def _sets(cells: Sequence[Any], categories: Sequence[str] | None) -> list[Point]:
    return [_set(place, cell, categories) for place, cell in enumerate(cells)]


def _set(place: int, cell: Any, categories: Sequence[str] | None) -> frozenset[str]:
    try:
        labels = json.loads(cell) if isinstance(cell, str) else cell
    except (ValueError, RecursionError) as error:
        raise OffScaleError(place, _no_list(cell)) from error
    if not isinstance(labels, list) or any(isinstance(label, list | dict) for label in labels):
        raise OffScaleError(place, _no_list(cell))
    found = frozenset(str(label) for label in labels)
    strange = found - set(categories) if categories is not None else frozenset()
    if strange:
        raise OffScaleError(place, f"{shown(repr(min(strange)))} is not a label of the scale")
    return found


def _no_list(cell: Any) -> str:
    return f'{shown(repr(cell))} is not a JSON list of labels, such as ["a", "b"]'


_LONGEST_SHOWN = 80


def shown(text: str) -> str:
    """The beginning of what a message would otherwise drown in."""
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "..."
