"""The whole way from a file to items at once, for commands and scripts."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from accounts.models import Project, User, Vendor
from annotation.readers import Format
from annotation.services.batches.reading import file_limits, outcome, read_batch, try_out
from annotation.services.batches.receiving import receive_batch
from annotation.services.batches.report import BatchReport
from annotation.services.batches.scanning import new_scan, scan_items


def import_items(
    *,
    project: Project,
    source: Path | BinaryIO,
    name: str = "",
    uploaded_by: User | None = None,
    vendor: Vendor | None = None,
    format: Format | None = None,
    dry_run: bool = False,
) -> BatchReport:
    """Import a file now. `source` is a path or a seekable binary file, `name` the batch's name.

    With `dry_run` nothing is written and the report says what importing would do.

    Raises
    ------
    BatchRefused
        The file is empty or over the size limit. Every other fault is in the report.
    """
    with source.open("rb") if isinstance(source, Path) else nullcontext(source) as file:
        if dry_run:
            return _tried(project, file, vendor, format)
        batch, is_new = receive_batch(
            project=project,
            file=file,
            original_name=str(getattr(source, "name", "")),
            name=name,
            uploaded_by=uploaded_by,
            vendor=vendor,
            source=format or "",
        )
    if not is_new and batch.finished_at is not None:
        return replace(outcome(batch), repeats_earlier=True)
    return read_batch(batch=batch)


def _tried(
    project: Project, file: BinaryIO, vendor: Vendor | None, format: Format | None
) -> BatchReport:
    with new_scan() as scan:
        scan_items(file, scan, format=format, limits=file_limits())
        return try_out(scan, project=project, vendor=vendor)
