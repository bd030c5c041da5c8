"""The API of batches, below /api/v1/projects/<slug>/."""

import hashlib
from collections.abc import Callable
from typing import Any, BinaryIO, ClassVar, cast

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Action, project_for, vendor_scope
from accounts.api.pagination import NewestFirst
from accounts.api.views import ApiView
from accounts.models import Project, User
from accounts.services.idempotency import RequestIdentity, answer_once
from accounts.tasks import send_job
from annotation.access import batch_for
from annotation.api.rounds import allowed_filters
from annotation.forms.batches import UploadForm
from annotation.models import Batch, BatchRejection
from annotation.selectors.batches import batches_of, rejections_of
from annotation.services.batches import receive_batch

# Registers the job that reads what is received here.
from annotation.tasks import batches as _jobs  # noqa: F401

CHUNK = 1024 * 1024


class BatchRow(serializers.ModelSerializer[Batch]):
    """A batch as its deliverer and the project's leads may see it."""

    id = serializers.CharField(source="public_id")
    vendor = serializers.CharField(source="vendor.slug", default=None)
    progress = serializers.IntegerField(source="job.percent", default=None, help_text="per cent")
    rows = serializers.IntegerField(source="n_rows")
    created = serializers.IntegerField(source="n_created")
    duplicates = serializers.IntegerField(source="n_duplicates")
    rejected = serializers.IntegerField(source="n_rejected")

    class Meta:
        model = Batch
        fields = (
            "id",
            "name",
            "original_name",
            "vendor",
            "source",
            "state",
            "refusal",
            "progress",
            "rows",
            "created",
            "duplicates",
            "rejected",
            "sha256",
            "created_at",
            "finished_at",
        )


class RejectionRow(serializers.ModelSerializer[BatchRejection]):
    class Meta:
        model = BatchRejection
        fields = ("row", "field", "error", "value")


class BatchUpload(serializers.Serializer[Any]):
    """multipart/form-data."""

    file = serializers.FileField(help_text="JSONL, JSON, CSV, XLSX or Parquet")
    name = serializers.CharField(required=False, max_length=200)
    vendor = serializers.CharField(
        required=False, help_text="id of the company that delivers; leads only"
    )


class FirstRowsFirst(CursorPagination):
    ordering = ("row", "id")
    page_size_query_param = "page_size"
    max_page_size = 200


class UploadOnce:
    """The POST of an upload. The base class would hold a whole file in memory to hash it."""

    @extend_schema(
        operation_id="upload_batch",
        request={"multipart/form-data": BatchUpload},
        responses={201: BatchRow, 200: BatchRow},
    )
    def post(self, request: Request, project: str) -> Response:
        """Deliver a file. 201: it is being read. 200: the same file was delivered before."""
        found = project_for(request.user, project, Action.UPLOAD_BATCH)
        vendor = vendor_scope(request.user, found)
        form = UploadForm(request.data, request.FILES, project=found, vendor=vendor)
        if not form.is_valid():
            raise serializers.ValidationError(
                {name: [str(each) for each in errors] for name, errors in form.errors.items()}
            )
        return _once(request, form, lambda: _receive(request, found, form))


def _once(request: Request, form: UploadForm, carry_out: Callable[[], tuple[int, Any]]) -> Response:
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        status, data = carry_out()
        return Response(data, status=status)
    identity = RequestIdentity(
        user=cast(User, request.user),
        key=key,
        method="POST",
        path=request.path,
        body_hash=_body_hash(form),
    )
    status, data = answer_once(identity=identity, carry_out=carry_out)
    return Response(data, status=status)


def _body_hash(form: UploadForm) -> str:
    digest = hashlib.sha256()
    vendor = form.deliverer.public_id if form.deliverer else ""
    digest.update(f"{form.cleaned_data['name']}\n{vendor}\n".encode())
    for chunk in form.cleaned_data["file"].chunks(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _receive(request: Request, project: Project, form: UploadForm) -> tuple[int, Any]:
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
    return (201 if is_new else 200), dict(BatchRow(batch).data)


class BatchesView(UploadOnce, ApiView):
    action_required: ClassVar[Action] = Action.VIEW_BATCH
    serializer_class = BatchRow
    pagination_class = NewestFirst
    parser_classes = (MultiPartParser,)

    @extend_schema(operation_id="list_batches", responses=BatchRow(many=True))
    def get(self, request: Request, project: str) -> Response:
        """Batches of a project, newest first; a vendor's people see their company's own."""
        allowed_filters(request)
        found = project_for(request.user, project, Action.VIEW_BATCH)
        rows = batches_of(found, vendor_scope(request.user, found))
        paginator = NewestFirst()
        page = paginator.paginate_queryset(rows, request, view=self)
        return paginator.get_paginated_response(BatchRow(page, many=True).data)


class BatchView(ApiView):
    action_required: ClassVar[Action] = Action.VIEW_BATCH

    @extend_schema(operation_id="get_batch", responses=BatchRow)
    def get(self, request: Request, project: str, batch: str) -> Response:
        """A batch: how far it is read, and the counts of its report."""
        found = project_for(request.user, project, Action.VIEW_BATCH)
        return Response(BatchRow(batch_for(request.user, found, batch)).data)


class RejectionsView(ApiView):
    action_required: ClassVar[Action] = Action.VIEW_BATCH
    serializer_class = RejectionRow
    pagination_class = FirstRowsFirst

    @extend_schema(
        operation_id="list_rejected_rows",
        parameters=[OpenApiParameter("page_size", int)],
        responses=RejectionRow(many=True),
    )
    def get(self, request: Request, project: str, batch: str) -> Response:
        """The rows of a batch that were not accepted, in the file's order, with the reasons."""
        allowed_filters(request)
        found = project_for(request.user, project, Action.VIEW_BATCH)
        rows = rejections_of(batch_for(request.user, found, batch))
        paginator = FirstRowsFirst()
        page = paginator.paginate_queryset(rows, request, view=self)
        return paginator.get_paginated_response(RejectionRow(page, many=True).data)


urlpatterns = [
    path("projects/<slug:project>/batches/", BatchesView.as_view(), name="batches"),
    path("projects/<slug:project>/batches/<str:batch>/", BatchView.as_view(), name="batch"),
    path(
        "projects/<slug:project>/batches/<str:batch>/rejected-rows/",
        RejectionsView.as_view(),
        name="rejected-rows",
    ),
]
