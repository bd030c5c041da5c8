"""ZIP archives that are the same bytes each time, written as they are sent."""

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

EPOCH = (1980, 1, 1, 0, 0, 0)
BLOCK = 256 * 1024

Blocks = Iterable[bytes]


def entry(name: str) -> ZipInfo:
    """Dated the same day, whoever writes it and when."""
    info = ZipInfo(name, date_time=EPOCH)
    info.compress_type = ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    info.create_system = 3
    return info


class TimelessZip(ZipFile):
    """For writers that hand over names or paths: no clock is asked."""

    def writestr(self, zinfo_or_arcname: Any, data: Any, *args: Any, **kwargs: Any) -> None:
        super().writestr(entry(str(zinfo_or_arcname)), data)

    def write(self, filename: Any, arcname: Any = None, *args: Any, **kwargs: Any) -> None:
        named = entry(str(arcname or filename))
        with Path(filename).open("rb") as source, self.open(named, "w", force_zip64=True) as target:
            while block := source.read(BLOCK):
                target.write(block)


class _Outlet(io.RawIOBase):
    """Takes what the archive writes and gives it away; it can't be read or rewound."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._waiting.append(bytes(data))
        return len(data)

    def drain(self) -> bytes:
        taken = b"".join(self._waiting)
        self._waiting.clear()
        return taken


def streamed_zip(files: Iterable[tuple[str, Blocks]]) -> Iterator[bytes]:
    """The archive block by block; never more than one block of one file in memory."""
    outlet = _Outlet()
    with ZipFile(outlet, "w", ZIP_DEFLATED, allowZip64=True) as archive:
        for name, blocks in files:
            with archive.open(entry(name), "w", force_zip64=True) as target:
                for block in blocks:
                    target.write(block)
                    if written := outlet.drain():
                        yield written
    yield outlet.drain()
