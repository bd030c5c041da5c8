"""Refuses workbooks built to exhaust the reader, before they are parsed.

An XLSX file is a ZIP of XML parts. openpyxl streams the sheets but builds one
row's elements and all shared strings in memory, so what has to be bounded is the
unpacked size, the number of elements between two rows, and those of other parts.
"""

import re
import zipfile
import zlib
from typing import IO, BinaryIO
from xml.parsers import expat

from .limits import Limits
from .problems import FileRefused, gettext_noop

CHUNK = 256 * 1024
MAX_PARTS = 2_000
MAX_TAGS_BETWEEN_ROWS = 200_000
# Four tags a text: half a million different texts.
MAX_TAGS_OF_STRINGS = 2_000_000
ROW_TAG = re.compile(rb"<(?:[^<>\s/]*:)?row[\s/>]")

NOT_A_WORKBOOK = gettext_noop(
    "This is not a readable XLSX workbook (%(reason)s). Save it again as .xlsx, or send CSV or "
    "JSONL."
)
UNPACKS = gettext_noop(
    "The file unpacks to %(unpacked)s bytes, more than the allowed %(limit)s. Split it, or send "
    "JSONL."
)
RATIO = gettext_noop(
    "The file unpacks to more than %(ratio)s times its size. Save it again without empty "
    "formatted rows, or send JSONL."
)
HAS_ENTITIES = gettext_noop(
    "The workbook declares XML entities, which a spreadsheet never does. Save it again from the "
    "spreadsheet program."
)
TOO_MANY_PARTS = gettext_noop("The workbook has too many parts or cells. Send CSV or JSONL.")


def check_workbook(file: BinaryIO, limits: Limits) -> None:
    """Raise FileRefused unless the workbook is safe to parse."""
    packed = file.seek(0, 2)
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            _check_sizes(archive.infolist(), packed, limits)
            for part in archive.infolist():
                if part.filename.endswith((".xml", ".rels", ".vml")):
                    _check_part(archive, part.filename)
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
    ) as error:
        raise FileRefused(NOT_A_WORKBOOK, reason=_plain(error)) from error
    except (ValueError, zlib.error) as error:
        raise FileRefused(NOT_A_WORKBOOK, reason=_plain(error)) from error
    finally:
        file.seek(0)


def _plain(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _check_sizes(parts: list[zipfile.ZipInfo], packed: int, limits: Limits) -> None:
    # zipfile never yields more than the declared size, so it can be trusted here.
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MAX_PARTS:
        raise FileRefused(TOO_MANY_PARTS)
    if unpacked > limits.unpacked_bytes:
        raise FileRefused(UNPACKS, unpacked=unpacked, limit=limits.unpacked_bytes)
    if unpacked > limits.ratio * packed:
        raise FileRefused(RATIO, ratio=limits.ratio)


def _check_part(archive: zipfile.ZipFile, name: str) -> None:
    with archive.open(name) as part:
        _refuse_entities(part)
    with archive.open(name) as part:
        if "sharedStrings" in name:
            _count_tags(part, MAX_TAGS_OF_STRINGS, per_row=False)
        else:
            _count_tags(part, MAX_TAGS_BETWEEN_ROWS, per_row="worksheets/" in name)


class _RootReached(Exception):
    pass


def _refuse_entities(part: IO[bytes]) -> None:
    parser = expat.ParserCreate()

    def doctype(*_: object) -> None:
        raise FileRefused(HAS_ENTITIES)

    def declaration(_version: str, encoding: str | None, _standalone: int) -> None:
        if encoding and encoding.lower() not in ("utf-8", "us-ascii", "ascii"):
            raise FileRefused(NOT_A_WORKBOOK, reason=f"encoding {encoding}")

    def root(*_: object) -> None:
        raise _RootReached

    parser.StartDoctypeDeclHandler = doctype
    parser.XmlDeclHandler = declaration
    parser.StartElementHandler = root
    try:
        while chunk := part.read(CHUNK):
            if chunk.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise FileRefused(NOT_A_WORKBOOK, reason="UTF-16")
            parser.Parse(chunk)
    except _RootReached:
        return
    except expat.ExpatError as error:
        raise FileRefused(NOT_A_WORKBOOK, reason=str(error)) from error


def _count_tags(part: IO[bytes], limit: int, *, per_row: bool) -> None:
    """Refuse more than `limit` tags, between two rows or in the whole part."""
    tags = 0
    while chunk := part.read(CHUNK):
        pieces = ROW_TAG.split(chunk) if per_row else [chunk]
        for position, piece in enumerate(pieces):
            tags = piece.count(b"<") + (tags if position == 0 else 0)
            if tags > limit:
                raise FileRefused(TOO_MANY_PARTS)
