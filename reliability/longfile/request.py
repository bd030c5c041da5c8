"""What is asked of a long file, and how the answer is refused."""

from __future__ import annotations

from dataclasses import dataclass

from reliability.stats.data import Level
from reliability.stats.inference import DEFAULT_INTERVAL, Interval
from reliability.stats.registry import COEFFICIENTS

DEFAULT_CRITERION = "dimension"
ALPHA = "krippendorff_alpha"


class RefusedDataError(ValueError):
    """The data contradict themselves or the request; says which row and why."""


@dataclass(frozen=True, kw_only=True)
class StudyRequest:
    """What to compute from a long frame.

    Attributes
    ----------
    unit, rater, value, criterion
        Column names; without a criterion column all rows are one criterion.
        `criterion` None means "dimension", if the file has it.
    by
        Families of slices: each a tuple of columns whose combinations are
        computed apart, beside the whole.
    group
        Column of what units belong together (the summary of a sentence):
        intervals then leave out or draw whole groups.
    wide
        Rater columns of a wide file (one row a unit); None for a long one.
    categories
        The scale in order, as text.
    missing
        Cells that mean a missing rating, as text.
    pairs
        Also each rater pair, for coefficients of two raters.
    confusions
        Also which two values raters confuse; people read it, records don't hold it.
    """

    unit: str = "item_id"
    rater: str = "rater_id"
    value: str = "value"
    criterion: str | None = None
    by: tuple[tuple[str, ...], ...] = ()
    group: str | None = None
    wide: tuple[str, ...] | None = None
    only: tuple[str, ...] = ()
    levels: tuple[Level, ...] = (Level.NOMINAL,)
    coefficients: tuple[str, ...] = tuple(COEFFICIENTS)
    weights: tuple[str, ...] = ()
    categories: tuple[str, ...] | None = None
    missing: tuple[str, ...] = ()
    pairs: bool = False
    confusions: bool = False
    interval: Interval = DEFAULT_INTERVAL

    def weights_of(self, name: str) -> tuple[str | None, ...]:
        """Named weights to compute the coefficient with; None leaves it its own.

        Alpha has the distance of its level. Weights take its place only where nothing else is
        asked for that they could be meant for.
        """
        takes_weights = COEFFICIENTS[name].takes_weights
        if name == ALPHA:
            takes_weights = not any(COEFFICIENTS[each].takes_weights for each in self.coefficients)
        return (self.weights or (None,)) if takes_weights else (None,)


def refusal(message: str, criterion: str | None) -> RefusedDataError:
    """The error, naming the criterion where there are several."""
    return RefusedDataError(message if criterion is None else f"{message} (criterion {criterion})")
