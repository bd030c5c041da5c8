"""What the statistics count: items, or the parts of items that a criterion is asked about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.parts import WHOLE

IntArray = NDArray[np.int64]


@dataclass(frozen=True, order=True, slots=True)
class ItemPart:
    """A part of an item, by the item's key and the part's name in the item's own order."""

    item: int
    part: str


type Unit = int | ItemPart


def item_of(unit: Unit) -> int:
    return unit.item if isinstance(unit, ItemPart) else unit


def part_of(unit: Unit) -> str:
    return unit.part if isinstance(unit, ItemPart) else WHOLE


def items_of(units: Sequence[Any]) -> IntArray:
    """The item's key of each unit, shape (n_units,)."""
    if len(units) and isinstance(units[0], ItemPart):
        return np.fromiter((unit.item for unit in units), dtype=np.int64, count=len(units))
    return np.asarray(units, dtype=np.int64)
