"""Marked passages, item by item: what each adds to the figures, and which raters differ on."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
from django.utils.translation import ngettext
from numpy.typing import NDArray

from annotation.choices import Basis
from annotation.models import Rating, Round
from reliability.selectors.disagreement import SplitItem
from reliability.selectors.ratings import item_groups
from reliability.selectors.scales import Scale
from reliability.stats import Continuum, Span
from reliability.stats.continua import share_alike
from reliability.stats.span_sums import SpanMeasure, SpanSums

IntArray = NDArray[np.int64]
Mark = Mapping[str, Any]
Rows = Iterable[tuple[int, int, int, Any, Any]]


@dataclass(frozen=True)
class SpanCounts:
    """What each item adds; `items` are their keys, ascending, in the order of the sums.

    split: the items on whose characters raters differ most.
    """

    sums: SpanSums
    items: IntArray
    split: tuple[SplitItem, ...]


def span_counts_of(
    round_: Round, scales: Iterable[Scale], measures: Iterable[SpanMeasure], *, n_split: int
) -> dict[int, SpanCounts]:
    """By criterion pk, in one pass: the marks of one item are in memory at a time."""
    wanted = [scale.pk for scale in scales]
    if not wanted:
        return {}
    measures, groups = tuple(measures), item_groups(round_)
    found = {pk: _reduced((), measures, groups, n_split) for pk in wanted}
    for pk, rows in groupby(_ratings(round_, wanted), key=itemgetter(0)):
        found[pk] = _reduced(rows, measures, groups, n_split)
    return found


def _ratings(round_: Round, criteria: Sequence[int]) -> Iterator[tuple[int, int, int, Any, Any]]:
    rows = (
        Rating.objects.filter(
            round=round_, criterion__in=criteria, basis=Basis.INDEPENDENT, is_abstention=False
        )
        .order_by("criterion_id", "item_id")
        .values_list("criterion_id", "item_id", "rater_id", "value", "item__content")
    )
    return rows.iterator(chunk_size=2000)


def _reduced(
    rows: Rows, measures: Iterable[SpanMeasure], groups: Mapping[int, int], n_split: int
) -> SpanCounts:
    sums, items = SpanSums(measures), list[int]()
    split: list[SplitItem] = []
    for item, of_item in groupby(rows, key=itemgetter(1)):
        given = list(of_item)
        answers = {rater: marks for _pk, _item, rater, marks, _content in given}
        texts = texts_of(answers, lengths_of(given[0][4]))
        # Items outside a group are groups of their own.
        group = groups.get(item, len(groups) + len(items)) if groups else None
        sums.add(texts, group=group)
        items.append(item)
        disagreement = _disagreement(texts) if len(answers) > 1 else 0
        if disagreement > 0:
            split.append(SplitItem(item, disagreement, _numbers_of_marks(answers.values())))
            if len(split) > 2 * n_split:
                split = _worst(split, n_split)
    return SpanCounts(sums, np.array(items, dtype=np.int64), tuple(_worst(split, n_split)))


def _worst(split: list[SplitItem], n: int) -> list[SplitItem]:
    return nlargest(n, split, key=lambda each: each.disagreement)


def _disagreement(texts: Sequence[Continuum]) -> float:
    """Share of rater pairs of which one marked a character and the other did not."""
    marked = [text.merged(labels=False) for text in texts]
    return 1 - share_alike(marked).fixed[0]


def lengths_of(content: Mapping[str, Any]) -> dict[str, int]:
    """Characters of each response, by the name that marks use for it."""
    responses = content.get("responses") or []
    return {
        f"response_{place}": len(str(response.get("text", "")))
        for place, response in enumerate(responses, start=1)
    }


def texts_of(
    answers: Mapping[int, Sequence[Mark]], lengths: Mapping[str, int]
) -> tuple[Continuum, ...]:
    """What each rater marked, text by text.

    A side that is no response (an imported name) is as long as its last mark. A passage that
    could not be located, or has no characters, marks nothing.
    """
    sides = dict(lengths)
    for mark in (mark for marks in answers.values() for mark in marks):
        side = side_of(mark)
        sides[side] = max(sides.get(side, 0), mark["end"] or 0)
    marked: dict[str, dict[Hashable, list[Span]]] = {
        side: {rater: [] for rater in answers} for side in sides
    }
    for rater, marks in answers.items():
        for mark in marks:
            if mark["start"] is not None and mark["start"] < mark["end"]:
                span = Span(mark["start"], mark["end"], mark.get("label"))
                marked[side_of(mark)][rater].append(span)
    return tuple(Continuum(sides[side], marked[side]) for side in sides)


def side_of(mark: Mark) -> str:
    side = str(mark.get("side") or "response_1")
    return "response_1" if side == "target" else side


def _numbers_of_marks(answers: Iterable[Sequence[Mark]]) -> tuple[tuple[str, int], ...]:
    numbers = sorted(len(spans) for spans in answers)
    counted = {n: numbers.count(n) for n in numbers}
    return tuple(
        (ngettext("%(n)d mark", "%(n)d marks", n) % {"n": n}, raters)
        for n, raters in counted.items()
    )
