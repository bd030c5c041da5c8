"""A workbook: labels, ratings and data card. Text cells are typed as text, never as formulas.

The same release gives the same bytes: no clock is asked, neither for the document's dates nor
for those inside the archive.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import Cell as XlsxCell
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.writer.excel import ExcelWriter

from exports.errors import FormatLimit
from exports.formats.columns import (
    Cell,
    ReleaseFacts,
    cell_of,
    label_cells,
    label_columns,
    rating_cells,
    rating_columns,
)
from exports.records import LabelRecord

MAX_ROWS = 1_048_576
MAX_CHARACTERS = 32_767
CUT = " […cut: the JSONL file has the whole text]"
EPOCH = (1980, 1, 1, 0, 0, 0)
# What XML can't carry, and what would be read as the escape of it.
UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
WIDE = {"item_id": 24, "value": 16, "decision_rationale": 40, "rationale": 40, "raters": 32}

type Records = Callable[[], Iterable[LabelRecord]]


def write_workbook(
    file: IO[bytes], facts: ReleaseFacts, records: Records, card: dict[str, Any], made_at: datetime
) -> int:
    """Write all sheets; the number of labels. `records` is called once for each sheet."""
    book = Workbook(write_only=True)
    book.properties.created = book.properties.modified = made_at.replace(tzinfo=None, microsecond=0)
    book.properties.creator = "Concord"
    labels = (label_cells(facts, record) for record in records())
    n = _sheet(book, "labels", list(label_columns(facts)), labels)
    ratings = (row for record in records() for row in rating_cells(facts, record))
    _sheet(book, "ratings", rating_columns(facts), ratings)
    _sheet(book, "data card", ("field", "value"), _flat("", card))
    with _TimelessZip(file, "w", ZIP_DEFLATED, allowZip64=True) as archive:
        ExcelWriter(book, archive).write_data()
    return n


def _sheet(
    book: Workbook, title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> int:
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for position, name in enumerate(header, start=1):
        sheet.column_dimensions[get_column_letter(position)].width = WIDE.get(name, 14)
    number_cell = WriteOnlyCell(sheet, None)
    sheet.append(_cells(_text_cell(sheet, bold=True), number_cell, header))
    text_cell = _text_cell(sheet)
    n = 0
    for row in rows:
        n += 1
        if n >= MAX_ROWS:
            raise FormatLimit(
                _("A sheet of XLSX holds %(n)d rows, and “%(sheet)s” has more. Use JSONL or CSV.")
                % {"n": MAX_ROWS - 1, "sheet": title}
            )
        sheet.append(_cells(text_cell, number_cell, row))
    return n


def _text_cell(sheet: WriteOnlyWorksheet, *, bold: bool = False) -> XlsxCell:
    cell = WriteOnlyCell(sheet, None)
    cell.number_format = "@"
    if bold:
        cell.font = Font(bold=True)
    return cell


def _cells(
    text_cell: XlsxCell, number_cell: XlsxCell, row: Sequence[Cell]
) -> Iterator[XlsxCell | None]:
    """The row's cells, each written before the next is asked for.

    So one cell serves for all texts and one for all numbers, twice as fast as new ones.
    """
    for value in row:
        if isinstance(value, str):
            text_cell.value = _written(value)
            text_cell.data_type = "s"  # the library guesses formulas by the first character
            yield text_cell
        elif value is None:
            yield None
        else:
            number_cell.value = value
            yield number_cell


def _written(text: str) -> str:
    escaped = UNWRITABLE.sub(lambda found: f"_x{ord(found.group()):04X}_", text)
    if len(escaped) <= MAX_CHARACTERS:
        return escaped
    return escaped[: MAX_CHARACTERS - len(CUT)] + CUT


def read_back(cell: str) -> str:
    """The exact text behind a cell that was not cut."""
    return re.sub(r"_x([0-9A-F]{4})_", lambda found: chr(int(found.group(1), 16)), cell)


def _flat(path: str, value: Any) -> Iterable[list[Cell]]:
    """A nested object as rows of path and value; lists of plain values stay together."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _flat(f"{path}.{name}" if path else name, inner)
    elif isinstance(value, list) and any(isinstance(inner, dict) for inner in value):
        for number, inner in enumerate(value, start=1):
            yield from _flat(f"{path}[{number}]", inner)
    else:
        yield [path, cell_of(value)]


class _TimelessZip(ZipFile):
    """Every entry dated the same day."""

    def writestr(self, zinfo_or_arcname: Any, data: Any, *args: Any, **kwargs: Any) -> None:
        super().writestr(self._entry(str(zinfo_or_arcname)), data)

    def write(self, filename: Any, arcname: Any = None, *args: Any, **kwargs: Any) -> None:
        """Copied in blocks: a sheet may be larger than memory."""
        entry = self._entry(str(arcname or filename))
        with Path(filename).open("rb") as source, self.open(entry, "w", force_zip64=True) as target:
            while block := source.read(1024 * 1024):
                target.write(block)

    def _entry(self, name: str) -> ZipInfo:
        entry = ZipInfo(name, date_time=EPOCH)
        entry.compress_type = ZIP_DEFLATED
        entry.external_attr = 0o600 << 16
        return entry
