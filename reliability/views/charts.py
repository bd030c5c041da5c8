"""Charts drawn on the server, coloured by the page's own style sheet.

Vega-Lite writes colours into the drawing. Each stands for a token of the style sheet and is
exchanged for it, so that one drawing is legible in every theme; nothing needs an inline style.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.core.cache import cache
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.canonical import content_hash

TEXT, MUTED, LINE, ACCENT, TARGET = "#010201", "#010202", "#010203", "#010204", "#010205"
TOKENS = {
    TEXT: "var(--text)",
    MUTED: "var(--muted)",
    LINE: "var(--border)",
    ACCENT: "var(--accent)",
    TARGET: "var(--warn)",
}
FONT = "system-ui, sans-serif"
KEPT_SECONDS = 7 * 24 * 3600
# Krippendorff (2018), Content Analysis, 4th ed., p. 356: rely on .800, conclude tentatively
# from .667.
TARGETS = (0.667, 0.8)
Side = Literal["right", "left"]
SIDES: tuple[Side, Side] = ("right", "left")


@dataclass(frozen=True, slots=True)
class Mark:
    """A row of a forest plot: an estimate with its interval, or nothing where undefined."""

    label: str
    estimate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Size:
    """Width of the plot, of its labels and height of a row, in pixels."""

    plot: int
    labels: int
    ticks: int
    row: int = 26


WIDE = Size(plot=680, labels=220, ticks=6)
NARROW = Size(plot=170, labels=90, ticks=3)


def forest_plot(marks: Sequence[Mark], *, size: Size = WIDE) -> SafeString:
    """Dots with intervals against the two target lines, as inline SVG. Cached by content."""
    content = [[m.label, m.estimate, m.low, m.high] for m in marks]
    drawn_for = [content, size.plot, size.labels, size.ticks, size.row, get_language()]
    key = f"forest:{content_hash(drawn_for)}"
    svg: str | None = cache.get(key)
    if svg is None:
        svg = _themed(_drawn(_forest(marks, size)))
        cache.set(key, svg, KEPT_SECONDS)
    # The drawing holds numbers and escaped labels only.
    return SafeString(svg)


def _drawn(chart: Any) -> str:
    import vl_convert  # noqa: PLC0415 - loaded by the first drawing, not by every command

    return str(vl_convert.vegalite_to_svg(json.dumps(chart.to_dict())))


def _themed(svg: str) -> str:
    for colour, token in TOKENS.items():
        svg = svg.replace(f'"{colour}"', f'"{token}"')
    return svg.replace('fill="white"', 'fill="none"', 1)


def _target_label(value: float, side: Side, scale: Any) -> Any:
    """The figure above a target line, on the outer side, so that two never overlap."""
    import altair as alt  # noqa: PLC0415 - as above
    import pandas as pd  # noqa: PLC0415 - as above

    frame = pd.DataFrame({"target": [value], "text": [f"{value:.3f}".lstrip("0")]})
    text = alt.Chart(frame).mark_text(color=MUTED, fontSize=11, dy=-8, align=side, font=FONT)
    return text.encode(x=alt.X("target:Q", scale=scale), y=alt.value(0), text="text:N")


def _forest(marks: Sequence[Mark], size: Size) -> Any:
    import altair as alt  # noqa: PLC0415 - as above
    import pandas as pd  # noqa: PLC0415 - as above

    frame = pd.DataFrame(
        {
            "label": [mark.label for mark in marks],
            "estimate": [mark.estimate for mark in marks],
            "low": [mark.low for mark in marks],
            "high": [mark.high for mark in marks],
        }
    ).astype({"estimate": float, "low": float, "high": float})
    least = min([0.0, *(m.low for m in marks if m.low is not None)])
    scale = alt.Scale(domain=[max(-1.0, least - 0.05) if least < 0 else 0, 1], clamp=True)
    row = alt.Y("label:N", sort=None, title=None)
    axis = alt.X("low:Q", scale=scale, title=_("Alpha, 95% interval"))
    target = alt.X("target:Q", scale=scale)
    base = alt.Chart(frame)
    # The renderer's fonts are not the reader's: leave room for wider ones.
    room = {"left": 16, "right": 16, "top": 5, "bottom": 5}
    targets = alt.Chart(pd.DataFrame({"target": TARGETS}))
    layers = alt.layer(
        targets.mark_rule(color=TARGET, strokeDash=[3, 3]).encode(x=target),
        *(_target_label(value, side, scale) for value, side in zip(TARGETS, SIDES, strict=True)),
        base.mark_rule(color=ACCENT, strokeWidth=2).encode(y=row, x=axis, x2="high:Q"),
        base.mark_point(color=ACCENT, filled=True, size=70, opacity=1).encode(
            y=row, x=alt.X("estimate:Q", scale=scale)
        ),
    )
    return (
        layers.properties(width=size.plot, height=size.row * max(1, len(marks)), padding=room)
        .configure(background="white", font=FONT)
        .configure_axis(
            labelColor=TEXT,
            titleColor=MUTED,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            labelLimit=size.labels,
            domainColor=LINE,
            tickColor=LINE,
            gridColor=LINE,
            tickCount=size.ticks,
        )
        .configure_view(stroke=None)
    )
