"""Pages of batches and items. A vendor's people see the same pages, of their own deliveries."""

import json
from typing import BinaryIO, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import Action, allows, project_for, vendor_scope
from accounts.models import Project, User
from accounts.routes import route
from accounts.tasks import send_job
from annotation.access import batch_for, item_for
from annotation.choices import BatchState
from annotation.forms.batches import ItemSearchForm, UploadForm
from annotation.models import Batch
from annotation.problems import LABELS, problem_parts
from annotation.selectors.batches import (
    batches_of,
    items_of,
    newest_first_page,
    rejection_lines,
    rejections_page,
)
from annotation.selectors.preview import rounds_with, rubrics_to_try
from annotation.selectors.problems import (
    attachments_of,
    missing_files,
    problem_counts,
    with_problem,
)
from annotation.services.batches import BatchRefused, receive_batch, retry_batch

# Registers the job that reads what is received here.
from annotation.tasks import batches as _jobs  # noqa: F401
from annotation.views.preview import present_for_lead

UNFINISHED = (BatchState.RECEIVED, BatchState.READING)


@require_GET
@route(Action.VIEW_BATCH)
def batches(request: HttpRequest, project: str) -> HttpResponse:
    found = project_for(request.user, project, Action.VIEW_BATCH)
    vendor = vendor_scope(request.user, found)
    page = newest_first_page(batches_of(found, vendor), request.GET.get("cursor", ""))
    context = {
        "project": found,
        "page": page,
        "shows_vendor": vendor is None,
        "may_upload": allows(request.user, Action.UPLOAD_BATCH, found),
    }
    return render(request, "annotation/batches/batches.html", context)


@require_http_methods(["GET", "POST"])
@route(Action.UPLOAD_BATCH)
def upload(request: HttpRequest, project: str) -> HttpResponse:
    found = project_for(request.user, project, Action.UPLOAD_BATCH)
    vendor = vendor_scope(request.user, found)
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = UploadForm(*posted, project=found, vendor=vendor)
    if request.method == "POST" and form.is_valid():
        try:
            return _received(request, found, form)
        except BatchRefused as refused:
            form.add_error("file", refused.detail)
    megabytes = settings.MAX_UPLOAD_BYTES // (1024 * 1024)
    context = {"project": found, "form": form, "limit": megabytes}
    status = 422 if form.errors else 200
    return render(request, "annotation/batches/upload.html", context, status=status)


def _received(request: HttpRequest, project: Project, form: UploadForm) -> HttpResponse:
    file = form.cleaned_data["file"]
    batch, is_new = receive_batch(
        project=project,
        file=cast(BinaryIO, file),
        original_name=file.name,
        name=form.cleaned_data["name"],
        uploaded_by=cast(User, request.user),
        vendor=form.deliverer,
        with_job=True,
    )
    if is_new and batch.job is not None:
        send_job(batch.job)
        messages.success(request, _("The file has arrived and is being read."))
    else:
        messages.info(
            request,
            _("This file was delivered before, so nothing was imported twice. Here is its report."),
        )
    return redirect("annotation:batch", project=project.slug, batch=batch.public_id)


@require_GET
@route(Action.VIEW_BATCH)
def batch(request: HttpRequest, project: str, batch: str) -> HttpResponse:
    """A batch's progress and report; while it is being read the page asks again by itself."""
    found_project = project_for(request.user, project, Action.VIEW_BATCH)
    found = batch_for(request.user, found_project, batch)
    context = {
        "project": found_project,
        "batch": found,
        "is_unfinished": found.state in UNFINISHED,
        "rejections": rejections_page(found, _row_number(request)),
        "moved": _moved(found),
        "problems": [
            (code, LABELS[code], n) for code, n in problem_counts(found).items() if code in LABELS
        ],
        "missing_files": missing_files(found),
        "shows_vendor": vendor_scope(request.user, found_project) is None,
        "may_upload": allows(request.user, Action.UPLOAD_BATCH, found_project),
        "may_view_items": allows(request.user, Action.VIEW_ITEM, found_project),
    }
    part = "#report" if request.headers.get("HX-Request") else ""
    return render(request, f"annotation/batches/batch.html{part}", context)


def _row_number(request: HttpRequest) -> int:
    text = request.GET.get("from", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _moved(batch: Batch) -> dict[str, int]:
    """Fields outside the neutral form and in how many rows they were, as the job told."""
    result = batch.job.result if batch.job else None
    moved: dict[str, int] = (result or {}).get("moved_to_meta", {})
    return moved


@require_POST
@route(Action.UPLOAD_BATCH)
def retry(request: HttpRequest, project: str, batch: str) -> HttpResponse:
    found_project = project_for(request.user, project, Action.UPLOAD_BATCH)
    found = batch_for(request.user, found_project, batch, Action.UPLOAD_BATCH)
    job = retry_batch(batch=found)
    if job is not None:
        send_job(job)
        messages.success(request, _("The file is being read again."))
    return redirect("annotation:batch", project=found_project.slug, batch=found.public_id)


@require_GET
@route(Action.VIEW_BATCH)
def rejections(request: HttpRequest, project: str, batch: str) -> HttpResponseBase:
    """All rejected rows as CSV."""
    found_project = project_for(request.user, project, Action.VIEW_BATCH)
    found = batch_for(request.user, found_project, batch)
    return StreamingHttpResponse(
        rejection_lines(found),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="rejected-rows-{found.public_id}.csv"'
        },
    )


@require_GET
@route(Action.VIEW_ITEM)
def items(request: HttpRequest, project: str) -> HttpResponse:
    found = project_for(request.user, project, Action.VIEW_ITEM)
    form = ItemSearchForm(request.GET)
    given = form.cleaned_data if form.is_valid() else {"q": "", "batch": "", "problem": ""}
    batch = batch_for(request.user, found, given["batch"]) if given["batch"] else None
    queryset = items_of(found, search=given["q"].strip(), batch=batch)
    if given["problem"]:
        queryset = with_problem(queryset, given["problem"])
    page = newest_first_page(queryset, request.GET.get("cursor", ""))
    context = {
        "project": found,
        "form": form,
        "batch": batch,
        "page": page,
        "is_filtered": bool(given["q"] or batch or given["problem"]),
        "may_upload": allows(request.user, Action.UPLOAD_BATCH, found),
    }
    return render(request, "annotation/batches/items.html", context)


@require_GET
@route(Action.VIEW_ITEM)
def item(request: HttpRequest, project: str, item: str) -> HttpResponse:
    """An item with all that raters don't see: sources, slices, metadata."""
    found_project = project_for(request.user, project, Action.VIEW_ITEM)
    found = item_for(request.user, found_project, item)
    parts = problem_parts(found.content, found.reference)
    context = {
        "project": found_project,
        "item": found,
        "presented": present_for_lead(found, side_order=[]),
        "raw": "raw" in request.GET,
        "problems": [(LABELS[code], where) for code, where in parts.items()],
        "attachments": attachments_of(found),
        "rounds": rounds_with(found),
        "rubrics": rubrics_to_try(found_project),
        "meta": json.dumps(found.meta, indent=2, ensure_ascii=False) if found.meta else "",
    }
    return render(request, "annotation/batches/item.html", context)
