"""Reliability over the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Action
from accounts.api.views import ApiView
from accounts.models import User
from accounts.tasks import send_job
from reliability.access import blind_items, reported_round
from reliability.api.figures import shown_figures
from reliability.selectors.cases import public_ids_of
from reliability.services.current_report import current_report, request_report


class RoundReportSerializer(serializers.Serializer[Any]):
    """`figures` is null until a job has computed them: ask again after a moment.

    Each criterion holds what `report/criteria/{criterion}/` tells of it; whoever still has to
    decide items of the round blind gets no items.
    """

    computed_at = serializers.DateTimeField(allow_null=True)
    is_stale = serializers.BooleanField(help_text="Judgments came since the figures.")
    figures = serializers.JSONField(allow_null=True)


class RoundReport(ApiView):
    action_required = Action.VIEW_RELIABILITY

    @extend_schema(operation_id="round_report", responses=RoundReportSerializer)
    def get(self, request: Request, round: str) -> Response:
        found = reported_round(request.user, None, round)
        report = current_report(found)
        told = report.figures
        if told is not None:
            hidden = public_ids_of(blind_items(request.user, found.project))
            told = shown_figures(told, hidden)
        body = {
            "computed_at": report.computed_at,
            "is_stale": report.is_stale,
            "figures": told.to_json() if told else None,
        }
        return Response(RoundReportSerializer(body).data)

    @extend_schema(operation_id="round_report_compute", request=None, responses={202: None})
    def post(self, request: Request, round: str) -> Response:
        """Have the report computed now, in the background."""
        found = reported_round(request.user, None, round)
        requested_by = request.user if isinstance(request.user, User) else None
        job = request_report(round_=found, requested_by=requested_by)
        send_job(job)
        return Response({"job": job.public_id}, status=202)
