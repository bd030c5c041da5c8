"""The interval: leave each item out once, or each group of items, and use quantiles of t."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

from .data import Floats, Integers

Limits = tuple[float | None, float | None]

# What is left out one by one; past this an interval takes minutes.
MAX_LEFT_OUT = 5_000
MAX_CELLS = 50_000_000


@dataclass(frozen=True)
class Units:
    """Distinct rows and how often each occurs; of each item its row and, if any, its group."""

    rows: Floats
    frequencies: Floats
    row_of: Integers
    group_of: Integers | None = None

    def parts(self) -> tuple[Floats, Floats]:
        """How often each row occurs in what is left out, and how many parts look the same."""
        n = len(self.rows)
        if self.group_of is None:
            return np.eye(n), self.frequencies
        groups, of_item = np.unique(self.group_of, return_inverse=True)
        parts = np.zeros((len(groups), n))
        np.add.at(parts, (of_item, self.row_of), 1)
        return parts, np.ones(len(groups))

    @property
    def n_parts(self) -> int:
        if self.group_of is None:
            return len(self.rows)
        return len(np.unique(self.group_of))


def units_of(rows: Floats, groups: Integers | None) -> Units:
    """Each different row once; `groups` has one number for each row."""
    if not len(rows):
        return Units(rows, np.zeros(0), np.zeros(0, dtype=np.int64))
    found, row_of, frequencies = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    return Units(found, frequencies.astype(float), row_of.reshape(-1), groups)


def jackknife(
    of: Callable[[Floats], float], units: Units, confidence: float, least: float = -math.inf
) -> Limits:
    """Limits of `of`; nothing where there are none, or too much is to be left out."""
    n_parts = units.n_parts
    if n_parts > MAX_LEFT_OUT or n_parts * len(units.rows) > MAX_CELLS:
        return (None, None)
    parts, times = units.parts()
    n = float(times.sum())
    if n < 2:
        return (None, None)
    with np.errstate(all="ignore"):
        left_out = np.array([of(rest) for rest in _without(units.frequencies, parts)])
    if not np.isfinite(left_out).all():
        return (None, None)
    mean = times @ left_out / n
    se = math.sqrt((n - 1) / n * float(times @ (left_out - mean) ** 2))
    reach = float(stats.t.ppf((1 + confidence) / 2, n - 1)) * se
    value = of(units.frequencies)
    return max(least, value - reach), min(1.0, value + reach)


def _without(frequencies: Floats, parts: Floats) -> Iterator[Floats]:
    for part in parts:
        yield frequencies - part
