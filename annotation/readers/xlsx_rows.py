"""The first sheet of an XLSX workbook, row by row."""

import warnings
from collections.abc import Generator
from contextlib import closing
from typing import Any, BinaryIO

import openpyxl

from .limits import Limits
from .problems import FileRefused, gettext_noop, row_error
from .rows import Row, RowResult, Rows
from .tables import EMPTY_FILE, read_header
from .xlsx_guard import NOT_A_WORKBOOK, check_workbook

MAX_SHEET_ROWS = 1_048_576
ERROR_CELLS = frozenset(
    (
        "#NULL!",
        "#DIV/0!",
        "#VALUE!",
        "#REF!",
        "#NAME?",
        "#NUM!",
        "#N/A",
        "#GETTING_DATA",
    )
)

CELL_ERROR = gettext_noop("The cell holds the spreadsheet error %(value)s. Mend the formula.")
OUTSIDE = gettext_noop(
    "The row has a value in column %(position)s, to the right of the header. Name that column or "
    "clear the cell."
)
TOO_FAR = gettext_noop("The sheet has rows beyond %(limit)s. Send CSV or JSONL.")
NO_SHEET = gettext_noop("The workbook has no sheet with cells. Put the items on its first sheet.")


def read_xlsx(file: BinaryIO, limits: Limits) -> Rows:
    """Rows with texts, and true/false and dates as such; empty cells are None.

    Numbers become the text of their shortest exact form, as a cell with the
    format "General" shows them. Of a formula the value last computed is taken.
    """
    check_workbook(file, limits)
    header: list[str] | None = None
    with closing(_records(file)) as records:
        for number, cells in records:
            if number > MAX_SHEET_ROWS:
                raise FileRefused(TOO_FAR, row=number, limit=MAX_SHEET_ROWS)
            if all(cell is None for cell in cells):
                continue
            if header is None:
                header = read_header(_trimmed(cells), limits)
            else:
                yield _row(number, header, cells)
    if header is None:
        raise FileRefused(EMPTY_FILE)


def _trimmed(cells: tuple[Any, ...]) -> tuple[Any, ...]:
    """The header without the empty cells at its end."""
    while cells and (cells[-1] is None or not str(cells[-1]).strip()):
        cells = cells[:-1]
    return cells


def _row(number: int, header: list[str], cells: tuple[Any, ...]) -> RowResult:
    for position, cell in enumerate(cells[len(header) :], start=len(header) + 1):
        if cell is not None:
            return row_error(number, "", OUTSIDE, position=position)
    data: dict[str, Any] = dict.fromkeys(header)
    for name, cell in zip(header, cells, strict=False):
        if isinstance(cell, str) and cell in ERROR_CELLS:
            return row_error(number, name, CELL_ERROR, value=cell)
        data[name] = _value(cell)
    return Row(number, data)


def _value(cell: object) -> object:
    if isinstance(cell, str):
        # How the format writes a carriage return inside a text.
        return cell.replace("_x000D_", "\r")
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return repr(int(cell)) if cell == cell // 1 and abs(cell) < 1e15 else repr(cell)
    return cell


def _records(file: BinaryIO) -> Generator[tuple[int, tuple[Any, ...]]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of styles it does not know
        try:
            workbook = openpyxl.load_workbook(
                file, read_only=True, data_only=True, keep_links=False
            )
            sheet = workbook.worksheets[0] if workbook.worksheets else None
            if sheet is None:
                raise FileRefused(NO_SHEET)
            # The size a sheet declares is often wrong and may be a trap.
            sheet.reset_dimensions()
            yield from enumerate(sheet.iter_rows(values_only=True), start=1)
        except FileRefused:
            raise
        except GeneratorExit:
            raise
        except Exception as error:
            # openpyxl documents no exceptions for damaged parts; whatever it
            # raises while reading means the same to the person who sent the file.
            reason = f"{type(error).__name__}: {error}".splitlines()[0][:200]
            raise FileRefused(NOT_A_WORKBOOK, reason=reason) from error
