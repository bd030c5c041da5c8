"""Coefficients of some of a criterion's items, without going through the ratings again."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from reliability.selectors.counts import CriterionCounts
from reliability.services.coefficients import ALPHA
from reliability.stats import Estimate, Patterns, Ratings, coefficient, krippendorff_alpha
from reliability.stats import percent_agreement as percent_agreement_of
from reliability.stats.units import UnitRows

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

# Numbers of more different values are cheaper by their sums than by counts of each value.
MOST_POINTS = 100


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
        """Keys of the items, ascending, shape (n_units,)."""
        return np.asarray(self.ratings.unit_labels, dtype=np.int64)

    def alpha(self, units: BoolArray) -> Estimate:
        if self.patterns is None:
            return coefficient(ALPHA, self.ratings_within(units))
        return krippendorff_alpha(self._patterns_within(self.patterns, units))

    def agreement(self, units: BoolArray) -> Estimate:
        if self.patterns is None:
            return coefficient("percent_agreement", self.ratings_within(units))
        return percent_agreement_of(self._patterns_within(self.patterns, units))

    def _patterns_within(self, whole: Patterns, units: BoolArray) -> Patterns:
        shown = self.ratings.pattern_of_unit
        groups = self.ratings.groups
        chosen = np.where(units, shown, -1)
        return Patterns(
            counts=whole.counts,
            frequencies=np.bincount(shown[units], minlength=len(whole.counts)).astype(np.float64),
            points=whole.points,
            level=whole.level,
            n_raters=int(
                np.count_nonzero(np.bincount(self.ratings.raters[units[self.ratings.units]]))
            ),
            has_order=whole.has_order,
            units=None if groups is None else UnitRows(lambda: chosen, groups),
        )

    def ratings_within(self, units: BoolArray) -> Ratings:
        """The ratings of some units; the scale stays."""
        ratings = self.ratings
        rows = units[ratings.units]
        return Ratings.from_codes(
            ratings.units[rows],
            ratings.raters[rows],
            ratings.values[rows],
            rater_labels=ratings.rater_labels,
            points=ratings.points,
            level=ratings.level,
            has_order=ratings.has_order,
            unit_labels=ratings.unit_labels,
            groups=ratings.groups,
        )
