"""Coefficients of some of a criterion's items, without going through the ratings again."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from reliability.selectors.counts import CriterionCounts
from reliability.selectors.units import items_of
from reliability.services.coefficients import ALPHA
from reliability.stats import (
    Estimate,
    Patterns,
    Ratings,
    coefficient,
    krippendorff_alpha,
    percent_agreement,
)
from reliability.stats.units import UnitRows

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

# Numbers of more different values are cheaper by their sums than by counts of each value.
MOST_POINTS = 100


class AnyPart(Protocol):
    """Some items of a criterion, whatever its answers are."""

    def alpha(self) -> Estimate: ...

    def agreement(self) -> Estimate: ...


class AnySubsets(Protocol):
    """The units of a criterion by their items' keys, ascending; a mask chooses some of them."""

    @property
    def items(self) -> IntArray: ...

    @property
    def ratings_per_item(self) -> IntArray: ...

    def part(self, units: BoolArray) -> AnyPart: ...

    def parted(self, units: BoolArray) -> tuple[AnyPart, AnyPart]: ...


@dataclass(frozen=True)
class Part:
    """Some items of a criterion, as patterns where these are few, else as ratings."""

    found: Patterns | Ratings

    def alpha(self) -> Estimate:
        if isinstance(self.found, Patterns):
            return krippendorff_alpha(self.found)
        return coefficient(ALPHA, self.found)

    def agreement(self) -> Estimate:
        if isinstance(self.found, Patterns):
            return percent_agreement(self.found)
        return coefficient("percent_agreement", self.found)


@dataclass(frozen=True)
class Subsets:
    """The items of one criterion, any of which may be asked about.

    With few points, patterns are counted anew among the items asked for; with many, their
    ratings are taken apart.
    """

    counts: CriterionCounts
    ratings: Ratings

    @cached_property
    def patterns(self) -> Patterns | None:
        return self.counts.patterns if len(self.ratings.points) <= MOST_POINTS else None

    @cached_property
    def items(self) -> IntArray:
        """The item's key of each unit, ascending, shape (n_units,)."""
        return items_of(self.ratings.unit_labels or ())

    @property
    def ratings_per_item(self) -> IntArray:
        return self.ratings.ratings_per_unit

    def part(self, units: BoolArray) -> Part:
        """The items where `units`, shape (n_units,), is true."""
        if self.patterns is None:
            return Part(self.ratings.of_units(units))
        return Part(self._patterns_of(self.patterns, units, self._rated(units)))

    def parted(self, units: BoolArray) -> tuple[Part, Part]:
        """These items and all others."""
        whole = self.patterns
        if whole is None:
            return Part(self.ratings.of_units(units)), Part(self.ratings.of_units(~units))
        rated = self._rated(units)
        inside = self._patterns_of(whole, units, rated)
        outside = self._patterns_of(whole, ~units, self._by_rater - rated)
        return Part(inside), Part(outside)

    @cached_property
    def _by_rater(self) -> IntArray:
        return np.bincount(self.ratings.raters, minlength=self.ratings.n_raters)

    def _rated(self, units: BoolArray) -> IntArray:
        """Ratings of these units by each rater, shape (n_raters,)."""
        chosen = self.ratings.raters[units[self.ratings.units]]
        return np.bincount(chosen, minlength=self.ratings.n_raters)

    def _patterns_of(self, whole: Patterns, units: BoolArray, rated: IntArray) -> Patterns:
        groups, shown = self.ratings.groups, self._shown
        chosen = None if groups is None else np.where(units, shown, -1)
        frequencies = np.bincount(shown[units], minlength=len(whole.counts))
        return Patterns(
            counts=whole.counts,
            frequencies=frequencies.astype(np.float64),
            points=whole.points,
            level=whole.level,
            n_raters=int(np.count_nonzero(rated)),
            has_order=whole.has_order,
            units=None if chosen is None else UnitRows(lambda: chosen, groups),
        )

    @cached_property
    def _shown(self) -> IntArray:
        return self.ratings.pattern_of_unit
