"""Marked passages: figures from each character's labels and from the passages themselves."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np

from .coefficients import Formula
from .data import Floats, Integers, Ratings

# Start, end and label.
Passage = tuple[int, int, str]
# Labels of a character are bits of one number.
MAX_LABELS = 62


@dataclass(frozen=True)
class MarkedItem:
    """An item that two or more rated: its texts end to end, and each rater's passages."""

    length: int
    answers: tuple[tuple[Passage, ...], ...]

    def passages(self) -> list[list[Passage]]:
        """Of each rater, those that overlap and share their label made one."""
        return [merged(answer) for answer in self.answers]


def items_of(ratings: Ratings) -> tuple[list[MarkedItem], Integers]:
    """Items with two ratings or more, and the number of each."""
    marks = [json.loads(text) for text in ratings.values]
    given: dict[int, list[Any]] = {}
    for item, value in zip(ratings.item, ratings.value, strict=True):
        given.setdefault(item, []).append(marks[value])
    numbers = [item for item, answers in given.items() if len(answers) >= 2]
    found = [_item(given[n], json.loads(ratings.lengths.get(n, "{}"))) for n in numbers]
    return found, np.array(numbers, dtype=np.int64)


def _item(answers: Sequence[Any], lengths: Mapping[str, int]) -> MarkedItem:
    sides = dict(lengths)
    for mark in (mark for marks in answers for mark in marks):
        sides[mark["side"]] = max(sides.get(mark["side"], 0), mark["end"] or 0)
    starts = dict(zip(sides, np.cumsum([0, *sides.values()]).tolist(), strict=False))
    return MarkedItem(
        sum(sides.values()),
        tuple(tuple(_placed(marks, starts)) for marks in answers),
    )


def _placed(marks: Sequence[Any], starts: Mapping[str, int]) -> Iterator[Passage]:
    for mark in marks:
        if mark["start"] is not None and mark["start"] < mark["end"]:
            at = starts[mark["side"]]
            yield at + mark["start"], at + mark["end"], mark.get("label", "")


def merged(passages: Sequence[Passage]) -> list[Passage]:
    found: list[Passage] = []
    for label in {label for _start, _end, label in passages}:
        own: list[Passage] = []
        for start, end, _label in sorted(each for each in passages if each[2] == label):
            if own and start < own[-1][1]:
                own[-1] = (own[-1][0], max(end, own[-1][1]), label)
            else:
                own.append((start, end, label))
        found += own
    return found


# -- characters


def codes_of(item: MarkedItem, bits: Mapping[str, int]) -> Integers:
    """What each rater (row) said of each character: the bits of its labels, 0 for none."""
    codes = np.zeros((len(item.answers), item.length), dtype=np.int64)
    for row, answer in zip(codes, item.answers, strict=True):
        for start, end, label in answer:
            row[start:end] |= 1 << bits[label]
    return codes


def bits_of(items: Sequence[MarkedItem], *, labelled: bool) -> dict[str, int] | None:
    """A bit for each label, or one for all; None: more labels than bits."""
    labels = {label for item in items for answer in item.answers for _s, _e, label in answer}
    bits = {label: n if labelled else 0 for n, label in enumerate(sorted(labels))}
    return None if len(set(bits.values())) > MAX_LABELS else bits


def counts_of(items: Sequence[MarkedItem], bits: Mapping[str, int]) -> list[Floats]:
    """Of each item, how many raters gave a character (row) each value (column); gaps first."""
    codes = [codes_of(item, bits) for item in items]
    values = sorted({0}.union(*(np.unique(each).tolist() for each in codes)))
    return [
        np.column_stack([(each == value).sum(axis=0) for value in values]).astype(float)
        for each in codes
    ]


def character_rows(counts: Sequence[Floats]) -> Floats:
    """Agreeing ratings of each item, then ratings of each value."""
    rows = [[_agreeing(each), *each.sum(axis=0)] for each in counts]
    return np.array(rows)


def _agreeing(counts: Floats) -> float:
    raters = counts.sum(axis=1).max(initial=2)
    return float((counts * (counts - 1)).sum() / (raters - 1))


def character_shares(counts: Sequence[Floats]) -> Floats:
    """Share of agreeing rater pairs on a character of each item; 1 where there is none."""
    shares = [_agreeing(each) / each.sum() if len(each) else 1.0 for each in counts]
    return np.column_stack([shares, np.ones(len(shares))])


def character_alpha(rows: Floats) -> Formula:
    def of(frequencies: Floats) -> float:
        agreeing, *by_value = (float(total) for total in frequencies @ rows)
        n, alike = math.fsum(by_value), math.fsum(each * each for each in by_value)
        return 1 - (n - 1) * (n - agreeing) / (n * n - alike) if n * n > alike else math.nan

    return of


# -- passages


def segment_rows(items: Sequence[MarkedItem], counts: Sequence[Floats]) -> Floats:
    """As `character_rows`, then squared lengths; a gap counts with its length."""
    squares = [
        sum((end - start) ** 2 for own in item.passages() for start, end, _label in own)
        + float(each[:, 0].sum())
        for item, each in zip(items, counts, strict=True)
    ]
    return np.column_stack([squares, character_rows(counts)])


def unitizing_alpha(rows: Floats) -> Formula:
    """Krippendorff, Mathet, Bouvry and Widlöcher (2016), equations 1 to 5."""

    def of(frequencies: Floats) -> float:
        squares, agreeing, *by_value = (float(total) for total in frequencies @ rows)
        n, alike = math.fsum(by_value), math.fsum(each * each for each in by_value)
        if n * n <= squares:
            return math.nan
        expected = n - n * (alike - squares) / (n * n - squares)
        return 1 - (n - agreeing) / expected if expected > 1e-9 else math.nan

    return of


def found_rows(
    items: Sequence[MarkedItem], earned: Callable[[list[Passage], list[Passage]], float]
) -> Floats:
    """Passages of one rater that another found too, and all, over ordered pairs."""
    rows = []
    for item in items:
        pairs = list(permutations(item.passages(), 2))
        rows.append((sum(earned(*pair) for pair in pairs), sum(len(a) for a, _b in pairs)))
    return np.array(rows, dtype=float)


def exactly(first: list[Passage], second: list[Passage]) -> float:
    return float(len(set(first).intersection(second)))


def in_part(first: list[Passage], second: list[Passage]) -> float:
    return sum(
        max(0, min(end, other_end) - max(start, other_start)) / (end - start)
        for start, end, label in first
        for other_start, other_end, other_label in second
        if label == other_label
    )


def share(rows: Floats) -> Formula:
    def of(frequencies: Floats) -> float:
        found, everything = (float(total) for total in frequencies @ rows)
        return found / everything if everything else math.nan

    return of
