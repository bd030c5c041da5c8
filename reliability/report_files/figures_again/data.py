"""Ratings as columns of numbers, and the scales that say what their values are."""

from __future__ import annotations

import csv
import json
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass
class Ratings:
    """The ratings of one criterion: three columns of numbers and what they stand for."""

    items: dict[str, int] = field(default_factory=dict)
    raters: dict[str, int] = field(default_factory=dict)
    values: dict[str, int] = field(default_factory=dict)
    groups: dict[int, str] = field(default_factory=dict)
    lengths: dict[int, str] = field(default_factory=dict)
    item: array[int] = field(default_factory=lambda: array("q"))
    rater: array[int] = field(default_factory=lambda: array("q"))
    value: array[int] = field(default_factory=lambda: array("q"))

    def add(self, row: Mapping[str, str]) -> None:
        # Of a criterion that is asked of parts, each part of an item counts for itself.
        unit = row.get("unit") or row["item_id"]
        item = self.items.setdefault(unit, len(self.items))
        self.item.append(item)
        self.rater.append(self.raters.setdefault(row["rater_id"], len(self.raters)))
        self.value.append(self.values.setdefault(row["value"], len(self.values)))
        if row.get("group"):
            self.groups[item] = row["group"]
        if row.get("characters"):
            self.lengths[item] = row["characters"]

    @property
    def group_of_item(self) -> Integers | None:
        """A number for the group of each item; items without one are alone. None: no groups."""
        if len(set(self.groups.values())) == len(self.groups):
            return None
        codes: dict[object, int] = {}
        named = (self.groups.get(item, item) for item in range(len(self.items)))
        return np.array([codes.setdefault(name, len(codes)) for name in named], dtype=np.int64)


def read_ratings(path: Path) -> dict[str, Ratings]:
    """By criterion. Texts that a spreadsheet would run carry an apostrophe; it is taken away."""
    found: dict[str, Ratings] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            plain = {name: (cell or "").removeprefix("'") for name, cell in row.items()}
            found.setdefault(plain["dimension"], Ratings()).add(plain)
    return found


@dataclass(frozen=True)
class Scale:
    """`points` in order; `place` leads from a value's number in `Ratings` to its point."""

    level: str
    points: tuple[Any, ...]
    place: Integers

    @property
    def numbers(self) -> Floats:
        """The points as numbers: themselves, or their positions when they are words."""
        if all(isinstance(point, int | float) for point in self.points):
            return np.array(self.points, dtype=float)
        return np.arange(len(self.points), dtype=float)

    def only(self, used: NDArray[np.bool_]) -> Scale:
        """The points that are used, still with the numbers of the whole scale."""
        kept = [i for i, is_used in enumerate(used) if is_used]
        sets = all(isinstance(point, frozenset) for point in self.points)
        points = self.points if sets else tuple(self.numbers.tolist())
        return Scale(self.level, tuple(points[i] for i in kept), self.place)


def scale_of(asked: Mapping[str, Any], ratings: Ratings) -> Scale:
    """The declared points of the criterion, or the values that were given, in order."""
    kind, level = asked["kind"], asked["level"]
    points = [frozenset(p) if isinstance(p, list) else p for p in asked["points"]]
    if points:
        by_text = {str(point): i for i, point in enumerate(points)}
        place = [by_text[text] for text in ratings.values]
    else:
        given = [_given(kind, text) for text in ratings.values]
        points = sorted(set(given), key=_order)
        by_point = {point: i for i, point in enumerate(points)}
        place = [by_point[point] for point in given]
    return Scale(level, tuple(points), np.array(place, dtype=np.int64))


def _given(kind: str, text: str) -> Any:
    if kind == "numeric":
        return float(text)
    return frozenset(map(str, json.loads(text))) if kind == "multi_label" else text


def _order(point: Any) -> tuple[float, str]:
    if isinstance(point, int | float):
        return (float(point), "")
    return (0.0, ", ".join(sorted(point)) if isinstance(point, frozenset) else str(point))


def counts_of(ratings: Ratings, scale: Scale) -> Floats:
    """How many raters gave an item (row) a point (column)."""
    counts = np.zeros((len(ratings.items), len(scale.points)))
    np.add.at(counts, (np.asarray(ratings.item), scale.place[np.asarray(ratings.value)]), 1)
    return counts


def points_by_rater(ratings: Ratings, scale: Scale) -> dict[str, tuple[Integers, Integers]]:
    """Of each rater the items, ascending, and the place of the point given to each."""
    items, raters = np.asarray(ratings.item), np.asarray(ratings.rater)
    points = scale.place[np.asarray(ratings.value)] if len(items) else np.zeros(0, np.int64)
    order = np.lexsort((items, raters))
    ends = np.searchsorted(raters[order], np.arange(len(ratings.raters) + 1))
    return {
        code: (items[order][ends[n] : ends[n + 1]], points[order][ends[n] : ends[n + 1]])
        for code, n in ratings.raters.items()
    }


def shared(
    first: tuple[Integers, Integers], second: tuple[Integers, Integers]
) -> tuple[Integers, Integers, Integers]:
    """Items that both rated, with the first's points and the second's."""
    items, i, j = np.intersect1d(first[0], second[0], assume_unique=True, return_indices=True)
    return items, first[1][i], second[1][j]
