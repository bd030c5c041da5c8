"""A report as Markdown: every text of the study stays text, none becomes markup."""

import re
from collections.abc import Iterator

from reliability.report_files.document import Block, Document, Facts, Forest, Table, Text

SPECIAL = re.compile(r"([\\`*_\[\]<>|~!&$#])")
# What begins a list, a rule or a heading where it is the first thing of a line.
LEADING = re.compile(r"^(\d*)([-+=.)])(?=[\s=-]|$)")


def markdown_of(document: Document) -> str:
    """GitHub's Markdown, one blank line between blocks."""
    parts = [f"# {escaped(document.title)}", escaped(document.lead)]
    for section in document.sections:
        parts.append(f"{'#' * section.level} {escaped(section.title)}")
        for block in section.blocks:
            parts += _block(block)
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """One line of plain text."""
    line = " ".join(text.split())
    return LEADING.sub(r"\1\\\2", SPECIAL.sub(r"\\\1", line))


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Text):
        yield _fenced(block.text) if block.is_source else _paragraph(block)
    elif isinstance(block, Facts):
        yield "\n".join(f"- {escaped(name)}: {escaped(value)}" for name, value in block.rows)
    elif isinstance(block, Table):
        yield f"**{escaped(block.title)}**"
        yield _table(block)
        if block.note:
            yield escaped(block.note)
    elif isinstance(block, Forest):
        # Its figures stand in the table above; a picture has no text of its own.
        return


def _paragraph(block: Text) -> str:
    text = escaped(block.text)
    return f"> **{text}**" if block.tone else text


def _fenced(text: str) -> str:
    """As it was written, in a fence that nothing inside can end."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text.strip()}\n{fence}"


def _table(table: Table) -> str:
    head = " | ".join(escaped(column.title) for column in table.columns)
    rule = " | ".join("--:" if column.is_number else ":--" for column in table.columns)
    rows = (
        " | ".join(escaped(text).replace("\n", " ") for _column, text in row)
        for row in table.shown_rows
    )
    return "\n".join(f"| {line} |" for line in (head, rule, *rows))
