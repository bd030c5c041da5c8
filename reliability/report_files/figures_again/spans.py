"""Marked passages: is each character marked or not; items are left out whole."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .coefficients import Formula
from .data import Floats, Integers, Ratings


def marks_of(ratings: Ratings) -> list[tuple[int, Integers]]:
    """Of each item with two ratings or more: raters, and how many marked each character."""
    spans = [json.loads(text) for text in ratings.values]
    given: dict[int, list[Any]] = {}
    for item, value in zip(ratings.item, ratings.value, strict=True):
        given.setdefault(item, []).append(spans[value])
    return [
        (len(answers), _characters(answers, json.loads(ratings.lengths.get(item, "{}"))))
        for item, answers in given.items()
        if len(answers) >= 2
    ]


def _characters(answers: Sequence[Any], lengths: dict[str, int]) -> Integers:
    sides = dict(lengths)
    for mark in (mark for marks in answers for mark in marks):
        sides[mark["side"]] = max(sides.get(mark["side"], 0), mark["end"] or 0)
    total = {side: np.zeros(length, dtype=np.int64) for side, length in sides.items()}
    for marks in answers:
        own = {side: np.zeros(length, dtype=np.int64) for side, length in sides.items()}
        for mark in marks:
            if mark["start"] is not None:  # the passage was found in the text
                own[mark["side"]][mark["start"] : mark["end"]] = 1
        for side, seen in own.items():
            total[side] += seen
    return np.concatenate(list(total.values()) or [np.zeros(0, dtype=np.int64)])


def sums_of(n: int, marked: Integers) -> tuple[float, float, float, float]:
    """Differing pairs over n - 1, unmarked and marked ratings, share of agreeing pairs."""
    differing = float((2 * marked * (n - marked)).sum())
    pairs = len(marked) * n * (n - 1)
    seen = float(marked.sum())
    share = 1 - differing / pairs if pairs else 1.0
    return differing / (n - 1), len(marked) * n - seen, seen, share


def mean_share(sums: Floats) -> Formula:
    return lambda frequencies: float(frequencies @ sums[:, 3]) / float(frequencies.sum())


def span_alpha(sums: Floats) -> Formula:
    """Nominal alpha with two values, of characters added up."""

    def of(frequencies: Floats) -> float:
        differing, unmarked, marked = (float(total) for total in frequencies @ sums[:, :3])
        expected, n = 2 * unmarked * marked, unmarked + marked
        return 1 - (n - 1) * differing / expected if expected else math.nan

    return of
