"""Agreement on marked passages: whether a character is marked, with items as the units.

Characters of one item are not independent, so the interval leaves out whole items.
"""

from collections.abc import Iterator

import numpy as np

from reliability.selectors.spans import SpanCounts
from reliability.stats import Estimate, Interval, Undefined
from reliability.stats.inference import Sums, UnitSums, infer
from reliability.stats.results import Counts

CHARACTERS = "characters"


def span_estimates(spans: SpanCounts, n_raters: int) -> Iterator[Estimate]:
    """Krippendorff's alpha (nominal: marked or not) and percent agreement, over characters."""
    units = np.ones(len(spans.sums))
    counts = Counts(
        n_units=len(spans.sums),
        n_raters=n_raters,
        n_ratings=spans.n_ratings,
        n_pairable=spans.n_pairable,
    )
    missing = _missing(spans)
    alike = missing or (Undefined.NO_VARIATION if (spans.sums.sum(axis=0)[1:] == 0).any() else None)
    sums = None if alike else UnitSums(spans.sums, units, _alpha)
    yield infer(
        sums,
        undefined=alike,
        counts=counts,
        interval=Interval(),
        coefficient="krippendorff_alpha",
        level="nominal",
        weights=CHARACTERS,
    )
    shares = np.column_stack([spans.shares, units])
    yield infer(
        None if missing else UnitSums(shares, units, _mean, bounds=(0.0, 1.0)),
        undefined=missing,
        counts=counts,
        interval=Interval(),
        coefficient="percent_agreement",
        level="nominal",
        weights=CHARACTERS,
    )


def _missing(spans: SpanCounts) -> Undefined | None:
    if not spans.n_items:
        return Undefined.NO_DATA
    return None if len(spans.sums) else Undefined.NO_PAIRABLE_UNITS


def _alpha(sums: Sums) -> Sums:
    differing, unmarked, marked = sums[..., 0], sums[..., 1], sums[..., 2]
    n = unmarked + marked
    expected = 2 * unmarked * marked
    empty = np.real(expected) == 0
    value: Sums = np.where(empty, np.nan, 1 - (n - 1) * differing / np.where(empty, 1, expected))
    return value


def _mean(sums: Sums) -> Sums:
    mean: Sums = sums[..., 0] / sums[..., 1]
    return mean
