"""CSV with the semantics of RFC 4180: quotes, embedded newlines, any line ending."""

import csv
import io
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import BinaryIO

from .limits import Limits
from .problems import FileRefused, RowError, gettext_noop, row_error
from .rows import Row, RowResult, Rows
from .tables import read_header

DELIMITERS = ",;\t"
# Bytes that are not UTF-8 come through as these and are found cell by cell.
ESCAPED_BYTES = frozenset(chr(code) for code in range(0xDC80, 0xDD00))

NOT_UTF8 = gettext_noop(
    "The cell holds the byte 0x%(byte)02X, which is not UTF-8. Save the file as UTF-8 (in Excel: "
    "“CSV UTF-8”) and send it again."
)
CELLS = gettext_noop(
    "The row has %(found)s cells, the header has %(expected)s. Put texts that hold the delimiter "
    "or quotes into double quotes. (Rows count from the header, which is row 1.)"
)
QUOTES = gettext_noop(
    "The quotes are wrong at record %(number)s, near line %(line)s (%(reason)s). Double each quote "
    "inside a quoted text and close every quoted text. (The header is record 1.)"
)
LONG_CELL = gettext_noop(
    "A cell of record %(number)s, near line %(line)s, is longer than %(limit)s bytes. Shorten it, "
    "or close the quote that was left open. (The header is record 1.)"
)
LONG_LINE = gettext_noop(
    "Line %(line)s is longer than %(limit)s bytes. Check that this is a CSV file."
)


def read_csv(file: BinaryIO, limits: Limits) -> Rows:
    """Rows as text; an empty line counts as a record but is passed over."""
    with closing(_records(file, limits)) as records:
        _, cells = next(records, (1, []))
        header = read_header(cells, limits)
        for number, cells in records:
            if cells:
                yield _row(number, header, cells)


def _row(number: int, header: list[str], cells: list[str]) -> RowResult:
    if len(cells) != len(header):
        return row_error(number, "", CELLS, malformed=True, found=len(cells), expected=len(header))
    joined = "".join(cells)
    if not joined.isascii() and not ESCAPED_BYTES.isdisjoint(joined):
        return _undecodable(number, header, cells)
    return Row(number, dict(zip(header, cells, strict=True)))


def _undecodable(number: int, header: list[str], cells: list[str]) -> RowError:
    for name, cell in zip(header, cells, strict=True):
        for char in cell:
            if char in ESCAPED_BYTES:
                byte = ord(char) - 0xDC00
                return row_error(number, name, NOT_UTF8, malformed=True, byte=byte)
    raise AssertionError("called without an undecodable cell")


def _records(file: BinaryIO, limits: Limits) -> Generator[tuple[int, list[str]]]:
    # The limit is one for the whole process; the readers all want the same.
    csv.field_size_limit(limits.cell_bytes)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        lines = _lines(text, limits)
        first = next(lines, "")
        reader = csv.reader(_chain(first, lines), delimiter=_delimiter(first), strict=True)
        number = 0
        while True:
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise _refused(error, number, reader.line_num, limits) from error
            yield number, cells
    finally:
        text.detach()


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    if first:
        yield first
    yield from rest


def _lines(text: io.TextIOWrapper, limits: Limits) -> Iterator[str]:
    number = 0
    while line := text.readline(limits.record_bytes + 1):
        number += 1
        if len(line) > limits.record_bytes:
            raise FileRefused(LONG_LINE, row=number, line=number, limit=limits.record_bytes)
        yield line


def _delimiter(header: str) -> str:
    """The delimiter that cuts the header into the most cells; a comma on a tie."""
    return max(DELIMITERS, key=lambda each: len(header.split(each)))


def _refused(error: csv.Error, number: int, line: int, limits: Limits) -> FileRefused:
    if "field limit" in str(error):
        return FileRefused(LONG_CELL, row=number, number=number, line=line, limit=limits.cell_bytes)
    return FileRefused(QUOTES, row=number, number=number, line=line, reason=str(error))
