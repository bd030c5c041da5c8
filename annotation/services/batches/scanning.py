"""First pass over a file: every row checked, valid items put aside on disk."""

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
from annotation.services.batches.report import Rejections

CHUNK = 1000


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


def prepared(row: ItemRow) -> PreparedItem:
    """What raters may see parted from what they must not (T01, T02)."""
    form = row.form
    shown = [_without(response, "model", "url") for response in form.responses]
    hidden = [_only(response, "model", "url") for response in form.responses]
    return PreparedItem(
        row=row.number,
        external_id=form.item_id,
        content_hash=form.content_hash,
        content={"messages": form.messages, "responses": shown, "contexts": form.contexts},
        sources=hidden,
        reference=form.reference,
        slices=form.slices,
        meta=form.meta,
        group=form.group,
    )


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

    def add(self, row: ItemRow) -> None:
        self.moved.update(row.moved)
        if row.repeats is not None:
            self.n_repeats += 1
            return
        self.n_items += 1
        # dump() would go through the encoder written in Python, five times slower.
        self.spool.write(f"{json.dumps(vars(prepared(row)), ensure_ascii=False)}\n")

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
    report_share: Callable[[float], None] | None = None,
) -> None:
    """Fill `scan`. A file that can't be used as a whole ends the pass with `refusal` set.

    `report_share` is told now and then how much of the file was read, from 0 to 1.
    """
    try:
        with open_rows(file, format=format, limits=limits) as rows:
            scan.source = rows.format
            for row in read_items(rows, text_table=rows.format in TEXT_TABLES, limits=limits):
                scan.n_rows = rows.n_rows
                if isinstance(row, RowError):
                    scan.rejections.add(row)
                else:
                    scan.add(row)
                if report_share is not None and rows.n_rows % CHUNK == 0:
                    report_share(rows.share_read)
    except FileRefused as refusal:
        scan.refusal = refusal
        if refusal.row is not None:
            error = FieldError(refusal.field, refusal.problem)
            scan.rejections.add(RowError(refusal.row, (error,), malformed=True))
