"""Opens a file of any known format as a stream of rows."""

import codecs
import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from .csv_rows import read_csv
from .json_rows import WHITESPACE, read_json_lines, read_json_values
from .limits import DEFAULT_LIMITS, Limits
from .parquet_rows import read_parquet
from .problems import FileRefused, RowError, gettext_noop
from .rows import RowResult, Rows
from .tables import EMPTY_FILE
from .xlsx_rows import read_xlsx

HEAD = 64 * 1024

TOO_LARGE = gettext_noop("The file has %(found)s bytes; at most %(limit)s are read. Split it.")
TOO_MANY_ROWS = gettext_noop("The file has more than %(limit)s rows. Split it.")
NO_ROWS = gettext_noop("The file has no rows. Send a file with at least one.")
WRONG_ENCODING = gettext_noop(
    "The file is encoded as %(encoding)s. Save it as UTF-8 and send it again."
)
BINARY = gettext_noop(
    "This is not a text file, a workbook or a Parquet file. Send JSONL, JSON, CSV, XLSX or Parquet."
)
PACKED = gettext_noop("The file is packed with %(packer)s. Unpack it and send what is inside.")
OLD_EXCEL = gettext_noop(
    "This is an old (.xls) or a password-protected workbook. Save it as .xlsx without a password."
)

ENCODINGS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
PACKERS = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)


class Format(StrEnum):
    """The formats a file can have; the value is the name commands take."""

    JSONL = "jsonl"
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


READERS: dict[Format, Callable[[BinaryIO, Limits], Rows]] = {
    Format.JSONL: read_json_lines,
    Format.JSON: read_json_values,
    Format.CSV: read_csv,
    Format.XLSX: read_xlsx,
    Format.PARQUET: read_parquet,
}
# Cells of these are texts without structure: JSON and numbers come as text.
TEXT_TABLES = frozenset((Format.CSV, Format.XLSX))


class RowStream(Iterator[RowResult]):
    """The rows of an open file, counted and bounded.

    `format` is the format found or given. Iterating raises FileRefused when
    the file as a whole can't be used.
    """

    def __init__(self, file: BinaryIO, format: Format, limits: Limits) -> None:
        self.format = format
        self.limits = limits
        self.n_rows = 0
        self._file = file
        self._size = file.seek(0, 2)
        file.seek(0)
        self._rows = READERS[format](file, limits)

    def __next__(self) -> RowResult:
        row = next(self._rows, None)
        if row is None:
            if self.n_rows == 0:
                raise FileRefused(NO_ROWS)
            raise StopIteration
        self.n_rows += 1
        if self.n_rows > self.limits.rows:
            number = row.row if isinstance(row, RowError) else row.number
            raise FileRefused(TOO_MANY_ROWS, row=number, limit=self.limits.rows)
        return row

    def close(self) -> None:
        """Let go of what the reader holds; the file itself stays open."""
        self._rows.close()

    @property
    def share_read(self) -> float:
        """How much of the file has been read, 0 to 1; read ahead counts."""
        return min(1.0, self._file.tell() / self._size) if self._size else 1.0


@contextmanager
def open_rows(
    source: Path | BinaryIO,
    *,
    format: Format | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[RowStream]:
    """The rows of a file; its format is found from the content unless given.

    `source` is a path or a seekable binary file, which stays open.

    Raises
    ------
    FileRefused
        Too large, empty, of no known format, or later, while iterating.
    """
    with (
        source.open("rb") if isinstance(source, Path) else nullcontext(source) as file,
        closing(_stream(file, format, limits)) as stream,
    ):
        yield stream


def _stream(file: BinaryIO, format: Format | None, limits: Limits) -> RowStream:
    size = file.seek(0, 2)
    if size > limits.file_bytes:
        raise FileRefused(TOO_LARGE, found=size, limit=limits.file_bytes)
    return RowStream(file, format or detect_format(file, limits), limits)


def detect_format(file: BinaryIO, limits: Limits = DEFAULT_LIMITS) -> Format:
    """The format by content; names are not trusted (a `.jsonl` may hold a list).

    Raises
    ------
    FileRefused
        Empty, packed, in another encoding than UTF-8, or nothing we know.
    """
    file.seek(0)
    head = file.read(HEAD)
    found = _by_magic(head)
    if found is None:
        _refuse_other_text(head)
        found = _text_format(file, head.removeprefix(codecs.BOM_UTF8).lstrip(), limits)
    file.seek(0)
    return found


def _by_magic(head: bytes) -> Format | None:
    if head.startswith(b"PAR1"):
        return Format.PARQUET
    if head.startswith(b"PK\x03\x04"):
        return Format.XLSX
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefused(OLD_EXCEL)
    for magic, packer in PACKERS:
        if head.startswith(magic):
            raise FileRefused(PACKED, packer=packer)
    return None


def _refuse_other_text(head: bytes) -> None:
    for mark, encoding in ENCODINGS:
        if head.startswith(mark):
            raise FileRefused(WRONG_ENCODING, encoding=encoding)
    if not head.strip():
        raise FileRefused(EMPTY_FILE)
    zeros = head.count(b"\0")
    if zeros > len(head) // 4 and b"\n" in head:
        raise FileRefused(WRONG_ENCODING, encoding="UTF-16")
    if zeros and not head.lstrip().startswith((b"{", b"[")) and not _is_mostly_text(head):
        raise FileRefused(BINARY)


def _is_mostly_text(head: bytes) -> bool:
    control = sum(head.count(code) for code in range(32) if code not in (9, 10, 13))
    return control * 10 < len(head)


def _text_format(file: BinaryIO, head: bytes, limits: Limits) -> Format:
    if head.startswith(b"["):
        return Format.JSON
    if not head.startswith(b"{"):
        return Format.CSV
    return Format.JSONL if _is_json_lines(file, limits) else Format.JSON


def _is_json_lines(file: BinaryIO, limits: Limits) -> bool:
    """Whether each object stands on its own line.

    A first line that is whole says yes. If it is not, the file is either
    pretty-printed objects or JSON lines with a broken first line: an object
    that is whole over several lines says which.
    """
    file.seek(0)
    first = _as_text(file.readline(limits.record_bytes)).strip(WHITESPACE)
    if first and _value_end(first) == len(first):
        return True
    file.seek(0)
    return _value_end(_as_text(file.read(limits.record_bytes))) is None


def _as_text(start: bytes) -> str:
    text = start.removeprefix(codecs.BOM_UTF8).decode("utf-8", errors="replace")
    return text.lstrip(WHITESPACE)


def _value_end(text: str) -> int | None:
    """Where the value at the start of `text` ends; nothing when it is broken."""
    try:
        return json.JSONDecoder().raw_decode(text)[1]
    except (ValueError, RecursionError):
        return None
