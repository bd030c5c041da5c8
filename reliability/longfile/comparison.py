"""Two sides of a study, or two files, and how far apart their agreement lies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reliability.stats.differences import Difference, difference
from reliability.stats.permutation import permutation_test
from reliability.stats.ratings import Ratings
from reliability.stats.registry import COEFFICIENTS, coefficient
from reliability.stats.results import Caution, Estimate

from .request import RefusedDataError, StudyRequest
from .rows import AgreementRow, Beside
from .table import Codes, Part, Slice, Table, require_columns

FILE = "file"
_Sides = tuple[Codes, Codes]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One side of a comparison: the rows that hold one of some values in a column.

    `name` is what people call the side; `column` None means a whole file.
    """

    name: str
    column: str | None
    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side's own figure."""

    name: str
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    n_units: int
    undefined_reason: str | None


@dataclass(frozen=True, kw_only=True)
class ComparisonRow(AgreementRow):
    """The first side's figure minus the second's, in the fields of a figure and some more.

    `n_shared` counts the units that both sides rated; `p_value` is the
    permutation test's, None where there is none.
    """

    compared: list[str]
    estimates: list[float | None]
    n_shared: int
    p_value: float | None
    sides: tuple[Side, Side]

    @classmethod
    def names(cls) -> tuple[str, ...]:
        return tuple(name for name in super().names() if name != "sides")


def joined(
    frames: Sequence[tuple[str, pd.DataFrame]], request: StudyRequest
) -> tuple[pd.DataFrame, tuple[tuple[str, int], ...]]:
    """Several frames as one with the column "file", and the row where each begins.

    Names of units, raters and slices become text, so that 7 in a spreadsheet
    and "7" in a CSV file are one.

    Raises
    ------
    RefusedDataError
        A file lacks a column of the request.
    """
    for name, frame in frames:
        try:
            require_columns(frame, request)
        except RefusedDataError as error:
            raise RefusedDataError(f"{name}: {error}") from error
    kept = [name for name in frames[0][1] if all(name in frame for _, frame in frames)]
    values = {request.value, *(request.wide or ())}
    columns = {
        name: _stacked([frame[name] for _, frame in frames], is_name=name not in values)
        for name in kept
    }
    sizes = [len(frame) for _, frame in frames]
    names = pd.Categorical.from_codes(
        np.repeat(np.arange(len(frames)), sizes), pd.Index([name for name, _ in frames])
    )
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).tolist()
    places = zip((name for name, _ in frames), starts, strict=True)
    numbers = np.concatenate([np.asarray(frame.index) for _, frame in frames])
    return pd.DataFrame({**columns, FILE: names}, index=numbers), tuple(places)


def _stacked(columns: Sequence[pd.Series[Any]], *, is_name: bool) -> pd.Categorical:
    labels = [list(column.cat.categories) for column in columns]
    every = [_text(label) if is_name else label for each in labels for label in each]
    moved, distinct = pd.factorize(pd.Series(every, dtype=object))
    codes, start = [], 0
    for column, each in zip(columns, labels, strict=True):
        place = np.append(moved[start : start + len(each)], -1)
        codes.append(place[np.asarray(column.cat.codes)])
        start += len(each)
    return pd.Categorical.from_codes(np.concatenate(codes), pd.Index(distinct))


def _text(label: Any) -> str:
    is_whole = isinstance(label, float | np.floating) and float(label).is_integer()
    return str(int(label)) if is_whole else str(label)


def comparison_of(
    frame: pd.DataFrame,
    request: StudyRequest,
    sides: tuple[Choice, Choice],
    *,
    source: str,
    permutations: int = 0,
    files: tuple[tuple[str, int], ...] = (),
) -> tuple[list[ComparisonRow], list[str]]:
    """A row for each criterion, level, coefficient and slice; and notes on the data.

    Raises
    ------
    RefusedDataError
        As `agreement_of`; also when no row belongs to a side.
    """
    table = Table.of(frame, request, files)
    first, second = (_belongs(table, side) for side in sides)
    rows: list[ComparisonRow] = []
    notes: list[str] = []
    for name, positions in table.criteria():
        either = positions[first[positions] | second[positions]]
        for level in request.levels:
            part = Part.of(table, name, either, level)
            differences = _Differences(request, sides, source, name, permutations)
            for label, members in _slices(table, either):
                both = (members[first[members]], members[second[members]])
                pair = _rated(part, both)
                if level is request.levels[0] and label is None:
                    notes += [f"{source}: {each}" for side in pair for each in part.notes(side)]
                rows += differences.of(pair, label)
    return rows, list(dict.fromkeys(notes))


