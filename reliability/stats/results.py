"""What a coefficient returns: a value with its evidence, or a reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self


class Undefined(StrEnum):
    """Why a coefficient has no value."""

    NO_DATA = "no_data"
    NO_PAIRABLE_UNITS = "no_pairable_units"
    NO_VARIATION = "no_variation"
    ONE_CATEGORY = "one_category"
    TOO_FEW_UNITS = "too_few_units"
    TOO_FEW_RATERS = "too_few_raters"
    RATIO_NEEDS_NON_NEGATIVE = "ratio_needs_non_negative"
    NEEDS_NUMBERS = "needs_numbers"
    NEEDS_ORDER = "needs_order"
    NEEDS_TWO_RATERS = "needs_two_raters"
    NEEDS_COMPLETE_UNITS = "needs_complete_units"
    RATERS_NEVER_MEET = "raters_never_meet"
    UNSUITABLE_LEVEL = "unsuitable_level"
    TOO_MANY_VALUES = "too_many_values"
    POINT_NOT_USED = "point_not_used"
    NO_FINITE_ABILITIES = "no_finite_abilities"
    NEEDS_PREFERENCES = "needs_preferences"
    NO_SPANS = "no_spans"
    OVERLAPPING_SPANS = "overlapping_spans"


class Caution(StrEnum):
    """What a reader should know before trusting a value or its interval."""

    DEGENERATE_INTERVAL = "degenerate_interval"
    TOO_FEW_UNITS_FOR_INTERVAL = "too_few_units_for_interval"
    LEAVE_ONE_OUT_UNDEFINED = "leave_one_out_undefined"
    DRAWS_UNDEFINED = "draws_undefined"
    RARE_VALUE = "rare_value"
    FEW_INFORMATIVE_UNITS = "few_informative_units"
    HIGH_AGREEMENT_LOW_KAPPA = "high_agreement_low_kappa"
    INCOMPLETE_UNITS_DROPPED = "incomplete_units_dropped"
    PAIRS_UNDEFINED = "pairs_undefined"


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How much evidence stands behind a value.

    Attributes
    ----------
    n_units
        Units the coefficient uses; its interval has `n_units - 1` degrees of
        freedom. Alpha uses units with two or more ratings, Fleiss' kappa and
        Gwet's coefficients every rated unit, a rater pair the units both rated.
    n_raters
        Raters with at least one rating; None where counts do not tell.
    n_ratings
        Ratings present.
    n_pairable
        Ratings in units that hold two or more.
    """

    n_units: int = 0
    n_raters: int | None = None
    n_ratings: int = 0
    n_pairable: int = 0


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A coefficient with its interval, counts, and the reason if undefined.

    `value` is None exactly when `undefined` is set. `ci_low`, `ci_high`, `se`
    and `ci_method` are None when no interval can be formed (one unit, say).
    `confidence` is a share, 0 to 1. `n_groups` is set when units came in groups
    and whole groups were resampled; degrees of freedom are then `n_groups - 1`.
    `draws` and `seed` belong to a resampled interval. `terms` holds named parts
    of the formula, such as `p_o`, `p_e`, `d_o`, `d_e`.
    """

    coefficient: str
    level: str | None = None
    weights: str | None = None
    value: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    ci_method: str | None = None
    se: float | None = None
    confidence: float = 0.95
    n_units: int = 0
    n_raters: int | None = None
    n_ratings: int = 0
    n_pairable: int = 0
    n_groups: int | None = None
    undefined: Undefined | None = None
    warnings: tuple[Caution, ...] = ()
    draws: int | None = None
    seed: int | None = None
    terms: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        if (self.value is None) == (self.undefined is None):
            raise ValueError("an estimate has either a value or a reason")

    @property
    def is_defined(self) -> bool:
        return self.undefined is None

    def term(self, name: str) -> float | None:
        """The named part of the formula, or None where it does not exist."""
        return dict(self.terms).get(name)

    def with_warnings(self, *cautions: Caution) -> Self:
        """The same estimate with further cautions, each once."""
        return replace(self, warnings=tuple(dict.fromkeys((*self.warnings, *cautions))))
