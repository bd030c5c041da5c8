"""Counts as bars: inline SVG in the page's own colours, as wide as there is room."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

ROW, BAR, TEXT = 38, 8, 13


@dataclass(frozen=True, slots=True)
class Bar:
    """One count; `share` is of the total, 0 to 1."""

    label: str
    count: int
    share: float

    @property
    def percent(self) -> str:
        return f"{100 * self.share:.1f} %"


def bars_of(counts: Sequence[tuple[str, int]]) -> list[Bar]:
    total = sum(count for _label, count in counts) or 1
    return [Bar(label, count, count / total) for label, count in counts]


def bar_chart(bars: Sequence[Bar]) -> SafeString:
    """Each bar below its label and figure; the longest takes the whole width."""
    longest = max((bar.share for bar in bars), default=1) or 1
    rows = format_html_join(
        "",
        '<text x="0" y="{}" font-size="{}" fill="var(--text)">{}</text>'
        '<text x="100%" y="{}" font-size="{}" text-anchor="end" fill="var(--muted)">{} ({})</text>'
        '<rect x="0" y="{}" width="100%" height="{}" rx="{}" fill="var(--sunken)"/>'
        '<rect x="0" y="{}" width="{}%" height="{}" rx="{}" fill="var(--accent-fill)"/>',
        (_row(n, bar, longest) for n, bar in enumerate(bars)),
    )
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="{}" '
        'font-family="system-ui, sans-serif">{}</svg>',
        max(1, len(bars)) * ROW,
        rows,
    )


def _row(n: int, bar: Bar, longest: float) -> tuple[object, ...]:
    top = n * ROW
    text, rect = top + TEXT, top + TEXT + 6
    width = f"{100 * bar.share / longest:.2f}"
    label = bar.label if len(bar.label) <= 40 else bar.label[:39] + "…"
    return (
        text, TEXT, label, text, TEXT, bar.count, bar.percent,
        rect, BAR, BAR // 2, rect, width, BAR, BAR // 2,
    )  # fmt: skip
