"""Finalised reports over the API."""

from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Action
from accounts.api.pagination import NewestFirst
from accounts.api.views import ApiView
from accounts.errors import NotFound
from accounts.models import User
from accounts.tasks import send_job
from reliability.access import (
    final_report_for,
    finalisable_round,
    reported_round,
    require_all_seen_blind,
)
from reliability.choices import ReportFormat
from reliability.models import FinalReport
from reliability.report_answers import report_answer
from reliability.selectors.final_reports import final_reports_of, has_changed_since
from reliability.services.final_files import MEDIA_TYPE
from reliability.services.finalise import finalise_report, is_small, request_final_report


class FinalReportSerializer(serializers.Serializer[Any]):
    """A finalised report without its content."""

    id = serializers.CharField(source="public_id")
    number = serializers.IntegerField()
    content_hash = serializers.CharField(help_text="SHA-256 of the content as canonical JSON.")
    ratings = serializers.IntegerField(source="n_ratings")
    ratings_hash = serializers.CharField(help_text="SHA-256 of ratings.csv in the recompute file.")
    finalised_at = serializers.DateTimeField()


class FinalReportDetailSerializer(FinalReportSerializer):
    """`content`: what was asked, who rated, what counted, every figure and its check."""

    is_intact = serializers.BooleanField(help_text="Whether the content matches its hash.")
    has_changed_since = serializers.BooleanField(help_text="Ratings came or changed since.")
    content = serializers.JSONField(allow_null=True)


class FinaliseSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=2000,
        help_text="Why a round that is not closed is finalised; needed then.",
    )


class RoundFinalReports(ApiView):
    action_required = Action.VIEW_RELIABILITY
    pagination_class = NewestFirst

    @extend_schema(operation_id="final_reports", responses=FinalReportSerializer(many=True))
    def get(self, request: Request, round: str) -> Response:
        """Finalised reports of a round, newest first."""
        found = reported_round(request.user, None, round)
        pages = self.pagination_class()
        page = pages.paginate_queryset(final_reports_of(found), request, view=self)
        answer: Response = pages.get_paginated_response(
            FinalReportSerializer(page or [], many=True).data
        )
        return answer

    @extend_schema(
        operation_id="final_report_create",
        request=FinaliseSerializer,
        responses={201: FinalReportDetailSerializer, 202: None},
    )
    def post(self, request: Request, round: str) -> Response:
        """Finalise the report of the ratings as they are; 202 where a job does it.

        The same figures again are the same report.
        """
        found = finalisable_round(request.user, None, round)
        asked = FinaliseSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        reason = asked.validated_data["reason"].strip()
        actor = request.user if isinstance(request.user, User) else None
        if not is_small(found):
            job = request_final_report(round_=found, requested_by=actor, reason=reason)
            send_job(job)
            return Response({"job": job.public_id}, status=202)
        report = finalise_report(round_=found, actor=actor, reason=reason)
        return Response(_detail(report), status=201)


class FinalReportDetail(ApiView):
    action_required = Action.VIEW_RELIABILITY

    @extend_schema(operation_id="final_report", responses=FinalReportDetailSerializer)
    def get(self, request: Request, report: str) -> Response:
        """One report with its content; none where it was altered."""
        found = final_report_for(request.user, None, report)
        require_all_seen_blind(request.user, found.round)
        return Response(_detail(found))


def _detail(report: FinalReport) -> Any:
    about = {
        name: getattr(report, name)
        for name in (
            "public_id",
            "number",
            "content_hash",
            "n_ratings",
            "ratings_hash",
            "finalised_at",
            "is_intact",
        )
    }
    about["has_changed_since"] = has_changed_since(report)
    about["content"] = report.data if report.is_intact else None
    return FinalReportDetailSerializer(about).data


class FinalReportFile(ApiView):
    action_required = Action.VIEW_RELIABILITY

    def get_format_suffix(self, **kwargs: Any) -> None:
        """`format` names a file here, not a renderer of the framework."""

    @extend_schema(
        operation_id="final_report_file",
        responses={(200, media): OpenApiTypes.BINARY for media in MEDIA_TYPE.values()},
    )
    def get(self, request: Request, report: str, format: str) -> HttpResponseBase:
        """The report as pdf, xlsx, md or json, or as zip with all that recomputes it."""
        found = final_report_for(request.user, None, report)
        if format not in ReportFormat:
            raise NotFound
        require_all_seen_blind(request.user, found.round)
        return report_answer(request, found, ReportFormat(format))
