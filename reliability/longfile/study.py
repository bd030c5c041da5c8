"""From a long frame to one row a criterion, slice, level and coefficient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from reliability.stats.data import Level
from reliability.stats.inference import Interval, IntervalMethod
from reliability.stats.points import ConfusedPair, confused_points
from reliability.stats.ratings import Ratings, TooManyValuesError
from reliability.stats.registry import COEFFICIENTS, coefficient

from .request import StudyRequest
from .rows import AgreementRow, row_of
from .table import Part, Slice, Table

# Pairs of values named beside a figure: the two that cost most agreement.
_NAMED_CONFUSIONS = 2


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
    table = Table.of(frame, request)
    rows: list[AgreementRow] = []
    notes: list[str] = [f"{source}: {note}" for note in table.lookalikes(table.request.rater)]
    for name, positions in table.criteria():
        for level in request.levels:
            part = Part.of(table, name, positions, level)
            whole = part.ratings(positions)
            if level is request.levels[0]:
                notes += [f"{_where(source, name)}: {note}" for note in part.notes(whole)]
            rows += _Figures(request, source, name, None).of(whole)
            for label, members in table.slices(positions):
                rows += _Figures(request, source, name, label).of(part.ratings(members))
    return rows, notes


def _where(source: str, criterion: str | None) -> str:
    return source if criterion is None else f"{source}, {criterion}"


@dataclass(frozen=True)
class _Figures:
    """What is asked of one criterion and slice."""

    request: StudyRequest
    source: str
    criterion: str | None
    label: Slice | None

    def of(self, ratings: Ratings) -> Iterator[AgreementRow]:
        confused = confusions(ratings) if self.request.confusions else ()
        for name in self.request.coefficients:
            entry = COEFFICIENTS[name]
            for weights in self.request.weights_of(name):
                yield self._row(name, weights, ratings, self.label, confused)
                if self.request.pairs and entry.n_raters == 2 and ratings.n_raters > 2:
                    for pair, two in _pairs(ratings):
                        label = {**(self.label or {}), **pair}
                        yield self._row(name, weights, two, label, confused)

    def _row(
        self,
        name: str,
        weights: str | None,
        ratings: Ratings,
        label: Slice | None,
        confused: tuple[ConfusedPair, ...],
    ) -> AgreementRow:
        interval = self.request.interval
        estimate = coefficient(name, ratings, weights=weights, interval=interval)
        return row_of(estimate, ratings.level, self.source, self.criterion, label, confused)


def _pairs(ratings: Ratings) -> Iterator[tuple[Slice, Ratings]]:
    labels = ratings.rater_labels
    for second in range(ratings.n_raters):
        for first in range(second):
            yield {"raters": f"{labels[first]} | {labels[second]}"}, ratings.of_pair(first, second)


def confusions(ratings: Ratings) -> tuple[ConfusedPair, ...]:
    """The values that raters split between most; none for sets, whose values overlap."""
    if ratings.level is Level.SET:
        return ()
    try:
        patterns = ratings.patterns()
    except TooManyValuesError:
        return ()
    point = Interval(IntervalMethod.NONE)
    return tuple(confused_points(patterns, most=_NAMED_CONFUSIONS, interval=point))
