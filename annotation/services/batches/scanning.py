"""First pass over a file: every row checked, valid items put aside on disk."""

import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import batched
from typing import IO, Any, BinaryIO

from annotation.readers import (
    TEXT_TABLES,
    FieldError,
    FileRefused,
    Format,
    ItemRow,
    Limits,
    RowError,
    open_rows,
    read_items,
)
from annotation.readers.archives import open_delivery
from annotation.services.batches.files import DeliveredFiles
from annotation.services.batches.report import Rejections

CHUNK = 1000
# Of an attachment, in the item's content; annotation/display.py keeps the hash from raters.
SHOWN_OF_FILES = ("kind", "description", "response", "turn", "sha256")


@dataclass
class PreparedItem:
    """An item's columns, as they are stored."""

    row: int
    external_id: str
    content_hash: str
    content: dict[str, Any]
    sources: list[dict[str, Any]]
    reference: str | None
    slices: dict[str, str]
    meta: dict[str, Any]
    group: str
    attachments: list[dict[str, Any]]


def prepared(row: ItemRow, files: DeliveredFiles) -> PreparedItem:
    """What raters may see parted from what they must not (T01, T02)."""
    form = row.form
    shown = [_without(response, "model", "url") for response in form.responses]
    hidden = [_only(response, "model", "url") for response in form.responses]
    attachments = [files.resolve(each) for each in form.attachments]
    messages = [
        _message(message, turn, attachments, files)
        for turn, message in enumerate(form.messages, start=1)
    ]
    content = {"messages": messages, "responses": shown, "contexts": form.contexts}
    if attachments:
        content["attachments"] = [_only(each, *SHOWN_OF_FILES) for each in attachments]
    return PreparedItem(
        row=row.number,
        external_id=form.item_id,
        content_hash=_hash_with_files(form.content_hash, attachments),
        content=content,
        sources=hidden,
        reference=form.reference,
        slices=form.slices,
        meta=form.meta,
        group=form.group,
        attachments=attachments,
    )


def _message(
    message: dict[str, Any], turn: int, attachments: list[dict[str, Any]], files: DeliveredFiles
) -> dict[str, Any]:
    """A turn whose parts that name files point to attachments, which are added here."""
    parts = message.get("content")
    if not isinstance(parts, list):
        return message
    pointed = []
    for part in parts:
        if part["type"] == "text" or "url" in part:
            pointed.append(part)
        else:
            attachments.append(files.resolve(_without(part, "type") | {"turn": turn}))
            pointed.append({"type": "attachment", "place": len(attachments)})
    return message | {"content": pointed}


def _hash_with_files(content_hash: str, attachments: list[dict[str, Any]]) -> str:
    """The same item with other files is another item."""
    if not attachments:
        return content_hash
    hashes = [content_hash, *(str(each.get("sha256", "")) for each in attachments)]
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def _without(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def _only(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: fields[name] for name in names if name in fields}


@dataclass
class Scan:
    """The rows of a file after the first pass.

    `n_repeats` counts rows that repeat an earlier row of the file word for word.
    The valid items wait in `spool`, one a line.
    """

    spool: IO[str]
    source: str = ""
    n_rows: int = 0
    n_items: int = 0
    n_repeats: int = 0
    rejections: Rejections = field(default_factory=Rejections)
    moved: Counter[str] = field(default_factory=Counter)
    refusal: FileRefused | None = None

    @property
    def is_unreadable(self) -> bool:
        """The file is damaged: what can be read of it is not to be trusted (T37)."""
        return self.refusal is not None or self.rejections.n_malformed > 0

    def add(self, row: ItemRow, files: DeliveredFiles) -> None:
        self.moved.update(row.moved)
        if row.repeats is not None:
            self.n_repeats += 1
            return
        self.n_items += 1
        # dump() would go through the encoder written in Python, five times slower.
        self.spool.write(f"{json.dumps(vars(prepared(row, files)), ensure_ascii=False)}\n")

    def chunks(self) -> Iterator[list[PreparedItem]]:
        """The valid items in the file's order."""
        self.spool.seek(0)
        for lines in batched(self.spool, CHUNK):
            yield [PreparedItem(**json.loads(line)) for line in lines]


@contextmanager
def new_scan() -> Iterator[Scan]:
    """An empty scan, with a temporary file that lasts as long as it."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as spool:
        yield Scan(spool)


def scan_items(
    file: BinaryIO,
    scan: Scan,
    *,
    format: Format | None,
    limits: Limits,
    folder: str = "",
    report_share: Callable[[float], None] | None = None,
) -> None:
    """Fill `scan`. A file that can't be used as a whole ends the pass with `refusal` set.

    `folder` is where attachments are stored ("": nowhere). `report_share` is told now and then
    how much of the file was read, from 0 to 1.
    """
    try:
        with (
            open_delivery(file, limits) as (items, archive),
            open_rows(items, format=format, limits=limits) as rows,
        ):
            files = DeliveredFiles(archive, limits, folder)
            scan.source = rows.format
            for row in read_items(rows, text_table=rows.format in TEXT_TABLES, limits=limits):
                scan.n_rows = rows.n_rows
                if isinstance(row, RowError):
                    scan.rejections.add(row)
                else:
                    scan.add(row, files)
                if report_share is not None and rows.n_rows % CHUNK == 0:
                    report_share(rows.share_read)
    except FileRefused as refusal:
        scan.refusal = refusal
        if refusal.row is not None:
            error = FieldError(refusal.field, refusal.problem)
            scan.rejections.add(RowError(refusal.row, (error,), malformed=True))
