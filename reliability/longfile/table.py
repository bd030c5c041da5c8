"""A long frame as codes and labels, and its ratings cut into criteria and slices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reliability.stats.data import Level, Point, has_numbers
from reliability.stats.errors import ConflictingRatingsError
from reliability.stats.ratings import Ratings, on_scale

from .columns import to_long
from .request import DEFAULT_CRITERION, RefusedDataError, StudyRequest, refusal
from .scales import OffScaleError, points_of, shown

Codes = NDArray[np.int64]
Slice = dict[str, str | None]
_RATER, _VALUE = "rater", "value"


@dataclass(frozen=True, eq=False)
class Table:
    """The columns that matter, as codes and labels.

    `numbers` holds the number by which people find each row of the file, and
    `files` names the files behind the rows and where each begins, when there
    are several.
    """

    frame: pd.DataFrame
    request: StudyRequest
    numbers: pd.Index[Any]
    criterion: str | None
    files: tuple[tuple[str, int], ...] = ()
    _codes: dict[str, Codes] = field(default_factory=dict)
    _labels: dict[str, list[Any]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, frame: pd.DataFrame, request: StudyRequest, files: tuple[tuple[str, int], ...] = ()
    ) -> Table:
        numbers = frame.index
        require_columns(frame, request)
        if request.wide is not None:
            frame = to_long(frame, request.wide, rater=_RATER, value=_VALUE)
            request = replace(request, rater=_RATER, value=_VALUE)
        criterion = request.criterion
        if criterion is None and DEFAULT_CRITERION in frame.columns:
            criterion = DEFAULT_CRITERION
        table = cls(frame, request, numbers, criterion, files)
        table._require_present(request.unit, request.rater)
        return table

    def column(self, name: str) -> str:
        """The column of the long form; a wide file's rater columns became one."""
        if self.request.wide is not None and name in {"rater", "rater_id"}:
            name = _RATER
        if name not in self.frame.columns:
            raise RefusedDataError(_no_column(name, "--compare", list(self.frame.columns)))
        return name

    def codes(self, column: str) -> Codes:
        if column not in self._codes:
            self._codes[column] = np.asarray(self.frame[column].cat.codes, dtype=np.int64)
        return self._codes[column]

    def labels(self, column: str) -> list[Any]:
        if column not in self._labels:
            self._labels[column] = list(self.frame[column].cat.categories)
        return self._labels[column]

    def label(self, column: str, position: int) -> str | None:
        code = self.codes(column)[position]
        return None if code < 0 else str(self.frame[column].cat.categories[code])

    def criteria(self) -> Iterator[tuple[str | None, Codes]]:
        """Names of criteria with the positions of their rows, in file order."""
        if self.criterion is None:
            yield None, np.arange(len(self.frame))
            return
        codes, labels = self.codes(self.criterion), self.labels(self.criterion)
        names = {str(label) for label in labels}
        unknown = [name for name in self.request.only if name not in names]
        if unknown:
            known = ", ".join(sorted(names))
            raise RefusedDataError(f"no row has the criterion {unknown[0]!r}; there are: {known}")
        for code, label in enumerate(labels):
            if not self.request.only or str(label) in self.request.only:
                yield str(label), np.flatnonzero(codes == code)
        if (codes < 0).any() and not self.request.only:
            yield None, np.flatnonzero(codes < 0)

    def slices(self, positions: Codes) -> Iterator[tuple[Slice, Codes]]:
        """Slice names and positions, family by family; each sorted once."""
        for family in self.request.by if len(positions) else ():
            key = np.zeros(len(positions), dtype=np.int64)
            for column in family:
                place = self.codes(column)[positions] + 1
                key = pd.factorize(key * (len(self.labels(column)) + 1) + place, sort=True)[0]
            order = np.argsort(_narrowed(key), kind="stable")
            starts = np.flatnonzero(np.diff(key[order])) + 1
            for members in np.split(positions[order], starts):
                yield {column: self.label(column, int(members[0])) for column in family}, members

    def lookalikes(self, column: str) -> list[str]:
        """Labels that differ in case or spaces alone: two to us, one to whoever typed them."""
        return lookalikes(column, self.labels(column))

    @cached_property
    def group_of_unit(self) -> Codes | None:
        """The group's code for each unit code; None where units stand alone."""
        column = self.request.group
        if column is None:
            return None
        self._require_present(column)
        units, groups = self.codes(self.request.unit), self.codes(column)
        of_unit = np.full(len(self.labels(self.request.unit)), -1, dtype=np.int64)
        of_unit[units[::-1]] = groups[::-1]
        moved = np.flatnonzero(of_unit[units] != groups)
        if len(moved):
            unit = self.label(self.request.unit, int(moved[0]))
            first = int(np.flatnonzero(units == units[moved[0]])[0])
            both = [self.label(column, at) for at in (first, int(moved[0]))]
            raise RefusedDataError(
                f"{self.rows(first, int(moved[0]))}, column {column}: {unit} is in two groups, "
                f"{both[0]!r} and {both[1]!r}"
            )
        return of_unit

    def row(self, position: int) -> str:
        """How people find the row: as the reader of the file numbered it."""
        row = position % len(self.numbers)
        for name, start in reversed(self.files):
            if row >= start:
                return f"row {self.numbers[row]} of {name}"
        return f"row {self.numbers[row]}"

    def rows(self, first: int, second: int) -> str:
        names = self.row(first), self.row(second)
        if self.files:
            return " and ".join(names)
        return "rows " + " and ".join(name.removeprefix("row ") for name in names)

    def place(self, position: int) -> str:
        """How people find the cell of a value."""
        column = self.request.value
        if self.request.wide is not None:
            column = self.request.wide[position // len(self.numbers)]
        return f"{self.row(position)}, column {column}"

    def _require_present(self, *columns: str) -> None:
        for column in columns:
            empty = np.flatnonzero(self.codes(column) < 0)
            if len(empty):
                raise RefusedDataError(
                    f"{self.row(int(empty[0]))}, column {column}: the cell is empty"
                )


# Among more labels than this nobody types by hand, and a look at each costs time.
_MOST_TYPED = 1000


def lookalikes(column: str, labels: Sequence[Any]) -> list[str]:
    """Notes on labels that differ in case or spaces alone."""
    alike: dict[str, list[str]] = {}
    for label in labels if len(labels) <= _MOST_TYPED else ():
        alike.setdefault(str(label).strip().casefold(), []).append(repr(label))
    return [
        f"column {column}: {' and '.join(same)} count as different"
        for same in alike.values()
        if len(same) > 1
    ]


def _narrowed(key: Codes) -> NDArray[np.integer[Any]]:
    """Whole numbers below 65,536 sort by counting, which is many times faster."""
    return key.astype(np.uint16) if key.max(initial=0) < 2**16 else key


def require_columns(frame: pd.DataFrame, request: StudyRequest) -> None:
    """Refuse a frame that lacks a column of the request.

    Raises
    ------
    RefusedDataError
        Names the column, what the file has instead, and the option to use.
    """
    for option, column in _wanted(request).items():
        if column not in frame.columns:
            known = [str(name) for name in frame.columns]
            raise RefusedDataError(_no_column(column, option.split()[0], known))


def _wanted(request: StudyRequest) -> Mapping[str, str]:
    """Columns by the option that names them; a repeated option has its number after it."""
    wanted = {"--unit": request.unit}
    if request.wide is None:
        wanted |= {"--rater": request.rater, "--value": request.value}
    else:
        wanted |= {f"--raters {at}": name for at, name in enumerate(request.wide)}
    if request.criterion is not None:
        wanted["--criterion"] = request.criterion
    if request.group is not None:
        wanted["--group"] = request.group
    by = [name for family in request.by for name in family]
    return wanted | {f"--by {at}": name for at, name in enumerate(by)}


def _no_column(column: str, option: str, known: list[str]) -> str:
    has = ", ".join(known) if known else "no columns"
    by_case = {name.strip().casefold(): name for name in known}
    close = get_close_matches(column.casefold(), by_case, n=1, cutoff=0.6)
    hint = f"did you mean {option} {by_case[close[0]]!r}?" if close else f"name it with {option}"
    return f"there is no column {column!r}; the file has: {has}; {hint}"


@dataclass(frozen=True, eq=False)
class Part:
    """One criterion at one level: its scale, then ratings of any of its rows."""

    table: Table
    criterion: str | None
    level: Level
    values: Codes
    points: tuple[Point, ...]
    has_order: bool

    @classmethod
    def of(cls, table: Table, criterion: str | None, positions: Codes, level: Level) -> Part:
        request = table.request
        codes, labels = table.codes(request.value), table.labels(request.value)
        gone = [code for code, label in enumerate(labels) if str(label) in request.missing]
        if gone:
            codes = np.where(np.isin(codes, gone), -1, codes)
        here = _at(codes, positions)
        used = np.flatnonzero(np.bincount(here + 1, minlength=len(labels) + 1)[1:])
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

    def ratings(self, positions: Codes, *, named: bool = False) -> Ratings:
        """The ratings in some rows; `named` keeps units apart across calls.

        Unit labels are then the codes of the table, because whoever pairs two
        calls needs equality alone.
        """
        request, group_of_unit = self.table.request, self.table.group_of_unit
        # A slice pays for its own units, not for all units of the file.
        used, units = _closed(_at(self.table.codes(request.unit), positions))
        try:
            return Ratings.from_codes(
                units,
                _at(self.table.codes(request.rater), positions),
                _at(self.values, positions),
                rater_labels=self.table.labels(request.rater),
                points=self.points,
                level=self.level,
                has_order=self.has_order,
                unit_labels=used.tolist() if named else None,
                groups=None if group_of_unit is None else group_of_unit[used],
                group_labels=self._group_labels(named=named),
            )
        except ConflictingRatingsError as error:
            raise refusal(self._conflict(error, positions), self.criterion) from error

    def _group_labels(self, *, named: bool) -> Sequence[int] | None:
        group = self.table.request.group
        return range(len(self.table.labels(group))) if named and group is not None else None

    def notes(self, ratings: Ratings) -> list[str]:
        """What was done to the rows, and values that look like one but count as two."""
        found = []
        if ratings.n_repeated:
            found.append(f"{ratings.n_repeated} rows repeat a rating exactly; each is counted once")
        if self.level is Level.SET:
            return found
        return found + lookalikes(self.table.request.value, self.points)

    def _conflict(self, error: ConflictingRatingsError, positions: Codes) -> str:
        request, table = self.table.request, self.table
        lines = []
        for first, second in error.rows:
            a, b = int(positions[first]), int(positions[second])
            rater, unit = table.label(request.rater, a), table.label(request.unit, a)
            said = [table.label(request.value, at) for at in (a, b)]
            first_value, second_value = (shown(repr(each)) for each in said)
            lines.append(
                f"{table.rows(a, b)}: {rater} gave {unit} two values, "
                f"{first_value} and {second_value}"
            )
        more = error.n_conflicts - len(lines)
        hint = "keep one of each"
        if table.criterion is None:
            hint += ", or name with --criterion the column that says what was asked"
        return "; ".join(lines) + (f"; and {more} more" if more else "") + f"; {hint}"


def _at(codes: Codes, positions: Codes) -> Codes:
    """Codes at some rows in file order, uncopied where those are all rows."""
    return codes if len(positions) == len(codes) else codes[positions]


def _closed(codes: Codes) -> tuple[Codes, Codes]:
    """Codes and what each stands for, without gaps where the gaps would cost more."""
    span = int(codes.max(initial=-1)) + 1
    if span <= 4 * len(codes):
        return np.arange(span), codes
    used, closed = np.unique(codes, return_inverse=True)
    return used, closed.ravel()
