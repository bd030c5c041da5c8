"""What CSV, XLSX and Parquet share: the header."""

from collections.abc import Sequence

from .limits import Limits
from .problems import FileRefused, gettext_noop

EMPTY_FILE = gettext_noop("The file is empty. Send a file with a header and at least one row.")
UNNAMED = gettext_noop("Column %(position)s of the header has no name. Name it or remove it.")
TWICE = gettext_noop("The header names the column “%(name)s” twice. Rename or remove one of them.")
TOO_WIDE = gettext_noop("The file has %(found)s columns; at most %(limit)s are read.")
NAME_BYTES = gettext_noop(
    "The header is not UTF-8. Save the file as UTF-8 (in Excel: “CSV UTF-8”) and send it again."
)


def read_header(cells: Sequence[object], limits: Limits) -> list[str]:
    """Column names without surrounding spaces.

    Raises
    ------
    FileRefused
        No columns, too many, unnamed or repeated ones.
    """
    names = ["" if cell is None else str(cell).strip() for cell in cells]
    if not any(names):
        raise FileRefused(EMPTY_FILE)
    if len(names) > limits.columns:
        raise FileRefused(TOO_WIDE, row=1, found=len(names), limit=limits.columns)
    for position, name in enumerate(names, start=1):
        _check_name(name, position)
    for name in names:
        if names.count(name) > 1:
            raise FileRefused(TWICE, row=1, field=name, name=name)
    return names


def _check_name(name: str, position: int) -> None:
    if not name:
        raise FileRefused(UNNAMED, row=1, position=position)
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise FileRefused(NAME_BYTES, row=1) from error
