"""Agreement by slice and over time: the same coefficient among some of the items."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from reliability.selectors.scales import Scale
from reliability.selectors.slices import Slicing, codes_at
from reliability.services.coefficients import figure_of
from reliability.services.figures import Comparison, Heterogeneity, Period, SliceFamily, SliceRow
from reliability.services.subsets import AnySubsets
from reliability.stats import Estimate
from reliability.stats.differences import Difference, difference_of_estimates
from reliability.stats.multiplicity import adjusted, heterogeneity

IntArray = NDArray[np.int64]

# Slices of fewer items are named and counted, not told.
MIN_ITEMS = 20
MOST_PERIODS = 12
# Days of a period: days, weeks, months and quarters as near as weeks come to them.
PERIOD_DAYS = (1, 2, 3, 7, 14, 28, 56, 91, 182, 364)


def slice_families(
    scale: Scale, subsets: AnySubsets, slicings: Iterable[Slicing]
) -> tuple[SliceFamily, ...]:
    """Every slice of the criterion, p-values adjusted (Holm) over all of them together."""
    families = [_family(scale, subsets, slicing) for slicing in slicings]
    told = [family for family in families if len(family.rows) > 1]
    return _adjusted(told)


def _family(scale: Scale, subsets: AnySubsets, slicing: Slicing) -> SliceFamily:
    codes = slicing.of_items(subsets.items)
    sizes = np.bincount(codes[codes >= 0], minlength=len(slicing.values))
    order = [int(at) for at in np.argsort(-sizes, kind="stable") if sizes[at]]
    found = [_row(scale, subsets, slicing.values[at], codes == at) for at in order]
    return SliceFamily(
        name=slicing.name,
        source=slicing.source,
        rows=tuple(row for row, _estimate in found),
        n_left_out=slicing.n_left_out,
        heterogeneity=_heterogeneity([each for _row, each in found if each is not None]),
        min_items=MIN_ITEMS,
    )


def _row(
    scale: Scale, subsets: AnySubsets, value: str, units: NDArray[np.bool_]
) -> tuple[SliceRow, Estimate | None]:
    n_items = int(units.sum())
    n_ratings = int(subsets.ratings_per_item[units].sum())
    if n_items < MIN_ITEMS:
        return SliceRow(value, n_items, n_ratings, is_suppressed=True), None
    inside, rest = subsets.parted(units)
    alpha = inside.alpha()
    is_told = len(units) - n_items >= MIN_ITEMS
    row = SliceRow(
        value=value,
        n_items=n_items,
        n_ratings=n_ratings,
        figure=figure_of(scale, alpha),
        agreement=figure_of(scale, inside.agreement()),
        difference=compared(difference_of_estimates(alpha, rest.alpha())) if is_told else None,
    )
    return row, alpha


def compared(found: Difference) -> Comparison:
    """A difference with the p-value that belongs to its interval."""
    p_value = None
    if found.value is not None and found.se and found.df:
        p_value = float(2 * stats.t.sf(abs(found.value) / found.se, found.df))
    return Comparison(
        value=found.value,
        ci_low=found.ci_low,
        ci_high=found.ci_high,
        se=found.se,
        p_value=p_value,
        n_units=found.n_units,
        undefined_reason=found.undefined.value if found.undefined else None,
    )


def _heterogeneity(estimates: Sequence[Estimate]) -> Heterogeneity | None:
    found = heterogeneity(estimates)
    if found.q is None or found.p_value is None:
        return None
    return Heterogeneity(found.q, found.n_slices - 1, found.p_value)


def _adjusted(families: Sequence[SliceFamily]) -> tuple[SliceFamily, ...]:
    tested = [
        row.difference.p_value
        for family in families
        for row in family.rows
        if row.difference is not None and row.difference.p_value is not None
    ]
    values = iter(adjusted(tested).tolist())

    def with_adjusted(row: SliceRow) -> SliceRow:
        if row.difference is None or row.difference.p_value is None:
            return row
        return replace(row, difference=replace(row.difference, p_adjusted=next(values)))

    return tuple(
        replace(family, rows=tuple(with_adjusted(row) for row in family.rows))
        for family in families
    )


def periods(
    scale: Scale, subsets: AnySubsets, last: tuple[IntArray, IntArray]
) -> tuple[Period, ...]:
    """Items by when their last counted judgment was given; none where all came in one period."""
    days = codes_at(subsets.items, *last)
    known = days[days >= 0]
    if not len(known):
        return ()
    first, length = int(known.min()), _period_days(int(known.max() - known.min()) + 1)
    places = np.where(days >= 0, (days - first) // length, -1)
    if int(places.max()) == 0:
        return ()
    return tuple(
        _period(scale, subsets, places == place, first + int(place) * length, length)
        for place in np.unique(places[places >= 0])
    )


def _period_days(n_days: int) -> int:
    """The shortest usual length that needs no more than `MOST_PERIODS`."""
    needed = -(-n_days // MOST_PERIODS)
    return next((days for days in PERIOD_DAYS if days >= needed), needed)


def _period(
    scale: Scale, subsets: AnySubsets, units: NDArray[np.bool_], first: int, length: int
) -> Period:
    start = date(1970, 1, 1) + timedelta(days=first)
    end = start + timedelta(days=length - 1)
    figure = figure_of(scale, subsets.part(units).alpha())
    return Period(start.isoformat(), end.isoformat(), int(units.sum()), figure)
