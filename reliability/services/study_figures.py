"""What further raters or items would do to a criterion's reliability."""

from reliability.selectors.counts import CriterionCounts
from reliability.services.figures import Decision, Predicted, Width
from reliability.services.subsets import MOST_POINTS
from reliability.stats import Patterns
from reliability.stats.decision import (
    PredictedReliability,
    predicted_reliability,
    raters_needed,
    variance_components,
)
from reliability.stats.planning import expected_widths, units_for_width

TARGET = 0.8
N_RATERS = (1, 2, 3, 4, 5, 7, 10)
# Sizes at which the width is foretold, in multiples of what has been rated.
TIMES = (0.5, 1, 2, 4)
WIDTHS = (0.10, 0.20)
# Simulated studies of each size; large ones differ little from each other.
DRAWS, FEW_DRAWS, LARGE = 20, 4, 1000


def decision(counts: CriterionCounts) -> Decision | None:
    """None where values are not points of a scale that variances could be told of."""
    ratings, patterns = counts.ratings, counts.patterns
    if ratings is None or patterns is None or len(ratings.points) > MOST_POINTS:
        return None
    given = counts.usage.by_rater
    parts = variance_components(patterns, counts.tables, ratings_by_rater=given)
    if parts.undefined is not None:
        return Decision(undefined_reason=parts.undefined.value, target=TARGET)
    predicted = predicted_reliability(patterns, counts.tables, N_RATERS, ratings_by_rater=given)
    needed = raters_needed(patterns, TARGET, counts.tables, ratings_by_rater=given)
    return Decision(
        item=parts.item,
        rater=parts.rater,
        residual=parts.residual,
        predicted=tuple(_predicted(each) for each in predicted if each.value is not None),
        raters_needed=needed.n_raters,
        target=TARGET,
        widths=_widths(patterns),
        items_needed=tuple((width, _items_needed(patterns, width)) for width in WIDTHS),
    )


def _predicted(found: PredictedReliability) -> Predicted:
    assert found.value is not None  # others are left out
    return Predicted(found.n_raters, found.value, found.ci_low, found.ci_high)


def _draws(patterns: Patterns) -> int:
    return DRAWS if patterns.n_units < LARGE else FEW_DRAWS


def _widths(patterns: Patterns) -> tuple[Width, ...]:
    sizes = sorted({max(2, round(times * patterns.n_units)) for times in TIMES})
    found = expected_widths(patterns, n_units=sizes, draws=_draws(patterns))
    return tuple(Width(each.n_units, each.width) for each in found if each.width is not None)


def _items_needed(patterns: Patterns, width: float) -> int | None:
    return units_for_width(patterns, width, draws=_draws(patterns)).n_units
