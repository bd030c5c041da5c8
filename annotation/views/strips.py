"""A strip of bars as SVG in percentages of whatever width there is: no script, no inline style.

Positions are written as text, since a decimal comma of the reader's language would break them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

# The part of each place that its bar fills.
FILL = 0.7


@dataclass(frozen=True, slots=True)
class StripBar:
    """Places and sizes within the strip; `label` is what the bar says to who hovers over it."""

    x: str
    y: str
    width: str
    height: str
    label: str


def strip(values: Sequence[tuple[int, str]]) -> tuple[StripBar, ...]:
    """Bars of (value, label), the highest as high as the strip."""
    most = max([1, *(value for value, _label in values)])
    place = 100 / max(1, len(values))
    return tuple(
        StripBar(
            x=_percent(place * (n + (1 - FILL) / 2)),
            y=_percent(100 - 100 * value / most),
            width=_percent(place * FILL),
            height=_percent(100 * value / most),
            label=label,
        )
        for n, (value, label) in enumerate(values)
    )


def _percent(share: float) -> str:
    return f"{share:.2f}%"
