"""Second pass: the items that the project does not have yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import Project, Vendor
from accounts.public_ids import new_public_id
from annotation.models import Batch, Item
from annotation.readers import RowError
from annotation.readers.problems import gettext_noop, row_error
from annotation.services.batches.bulk_insert import insert_rows
from annotation.services.batches.scanning import PreparedItem, Scan

OTHER_CONTENT = gettext_noop(
    "The project already has an item “%(item_id)s” with other content. Give the changed item an "
    "id of its own; stored items never change."
)
TAKEN = gettext_noop(
    "The id “%(item_id)s” is not free in this project. Use another one, for example with a prefix "
    "of your own."
)
COLUMNS = [field.attname for field in Item._meta.concrete_fields if not field.primary_key]


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
    created: int = 0
    duplicates: int = 0


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
        counts.created += len(fresh)
        if batch is not None:
            insert_rows(Item, COLUMNS, (_row(item, project, batch) for item in fresh))
    return counts


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
        "problems": "",
        "created_at": batch.created_at,
        "archived_at": None,
    }
