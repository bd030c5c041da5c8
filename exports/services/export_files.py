"""Writing a release for a consumer, to a path, a response or the file store."""

import json
from collections.abc import Iterable, Iterator
from itertools import batched
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.audit import record
from exports.errors import ContentChanged
from exports.formats import Target, csv, file_name, jsonl, parquet, xlsx
from exports.formats.columns import ReleaseFacts, facts_of
from exports.manifest import FileManifest, manifest_of, whole_file
from exports.models import GoldRelease
from exports.records import LabelRecord
from exports.selectors.gold import contents_of, records_of
from exports.services.survey import Heartbeat

FOLDER = "exports"
HEARTBEAT_EVERY = 1000
CONTENT_BATCH = 500


def write_release(
    file: IO[bytes],
    *,
    release: GoldRelease,
    target: Target,
    with_content: bool = False,
    heartbeat: Heartbeat | None = None,
) -> FileManifest:
    """Write `release` as `target` into an empty file that can be read back.

    `with_content`: JSONL also repeats what the raters saw. Raises ContentChanged when an item
    was altered since, FormatLimit when the format can't hold the release.
    """

    def records() -> Iterator[LabelRecord]:
        for n, each in enumerate(records_of(release), start=1):
            if heartbeat is not None and n % HEARTBEAT_EVERY == 0:
                heartbeat(n)
            yield each

    facts = facts_of(release)
    rows = _write(file, facts, release, target, records, with_content)
    name = file_name(release.project.slug, release.number, target)
    return manifest_of(file, name=name, format=target.value, rows=rows)


def _write(
    file: IO[bytes],
    facts: ReleaseFacts,
    release: GoldRelease,
    target: Target,
    records: xlsx.Records,
    with_content: bool,
) -> int:
    card: dict[str, Any] = release.data_card
    match target:
        case Target.JSONL if with_content:
            return _write_with_content(file, facts, release, records())
        case Target.JSONL:
            return jsonl.write_labels(file, facts, records())
        case Target.CSV:
            return csv.write_labels(file, facts, records())
        case Target.RATINGS:
            return csv.write_ratings(file, facts, records())
        case Target.XLSX:
            return xlsx.write_workbook(file, facts, records, card, release.created_at)
        case Target.PARQUET:
            return parquet.write_labels(file, facts, records(), card)
        case Target.CARD:
            file.write(json.dumps(card, ensure_ascii=False, indent=2).encode() + b"\n")
            return release.n_labels


def _write_with_content(
    file: IO[bytes], facts: ReleaseFacts, release: GoldRelease, records: Iterable[LabelRecord]
) -> int:
    n = 0
    for group in batched(records, CONTENT_BATCH):
        contents = contents_of(release.project, [record.key.item_id for record in group])

        def content_of(record: LabelRecord, contents: dict[str, Any] = contents) -> Any:
            now, content = contents[record.key.item_id]
            if now != record.item["hash"]:
                raise ContentChanged(
                    _("Item %(item)s was changed after the release. Export without content.")
                    % {"item": record.key.item_id}
                )
            return content

        n += jsonl.write_labels(file, facts, group, content_of)
    return n


def export_to_path(
    *,
    release: GoldRelease,
    target: Target,
    path: Path,
    actor: User | None,
    with_content: bool = False,
) -> FileManifest:
    """The whole file at `path`, or nothing there. What was at `path` before is replaced."""
    with whole_file(path) as file:
        manifest = write_release(file, release=release, target=target, with_content=with_content)
    note_export(release=release, manifest=manifest, actor=actor)
    return manifest


def export_to_store(
    *, release: GoldRelease, target: Target, key: str, heartbeat: Heartbeat | None = None
) -> dict[str, Any]:
    """Build the file in the file store under a name that nobody can guess.

    The name is only told once the file is whole; a second delivery of the same job writes the
    same bytes under another name.
    """
    with TemporaryFile() as file:
        manifest = write_release(file, release=release, target=target, heartbeat=heartbeat)
        stored = default_storage.save(f"{FOLDER}/{key}/{manifest.name}", File(file))
    return manifest.data() | {"stored": stored}


def note_export(*, release: GoldRelease, manifest: FileManifest, actor: User | None) -> None:
    """Every copy that leaves is on the record (T66)."""
    record(
        actor=actor,
        action="gold.exported",
        target=release,
        project=release.project,
        data={
            "number": release.number,
            "format": manifest.format,
            "rows": manifest.rows,
            "sha256": manifest.sha256,
        },
    )
