"""Takes a file in: hashed, stored under a name of our own, and known by its bytes."""

import hashlib
from pathlib import PurePath
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.choices import JobState
from accounts.errors import Invalid
from accounts.models import Job, Project, User, Vendor
from accounts.public_ids import new_public_id
from accounts.services.jobs import create_job, retry_job
from annotation.choices import BatchState
from annotation.models import Batch

IMPORT_BATCH = "import_batch"
CHUNK = 1024 * 1024


class BatchRefused(Invalid):
    """The delivery can't be taken in; the detail says what to send instead."""

    code = "batch_refused"


def receive_batch(
    *,
    project: Project,
    file: BinaryIO,
    original_name: str,
    name: str = "",
    uploaded_by: User | None = None,
    vendor: Vendor | None = None,
    source: str = "",
    with_job: bool = False,
) -> tuple[Batch, bool]:
    """The batch of these bytes, and whether it is new. The same bytes twice are one (T41).

    `source` is a format to read the file as; empty: found from its content. The name that the
    file had is only kept as text (T39). `with_job` makes the job that will read the file;
    whoever calls sends it.
    """
    sha256 = _hash(file)
    found = _delivered(project, vendor, sha256)
    if found is not None:
        return found, False
    shown_name = clean_file_name(original_name)
    batch = Batch(
        public_id=new_public_id(),
        project=project,
        vendor=vendor,
        uploaded_by=uploaded_by,
        name=(name.strip() or PurePath(shown_name).stem)[:200],
        original_name=shown_name,
        sha256=sha256,
        source=source,
        state=BatchState.RECEIVED,
    )
    return _stored(batch, file, with_job=with_job)


def _stored(batch: Batch, file: BinaryIO, *, with_job: bool) -> tuple[Batch, bool]:
    file.seek(0)
    batch.file.save(f"batches/{batch.public_id}", _as_django_file(file), save=False)
    try:
        with transaction.atomic():
            batch.save(force_insert=True)
            if with_job:
                batch.job = create_job(
                    kind=IMPORT_BATCH,
                    payload={"batch": batch.pk},
                    project=batch.project,
                    requested_by=batch.uploaded_by,
                )
                batch.save(update_fields=["job"])
    except IntegrityError:
        # The same bytes arrived twice at once; the other request was first.
        batch.file.delete(save=False)
        found = _delivered(batch.project, batch.vendor, batch.sha256)
        if found is None:
            raise
        return found, False
    return batch, True


def retry_batch(*, batch: Batch) -> Job | None:
    """The job of a batch whose reading failed, offered again; None when there is nothing to do."""
    if batch.job is None or batch.job.state != JobState.FAILED:
        return None
    return retry_job(job=batch.job)


def _as_django_file(file: BinaryIO) -> "File[Any]":
    return file if isinstance(file, File) else File(cast(Any, file))


def _delivered(project: Project, vendor: Vendor | None, sha256: str) -> Batch | None:
    return Batch.objects.filter(project=project, vendor=vendor, sha256=sha256).first()


def _hash(file: BinaryIO) -> str:
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    while chunk := file.read(CHUNK):
        size += len(chunk)
        if size > settings.MAX_UPLOAD_BYTES:
            raise BatchRefused(
                _("The file is larger than %(limit)d MB. Split it and send the parts.")
                % {"limit": settings.MAX_UPLOAD_BYTES // CHUNK}
            )
        digest.update(chunk)
    if size == 0:
        raise BatchRefused(_("The file is empty. Choose a file with at least one item."))
    return digest.hexdigest()


def clean_file_name(name: str) -> str:
    """The last part of a path, printable, at most 255 characters; only ever shown as text."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(char if char.isprintable() else "�" for char in last).strip()
    return shown[-255:] or "unnamed"
