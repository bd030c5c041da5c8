"""The files of a delivery: looked at once, stored once under a name made of their content."""

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from django.core.files.base import File
from django.core.files.storage import default_storage

from accounts.models import Project
from annotation.readers import Limits
from annotation.readers.archives import Archive
from annotation.readers.media import kind_of, media_type

CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What a delivered file is. `path` is where it lies, "" in a trial."""

    media_type: str
    sha256: str
    size: int
    path: str


class DeliveredFiles:
    """Files by the names that items give them. The same bytes are stored once a project.

    They are stored before the items that name them: an import that ends early leaves files
    that the next attempt finds again.
    """

    def __init__(self, archive: Archive | None, limits: Limits, folder: str) -> None:
        self._archive = archive
        self._limits = limits
        self._folder = folder
        self._known: dict[str, StoredFile | None] = {}

    def resolve(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """An attachment as the item named it, with what came under that name."""
        found = self._found(given["name"])
        if found is None:
            return {**given, "kind": "missing"}
        return {
            **given,
            "kind": kind_of(found.media_type),
            "media_type": found.media_type,
            "sha256": found.sha256,
            "size": found.size,
            "path": found.path,
        }

    def _found(self, name: str) -> StoredFile | None:
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def _read(self, name: str) -> StoredFile | None:
        """None: not in the archive, too large, damaged, or of no known kind."""
        member = self._archive.find(name) if self._archive else None
        if self._archive is None or member is None:
            return None
        if member.file_size > self._limits.attachment_bytes:
            return None
        with tempfile.TemporaryFile() as temporary:
            file = cast(BinaryIO, temporary)
            if not self._archive.copy(member, file):
                return None
            found = media_type(file)
            if found is None:
                return None
            sha256 = _hash(file)
            return StoredFile(found, sha256, member.file_size, self._stored(file, sha256))

    def _stored(self, file: BinaryIO, sha256: str) -> str:
        if not self._folder:
            return ""
        path = f"{self._folder}/{sha256}"
        if default_storage.exists(path):
            return path
        file.seek(0)
        return default_storage.save(path, File(cast(Any, file)))


def attachments_folder(project: Project) -> str:
    return f"attachments/{project.pk}"


def _hash(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
