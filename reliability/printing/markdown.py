"""Blocks as Markdown: tables that a merge request or a wiki shows."""

from __future__ import annotations

from collections.abc import Sequence

from reliability.longfile import AgreementRow

from .blocks import Block, blocks_of

_ESCAPED = str.maketrans(
    {"|": "\\|", "<": "&lt;", ">": "&gt;", "&": "&amp;", "`": "\\`", "[": "\\["}
)


def to_markdown(rows: Sequence[AgreementRow]) -> str:
    """A heading a file, then a table with its sentences for each block."""
    parts: list[str] = []
    source = None
    for block in blocks_of(rows):
        if block.source != source:
            source = block.source
            parts.append(f"## {_text(source)}")
        parts.append(_block(block))
    return "\n\n".join(parts)


def _block(block: Block) -> str:
    parts = [f"### {_text(block.title)}", _text(block.evidence)]
    if block.lines:
        rule = ["---", *["---:"] * (len(block.head) - 1)]
        rows = [block.head, rule, *(line.cells for line in block.lines)]
        head, ruled, *lines = [
            " | ".join(row) for row in (_cells(rows[0]), rule, *map(_cells, rows[2:]))
        ]
        parts.append("\n".join(f"| {line} |" for line in (head, ruled, *lines)))
    parts += ["\n".join(f"- {_text(note.text)}" for note in block.notes)]
    return "\n\n".join(part for part in parts if part)


def _cells(cells: Sequence[str]) -> list[str]:
    return [_text(cell) for cell in cells]


def _text(text: str) -> str:
    return text.translate(_ESCAPED)
