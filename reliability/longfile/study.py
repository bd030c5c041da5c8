"""From a long frame to one row a criterion, slice, level and coefficient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reliability.stats.data import Level, Point, has_numbers
from reliability.stats.errors import ConflictingRatingsError
from reliability.stats.inference import DEFAULT_INTERVAL, Interval
from reliability.stats.ratings import Ratings, on_scale
from reliability.stats.registry import COEFFICIENTS, coefficient
from reliability.stats.results import Estimate

from .readers import to_long
from .scales import OffScaleError, points_of

Codes = NDArray[np.int64]
_RATER, _VALUE = "rater", "value"
DEFAULT_CRITERION = "dimension"


class RefusedDataError(ValueError):
    """The data contradict themselves or the request; says which row and why."""


@dataclass(frozen=True, kw_only=True)
class StudyRequest:
    """What to compute from a long frame.

    Attributes
    ----------
    unit, rater, value, criterion
        Column names; without a criterion column all rows are one criterion.
        `criterion` None means "dimension", if the file has it.
    by
        Families of slices: each a tuple of columns whose combinations are
        computed apart, beside the whole.
    wide
        Rater columns of a wide file (one row a unit); None for a long one.
    categories
        The scale in order, as text.
    missing
        Cells that mean a missing rating, as text.
    pairs
        Also each rater pair, for coefficients of two raters.
    """

    unit: str = "item_id"
    rater: str = "rater_id"
    value: str = "value"
    criterion: str | None = None
    by: tuple[tuple[str, ...], ...] = ()
    wide: tuple[str, ...] | None = None
    only: tuple[str, ...] = ()
    levels: tuple[Level, ...] = (Level.NOMINAL,)
    coefficients: tuple[str, ...] = tuple(COEFFICIENTS)
    weights: tuple[str, ...] = ()
    categories: tuple[str, ...] | None = None
    missing: tuple[str, ...] = ()
    pairs: bool = False
    interval: Interval = DEFAULT_INTERVAL


@dataclass(frozen=True, kw_only=True)
class AgreementRow:
    """One result; the fields in the order they are printed."""

    source: str
    criterion: str | None
    slice: dict[str, str | None] | None
    coefficient: str
    level: str
    weights: str | None
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    ci_method: str | None
    se: float | None
    n_units: int
    n_raters: int | None
    n_ratings: int
    n_pairable: int
    undefined_reason: str | None


def agreement_of(
    frame: pd.DataFrame, request: StudyRequest, *, source: str
) -> tuple[list[AgreementRow], list[str]]:
    """All rows asked for, and notes on what was done to the data.

    Raises
    ------
    RefusedDataError
        A column is missing, a unit or rater cell is empty, a value does not fit
        the level or scale, or a rater gave one unit two values.
    """
    table = _Table.of(frame, request)
    rows: list[AgreementRow] = []
    notes: list[str] = []
    for name, positions in table.criteria():
        for level in request.levels:
            part = _Part.of(table, name, positions, level)
            whole = part.ratings(positions)
            if whole.n_repeated and level is request.levels[0]:
                notes.append(_repeats(whole.n_repeated, source, name))
            rows += _rows(whole, request, source, name, None)
            for label, members in table.slices(positions):
                rows += _rows(part.ratings(members), request, source, name, label)
    return rows, notes


def _repeats(n_repeated: int, source: str, criterion: str | None) -> str:
    where = source if criterion is None else f"{source}, {criterion}"
    return f"{where}: {n_repeated} rows repeat a rating exactly; each is counted once"


def _rows(
    ratings: Ratings,
    request: StudyRequest,
    source: str,
    criterion: str | None,
    label: dict[str, str | None] | None,
) -> Iterator[AgreementRow]:
    for name in request.coefficients:
        entry = COEFFICIENTS[name]
        for weights in (request.weights or (None,)) if entry.takes_weights else (None,):
            estimate = coefficient(name, ratings, weights=weights, interval=request.interval)
            yield _row(estimate, ratings.level, source, criterion, label)
            if request.pairs and entry.n_raters == 2 and ratings.n_raters > 2:
                for pair, two in _pairs(ratings):
                    estimate = coefficient(name, two, weights=weights, interval=request.interval)
                    yield _row(
                        estimate, ratings.level, source, criterion, {**(label or {}), **pair}
                    )


def _pairs(ratings: Ratings) -> Iterator[tuple[dict[str, str | None], Ratings]]:
    labels = ratings.rater_labels
    for second in range(ratings.n_raters):
        for first in range(second):
            yield {"raters": f"{labels[first]} | {labels[second]}"}, ratings.of_pair(first, second)


def _row(
    estimate: Estimate,
    level: Level,
    source: str,
    criterion: str | None,
    label: dict[str, str | None] | None,
) -> AgreementRow:
    return AgreementRow(
        source=source,
        criterion=criterion,
        slice=label,
        coefficient=estimate.coefficient,
        level=level.value,
        weights=estimate.weights,
        estimate=estimate.value,
        ci_low=estimate.ci_low,
        ci_high=estimate.ci_high,
        ci_method=estimate.ci_method,
        se=estimate.se,
        n_units=estimate.n_units,
        n_raters=estimate.n_raters,
        n_ratings=estimate.n_ratings,
        n_pairable=estimate.n_pairable,
        undefined_reason=estimate.undefined.value if estimate.undefined else None,
    )


@dataclass(frozen=True, eq=False)
class _Table:
    """The columns that matter, as codes and labels; row r of the file is r + 1."""

    frame: pd.DataFrame
    request: StudyRequest
    n_rows: int
    criterion: str | None
    _codes: dict[str, Codes] = field(default_factory=dict)

    @classmethod
    def of(cls, frame: pd.DataFrame, request: StudyRequest) -> _Table:
        n_rows = len(frame)
        if request.wide is not None:
            _require_columns(frame, [request.unit, *request.wide])
            frame = to_long(frame, request.wide, rater=_RATER, value=_VALUE)
            request = replace(request, rater=_RATER, value=_VALUE)
        criterion = request.criterion
        if criterion is None and DEFAULT_CRITERION in frame.columns:
            criterion = DEFAULT_CRITERION
        by = [name for family in request.by for name in family]
        wanted = [request.unit, request.rater, request.value, *by]
        _require_columns(frame, wanted + ([request.criterion] if request.criterion else []))
        table = cls(frame, request, n_rows, criterion)
        table._require_present(request.unit, request.rater)
        return table

    def codes(self, column: str) -> Codes:
        if column not in self._codes:
            self._codes[column] = np.asarray(self.frame[column].cat.codes, dtype=np.int64)
        return self._codes[column]

    def labels(self, column: str) -> list[Any]:
        return list(self.frame[column].cat.categories)

    def criteria(self) -> Iterator[tuple[str | None, Codes]]:
        """Names of criteria with the positions of their rows, in file order."""
        if self.criterion is None:
            yield None, np.arange(len(self.frame))
            return
        codes, labels = self.codes(self.criterion), self.labels(self.criterion)
        names = {str(label) for label in labels}
        unknown = [name for name in self.request.only if name not in names]
        if unknown:
            raise RefusedDataError(f"no row has the criterion {unknown[0]!r}")
        for code, label in enumerate(labels):
            if not self.request.only or str(label) in self.request.only:
                yield str(label), np.flatnonzero(codes == code)
        if (codes < 0).any() and not self.request.only:
            yield None, np.flatnonzero(codes < 0)

    def slices(self, positions: Codes) -> Iterator[tuple[dict[str, str | None], Codes]]:
        """Slice names and positions, family by family."""
        for family in self.request.by:
            key = np.zeros(len(positions), dtype=np.int64)
            for column in family:
                key = key * (len(self.labels(column)) + 1) + self.codes(column)[positions] + 1
            for value in np.unique(key):
                members = positions[key == value]
                yield {column: self.label(column, int(members[0])) for column in family}, members

    def place(self, position: int) -> str:
        """How people find the cell: data rows count from 1, below the header."""
        column = self.request.value
        if self.request.wide is not None:
            column = self.request.wide[position // self.n_rows]
        return f"row {position % self.n_rows + 1}, column {column}"

    def label(self, column: str, position: int) -> str | None:
        code = self.codes(column)[position]
        return None if code < 0 else str(self.labels(column)[code])

    def _require_present(self, *columns: str) -> None:
        for column in columns:
            empty = np.flatnonzero(self.codes(column) < 0)
            if len(empty):
                row = int(empty[0]) % self.n_rows + 1
                raise RefusedDataError(f"row {row}, column {column}: the cell is empty")


def _require_columns(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    for column in columns:
        if column not in frame.columns:
            known = ", ".join(map(str, frame.columns))
            raise RefusedDataError(f"there is no column {column!r}; the file has: {known}")


@dataclass(frozen=True, eq=False)
class _Part:
    """One criterion at one level: its scale, then ratings of any of its rows."""

    table: _Table
    criterion: str | None
    level: Level
    values: Codes
    points: tuple[Point, ...]
    has_order: bool

    @classmethod
    def of(cls, table: _Table, criterion: str | None, positions: Codes, level: Level) -> _Part:
        request = table.request
        codes, labels = table.codes(request.value), table.labels(request.value)
        gone = [code for code, label in enumerate(labels) if str(label) in request.missing]
        if gone:
            codes = np.where(np.isin(codes, gone), -1, codes)
        here = codes[positions]
        used = np.flatnonzero(np.bincount(here[here >= 0], minlength=len(labels)))
        try:
            points, declared = points_of([labels[at] for at in used], level, request.categories)
        except OffScaleError as error:
            first = positions[np.flatnonzero(here == used[error.place])[0]]
            raise refusal(f"{table.place(int(first))}: {error}", criterion) from error
        scale, places = on_scale(np.arange(len(points)), points, declared)
        moved = np.full(len(labels) + 1, -1, dtype=np.int64)
        moved[used] = places
        has_order = declared is not None or has_numbers(scale)
        return cls(table, criterion, level, moved[codes], scale, has_order)

    def ratings(self, positions: Codes) -> Ratings:
        request = self.table.request
        try:
            return Ratings.from_codes(
                self.table.codes(request.unit)[positions],
                self.table.codes(request.rater)[positions],
                self.values[positions],
                rater_labels=self.table.labels(request.rater),
                points=self.points,
                level=self.level,
                has_order=self.has_order,
            )
        except ConflictingRatingsError as error:
            raise refusal(self._conflict(error, positions), self.criterion) from error

    def _conflict(self, error: ConflictingRatingsError, positions: Codes) -> str:
        request, table = self.table.request, self.table
        lines = []
        for first, second in error.rows:
            a, b = int(positions[first]), int(positions[second])
            rater, unit = table.label(request.rater, a), table.label(request.unit, a)
            said = [table.label(request.value, at) for at in (a, b)]
            lines.append(
                f"rows {a % table.n_rows + 1} and {b % table.n_rows + 1}: {rater} gave {unit} "
                f"two values, {said[0]!r} and {said[1]!r}"
            )
        more = error.n_conflicts - len(lines)
        return "; ".join(lines) + (f"; and {more} more" if more else "")


def refusal(message: str, criterion: str | None) -> RefusedDataError:
    """The error, naming the criterion where there are several."""
    return RefusedDataError(message if criterion is None else f"{message} (criterion {criterion})")
