"""Figures of files as JSON, CSV, Markdown, a web page, or a table for people."""

from collections.abc import Callable, Sequence

from reliability.longfile import AgreementRow

from .markdown import to_markdown
from .page import to_page
from .records import to_csv, to_json
from .terminal import to_table

FORMATS: dict[str, Callable[[Sequence[AgreementRow]], str]] = {
    "table": to_table,
    "json": to_json,
    "csv": to_csv,
    "markdown": to_markdown,
    "html": to_page,
}
# Formats that people read: they say cautions in words and name confused values.
FOR_PEOPLE = frozenset({"table", "markdown", "html"})

__all__ = ["FORMATS", "FOR_PEOPLE"]
