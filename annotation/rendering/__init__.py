"""Untrusted text as safe HTML.

Whatever an item holds, the result loads nothing, runs nothing, names nothing and covers
nothing (T29, T30, T31).
"""

from annotation.rendering.budget import MAX_ITEM_STEPS, Allowance
from annotation.rendering.markdown import MAX_RENDERED, TAGS, render_markdown
from annotation.rendering.plain import MAX_SHOWN, render_plain
from annotation.rendering.structure import render_json
from annotation.rendering.text import LONG, PresentedText

__all__ = [
    "LONG",
    "MAX_ITEM_STEPS",
    "MAX_RENDERED",
    "MAX_SHOWN",
    "TAGS",
    "Allowance",
    "PresentedText",
    "render_json",
    "render_markdown",
    "render_plain",
]
