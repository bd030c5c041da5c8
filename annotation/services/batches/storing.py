"""Second pass: the items that the project does not have yet."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Project, Vendor
from accounts.public_ids import new_public_id
from annotation.models import Attachment, Batch, Item
from annotation.problems import problem_parts
from annotation.readers import RowError
from annotation.readers.problems import gettext_noop, row_error
from annotation.services.batches.bulk_insert import insert_rows
from annotation.services.batches.receiving import clean_file_name
from annotation.services.batches.scanning import PreparedItem, Scan

OTHER_CONTENT = gettext_noop(
    "The project already has an item “%(item_id)s” with other content. Give the changed item an "
    "id of its own; stored items never change."
)
TAKEN = gettext_noop(
    "The id “%(item_id)s” is not free in this project. Use another one, for example with a prefix "
    "of your own."
)
COLUMNS = [each.attname for each in Item._meta.concrete_fields if not each.primary_key]
ATTACHMENT_COLUMNS = [
    each.attname for each in Attachment._meta.concrete_fields if not each.primary_key
]
MAX_MISSING = 100  # names of missing files that a report lists


@dataclass
class Known:
    """The project's items among some ids, as one deliverer may know of them.

    A vendor is told of its own items only: for all others an id is just not free,
    whatever the content (T08, T12).
    """

    items: dict[str, tuple[str, int | None]]
    vendor: Vendor | None

    def verdict(self, item: PreparedItem) -> RowError | bool | None:
        """None: new. True: the same item again. Else why it can't be stored."""
        found = self.items.get(item.external_id)
        if found is None:
            return None
        content_hash, vendor_id = found
        if self.vendor is not None and vendor_id != self.vendor.pk:
            return row_error(item.row, "item_id", TAKEN, item_id=item.external_id)
        if content_hash != item.content_hash:
            return row_error(item.row, "item_id", OTHER_CONTENT, item_id=item.external_id)
        return True


def known_items(project: Project, vendor: Vendor | None, chunk: Sequence[PreparedItem]) -> Known:
    found = Item.objects.filter(
        project=project, external_id__in=[item.external_id for item in chunk]
    ).values_list("external_id", "content_hash", "batch__vendor_id")
    return Known({item_id: (content, vendor) for item_id, content, vendor in found}, vendor)


@dataclass
class Counts:
    """`problems`: how many of the new items have each; `missing`: (item, name of the file)."""

    created: int = 0
    duplicates: int = 0
    with_problems: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    missing: list[tuple[str, str]] = field(default_factory=list)

    def add(self, item: PreparedItem, problems: tuple[str, ...]) -> None:
        self.created += 1
        self.with_problems += bool(problems)
        self.problems.update(problems)
        if "missing_attachment" in problems and len(self.missing) < MAX_MISSING:
            self.missing.extend(
                (item.external_id, each["name"])
                for each in item.attachments
                if each["kind"] == "missing"
            )


def store_scan(
    scan: Scan, *, project: Project, vendor: Vendor | None, batch: Batch | None
) -> Counts:
    """Store what is new; without a batch only count (dry run). Adds to `scan.rejections`."""
    counts = Counts(duplicates=scan.n_repeats)
    for chunk in scan.chunks():
        known = known_items(project, vendor, chunk)
        fresh = []
        for item in chunk:
            verdict = known.verdict(item)
            if isinstance(verdict, RowError):
                scan.rejections.add(verdict)
            elif verdict is None:
                fresh.append(item)
            else:
                counts.duplicates += 1
        found = [tuple(problem_parts(item.content, item.reference)) for item in fresh]
        for item, problems in zip(fresh, found, strict=True):
            counts.add(item, problems)
        if batch is not None:
            _store(fresh, found, project=project, batch=batch)
    return counts


def _store(
    fresh: Sequence[PreparedItem],
    problems: Sequence[tuple[str, ...]],
    *,
    project: Project,
    batch: Batch,
) -> None:
    rows = [
        _row(item, project, batch) | {"problems": " ".join(codes)}
        for item, codes in zip(fresh, problems, strict=True)
    ]
    insert_rows(Item, COLUMNS, rows)
    with_files = {
        row["public_id"]: item for row, item in zip(rows, fresh, strict=True) if item.attachments
    }
    if not with_files:
        return
    keys = Item.objects.filter(public_id__in=with_files).values_list("public_id", "pk")
    insert_rows(
        Attachment,
        ATTACHMENT_COLUMNS,
        (
            _attachment_row(pk, place, each)
            for public_id, pk in keys
            for place, each in enumerate(with_files[public_id].attachments, start=1)
        ),
    )


def _attachment_row(item_id: int, place: int, given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "public_id": new_public_id(),
        "item_id": item_id,
        "place": place,
        "original_name": clean_file_name(given["name"]),
        "file": given.get("path", ""),
        "media_type": given.get("media_type", ""),
        "sha256": given.get("sha256", ""),
        "size": given.get("size", 0),
    }


def _row(item: PreparedItem, project: Project, batch: Batch) -> dict[str, Any]:
    return {
        "public_id": new_public_id(),
        "project_id": project.pk,
        "batch_id": batch.pk,
        "external_id": item.external_id,
        "content": item.content,
        "sources": item.sources,
        "reference": item.reference,
        "slices": item.slices,
        "meta": item.meta,
        "n_responses": len(item.sources),
        "group": item.group,
        "content_hash": item.content_hash,
        "created_at": batch.created_at,
        "archived_at": None,
    }
