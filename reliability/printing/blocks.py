"""Rows in blocks that people can read: one table each, with what it says in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import floor

from django.utils.translation import gettext as _

from reliability.longfile import AgreementRow, ComparisonRow

from . import words


@dataclass(frozen=True)
class Bar:
    """Where a figure and its interval lie, each as a share of the block's axis, 0 to 1."""

    low: float
    value: float
    high: float


@dataclass(frozen=True)
class Line:
    """Cells under the block's head; `bar` None where there is nothing to draw.

    `targets` holds the thresholds of the figure, as shares of the axis.
    """

    cells: tuple[str, ...]
    bar: Bar | None
    targets: tuple[float, ...] = ()


@dataclass(frozen=True)
class Note:
    """A sentence under the table; kinds: reading, confused, caution, undefined, interval."""

    kind: str
    text: str


@dataclass(frozen=True)
class Block:
    """One table. `axis` holds the two ends of its bars."""

    source: str
    title: str
    evidence: str
    head: tuple[str, ...]
    lines: tuple[Line, ...]
    axis: tuple[float, float]
    notes: tuple[Note, ...]


def blocks_of(rows: Sequence[AgreementRow]) -> list[Block]:
    """One block a criterion, level and slice; slices share one where each has a single figure."""
    return [
        block
        for _key, members in groupby(rows, key=lambda row: (row.source, row.criterion, row.level))
        for block in _of_criterion(list(members))
    ]


def _of_criterion(rows: list[AgreementRow]) -> list[Block]:
    has_slices = len({_slice(row) for row in rows}) > 1
    if has_slices and len({(row.coefficient, row.weights) for row in rows}) == 1:
        return [_block(rows, by_slice=True)]
    parts = [list(members) for _key, members in groupby(rows, key=_slice)]
    return [_block(members, by_slice=False) for members in parts]


def _slice(row: AgreementRow) -> str:
    """The slice without the rater pair, which is a figure of the same block."""
    label = {name: value for name, value in (row.slice or {}).items() if name != "raters"}
    return words.slice_name(label)


def _block(rows: list[AgreementRow], *, by_slice: bool) -> Block:
    first = rows[0]
    parts = [first.criterion, "" if by_slice else _slice(first), first.level]
    if by_slice:
        parts.append(first.coefficient)
    axis = _axis(rows)
    shown = [row for row in rows if by_slice or row.estimate is not None]
    has_weights = not by_slice and any(row.weights not in {None, "identity"} for row in shown)
    comparison = isinstance(first, ComparisonRow)
    return Block(
        source=words.printable(first.source),
        title=" · ".join(words.printable(part) for part in parts if part),
        evidence=_evidence(rows),
        head=_head(first, by_slice=by_slice, has_weights=has_weights) if shown else (),
        lines=tuple(_line(row, axis, by_slice=by_slice, has_weights=has_weights) for row in shown),
        axis=axis,
        notes=tuple(_notes(rows, by_slice=by_slice, comparison=comparison)),
    )


def _evidence(rows: Sequence[AgreementRow]) -> str:
    first, text = rows[0], words.evidence(rows)
    if not isinstance(first, ComparisonRow):
        return text
    a, b = map(words.printable, first.compared)
    return f"{text} · A: {a} · B: {b}"


def _head(first: AgreementRow, *, by_slice: bool, has_weights: bool) -> tuple[str, ...]:
    labels = (
        _("slice") if by_slice else _("coefficient"),
        *((_("weights"),) if has_weights else ()),
    )
    if isinstance(first, ComparisonRow):
        return (*labels, "A", "B", _("A − B"), _("interval"), "p", _("items"))
    return (*labels, _("value"), _("interval"), _("items"))


def _line(
    row: AgreementRow, axis: tuple[float, float], *, by_slice: bool, has_weights: bool
) -> Line:
    label = (_slice(row) or _("all")) if by_slice else row.coefficient
    pair = (row.slice or {}).get("raters")
    labels = [words.printable(f"{label} {pair}" if pair else label)]
    if has_weights:
        labels.append(row.weights or "")
    figures = [words.figure(row.estimate), words.interval(row)]
    if isinstance(row, ComparisonRow):
        figures = [*map(words.figure, row.estimates), *figures, _p_value(row.p_value)]
    return Line((*labels, *figures, str(row.n_units)), _bar(row, axis), _targets(row, axis))


def _targets(row: AgreementRow, axis: tuple[float, float]) -> tuple[float, ...]:
    """Alpha's alone: other coefficients have no thresholds that people agree on."""
    if row.coefficient != "krippendorff_alpha" or isinstance(row, ComparisonRow):
        return ()
    return tuple(_share(target, axis) for target in (words.TENTATIVE, words.RELIABLE))


def _p_value(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _axis(rows: Iterable[AgreementRow]) -> tuple[float, float]:
    """From 0 to 1, or as far below 0 as the figures go; around 0 for differences."""
    limits = [
        limit
        for row in rows
        for limit in (row.ci_low, row.estimate, row.ci_high)
        if limit is not None
    ]
    if any(isinstance(row, ComparisonRow) for row in rows):
        reach = next((step for step in (0.1, 0.25, 0.5, 1.0) if _reach(limits) <= step), 2.0)
        return -reach, reach
    lowest = min([0.0, *limits])
    return (0.0 if lowest > -0.025 else max(-1.0, floor(4 * lowest) / 4)), 1.0


def _reach(limits: Sequence[float]) -> float:
    return max(map(abs, limits), default=0.0)


def _bar(row: AgreementRow, axis: tuple[float, float]) -> Bar | None:
    if row.estimate is None:
        return None
    low = row.estimate if row.ci_low is None else row.ci_low
    high = row.estimate if row.ci_high is None else row.ci_high
    return Bar(*(_share(value, axis) for value in (low, row.estimate, high)))


def _share(value: float, axis: tuple[float, float]) -> float:
    return min(1.0, max(0.0, (value - axis[0]) / (axis[1] - axis[0])))


def _notes(rows: list[AgreementRow], *, by_slice: bool, comparison: bool) -> list[Note]:
    whole = [row for row in rows if not by_slice or row.slice is None]
    readings = words.difference_readings(whole) if comparison else words.readings(whole)
    method = words.intervals(rows)
    return [
        *(Note("reading", text) for text in readings),
        *(Note("confused", text) for text in words.confusions(rows[0].beside.confused)),
        *(Note("caution", text) for text in words.cautions(rows)),
        *(Note("undefined", text) for text in words.reasons(rows)),
        *((Note("interval", method),) if method else ()),
    ]
