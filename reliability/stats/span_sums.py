"""Span coefficients from what each item adds, one item in memory at a time."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .continua import GAP, Continuum, ItemSums, Value
from .inference import DEFAULT_INTERVAL, Interval, Sums, UnitSums, infer
from .results import Counts, Estimate, Undefined
from .units import UnitRows

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Parts = tuple[Sums, Sums]

# Lengths are whole: what is smaller is rounding.
_NO_LENGTH = 1e-9


@dataclass(frozen=True)
class SpanMeasure:
    """A coefficient of marked passages.

    Attributes
    ----------
    of_item : callable
        What an item adds, from its texts that two raters read.
    n_fixed : int
        Sums of an item that belong to no value.
    parts : callable
        From fixed sums, lengths and squares by value, shape (..., n_values): observed
        and expected disagreement of an alpha, else what is found and all there is.
    labels : bool
        Whether labels tell passages apart.
    needs_marks : bool
        Whether nothing to divide by is, without any length, a lack of passages.
    """

    coefficient: str
    of_item: Callable[[Sequence[Continuum]], ItemSums]
    n_fixed: int
    parts: Callable[[Sums, Sums, Sums], Parts]
    labels: bool = True
    weights: str | None = None
    is_alpha: bool = True
    needs_marks: bool = False

    def parts_of(self, sums: Sums) -> Parts:
        return self.parts(sums[..., : self.n_fixed], self._lengths(sums), self._lengths(sums, 1))

    def _lengths(self, sums: Sums, offset: int = 0) -> Sums:
        """Those of each value; from 1 on their squares."""
        return sums[..., self.n_fixed + offset :: 2]

    def value(self, sums: Sums) -> Sums:
        part, whole = self.parts_of(sums)
        share = divided(part, whole)
        return 1 - share if self.is_alpha else share

    def undefined(self, totals: Sums) -> Undefined | None:
        _part, whole = self.parts_of(totals)
        if whole > _NO_LENGTH:
            return None
        has_length = self._lengths(totals).any()
        return Undefined.NO_VARIATION if has_length or not self.needs_marks else Undefined.NO_SPANS

    def terms(self, totals: Sums) -> tuple[tuple[str, float], ...]:
        if not self.is_alpha:
            return ()
        d_o, d_e = self.parts_of(totals)
        return (("d_o", float(d_o)), ("d_e", float(d_e)))


def divided(part: Sums, whole: Sums) -> Sums:
    """NaN where there is nothing to divide by."""
    empty = ~(np.real(whole) > _NO_LENGTH)
    value: Sums = np.where(empty, np.nan, part / np.where(empty, 1, whole))
    return value


@dataclass
class _Table:
    """Rows by item whose columns are found as values come; that of the gap is always first."""

    values: dict[Value, int] = field(default_factory=lambda: {GAP: 0})
    rows: array[int] = field(default_factory=lambda: array("q"))
    columns: array[int] = field(default_factory=lambda: array("q"))
    cells: array[float] = field(default_factory=lambda: array("d"))
    overlapping: list[int] = field(default_factory=list)

    def add(self, row: int, sums: ItemSums) -> None:
        n_fixed = len(sums.fixed)
        for column, amount in enumerate(sums.fixed):
            self._put(row, column, amount)
        for offset, by_value in enumerate((sums.lengths, sums.squares)):
            for value, amount in by_value.items():
                place = self.values.setdefault(value, len(self.values))
                self._put(row, n_fixed + 2 * place + offset, amount)
        if sums.has_overlaps:
            self.overlapping.append(row)

    def _put(self, row: int, column: int, amount: float) -> None:
        self.rows.append(row)
        self.columns.append(column)
        self.cells.append(amount)

    def rows_of(self, n_items: int, n_fixed: int) -> sparse.csr_array:
        shape = (n_items, n_fixed + 2 * len(self.values))
        places = (np.asarray(self.rows), np.asarray(self.columns))
        return sparse.csr_array((np.asarray(self.cells), places), shape=shape)


class SpanSums:
    """What each item adds to some coefficients, without the passages themselves.

    Items are added one after the other; then any coefficient can be asked of all of
    them, or of some.
    """

    def __init__(self, measures: Iterable[SpanMeasure]) -> None:
        self._tables = {measure: _Table() for measure in measures}
        self._raters: dict[Hashable, int] = {}
        self._rated, self._rater = array("q"), array("q")
        self._is_compared: list[bool] = []
        self._groups: list[int] = []

    @classmethod
    def of(cls, continua: Sequence[Continuum], measure: SpanMeasure) -> SpanSums:
        """Texts in memory, gathered by item."""
        items: dict[Hashable, list[Continuum]] = {}
        for at, text in enumerate(continua):
            items.setdefault((at,) if text.item is None else text.item, []).append(text)
        sums = cls((measure,))
        for texts in items.values():
            sums.add(texts)
        return sums

    def add(self, texts: Sequence[Continuum], *, group: int | None = None) -> None:
        """One item: its texts. `group`: code, 0 or more, given for all items or for none."""
        item = self.n_items
        raters = dict.fromkeys(rater for text in texts for rater in text.spans)
        self._rated.extend([item] * len(raters))
        self._rater.extend(self._raters.setdefault(rater, len(self._raters)) for rater in raters)
        compared = [text for text in texts if text.is_compared]
        self._is_compared.append(bool(compared))
        if group is not None:
            self._groups.append(group)
        if compared:
            merged = {
                labels: [text.merged(labels=labels) for text in compared]
                for labels in {measure.labels for measure in self._tables}
            }
            for measure, table in self._tables.items():
                table.add(item, measure.of_item(merged[measure.labels]))

    @property
    def n_items(self) -> int:
        """Items added, those that one rater read included."""
        return len(self._is_compared)

    @property
    def ratings_per_item(self) -> IntArray:
        return np.bincount(np.asarray(self._rated, dtype=np.int64), minlength=self.n_items)

    def estimate(
        self,
        measure: SpanMeasure,
        *,
        interval: Interval = DEFAULT_INTERVAL,
        items: BoolArray | None = None,
    ) -> Estimate:
        """The coefficient of all items, or of those where `items`, shape (n_items,), is true."""
        chosen = np.ones(self.n_items, dtype=bool) if items is None else items
        kept = chosen & np.array(self._is_compared, dtype=bool)
        table = self._tables[measure]
        rows = table.rows_of(self.n_items, measure.n_fixed)[np.flatnonzero(kept)]
        sums = UnitSums(
            rows,
            np.ones(rows.shape[0]),
            measure.value,
            bounds=(-np.inf if measure.is_alpha else 0.0, 1.0),
        )
        reason = _missing(chosen, kept)
        if reason is None and kept[table.overlapping].any():
            reason = Undefined.OVERLAPPING_SPANS
        reason = reason or measure.undefined(sums.totals)
        return infer(
            None if reason else sums,
            undefined=reason,
            counts=self._evidence(chosen, kept),
            interval=interval,
            units=self._units(kept),
            coefficient=measure.coefficient,
            level="nominal",
            weights=measure.weights,
            terms=() if reason else measure.terms(sums.totals),
        )

    def _units(self, kept: BoolArray) -> UnitRows | None:
        if not self._groups:
            return None
        of_unit = partial(np.arange, int(kept.sum()))
        return UnitRows(of_unit, np.array(self._groups, dtype=np.int64)[kept])

    def _evidence(self, chosen: BoolArray, kept: BoolArray) -> Counts:
        rated = np.asarray(self._rated, dtype=np.int64)
        raters = np.asarray(self._rater, dtype=np.int64)[chosen[rated]]
        return Counts(
            n_units=int(kept.sum()),
            n_raters=len(np.unique(raters)),
            n_ratings=len(raters),
            n_pairable=int(kept[rated].sum()),
        )


def _missing(chosen: BoolArray, kept: BoolArray) -> Undefined | None:
    if kept.any():
        return None
    return Undefined.NO_PAIRABLE_UNITS if chosen.any() else Undefined.NO_DATA
