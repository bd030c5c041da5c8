"""What a criterion's values say one by one: how often used, agreed on, and confused."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from reliability.selectors.counts import CriterionCounts
from reliability.selectors.disagreement import SplitItem
from reliability.selectors.scales import Point, Scale
from reliability.services.coefficients import figure_of
from reliability.services.figures import (
    AnchorFigure,
    CellShare,
    ConfusedAnchors,
    Confusion,
    SplitFigure,
    ValueShare,
)
from reliability.stats import Patterns, Ratings, agreement_on_each_point, confused_points

# Values that a report lists; a longer scale has no matrix and no figures by value.
N_VALUES = 30
N_CONFUSIONS = 10
# Patterns that a report stores, so that rounds can be pooled without the database.
MOST_PATTERNS = 2000


def shown_points(counts: CriterionCounts) -> tuple[Any, ...]:
    """The scale, or the values that were given; none of either when there are too many to show."""
    ratings = counts.ratings
    points = counts.scale.points or (ratings.points if ratings else ())
    return points if len(points) <= N_VALUES else ()


def distribution(scale: Scale, ratings: Ratings) -> tuple[ValueShare, ...]:
    """Values in the order of the scale; of free values only the commonest, still in order."""
    totals = np.bincount(ratings.values, minlength=len(ratings.points))
    n_ratings = max(1, ratings.n_ratings)
    shown: Iterable[int] = range(len(totals))
    if len(totals) > N_VALUES:
        shown = sorted(int(at) for at in np.argsort(-totals, kind="stable")[:N_VALUES])
    points: Any = ratings.points
    return tuple(
        ValueShare(plain(points[at]), scale.label_of(points[at]), n, n / n_ratings)
        for at, n in ((at, int(totals[at])) for at in shown)
    )


def matrix(patterns: Patterns) -> tuple[CellShare, ...]:
    """Rater pairs of one item by the two points they gave, agreement on the diagonal."""
    counts, frequencies = patterns.counts, patterns.frequencies
    used = (counts > 0).astype(np.float64)
    pairs = counts.T @ (counts * frequencies[:, None])
    items = used.T @ (used * frequencies[:, None])
    alike = counts * (counts - 1) / 2
    np.fill_diagonal(pairs, frequencies @ alike)
    np.fill_diagonal(items, frequencies @ (alike > 0))
    rows, columns = np.triu_indices(len(patterns.points))
    cells = zip(rows.tolist(), columns.tolist(), strict=True)
    return tuple(
        CellShare(row, column, int(items[row, column]), int(pairs[row, column]))
        for row, column in cells
        if pairs[row, column] > 0
    )


def confusions(
    scale: Scale, points: tuple[Any, ...], cells: Iterable[CellShare]
) -> tuple[Confusion, ...]:
    """The two values most often given to one and the same item."""
    apart = [cell for cell in cells if cell.row != cell.column]
    worst = sorted(apart, key=lambda cell: -cell.n_pairs)[:N_CONFUSIONS]
    return tuple(
        Confusion(
            values=(plain(points[cell.row]), plain(points[cell.column])),
            labels=(scale.label_of(points[cell.row]), scale.label_of(points[cell.column])),
            n_items=cell.n_items,
            n_pairs=cell.n_pairs,
        )
        for cell in worst
    )


def confused_anchors(scale: Scale, patterns: Patterns) -> Iterator[ConfusedAnchors]:
    for pair in confused_points(patterns, most=N_CONFUSIONS):
        points: tuple[Any, Any] = (pair.first, pair.second)
        yield ConfusedAnchors(
            values=(plain(points[0]), plain(points[1])),
            labels=(scale.label_of(points[0]), scale.label_of(points[1])),
            n_items=pair.n_units,
            n_pairs=pair.n_pairs,
            share=pair.share_of_disagreement,
            ratio=pair.ratio_to_chance,
            ci_low=pair.ci_low,
            ci_high=pair.ci_high,
        )


def anchors(scale: Scale, patterns: Patterns) -> Iterator[AnchorFigure]:
    """Given one rating at a point, how often another of the same item agrees."""
    points: Any = patterns.points
    for point, estimate in zip(points, agreement_on_each_point(patterns), strict=True):
        yield AnchorFigure(
            plain(point), scale.label_of(point), estimate.n_units, figure_of(scale, estimate)
        )


def stored_patterns(patterns: Patterns) -> tuple[tuple[tuple[int, ...], int], ...] | None:
    if len(patterns.counts) > MOST_PATTERNS:
        return None
    counts = patterns.counts.astype(np.int64).tolist()
    frequencies = patterns.frequencies.astype(np.int64).tolist()
    return tuple((tuple(row), n) for row, n in zip(counts, frequencies, strict=True))


def split_figure(split: SplitItem, names: Mapping[int, tuple[str, str]]) -> SplitFigure:
    public_id, external_id = names[split.item]
    values = tuple((plain(point), n) for point, n in split.values)
    return SplitFigure(public_id, external_id, split.disagreement, values, split.part)


def plain(point: Point) -> Any:
    """A point as JSON: sets as sorted lists, orders as lists."""
    if isinstance(point, frozenset):
        return sorted(point)
    return list(point) if isinstance(point, tuple) else point
