"""Streaming readers: a file in, checked rows out, in constant memory.

No framework is used here. `open_rows` opens a file of any known format,
`read_items` turns its rows into items, `read_judgments` into judgments. Bad data
in a row is yielded as a RowError; only a file that can't be used as a whole
raises FileRefused.
"""

from .columns import ItemRow, read_items
from .items import ItemForm, validate_item
from .judgments import JudgmentRow, read_judgments
from .limits import DEFAULT_LIMITS, Limits
from .problems import FieldError, FileRefused, Problem, RowError
from .rows import Row
from .sources import TEXT_TABLES, Format, RowStream, detect_format, open_rows

__all__ = [
    "DEFAULT_LIMITS",
    "TEXT_TABLES",
    "FieldError",
    "FileRefused",
    "Format",
    "ItemForm",
    "ItemRow",
    "JudgmentRow",
    "Limits",
    "Problem",
    "Row",
    "RowError",
    "RowStream",
    "detect_format",
    "open_rows",
    "read_items",
    "read_judgments",
    "validate_item",
]
