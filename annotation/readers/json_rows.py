"""JSON lines, one JSON array, and JSON objects one after another."""

import codecs
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from .limits import Limits
from .problems import FileRefused, RowError, gettext_noop, row_error
from .rows import Row, RowResult, Rows

CHUNK_CHARS = 64 * 1024
WHITESPACE = " \t\n\r"

NOT_UTF8 = gettext_noop(
    "Byte %(position)s is 0x%(byte)02X, which is not UTF-8. Save the file as UTF-8 and send it "
    "again."
)
TOO_LONG = gettext_noop("The record is longer than %(limit)s bytes. Shorten or split it.")
TOO_NESTED = gettext_noop("The record is nested too deeply. Flatten it.")
NOT_OBJECT = gettext_noop("The record is %(kind)s. Write each item as one JSON object: {…}.")
BROKEN = gettext_noop(
    "This is not valid JSON: %(reason)s at column %(column)s. Mend the record or export the file "
    "again; it may have been cut off."
)
BROKEN_FILE = gettext_noop(
    "Object %(number)s, near line %(line)s, is not valid JSON: %(reason)s. Mend it or export the "
    "file again; it may have been cut off."
)
REPEATED_KEY = gettext_noop("The field occurs twice in one object. Keep one of the two.")

KINDS = {
    list: gettext_noop("a list"),
    str: gettext_noop("a text"),
    int: gettext_noop("a number"),
    float: gettext_noop("a number"),
    bool: gettext_noop("true or false"),
    type(None): gettext_noop("null"),
    dict: gettext_noop("an object"),
}


