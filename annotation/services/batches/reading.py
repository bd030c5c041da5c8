"""Reads a received file and stores its items."""

from collections import Counter
from collections.abc import Callable
from typing import BinaryIO, cast

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Project, Vendor
from accounts.services.audit import record
from annotation.choices import BatchState
from annotation.models import Batch, BatchRejection
from annotation.readers import Format, Limits, RowError
from annotation.selectors.problems import missing_files, problem_counts
from annotation.services.batches.files import attachments_folder
from annotation.services.batches.report import BatchReport, rejection_json
from annotation.services.batches.scanning import Scan, new_scan, scan_items
from annotation.services.batches.storing import Counts, store_scan

FINISHED = (BatchState.ACCEPTED, BatchState.REFUSED)


def file_limits() -> Limits:
    return Limits(file_bytes=settings.MAX_UPLOAD_BYTES)


def read_batch(*, batch: Batch, report_share: Callable[[float], None] | None = None) -> BatchReport:
    """Read the stored file and import its items. A finished batch only gives its outcome again.

    Rows are checked outside of any transaction, which takes most of the time; what is valid is
    then stored in one. A worker killed at any point leaves nothing behind, and the next attempt
    begins anew (T58).
    """
    batch.refresh_from_db()
    if batch.state in FINISHED:
        return outcome(batch)
    Batch.objects.filter(pk=batch.pk, state=BatchState.RECEIVED).update(state=BatchState.READING)
    with new_scan() as scan, batch.file.open("rb") as file:
        scan_items(
            cast(BinaryIO, file),
            scan,
            format=Format(batch.source) if batch.source else None,
            limits=file_limits(),
            folder=attachments_folder(batch.project),
            report_share=report_share,
        )
        _finish(batch, scan)
    batch.refresh_from_db()
    return outcome(batch, scan)


def outcome(batch: Batch, scan: Scan | None = None) -> BatchReport:
    """The report of a finished batch; only a fresh scan knows which fields went to meta."""
    rejected = batch.rejections.order_by("row", "pk").values("row", "field", "error")
    return BatchReport(
        batch=batch,
        source=batch.source,
        rows=batch.n_rows,
        created=batch.n_created,
        duplicates=batch.n_duplicates,
        rejected_rows=batch.n_rejected,
        rejected=[dict(each) for each in rejected],
        refusal=batch.refusal,
        moved=scan.moved if scan else Counter(),
        with_problems=batch.n_problems,
        problems=problem_counts(batch),
        missing=missing_files(batch),
    )


def try_out(scan: Scan, *, project: Project, vendor: Vendor | None) -> BatchReport:
    """The report that importing `scan` would give, with nothing written."""
    counts = Counts()
    if not scan.is_unreadable:
        counts = store_scan(scan, project=project, vendor=vendor, batch=None)
    refusal = refusal_of(scan, counts)
    return BatchReport(
        batch=None,
        source=scan.source,
        rows=scan.n_rows,
        created=0 if refusal else counts.created,
        duplicates=0 if refusal else counts.duplicates,
        rejected_rows=scan.rejections.n_rows,
        rejected=[rejection_json(error, _) for error in scan.rejections.kept],
        refusal=refusal,
        moved=scan.moved,
        with_problems=0 if refusal else counts.with_problems,
        problems=Counter() if refusal else counts.problems,
        missing=[] if refusal else counts.missing,
    )


@transaction.atomic
def _finish(batch: Batch, scan: Scan) -> None:
    locked = (
        Batch.objects.select_for_update(of=("self",)).select_related("project").get(pk=batch.pk)
    )
    if locked.state in FINISHED:
        return
    _one_import_at_a_time(locked.project)
    counts = Counts()
    if not scan.is_unreadable:
        counts = store_scan(scan, project=locked.project, vendor=locked.vendor, batch=locked)
    _close(locked, scan, counts)


def _one_import_at_a_time(project: Project) -> None:
    """Two imports with the same new id would collide in the unique constraint.

    On SQLite the transaction already holds the only write lock.
    """
    if connection.vendor == "postgresql":
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)


def _close(batch: Batch, scan: Scan, counts: Counts) -> None:
    batch.source = scan.source or batch.source
    batch.refusal = refusal_of(scan, counts)
    batch.state = BatchState.REFUSED if batch.refusal else BatchState.ACCEPTED
    batch.n_rows = scan.n_rows
    batch.n_created = counts.created
    batch.n_duplicates = counts.duplicates
    batch.n_rejected = scan.rejections.n_rows
    batch.n_problems = counts.with_problems
    batch.finished_at = timezone.now()
    batch.save()
    BatchRejection.objects.bulk_create(
        [_rejection(batch, error) for error in scan.rejections.kept], batch_size=1000
    )
    record(
        actor=batch.uploaded_by,
        action="batch.imported",
        target=batch,
        project=batch.project,
        data={
            "state": batch.state,
            "rows": batch.n_rows,
            "created": batch.n_created,
            "rejected": batch.n_rejected,
        },
    )


def _rejection(batch: Batch, error: RowError) -> BatchRejection:
    return BatchRejection(
        batch=batch,
        row=error.row,
        field=error.field[:200],
        error=error.rendered(_),
        value=error.excerpt,
    )


def refusal_of(scan: Scan, counts: Counts) -> str:
    """Why nothing was imported; empty when something was."""
    if scan.refusal is not None:
        return scan.refusal.problem.rendered(_)
    if n := scan.rejections.n_malformed:
        return ngettext(
            "%(n)d row can't be read, so the file may be damaged and nothing of it was imported. "
            "Mend the row and send the file again.",
            "%(n)d rows can't be read, so the file may be damaged and nothing of it was imported. "
            "Mend the rows and send the file again.",
            n,
        ) % {"n": n}
    if counts.created + counts.duplicates == 0:
        return _("No row could be accepted. Mend the rows listed and send the file again.")
    return ""
