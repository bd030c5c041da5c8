"""Where marks stand in a drawing that takes whatever width there is.

Positions are percentages and written as text: a decimal comma of the reader's language would
break the drawing. They stand in SVG attributes, so no inline style is needed, and each mark is
a link that the keyboard reaches.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, log10

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.direction import left_to_right

# Krippendorff (2018), Content Analysis, 4th ed., p. 356: rely on .800, conclude tentatively
# from .667.
TARGETS = (0.667, 0.8)
# Labels nearer than this part of the width would touch on a narrow screen.
APART = 0.28
# Below this the labels of the two targets would run into each other.
LEAST_WITH_LABELS = -0.25


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis with its label; `anchor` keeps the outermost labels inside."""

    place: str
    label: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `high`; `lines` are the places of dashed lines, `zero` that of a whole one."""

    low: float
    high: float
    ticks: tuple[Tick, ...] = ()
    lines: tuple[str, ...] = ()
    zero: str = ""

    @property
    def backdrop(self) -> SafeString:
        """The lines behind every mark."""
        line = '<line class="{}" x1="{}" x2="{}" y1="0" y2="100%"/>'
        places = [("plot-target", place, place) for place in self.lines]
        places += [("plot-zero", self.zero, self.zero)] if self.zero else []
        return format_html_join("", line, places)

    def share(self, value: float) -> float:
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    def place(self, value: float) -> str:
        return _percent(self.share(value))

    def above(self, value: float) -> str:
        """The place on an upright axis, whose zero lies at the bottom."""
        return _percent(1 - self.share(value))


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"


def agreement_axis(lows: Iterable[float | None], *, reference: float | None = None) -> Axis:
    """For coefficients: to 1, from 0 or from the lowest interval, with both target lines."""
    lowest = min([0.0, *(low for low in lows if low is not None)])
    axis = Axis(max(-1.0, floor(lowest * 5) / 5), 1.0)
    marks = [0.0, 0.5, *TARGETS, 1.0] if axis.low >= LEAST_WITH_LABELS else [0.0, TARGETS[1], 1.0]
    if axis.low < 0:
        marks.insert(0, axis.low)
    return Axis(
        axis.low,
        axis.high,
        _ticks(axis, [(mark, _target(mark)) for mark in marks]),
        tuple(axis.place(target) for target in TARGETS),
        axis.place(reference) if reference is not None else "",
    )


def share_axis() -> Axis:
    """For what is not corrected for chance: from 0 to 1, and no target that would not apply."""
    axis = Axis(0.0, 1.0)
    return replace(axis, ticks=_ticks(axis, [(mark, short(mark)) for mark in (0.0, 0.5, 1.0)]))


def _target(value: float) -> str:
    """.667 with its three digits, as everybody writes it."""
    return left_to_right(f"{value:.3f}"[1:]) if value == TARGETS[0] else short(value)


def short(value: float) -> str:
    """A round number on an axis, as figures are written: .5, 1, 120."""
    text = f"{abs(value):.2f}".rstrip("0").rstrip(".") or "0"
    text = text.removeprefix("0") or "0"
    return left_to_right(f"−{text}" if value < 0 and text != "0" else text)


def nice_axis(
    values: Iterable[float | None], *, n: int = 4, lines: Sequence[float] = (), zero: bool = False
) -> Axis:
    """Round limits and about `n` ticks around the values; `zero` draws a line at zero."""
    known = [v for v in (*values, *lines) if v is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    step = _step((high - low) or abs(high) or 1.0, n)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    if first == last:
        first, last = first - 1, last + 1
    axis = Axis(first * step, last * step)
    marks = [(place * step, short(place * step)) for place in range(first, last + 1)]
    return Axis(
        axis.low,
        axis.high,
        _ticks(axis, marks),
        tuple(axis.place(line) for line in lines),
        axis.place(0.0) if zero else "",
    )


def _step(span: float, n: int) -> float:
    """1, 2 or 5 times a power of ten."""
    raw = span / n
    power = 10.0 ** floor(log10(raw))
    return float(next(m for m in (1, 2, 5, 10) if m * power >= raw * (1 - 1e-9)) * power)


def _ticks(axis: Axis, marks: Sequence[tuple[float, str]]) -> tuple[Tick, ...]:
    """Labels at the very ends grow inwards."""
    ends = {0.0: "start", 1.0: "end"}
    return tuple(
        Tick(axis.place(value), label, ends.get(axis.share(value), "middle"))
        for value, label in marks
    )


@dataclass(frozen=True, slots=True)
class Plot:
    """A row of a forest plot: a dot with its interval, and where it came from.

    at, low, high, start: places, or "" where there is none; `label` is what a mark says to
    people who don't see it; `url` its judgments.
    """

    axis: Axis
    at: str = ""
    low: str = ""
    high: str = ""
    label: str = ""
    url: str = ""
    start: str = ""

    @property
    def svg(self) -> SafeString:
        """Written here and not by a template: pages draw a hundred of them."""
        frame = '<svg class="plot" focusable="false">{}{}</svg>'
        return format_html(frame, self.axis.backdrop, self._mark() if self.at else "")

    def _mark(self) -> SafeString:
        """All of the row is the link, so that a finger hits it."""
        return format_html(
            '<a href="{}" aria-label="{}"><title>{}</title>'
            '<rect class="plot-hit" width="100%" height="100%"/>{}{}'
            '<circle class="plot-dot" cx="{}" cy="50%" r="4.5"/></a>',
            self.url,
            self.label,
            self.label,
            _step_from(self.start, self.at),
            _across("plot-range", self.low, self.high),
            self.at,
        )


def _across(kind: str, start: str, end: str) -> SafeString | str:
    line = '<line class="{}" x1="{}" x2="{}" y1="50%" y2="50%"/>'
    return format_html(line, kind, start, end) if start else ""


def _step_from(start: str, end: str) -> SafeString | str:
    circle = '{}<circle class="plot-start" cx="{}" cy="50%" r="4"/>'
    return format_html(circle, _across("plot-step", start, end), start) if start else ""


def plot(
    axis: Axis,
    value: float | None,
    limits: tuple[float | None, float | None],
    *,
    label: str,
    url: str,
    start: float | None = None,
) -> Plot:
    """Nothing but the axis where nothing is known."""
    if value is None:
        return Plot(axis)
    low, high = limits
    return Plot(
        axis,
        at=axis.place(value),
        low=axis.place(low) if low is not None else "",
        high=axis.place(high) if high is not None else "",
        label=label,
        url=url,
        start=axis.place(start) if start is not None else "",
    )


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A value over something that goes on; `label` says both."""

    x: float
    y: float
    low: float | None
    high: float | None
    label: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class CurveMark:
    x: str
    y: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Curve:
    """A line through points with a band. `line` and `band` are in a box of 100 by 100."""

    marks: tuple[CurveMark, ...]
    line: str
    band: str
    across: tuple[Tick, ...]
    upright: tuple[Tick, ...]
    targets: tuple[str, ...]


