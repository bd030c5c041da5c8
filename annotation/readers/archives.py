"""A delivery as a ZIP: one file of items, and the files that its items name.

Nothing is ever unpacked under a name from the archive (T39); names are only compared. Sizes,
counts and the ratio are checked before anything is read, and zipfile never yields more than
a member declares (T38).
"""

import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from .limits import Limits
from .problems import FileRefused, gettext_noop

CHUNK = 256 * 1024
ITEMS = frozenset((".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".xlsx", ".parquet"))
WORKBOOK = "[Content_Types].xml"
ENCRYPTED = 1
UNREADABLE = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, zlib.error)

NO_ITEMS = gettext_noop(
    "The ZIP holds no file of items. Put one JSONL, JSON, CSV, XLSX or Parquet file into it."
)
MANY_ITEMS = gettext_noop(
    "The ZIP holds several files that may be the items: %(names)s. Call the right one items, "
    "as in items.jsonl."
)
LOCKED = gettext_noop("The ZIP is protected by a password. Send it without one.")
MANY_FILES = gettext_noop("The ZIP holds %(found)s files; at most %(limit)s are read. Split it.")
UNPACKS = gettext_noop(
    "The ZIP unpacks to %(unpacked)s bytes, more than the allowed %(limit)s. Split it."
)
RATIO = gettext_noop("The ZIP unpacks to more than %(ratio)s times its size. Pack it again.")
DAMAGED = gettext_noop("The ZIP can't be read (%(reason)s). Pack it again.")


class Archive:
    """The files beside the items, found by the names that items give them."""

    def __init__(self, archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo]) -> None:
        self._archive = archive
        self._members = members
        bare = Counter(PurePosixPath(name).name for name in members)
        self._bare = {
            PurePosixPath(name).name: member
            for name, member in members.items()
            if bare[PurePosixPath(name).name] == 1
        }

    def find(self, name: str) -> zipfile.ZipInfo | None:
        """By the path beside the items file, else by a bare name that only one file has."""
        return self._members.get(name.removeprefix("./")) or self._bare.get(name)

    def copy(self, member: zipfile.ZipInfo, target: BinaryIO) -> bool:
        """Write a member into `target`; False when it is damaged."""
        try:
            with self._archive.open(member) as source:
                while chunk := source.read(CHUNK):
                    target.write(chunk)
        except UNREADABLE:
            return False
        return True


@contextmanager
def open_delivery(file: BinaryIO, limits: Limits) -> Iterator[tuple[BinaryIO, Archive | None]]:
    """(the file of items, the files beside it); a file that is no ZIP of files is the items.

    Raises
    ------
    FileRefused
        Too large unpacked, protected, damaged, or without exactly one file of items.
    """
    archive = _opened(file)
    if archive is None:
        file.seek(0)
        yield file, None
        return
    with archive, tempfile.TemporaryFile() as items:
        members = _checked(archive, file.seek(0, 2), limits)
        chosen = _items_file(members)
        if members[chosen].file_size > limits.file_bytes:
            raise FileRefused(UNPACKS, unpacked=members[chosen].file_size, limit=limits.file_bytes)
        beside = Archive(archive, _relative(members, chosen))
        if not beside.copy(members[chosen], cast(BinaryIO, items)):
            raise FileRefused(DAMAGED, reason=chosen)
        yield cast(BinaryIO, items), beside


def _opened(file: BinaryIO) -> zipfile.ZipFile | None:
    """A ZIP that is no workbook."""
    file.seek(0)
    if not file.read(4).startswith(b"PK"):
        return None
    file.seek(0)
    try:
        archive = zipfile.ZipFile(file)
    except UNREADABLE:
        return None  # the reader of workbooks says what is wrong with it
    if WORKBOOK in archive.NameToInfo:
        archive.close()
        return None
    return archive


def _checked(archive: zipfile.ZipFile, packed: int, limits: Limits) -> dict[str, zipfile.ZipInfo]:
    members = [each for each in archive.infolist() if not each.is_dir()]
    unpacked = sum(each.file_size for each in members)
    if len(members) > limits.archive_files:
        raise FileRefused(MANY_FILES, found=len(members), limit=limits.archive_files)
    if unpacked > limits.unpacked_bytes:
        raise FileRefused(UNPACKS, unpacked=unpacked, limit=limits.unpacked_bytes)
    if unpacked > limits.ratio * packed:
        raise FileRefused(RATIO, ratio=limits.ratio)
    if any(each.flag_bits & ENCRYPTED for each in members):
        raise FileRefused(LOCKED)
    return {each.filename: each for each in members if not _is_litter(each.filename)}


def _is_litter(name: str) -> bool:
    """What packing programs leave behind."""
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or any(part.startswith(".") and part != ".." for part in parts)


def _items_file(members: Mapping[str, zipfile.ZipInfo]) -> str:
    fitting = [name for name in members if PurePosixPath(name).suffix.lower() in ITEMS]
    named = [name for name in fitting if PurePosixPath(name).stem.lower() == "items"]
    chosen = named or fitting
    if not chosen:
        raise FileRefused(NO_ITEMS)
    if len(chosen) > 1:
        raise FileRefused(MANY_ITEMS, names=", ".join(sorted(chosen)[:5])[:300])
    return chosen[0]


def _relative(members: Mapping[str, zipfile.ZipInfo], items: str) -> dict[str, zipfile.ZipInfo]:
    """{path beside the items file: member}; what lies elsewhere keeps its path."""
    folder = items.rpartition("/")[0]
    prefix = f"{folder}/" if folder else ""
    return {name.removeprefix(prefix): member for name, member in members.items() if name != items}