class JsonRecordDecoder:
    """Decodes one record at a time and remembers the keys it held twice."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.repeated: list[str] = []
        self._decoder = json.JSONDecoder(object_pairs_hook=self._object)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [name for name, _ in pairs]
            self.repeated.append(next(name for name in names if names.count(name) > 1))
        return found

    def decode(self, text: str, start: int = 0) -> tuple[Any, int]:
        """The value that begins at `start` and the position after it."""
        self.repeated.clear()
        return self._decoder.raw_decode(text, start)

    def too_many_brackets(self, text: str) -> bool:
        return text.count("[") + text.count("{") > self.limits.brackets

    def row(self, number: int, value: object) -> RowResult:
        """`value` as a row, or why it is not one."""
        if self.repeated:
            return row_error(number, self.repeated[0], REPEATED_KEY)
        if not isinstance(value, dict):
            return row_error(number, "", NOT_OBJECT, kind=KINDS[type(value)])
        return Row(number, value)


def read_json_lines(file: BinaryIO, limits: Limits) -> Rows:
    """One JSON object a line; blank lines are passed over but counted."""
    decoder = JsonRecordDecoder(limits)
    for number, raw in enumerate(_lines(file, limits.record_bytes), start=1):
        line = raw.removeprefix(codecs.BOM_UTF8) if number == 1 else raw
        if len(line) > limits.record_bytes:
            yield row_error(number, "", TOO_LONG, limit=limits.record_bytes)
        elif not line.isspace() and line:
            yield _line_row(decoder, number, line)


def _line_row(decoder: JsonRecordDecoder, number: int, line: bytes) -> RowResult:
    try:
        text = line.decode("utf-8").rstrip(WHITESPACE)
    except UnicodeDecodeError as error:
        return undecodable(number, error)
    if decoder.too_many_brackets(text):
        return row_error(number, "", TOO_NESTED)
    try:
        value, end = decoder.decode(text, len(text) - len(text.lstrip(WHITESPACE)))
    except json.JSONDecodeError as error:
        return _broken_line(number, error.msg, error.colno)
    except RecursionError:
        return row_error(number, "", TOO_NESTED)
    except ValueError as error:  # an integer of thousands of digits
        return _broken_line(number, str(error), 1)
    if rest := text[end:].lstrip(WHITESPACE):
        return _broken_line(number, "Extra data", len(text) - len(rest) + 1)
    return decoder.row(number, value)


def _broken_line(number: int, reason: str, column: int) -> RowError:
    return row_error(number, "", BROKEN, malformed=True, reason=reason, column=column)


def undecodable(number: int, error: UnicodeDecodeError) -> RowError:
    """The row error for bytes that are not UTF-8; positions count from 1."""
    byte = error.object[error.start]
    return row_error(number, "", NOT_UTF8, malformed=True, position=error.start + 1, byte=byte)


def _lines(file: BinaryIO, limit: int) -> Iterator[bytes]:
    """Lines by newline; of a line over `limit` bytes only its first part."""
    while line := file.readline(limit + 1):
        yield line
        piece = line
        while len(piece) > limit and not piece.endswith(b"\n"):
            piece = file.readline(limit + 1)


def read_json_values(file: BinaryIO, limits: Limits) -> Rows:
    """The objects of one JSON array, or objects that follow one another.

    Raises
    ------
    FileRefused
        A value is broken, too long or not UTF-8: where the next one begins can't
        be known then.
    """
    decoder = JsonRecordDecoder(limits)
    stream = _ValueStream(file, decoder)
    for number, value in enumerate(stream, start=1):
        yield decoder.row(number, value)


class _ValueStream:
    """Top-level JSON values out of a stream, in the memory of one value."""

    def __init__(self, file: BinaryIO, decoder: JsonRecordDecoder) -> None:
        self._file = file
        self._decoder = decoder
        self._utf8 = codecs.getincrementaldecoder("utf-8-sig")()
        self._buffer = ""
        self._position = 0
        self._ended = False
        self._line = 1
        self._number = 1

    def __iter__(self) -> Iterator[Any]:
        in_array = self._next_char() == "["
        if in_array:
            self._skip(1)
        while not self._at_end(in_array):
            yield self._value()
            self._number += 1
            self._skip_separator(in_array)
        if in_array:
            self._refuse_rest()

    def _at_end(self, in_array: bool) -> bool:
        char = self._next_char()
        if in_array and char == "]":
            self._skip(1)
            return True
        if in_array and char == "":
            raise self._broken("the list is not closed with ]")
        return char == ""

    def _skip_separator(self, in_array: bool) -> None:
        char = self._next_char()
        if not in_array or char == "]" or char == "":
            return
        if char != ",":
            raise self._broken(f"a comma is missing before {char!r}")
        self._skip(1)
        if self._next_char() == "]":
            raise self._broken("there is a comma before ]")

    def _refuse_rest(self) -> None:
        if char := self._next_char():
            raise self._broken(f"{char!r} follows the end of the list")

    def _value(self) -> Any:
        wanted = CHUNK_CHARS
        while True:
            error = self._try_value()
            if error is None:
                return self._taken
            if self._ended:
                raise self._broken(error)
            if len(self._buffer) - self._position > self._decoder.limits.record_bytes:
                limit = self._decoder.limits.record_bytes
                raise FileRefused(TOO_LONG, row=self._number, limit=limit)
            # Doubling keeps the repeated attempts linear in the value's length.
            self._fill(wanted)
            wanted *= 2

    def _try_value(self) -> str | None:
        """Take the next value into `_taken`, or say why that fails (so far)."""
        try:
            self._taken, end = self._decoder.decode(self._buffer, self._position)
        except json.JSONDecodeError as error:
            return error.msg
        except RecursionError:
            raise FileRefused(TOO_NESTED, row=self._number) from None
        except ValueError as error:
            return str(error)
        if end == len(self._buffer) and not self._ended:
            return "unfinished"  # a number may go on in the next chunk
        if self._decoder.too_many_brackets(self._buffer[self._position : end]):
            raise FileRefused(TOO_NESTED, row=self._number)
        self._skip(end - self._position)
        return None

    def _next_char(self) -> str:
        """The next character that is not white space, unread; "" at the end."""
        while True:
            rest = self._buffer
            while self._position < len(rest) and rest[self._position] in WHITESPACE:
                self._skip(1)
            if self._position < len(rest):
                return rest[self._position]
            if self._ended:
                return ""
            self._fill(CHUNK_CHARS)

    def _skip(self, count: int) -> None:
        end = self._position + count
        self._line += self._buffer.count("\n", self._position, end)
        self._position = end

    def _fill(self, wanted: int) -> None:
        data = self._file.read(wanted)
        self._ended = not data
        try:
            text = self._utf8.decode(data, final=self._ended)
        except UnicodeDecodeError as error:
            byte, position = (
                error.object[error.start],
                self._file.tell() - len(data) + error.start,
            )
            raise FileRefused(
                NOT_UTF8, row=self._number, position=position + 1, byte=byte
            ) from error
        self._buffer = self._buffer[self._position :] + text
        self._position = 0

    def _broken(self, reason: str) -> FileRefused:
        return FileRefused(
            BROKEN_FILE,
            row=self._number,
            number=self._number,
            line=self._line,
            reason=reason,
        )