def curve(
    points: Sequence[CurvePoint],
    *,
    across: Sequence[tuple[float, str]],
    upright: Axis,
    targets: Sequence[float] = (),
) -> Curve:
    """`across` are the labelled places of the horizontal axis, `upright` the vertical one."""
    xs = [point.x for point in points]
    level = Axis(min(xs), max(xs)) if len(set(xs)) > 1 else Axis(xs[0] - 1, xs[0] + 1)
    return Curve(
        marks=tuple(
            CurveMark(level.place(p.x), upright.above(p.y), p.label, p.url) for p in points
        ),
        line=" ".join(_at(level, upright, p.x, p.y) for p in points),
        band=_band(points, level, upright),
        across=_ticks(level, _spread(level, across)),
        upright=tuple(Tick(_upside(tick.place), tick.label) for tick in upright.ticks),
        targets=tuple(upright.above(target) for target in targets),
    )


def _upside(place: str) -> str:
    return _percent(1 - float(place.rstrip("%")) / 100)


def _spread(level: Axis, marks: Sequence[tuple[float, str]]) -> list[tuple[float, str]]:
    """The labels that fit beside each other: first and last, and those far enough from them."""
    kept = list(marks[:1])
    for mark in marks[1:-1]:
        ahead = [kept[-1][0], marks[-1][0]]
        if all(abs(level.share(mark[0]) - level.share(x)) > APART for x in ahead):
            kept.append(mark)
    return kept + list(marks[1:][-1:])


def _band(points: Sequence[CurvePoint], level: Axis, upright: Axis) -> str:
    """Along the upper limits and back along the lower ones."""
    there, back = [], []
    for point in points:
        if point.low is not None and point.high is not None:
            there.append(_at(level, upright, point.x, point.high))
            back.append(_at(level, upright, point.x, point.low))
    return " ".join(there + back[::-1]) if len(there) > 1 else ""


def _at(level: Axis, upright: Axis, x: float, y: float) -> str:
    return f"{100 * level.share(x):.2f},{100 * (1 - upright.share(y)):.2f}"


def shade(share: float, *, steps: int = 9) -> int:
    """0 (nothing) to `steps` (all), for the classes of a heat map."""
    return 0 if share <= 0 else min(steps, max(1, ceil(share * steps)))
