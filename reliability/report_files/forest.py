"""Where the marks of a forest plot stand on the page, as shares of the width.

Positions are written as text: a decimal comma of the reader's language would break the drawing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor

from reliability.report_files.document import Forest, Form, Mark, limits, shown


@dataclass(frozen=True, slots=True)
class DrawnMark:
    """A row: what it says in words, and its places; empty where nothing is drawn."""

    label: str
    said: str
    place: str = ""
    low: str = ""
    high: str = ""


@dataclass(frozen=True, slots=True)
class DrawnForest:
    rows: tuple[DrawnMark, ...]
    ticks: tuple[tuple[str, str], ...]
    targets: tuple[tuple[str, str], ...]


def drawn(forest: Forest) -> DrawnForest:
    """From 0, or from the lowest end, to 1."""
    least = floor(min([0.0, *_ends(forest)]) * 5) / 5

    def place(value: float) -> str:
        return f"{100 * (max(value, least) - least) / (1 - least):.2f}%"

    def row(mark: Mark) -> DrawnMark:
        if mark.estimate is None:
            return DrawnMark(mark.label, shown(Form.FIGURE, None))
        said = f"{shown(Form.FIGURE, mark.estimate)} ({limits(mark.low, mark.high)})"
        if mark.low is None or mark.high is None:
            return DrawnMark(mark.label, said, place(mark.estimate))
        return DrawnMark(mark.label, said, place(mark.estimate), place(mark.low), place(mark.high))

    ends = (least, 0.0, 1.0) if least < 0 else (0.0, 1.0)
    return DrawnForest(
        rows=tuple(row(mark) for mark in forest.marks),
        ticks=tuple((place(end), f"{end:g}".replace("-", "−")) for end in ends),
        targets=tuple((place(each), shown(Form.FIGURE, each)) for each in forest.targets),
    )


def _ends(forest: Forest) -> Iterator[float]:
    for mark in forest.marks:
        yield from (end for end in (mark.estimate, mark.low) if end is not None)
