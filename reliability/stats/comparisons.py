"""Paired comparisons: which of two items won, or that they tied."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .errors import InvalidCountsError, InvalidRatingsError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Item = Hashable


class Outcome(StrEnum):
    """How a comparison ended."""

    FIRST = "response_1"
    SECOND = "response_2"
    TIE = "tie"


@dataclass(frozen=True, eq=False, kw_only=True)
class Comparisons:
    """Paired comparisons: distinct rows, and how often each was seen.

    Attributes
    ----------
    first, second : ndarray of int, shape (n_rows,)
        Codes of the two items compared.
    outcomes : ndarray of int, shape (n_rows,)
        0 the first won, 1 the second, 2 a tie.
    counts : ndarray of float, shape (n_rows,)
        Times it was seen.
    clusters : ndarray of int, shape (n_rows,), optional
        What the comparison is about (the prompt that both responses answer).
        Comparisons of one cluster are not independent; None when all are.
    items : tuple
        What the codes stand for.
    """

    first: IntArray
    second: IntArray
    outcomes: IntArray
    counts: FloatArray
    items: tuple[Item, ...]
    clusters: IntArray | None = None

    @classmethod
    def from_long(
        cls,
        first: ArrayLike,
        second: ArrayLike,
        outcomes: ArrayLike,
        *,
        clusters: ArrayLike | None = None,
        items: Sequence[Item] | None = None,
    ) -> Comparisons:
        """One row a comparison; outcomes are "response_1", "response_2" and "tie".

        A missing outcome is left out. Items are in the order given, or sorted.

        Raises
        ------
        InvalidRatingsError
            Unequal lengths, an unknown outcome, an item compared with itself or
            missing from `items`, or a missing cluster.
        """
        columns = [pd.Series(column, dtype=object) for column in (first, second, outcomes)]
        if len({len(column) for column in columns}) > 1:
            raise InvalidRatingsError("the columns of comparisons differ in length")
        given = columns[2].notna().to_numpy()
        a, b, outcome = (column[given] for column in columns)
        known = tuple(items) if items is not None else tuple(sorted({*a, *b}, key=str))
        place = {item: code for code, item in enumerate(known)}
        ends = {str(end): code for code, end in enumerate(Outcome)}
        return cls(
            first=_coded(a, place, "an item is not among those given"),
            second=_coded(b, place, "an item is not among those given"),
            outcomes=_coded(outcome, ends, "an outcome is response_1, response_2 or tie"),
            counts=np.ones(len(a)),
            items=known,
            clusters=None if clusters is None else _clusters(clusters, given),
        )

    @classmethod
    def from_wins(
        cls, wins: ArrayLike, items: Sequence[Item], *, ties: ArrayLike | None = None
    ) -> Comparisons:
        """From a table: `wins[i][j]` times i beat j; `ties[i][j]`, symmetric, they tied.

        Raises
        ------
        InvalidCountsError
            A table is not square, holds a negative, broken or infinite count, or
            counts an item against itself; ties are not symmetric.
        """
        won = _square(wins, len(items))
        tied = np.zeros_like(won) if ties is None else _square(ties, len(items))
        if not np.array_equal(tied, tied.T):
            raise InvalidCountsError("ties are the same seen from either side")
        winner, loser = np.nonzero(won)
        one, other = np.nonzero(np.triu(tied))
        return cls(
            first=np.concatenate([winner, one]),
            second=np.concatenate([loser, other]),
            outcomes=np.repeat([0, 2], [len(winner), len(one)]),
            counts=np.concatenate([won[winner, loser], tied[one, other]]),
            items=tuple(items),
        )

    def __post_init__(self) -> None:
        if (self.first == self.second).any():
            raise InvalidRatingsError("an item is compared with itself")

    @property
    def n_comparisons(self) -> int:
        return int(self.counts.sum())

    def without_ties(self) -> Comparisons:
        """Only the comparisons that somebody won."""
        kept = self.outcomes != 2
        return Comparisons(
            first=self.first[kept],
            second=self.second[kept],
            outcomes=self.outcomes[kept],
            counts=self.counts[kept],
            items=self.items,
            clusters=None if self.clusters is None else self.clusters[kept],
        )


def _coded(column: pd.Series[Any], place: dict[Any, int], complaint: str) -> IntArray:
    codes = column.map(place)
    if codes.isna().any():
        raise InvalidRatingsError(f"{complaint}: {column[codes.isna()].iloc[0]!r}")
    return codes.to_numpy(dtype=np.int64)


def _clusters(column: ArrayLike, given: NDArray[np.bool_]) -> IntArray:
    series = pd.Series(column, dtype=object)
    if len(series) != len(given):
        raise InvalidRatingsError("the columns of comparisons differ in length")
    codes, _ = pd.factorize(series[given])
    if (codes < 0).any():
        raise InvalidRatingsError("every comparison needs its cluster")
    return codes.astype(np.int64)


def _square(table: ArrayLike, n_items: int) -> FloatArray:
    counts = np.asarray(table, dtype=np.float64)
    whole = np.isfinite(counts).all() and (counts >= 0).all() and (counts % 1 == 0).all()
    if counts.shape != (n_items, n_items) or not whole or np.diag(counts).any():
        raise InvalidCountsError("a table of comparisons has one row and column an item")
    return counts
