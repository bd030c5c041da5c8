"""Agreement on marked passages: where they are, and what they are called."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reliability.selectors.spans import SpanCounts
from reliability.stats import Estimate, Match, Unitizing
from reliability.stats.span_sums import SpanMeasure
from reliability.stats.spans import (
    CHARACTER_AGREEMENT,
    CHARACTERS_LABELLED,
    CHARACTERS_MARKED,
    F1,
    UNITIZING,
)

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

# Alpha first: whether a character is marked is what all raters of passages answer.
MEASURES = (
    CHARACTERS_MARKED,
    CHARACTER_AGREEMENT,
    CHARACTERS_LABELLED,
    UNITIZING[Unitizing.SEGMENTS],
    F1[Match.EXACT],
    F1[Match.SOFT],
)


def span_estimates(spans: SpanCounts) -> Iterator[Estimate]:
    return (spans.sums.estimate(measure) for measure in MEASURES)


@dataclass(frozen=True)
class SpanPart:
    """Some items of a criterion of marks."""

    spans: SpanCounts
    units: BoolArray

    def alpha(self) -> Estimate:
        return self._estimate(CHARACTERS_MARKED)

    def agreement(self) -> Estimate:
        return self._estimate(CHARACTER_AGREEMENT)

    def _estimate(self, measure: SpanMeasure) -> Estimate:
        return self.spans.sums.estimate(measure, items=self.units)


@dataclass(frozen=True)
class SpanSubsets:
    """The items of one criterion of marks, any of which may be asked about."""

    spans: SpanCounts

    @property
    def items(self) -> IntArray:
        return self.spans.items

    @property
    def ratings_per_item(self) -> IntArray:
        return self.spans.sums.ratings_per_item

    def part(self, units: BoolArray) -> SpanPart:
        return SpanPart(self.spans, units)

    def parted(self, units: BoolArray) -> tuple[SpanPart, SpanPart]:
        return self.part(units), self.part(~units)
