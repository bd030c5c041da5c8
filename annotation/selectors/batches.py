"""Batches, their rejected rows, and items, page by page."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet

from accounts.models import Project, Vendor
from accounts.spreadsheets import neutralised
from annotation.models import Batch, BatchRejection, Item

PAGE = 50
AFTER, BEFORE = "after-", "before-"


@dataclass(frozen=True)
class Page[Row: Model]:
    """Some rows and the cursors of the pages beside them; empty: there is none."""

    rows: list[Row]
    newer: str
    older: str


def batches_of(project: Project, vendor: Vendor | None) -> QuerySet[Batch]:
    """Newest first; `vendor` limits them to its own (None: no limit)."""
    batches = Batch.objects.filter(project=project).select_related("vendor", "uploaded_by", "job")
    if vendor is not None:
        batches = batches.filter(vendor=vendor)
    return batches.order_by("-pk")


def delivering_vendors(project: Project) -> QuerySet[Vendor]:
    """The companies with people in the project."""
    return Vendor.objects.filter(memberships__project=project).distinct().order_by("name")


def newest_first_page[Row: Model](queryset: QuerySet[Row], cursor: str) -> Page[Row]:
    """A page of rows by public id: `after-ID` are older ones, `before-ID` newer ones.

    An unknown cursor gives the first page: the row may have gone since.
    """
    edge = _edge(queryset, cursor)
    if edge is not None and cursor.startswith(BEFORE):
        found = list(queryset.filter(pk__gt=edge.pk).order_by("pk")[: PAGE + 1])
        rows, has_newer, has_older = found[:PAGE][::-1], len(found) > PAGE, True
    else:
        older = queryset.filter(pk__lt=edge.pk) if edge is not None else queryset
        found = list(older.order_by("-pk")[: PAGE + 1])
        rows, has_newer, has_older = found[:PAGE], edge is not None, len(found) > PAGE
    if not rows:
        return Page([], "", "")
    first, last = getattr(rows[0], "public_id", ""), getattr(rows[-1], "public_id", "")
    return Page(
        rows,
        newer=f"{BEFORE}{first}" if has_newer else "",
        older=f"{AFTER}{last}" if has_older else "",
    )


def _edge[Row: Model](queryset: QuerySet[Row], cursor: str) -> Row | None:
    for prefix in (AFTER, BEFORE):
        if cursor.startswith(prefix):
            return queryset.filter(public_id=cursor.removeprefix(prefix)).first()
    return None


@dataclass(frozen=True)
class RejectionPage:
    """Rejected rows in the file's order; `start` and `next_row` are row numbers or nothing."""

    rows: list[BatchRejection]
    is_first: bool
    next_row: int | None


def rejections_of(batch: Batch) -> QuerySet[BatchRejection]:
    """In the file's order."""
    return BatchRejection.objects.filter(batch=batch).order_by("row", "pk")


def rejections_page(batch: Batch, from_row: int = 0) -> RejectionPage:
    found = list(rejections_of(batch).filter(row__gte=from_row)[: PAGE + 1])
    next_row = found[PAGE].row if len(found) > PAGE else None
    return RejectionPage(found[:PAGE], from_row == 0, next_row)


def rejection_lines(batch: Batch) -> Iterator[str]:
    """All kept rejections as CSV lines with a header, safe to open in a spreadsheet (T32)."""
    line = _Line()
    writer = csv.writer(line, lineterminator="\n")
    yield line.written(writer, ["row", "field", "error", "value"])
    rejections = rejections_of(batch).values_list("row", "field", "error", "value")
    for row in rejections.iterator(chunk_size=1000):
        yield line.written(writer, [row[0], *map(neutralised, row[1:])])


class _Line:
    """A file for csv.writer that keeps only the line written last."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text = text
        return len(text)

    def written(self, writer: Any, cells: list[Any]) -> str:
        writer.writerow(cells)
        return self.text


def items_of(project: Project, *, search: str = "", batch: Batch | None = None) -> QuerySet[Item]:
    """Items newest first; `search` looks into ids and groups, ignoring case."""
    items = Item.objects.filter(project=project, archived_at=None).select_related("batch")
    if batch is not None:
        items = items.filter(batch=batch)
    if search:
        items = items.filter(Q(external_id__icontains=search) | Q(group__icontains=search))
    return items.order_by("-pk")
