"""Files that appear whole or not at all, with what proves them whole."""

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileManifest:
    """What a finished file holds. `rows` counts labels (or ratings), not headers."""

    name: str
    format: str
    rows: int
    n_bytes: int
    sha256: str

    def data(self) -> dict[str, Any]:
        return asdict(self)


def manifest_of(file: IO[bytes], *, name: str, format: str, rows: int) -> FileManifest:
    """Read the finished file from its start; the position is at the start again afterwards."""
    digest = hashlib.sha256()
    n_bytes = 0
    file.seek(0)
    while block := file.read(BLOCK):
        digest.update(block)
        n_bytes += len(block)
    file.seek(0)
    return FileManifest(name, format, rows, n_bytes, digest.hexdigest())


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A binary file that takes the name `path` only when the block ends without an error.

    Where the system can, the file has no name until then, so that a killed process leaves
    nothing behind; elsewhere it is a hidden `.partial` beside the target.
    """
    path = path.resolve()
    file, publish, discard = _nameless(path) or _hidden(path)
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            publish(path)
        _sync_folder(path.parent)
    except BaseException:
        discard()
        raise


type _Opened = tuple[IO[bytes], Callable[[Path], None], Callable[[], None]]


def _nameless(path: Path) -> _Opened | None:
    """An unnamed file in the target's folder (Linux); None where there are none."""
    if not hasattr(os, "O_TMPFILE") or not Path("/proc/self/fd").is_dir():
        return None
    try:
        descriptor = os.open(path.parent, os.O_TMPFILE | os.O_RDWR, 0o644)
    except OSError:
        return None
    file = os.fdopen(descriptor, "w+b")

    def publish(target: Path) -> None:
        # A link can't replace a file, a rename can.
        step = _partial(target)
        _name(file, step)
        step.replace(target)

    return file, publish, lambda: None


def _name(file: IO[bytes], step: Path) -> None:
    """Give the unnamed file a name. Naming a folder makes Python follow /proc's link."""
    folder = os.open(step.parent, os.O_RDONLY)
    try:
        source = f"/proc/self/fd/{file.fileno()}"
        os.link(source, step, src_dir_fd=folder, follow_symlinks=True)
    finally:
        os.close(folder)


def _hidden(path: Path) -> _Opened:
    step = _partial(path)
    file = step.open("x+b")

    def discard() -> None:
        with suppress(FileNotFoundError):
            step.unlink()

    def publish(target: Path) -> None:
        step.replace(target)

    return file, publish, discard


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}.partial")


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power cut; not every system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
