"""Blocks as one web page that needs nothing beside itself, and runs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from reliability.longfile import AgreementRow

from .blocks import Bar, Block, Line, blocks_of

_WIDTH, _HEIGHT = 240, 16
# Figures alone: nothing may be loaded or run, whatever a label holds.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def to_page(rows: Sequence[AgreementRow]) -> str:
    """HTML with its own style; every label is escaped."""
    blocks = blocks_of(rows)
    files = [
        _file(source, list(members)) for source, members in groupby(blocks, lambda b: b.source)
    ]
    return format_html(
        '<!doctype html>\n<html lang="{}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" content="{}">\n'
        "<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n<h1>{}</h1>\n{}</main>\n"
        "<footer>{}</footer>\n</body>\n</html>",
        get_language() or "en",
        _POLICY,
        _("Agreement"),
        _style(),
        _("Agreement"),
        format_html_join("", "{}", ((each,) for each in files)),
        _(
            "The line is the interval, the dot the value; beside alpha, dashed lines stand at "
            ".667 and .800, Krippendorff’s thresholds."
        ),
    )


def _style() -> SafeString:
    """Our own style sheet, which no file can reach."""
    return mark_safe(Path(__file__).with_name("page.css").read_text())  # noqa: S308 - our own file


def _file(source: str, blocks: list[Block]) -> SafeString:
    return format_html(
        "<h2>{}</h2>\n{}", source, format_html_join("", "{}", ((_block(b),) for b in blocks))
    )


def _block(block: Block) -> SafeString:
    notes = format_html_join(
        "\n", '<li class="{}">{}</li>', ((note.kind, note.text) for note in block.notes)
    )
    return format_html(
        '<section>\n<h3>{}</h3>\n<p class="evidence">{}</p>\n{}{}</section>\n',
        block.title,
        block.evidence,
        _table(block) if block.lines else "",
        format_html("<ul>\n{}\n</ul>\n", notes) if block.notes else "",
    )


def _table(block: Block) -> SafeString:
    heads = format_html_join("", '<th scope="col">{}</th>', ((name,) for name in block.head))
    low, high = (f"{end:g}" for end in block.axis)
    lines = format_html_join("\n", "{}", ((_line(line, block),) for line in block.lines))
    return format_html(
        '<div class="wide" tabindex="0"><table>\n<thead><tr>{}'
        '<th scope="col">{}</th></tr></thead>\n'
        "<tbody>\n{}\n</tbody></table></div>\n",
        heads,
        _("%(low)s to %(high)s") % {"low": low, "high": high},
        lines,
    )


def _line(line: Line, block: Block) -> SafeString:
    label, *figures = line.cells
    return format_html(
        '<tr><th scope="row">{}</th>{}<td>{}</td></tr>',
        label,
        format_html_join("", "<td>{}</td>", ((cell,) for cell in figures)),
        "" if line.bar is None else _drawing(line, line.bar, block),
    )


def _drawing(line: Line, bar: Bar, block: Block) -> SafeString:
    """The same as the cells beside it say, so it is hidden from who hears the page."""
    marks = [_upright("target", share) for share in line.targets]
    low, high = block.axis
    if low < 0:
        marks.append(_upright("axis", -low / (high - low)))
    middle = _HEIGHT // 2
    return format_html(
        '<svg viewBox="-4 0 {} {}" aria-hidden="true">'
        '<line class="axis" x1="0" x2="{}" y1="{}" y2="{}"></line>{}'
        '<line class="span" x1="{}" x2="{}" y1="{}" y2="{}"></line>'
        '<circle class="value" cx="{}" cy="{}" r="4"></circle></svg>',
        _WIDTH + 8,
        _HEIGHT,
        _WIDTH,
        middle,
        middle,
        format_html_join("", "{}", ((mark,) for mark in marks)),
        _at(bar.low),
        _at(bar.high),
        middle,
        middle,
        _at(bar.value),
        middle,
    )


def _upright(name: str, share: float) -> SafeString:
    return format_html(
        '<line class="{}" x1="{}" x2="{}" y1="0" y2="{}"></line>',
        name,
        _at(share),
        _at(share),
        _HEIGHT,
    )


def _at(share: float) -> str:
    return f"{share * _WIDTH:.1f}"