def _slices(table: Table, positions: Codes) -> Iterator[tuple[Slice | None, Codes]]:
    yield None, positions
    yield from table.slices(positions)


def _rated(part: Part, both: _Sides) -> tuple[Ratings, Ratings]:
    return part.ratings(both[0], named=True), part.ratings(both[1], named=True)


def _belongs(table: Table, side: Choice) -> Any:
    """Whether each row belongs to the side, shape (n_rows,)."""
    column = FILE if side.column is None else table.column(side.column)
    labels = [str(label) for label in table.labels(column)]
    unknown = [value for value in side.values if value not in labels]
    if unknown:
        known = ", ".join(labels[:20]) + (", ..." if len(labels) > 20 else "")
        raise RefusedDataError(f"no row has {side.column}={unknown[0]}; there are: {known}")
    chosen = np.array([label in side.values for label in labels] + [False])
    return chosen[table.codes(column)]


@dataclass(frozen=True)
class _Differences:
    """What is asked of two sides of one criterion."""

    request: StudyRequest
    sides: tuple[Choice, Choice]
    source: str
    criterion: str | None
    permutations: int

    def of(self, pair: tuple[Ratings, Ratings], label: Slice | None) -> Iterator[ComparisonRow]:
        for name in self.request.coefficients:
            takes_weights = COEFFICIENTS[name].takes_weights
            for weights in (self.request.weights or (None,)) if takes_weights else (None,):
                yield self._row(name, weights, pair, label)

    def _row(
        self, name: str, weights: str | None, pair: tuple[Ratings, Ratings], label: Slice | None
    ) -> ComparisonRow:
        first, second = pair
        interval = self.request.interval
        found = difference(name, first, second, weights=weights, interval=interval)
        p_value = None
        if self.permutations and found.value is not None:
            p_value = permutation_test(
                name, first, second, weights=weights, draws=self.permutations, seed=interval.seed
            ).p_value
        estimates = [
            coefficient(name, ratings, weights=weights, interval=interval) for ratings in pair
        ]
        return self._printed(found, estimates, pair, label, p_value)

    def _printed(
        self,
        found: Difference,
        estimates: Sequence[Estimate],
        pair: tuple[Ratings, Ratings],
        label: Slice | None,
        p_value: float | None,
    ) -> ComparisonRow:
        interval = self.request.interval
        names = [side.name for side in self.sides]
        raters = {str(rater) for ratings in pair for rater in ratings.rater_labels}
        return ComparisonRow(
            source=self.source,
            criterion=self.criterion,
            slice=label,
            coefficient=found.coefficient,
            level=pair[0].level.value,
            weights=estimates[0].weights,
            estimate=found.value,
            ci_low=found.ci_low,
            ci_high=found.ci_high,
            ci_method=found.ci_method,
            se=found.se,
            n_units=found.n_units,
            n_raters=len(raters),
            n_ratings=sum(each.n_ratings for each in estimates),
            n_pairable=sum(each.n_pairable for each in estimates),
            undefined_reason=found.undefined.value if found.undefined else None,
            compared=names,
            estimates=[each.value for each in estimates],
            n_shared=found.n_shared,
            p_value=p_value,
            sides=(_side(names[0], estimates[0]), _side(names[1], estimates[1])),
            beside=Beside(
                cautions=_cautions(found, estimates),
                confidence=interval.confidence,
                draws=found.draws,
                seed=found.seed,
                permutations=None if p_value is None else self.permutations,
            ),
        )


def _cautions(found: Difference, estimates: Sequence[Estimate]) -> tuple[Caution, ...]:
    every = [*(each for estimate in estimates for each in estimate.warnings), *found.warnings]
    return tuple(dict.fromkeys(every))


def _side(name: str, estimate: Estimate) -> Side:
    return Side(
        name=name,
        estimate=estimate.value,
        ci_low=estimate.ci_low,
        ci_high=estimate.ci_high,
        n_units=estimate.n_units,
        undefined_reason=estimate.undefined.value if estimate.undefined else None,
    )
