"""Lists of projects and rounds, for the people who run them."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Action, projects_of
from accounts.api.pagination import NewestFirst
from accounts.api.views import ApiView
from annotation.access import round_for
from annotation.api import serializers as shapes
from annotation.choices import RoundKind, RoundState
from annotation.selectors.rounds import progress_of, rounds_visible_to


def allowed_filters(request: Request, *names: str) -> dict[str, str]:
    """The filters given among `names`; a view's `query_parameters` refuses any other (T05)."""
    return {name: request.query_params[name] for name in names if name in request.query_params}


class ProjectsView(ApiView):
    action_required: ClassVar[Action] = Action.VIEW_PROJECT
    serializer_class = shapes.ProjectRow
    pagination_class = NewestFirst

    @extend_schema(operation_id="list_projects", responses=shapes.ProjectRow(many=True))
    def get(self, request: Request) -> Response:
        """Projects you have a role in, newest first."""
        return _page(self, request, projects_of(request.user), shapes.ProjectRow)


class RoundsView(ApiView):
    action_required: ClassVar[Action] = Action.VIEW_ROUND
    query_parameters: ClassVar[frozenset[str]] = frozenset({"project", "kind", "state"})
    serializer_class = shapes.RoundRow
    pagination_class = NewestFirst

    @extend_schema(
        operation_id="list_rounds",
        parameters=[
            OpenApiParameter("project", str, description="slug"),
            OpenApiParameter("kind", str, enum=RoundKind.values),
            OpenApiParameter("state", str, enum=RoundState.values),
        ],
        responses=shapes.RoundRow(many=True),
    )
    def get(self, request: Request) -> Response:
        """Rounds of the projects that you lead, newest first."""
        given = allowed_filters(request, *self.query_parameters)
        rounds = rounds_visible_to(request.user)
        if "project" in given:
            rounds = rounds.filter(project__slug=given["project"])
        if "kind" in given:
            rounds = rounds.filter(kind=given["kind"])
        if "state" in given:
            rounds = rounds.filter(state=given["state"])
        return _page(self, request, rounds, shapes.RoundRow)


class RoundView(ApiView):
    action_required: ClassVar[Action] = Action.VIEW_ROUND

    @extend_schema(operation_id="get_round", responses=shapes.RoundDetail)
    def get(self, request: Request, round: str) -> Response:
        """A round and how far it is."""
        found = round_for(request.user, None, round, Action.VIEW_ROUND)
        progress = progress_of([found])[found.pk]
        row = shapes.RoundRow(found).data
        return Response({**row, "progress": shapes.ProgressFields(progress).data})


def _page(view: ApiView, request: Request, rows: Any, shape: Any) -> Response:
    paginator = NewestFirst()
    page: Any = paginator.paginate_queryset(rows, request, view=view)
    return paginator.get_paginated_response(shape(page, many=True).data)
