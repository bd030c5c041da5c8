"""Marked passages as what raters said of each character: marked or not."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from reliability.selectors.scales import Scale

FloatArray = NDArray[np.float64]
Span = Mapping[str, Any]


@dataclass(frozen=True)
class SpanCounts:
    """What each item that two or more rated adds; rows follow each other as items do.

    sums, shape (n, 3): rater pairs that differ on a character, over raters less one, summed
    over characters; then ratings of characters as unmarked and as marked.
    shares, shape (n,): share of rater pairs that agree on a character, mean over characters.
    """

    sums: FloatArray
    shares: FloatArray
    n_items: int
    n_ratings: int
    n_pairable: int
    split: tuple[SplitItem, ...]


def span_counts_of(
    round_: Round, scales: Iterable[Scale], *, n_split: int
) -> dict[int, SpanCounts]:
    """By criterion pk, in one query, item by item."""
    wanted = [scale.pk for scale in scales]
    found = {pk: _reduced((), n_split) for pk in wanted}
    if wanted:
        for pk, rows in groupby(_ratings(round_, wanted), key=itemgetter(0)):
            found[pk] = _reduced(rows, n_split)
    return found


def _ratings(round_: Round, criteria: Sequence[int]) -> Iterator[tuple[int, int, Any, Any]]:
    rows = (
        Rating.objects.filter(
            round=round_, criterion__in=criteria, basis=Basis.INDEPENDENT, is_abstention=False
        )
        .order_by("criterion_id", "item_id")
        .values_list("criterion_id", "item_id", "value", "item__content")
    )
    return rows.iterator(chunk_size=2000)


def _reduced(rows: Iterable[tuple[int, int, Any, Any]], n_split: int) -> SpanCounts:
    sums, shares, split = [], [], []
    n_items = n_ratings = n_pairable = 0
    for item, group in groupby(rows, key=itemgetter(1)):
        given = list(group)
        answers = [value for _pk, _item, value, _content in given]
        n_items, n_ratings = n_items + 1, n_ratings + len(answers)
        if len(answers) < 2:
            continue
        n_pairable += len(answers)
        marked = marks_by_character(answers, lengths_of(given[0][3]))
        sums.append(_item_sums(marked, len(answers)))
        shares.append(_share(marked, len(answers)))
        if shares[-1] < 1:
            split.append(SplitItem(item, 1 - shares[-1], _numbers_of_marks(answers)))
    return SpanCounts(
        sums=np.array(sums, dtype=np.float64).reshape(-1, 3),
        shares=np.array(shares, dtype=np.float64),
        n_items=n_items,
        n_ratings=n_ratings,
        n_pairable=n_pairable,
        split=tuple(nlargest(n_split, split, key=lambda each: each.disagreement)),
    )


def lengths_of(content: Mapping[str, Any]) -> dict[str, int]:
    """Characters of each response, by the name that marks use for it."""
    responses = content.get("responses") or []
    return {
        f"response_{place}": len(str(response.get("text", "")))
        for place, response in enumerate(responses, start=1)
    }


def marks_by_character(answers: Sequence[Sequence[Span]], lengths: Mapping[str, int]) -> FloatArray:
    """How many raters marked each character, over all sides one after the other.

    A side that is no response (an imported name) is as long as its last mark.
    """
    sides = dict(lengths)
    for span in (span for spans in answers for span in spans):
        side = side_of(span)
        sides[side] = max(sides.get(side, 0), span["end"] or 0)
    marked = {side: np.zeros(length) for side, length in sides.items()}
    for spans in answers:
        own = {side: np.zeros(length) for side, length in sides.items()}
        for span in spans:
            # A passage that could not be located marks no character.
            if span["start"] is not None:
                own[side_of(span)][span["start"] : span["end"]] = 1
        for side, marks in own.items():
            marked[side] += marks
    return np.concatenate(list(marked.values()) or [np.zeros(0)])


def side_of(span: Span) -> str:
    side = str(span.get("side") or "response_1")
    return "response_1" if side == "target" else side


def _item_sums(marked: FloatArray, n_raters: int) -> tuple[float, float, float]:
    differing = 2 * marked * (n_raters - marked) / (n_raters - 1)
    n_marked = float(marked.sum())
    return float(differing.sum()), len(marked) * n_raters - n_marked, n_marked


def _share(marked: FloatArray, n_raters: int) -> float:
    """1 where there is no character to disagree on."""
    if not len(marked):
        return 1.0
    differing = 2 * marked * (n_raters - marked) / (n_raters * (n_raters - 1))
    return 1 - float(differing.mean())


def _numbers_of_marks(answers: Sequence[Sequence[Span]]) -> tuple[tuple[str, int], ...]:
    numbers = sorted(len(spans) for spans in answers)
    counted = {n: numbers.count(n) for n in numbers}
    return tuple(
        (ngettext("%(n)d mark", "%(n)d marks", n) % {"n": n}, raters)
        for n, raters in counted.items()
    )
