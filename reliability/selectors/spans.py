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
from annotation.parts import part_text
from reliability.selectors.disagreement import SplitItem
from reliability.selectors.ratings import item_groups
from reliability.selectors.scales import Scale
from reliability.stats import Continuum, Span
from reliability.stats.continua import share_alike
from reliability.stats.span_sums import SpanMeasure, SpanSums

IntArray = NDArray[np.int64]
Mark = Mapping[str, Any]
Rows = Iterable[tuple[int, int, str, int, Any, Any]]


@dataclass(frozen=True)
class SpanCounts:
    """What each unit adds; `items` are the keys of their items, in the order of the sums.

    split: the units on whose characters raters differ most.
    """

    sums: SpanSums
    items: IntArray
    split: tuple[SplitItem, ...]


def span_counts_of(
    round_: Round, scales: Iterable[Scale], measures: Iterable[SpanMeasure], *, n_split: int
) -> dict[int, SpanCounts]:
    """By criterion pk, in one pass: the marks of one item are in memory at a time."""
    wanted = {scale.pk: scale for scale in scales}
    if not wanted:
        return {}
    measures, groups = tuple(measures), item_groups(round_)

    def reduced(scale: Scale, rows: Rows) -> SpanCounts:
        return _reduced(rows, measures, _Clusters(groups, scale.per), n_split)

    found = {pk: reduced(scale, ()) for pk, scale in wanted.items()}
    for pk, rows in groupby(_ratings(round_, list(wanted)), key=itemgetter(0)):
        found[pk] = reduced(wanted[pk], rows)
    return found


def _ratings(
    round_: Round, criteria: Sequence[int]
) -> Iterator[tuple[int, int, str, int, Any, Any]]:
    rows = (
        Rating.objects.filter(
            round=round_, criterion__in=criteria, basis=Basis.INDEPENDENT, is_abstention=False
        )
        .order_by("criterion_id", "item_id", "part")
        .values_list("criterion_id", "item_id", "part", "rater_id", "value", "item__content")
    )
    return rows.iterator(chunk_size=2000)


class _Clusters:
    """Codes of what units can't be left out without, as in `selectors/ratings.py`."""

    def __init__(self, groups: Mapping[int, str], per: str) -> None:
        self._groups, self._is_used = groups, bool(groups or per)
        self._codes: dict[int | str, int] = {}

    def code(self, item: int) -> int | None:
        """None where units stand alone."""
        if not self._is_used:
            return None
        return self._codes.setdefault(self._groups.get(item, item), len(self._codes))


def _reduced(
    rows: Rows, measures: Iterable[SpanMeasure], clusters: _Clusters, n_split: int
) -> SpanCounts:
    sums, items = SpanSums(measures), list[int]()
    split: list[SplitItem] = []
    for (item, part), of_unit in groupby(rows, key=itemgetter(1, 2)):
        given = list(of_unit)
        answers = {
            rater: marks_within(part, marks) for _pk, _item, _part, rater, marks, _content in given
        }
        texts = texts_of(answers, lengths_of(given[0][5], part))
        sums.add(texts, group=clusters.code(item))
        items.append(item)
        disagreement = _disagreement(texts) if len(answers) > 1 else 0
        if disagreement > 0:
            marks = _numbers_of_marks(answers.values())
            split.append(SplitItem(item, disagreement, marks, part))
            if len(split) > 2 * n_split:
                split = _worst(split, n_split)
    return SpanCounts(sums, np.array(items, dtype=np.int64), tuple(_worst(split, n_split)))


def _worst(split: list[SplitItem], n: int) -> list[SplitItem]:
    return nlargest(n, split, key=lambda each: each.disagreement)


def _disagreement(texts: Sequence[Continuum]) -> float:
    """Share of rater pairs of which one marked a character and the other did not."""
    marked = [text.merged(labels=False) for text in texts]
    return 1 - share_alike(marked).fixed[0]


def marks_within(part: str, marks: Sequence[Mark]) -> Sequence[Mark]:
    """Marks of a part are all in its own text, whatever side they name."""
    return [{**mark, "side": ""} for mark in marks] if part else marks


def lengths_of(content: Mapping[str, Any], part: str = "") -> dict[str, int]:
    """Characters of each response, by the name that marks use for it; of a part, of its text."""
    if part:
        return {side_of({}): len(part_text(part, content))}
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
