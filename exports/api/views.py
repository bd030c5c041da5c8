"""Gold and judge runs over the API."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Action, project_for
from accounts.api.pagination import NewestFirst
from accounts.api.views import ApiView
from accounts.models import User
from accounts.services.audit import record
from exports.access import release_for
from exports.api.serializers import (
    LabelSerializer,
    ReleaseDetailSerializer,
    ReleaseSerializer,
    RunSerializer,
    label_fields,
)
from exports.formats.columns import facts_of
from exports.selectors.gold import LABEL_COLUMNS, labels_of, record_from, releases_of
from exports.selectors.judges import project_runs


class InOrder(NewestFirst):
    """Labels in the release's fixed order."""

    ordering = "id"


def _page(view: ApiView, request: Request, rows: QuerySet[Any]) -> tuple[Any, list[Any]]:
    """The paginator and one page of `rows`."""
    pages = view.pagination_class()  # type: ignore[attr-defined]  # each list names its own
    return pages, list(pages.paginate_queryset(rows, request, view=view) or [])


class ReleaseList(ApiView):
    action_required = Action.VIEW_GOLD
    pagination_class = NewestFirst

    @extend_schema(operation_id="gold_releases", responses=ReleaseSerializer(many=True))
    def get(self, request: Request, project: str) -> Response:
        """Gold releases of a project, newest first."""
        found = project_for(request.user, project, Action.VIEW_GOLD)
        pages, page = _page(self, request, releases_of(found))
        answer: Response = pages.get_paginated_response(ReleaseSerializer(page, many=True).data)
        return answer


class ReleaseDetail(ApiView):
    action_required = Action.VIEW_GOLD

    @extend_schema(operation_id="gold_release", responses=ReleaseDetailSerializer)
    def get(self, request: Request, project: str, release: str) -> Response:
        """One release with its data card."""
        found = project_for(request.user, project, Action.VIEW_GOLD)
        chosen = release_for(request.user, found, release)
        return Response(ReleaseDetailSerializer(chosen).data)


class LabelList(ApiView):
    action_required = Action.VIEW_GOLD
    pagination_class = InOrder

    @extend_schema(operation_id="gold_labels", responses=LabelSerializer(many=True))
    def get(self, request: Request, project: str, release: str) -> Response:
        """The labels of a release in their fixed order, with the columns of its files."""
        found = project_for(request.user, project, Action.VIEW_GOLD)
        chosen = release_for(request.user, found, release)
        if isinstance(request.user, User) and "cursor" not in request.query_params:
            record(actor=request.user, action="gold.viewed", target=chosen, project=found)
        rows = labels_of(chosen).values(*LABEL_COLUMNS, "id")
        pages, page = _page(self, request, rows)
        facts = facts_of(chosen)
        labels = [
            label_fields(facts, record_from(tuple(row[name] for name in LABEL_COLUMNS)))
            for row in page
        ]
        answer: Response = pages.get_paginated_response(LabelSerializer(labels, many=True).data)
        return answer


class RunList(ApiView):
    action_required = Action.VIEW_JUDGE
    pagination_class = NewestFirst

    @extend_schema(operation_id="judge_runs", responses=RunSerializer(many=True))
    def get(self, request: Request, project: str) -> Response:
        """Judge runs of a project, newest first."""
        found = project_for(request.user, project, Action.VIEW_JUDGE)
        pages, page = _page(self, request, project_runs(found))
        answer: Response = pages.get_paginated_response(RunSerializer(page, many=True).data)
        return answer
