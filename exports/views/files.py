"""Downloads: asked for by POST, checked and recorded each time, always attachments (T40, T66)."""

from base64 import b64encode
from tempfile import TemporaryFile
from typing import IO, Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import Action, project_for
from accounts.errors import NotFound
from accounts.models import User
from accounts.routes import route
from accounts.tasks import send_job
from exports.access import export_file_for, release_for
from exports.formats import MEDIA_TYPE, Target
from exports.manifest import FileManifest
from exports.services.export_files import note_export, write_release
from exports.services.requests import is_small, request_export


@require_POST
@route(Action.VIEW_GOLD)
def export(request: HttpRequest, project: str, release: str, format: str) -> HttpResponseBase:
    """The file at once, or a job that builds it."""
    found = project_for(request.user, project, Action.VIEW_GOLD)
    chosen = release_for(request.user, found, release)
    if format not in Target or not isinstance(request.user, User):
        raise NotFound
    target = Target(format)
    if not is_small(chosen, target):
        job = request_export(release=chosen, target=target, requested_by=request.user)
        send_job(job)
        messages.info(request, _("The file is being built. It appears below when it is whole."))
        return redirect("exports:release", project=found.slug, release=chosen.public_id)
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    manifest = write_release(file, release=chosen, target=target)
    note_export(release=chosen, manifest=manifest, actor=request.user)
    return attachment(file, manifest, target)


@require_GET
@route(Action.VIEW_GOLD)
def export_file(request: HttpRequest, project: str, release: str, job: str) -> HttpResponseBase:
    """A file that a job has built."""
    found = project_for(request.user, project, Action.VIEW_GOLD)
    chosen = release_for(request.user, found, release)
    done = export_file_for(request.user, chosen, job)
    if not isinstance(request.user, User) or not isinstance(done.result, dict):
        raise NotFound
    fields: dict[str, Any] = {name: done.result[name] for name in FileManifest.__slots__}
    manifest = FileManifest(**fields)
    note_export(release=chosen, manifest=manifest, actor=request.user)
    stored = default_storage.open(done.result["stored"], "rb")
    return attachment(stored, manifest, Target(manifest.format))


def attachment(file: IO[bytes] | Any, manifest: FileManifest, target: Target) -> FileResponse:
    """A fixed type, never shown as a page; the checksum travels with it (RFC 9530)."""
    response = FileResponse(
        file, as_attachment=True, filename=manifest.name, content_type=MEDIA_TYPE[target]
    )
    digest = b64encode(bytes.fromhex(manifest.sha256)).decode()
    response["Content-Digest"] = f"sha-256=:{digest}:"
    response["X-Content-Type-Options"] = "nosniff"
    return response
