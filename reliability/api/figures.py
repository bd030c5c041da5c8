"""Parts of a round's figures, and several rounds side by side, over the API."""

from collections.abc import Collection, Iterator
from dataclasses import asdict, replace
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Action
from accounts.api.views import ApiView
from accounts.errors import Invalid
from reliability.access import blind_items, criterion_of, reported_round, reported_rounds
from reliability.selectors.cases import public_ids_of
from reliability.services.current_report import CurrentReport, current_report
from reliability.services.figures import CriterionFigures, ReportFigures
from reliability.services.project_report import MOST_ROUNDS, project_figures

MIXED = "mixed"


def shown_figures(figures: ReportFigures, hidden: Collection[str]) -> ReportFigures:
    """Without the items, by public id, that the person still has to decide blind."""
    if not hidden:
        return figures
    return replace(
        figures,
        criteria=tuple(
            replace(
                each,
                split=tuple(item for item in each.split if item.item not in hidden),
                agreed=tuple(item for item in each.agreed if item.item not in hidden),
            )
            for each in figures.criteria
        ),
    )


class CriterionReportSerializer(serializers.Serializer[Any]):
    """`figures` is null until a job has computed them: ask again after a moment.

    Besides its coefficients (alpha first), a criterion holds those of rater pairs, the
    distribution of values, confusions and the whole matrix of values given to the same items,
    agreement on each anchor, slices, periods, alpha without each rater, the decision study,
    the items of most and least disagreement, and the patterns everything can be recomputed from.
    """

    computed_at = serializers.DateTimeField(allow_null=True)
    is_stale = serializers.BooleanField(help_text="Judgments came since the figures.")
    figures = serializers.JSONField(allow_null=True)


class RoundSlicesSerializer(serializers.Serializer[Any]):
    """Agreement by slice, one entry a criterion and way to tell items apart.

    Slices of fewer than `min_items` items are counted, not told. `difference` is the slice minus
    all other items; `p_adjusted` (Holm) is over all slices of the criterion.
    """

    computed_at = serializers.DateTimeField(allow_null=True)
    is_stale = serializers.BooleanField(help_text="Judgments came since the figures.")
    min_items = serializers.IntegerField(allow_null=True)
    slices = serializers.JSONField(
        allow_null=True,
        help_text="[{criterion, name, source, rows: [{value, n_items, n_ratings, figure, "
        "agreement, difference, is_suppressed}], n_left_out, heterogeneity, min_items}]",
    )


class ProjectReliabilitySerializer(serializers.Serializer[Any]):
    """Each criterion through the rounds, oldest first.

    A cell's `change` is alpha minus that of the round before with the same scale; `is_paired`
    says whether both rounds judged the same items. Nothing is pooled across rubric versions
    unless `versions=mixed`; `is_mixed` then says so. Rounds without figures yet have
    `computed_at` null: POST to their report.
    """

    is_mixed = serializers.BooleanField()
    rounds = serializers.JSONField()
    criteria = serializers.JSONField()


class RoundCriterion(ApiView):
    action_required = Action.VIEW_RELIABILITY

    @extend_schema(operation_id="round_report_criterion", responses=CriterionReportSerializer)
    def get(self, request: Request, round: str, criterion: str) -> Response:
        found = reported_round(request.user, None, round)
        key = criterion_of(found, criterion).key
        report = current_report(found)
        figures = None
        if report.figures is not None:
            hidden = public_ids_of(blind_items(request.user, found.project))
            figures = shown_figures(report.figures, hidden).criterion(key)
        return Response(
            CriterionReportSerializer(
                _dated(report) | {"figures": asdict(figures) if figures else None}
            ).data
        )


class RoundSlices(ApiView):
    action_required = Action.VIEW_RELIABILITY
    query_parameters = frozenset({"by", "criterion"})

    @extend_schema(
        operation_id="round_report_slices",
        parameters=[
            OpenApiParameter(
                "by", description="model, batch, vendor, length, or a key of the items."
            ),
            OpenApiParameter("criterion", description="Only this criterion, by its key."),
        ],
        responses=RoundSlicesSerializer,
    )
    def get(self, request: Request, round: str) -> Response:
        found = reported_round(request.user, None, round)
        report = current_report(found)
        body = _dated(report) | {"min_items": None, "slices": None}
        if report.figures is not None:
            chosen = _chosen(report.figures, request.query_params.get("criterion", ""))
            slices = list(_slices(chosen, request.query_params.get("by", "")))
            body |= {"min_items": report.figures.min_items, "slices": slices}
        return Response(RoundSlicesSerializer(body).data)


def _dated(report: CurrentReport) -> dict[str, Any]:
    return {"computed_at": report.computed_at, "is_stale": report.is_stale}


def _chosen(figures: ReportFigures, key: str) -> tuple[CriterionFigures, ...]:
    if not key:
        return figures.criteria
    found = figures.criterion(key)
    if found is None:
        raise _unknown("criterion", key, [each.key for each in figures.criteria])
    return (found,)


def _slices(criteria: tuple[CriterionFigures, ...], by: str) -> Iterator[dict[str, Any]]:
    names = dict.fromkeys(family.name for each in criteria for family in each.slices)
    if by and by not in names:
        raise _unknown("by", by, list(names))
    for criterion in criteria:
        for family in criterion.slices:
            if by in ("", family.name):
                yield {"criterion": criterion.key, **asdict(family)}


def _unknown(field: str, value: str, known: list[str]) -> Invalid:
    words = {"value": value[:80], "known": ", ".join(known) or "-"}
    detail = _("There is no “%(value)s” here. Known: %(known)s.") % words
    return Invalid(detail, fields={field: [detail]})


class ProjectReliability(ApiView):
    action_required = Action.VIEW_RELIABILITY
    query_parameters = frozenset({"rounds", "criterion", "versions"})

    @extend_schema(
        operation_id="project_reliability",
        parameters=[
            OpenApiParameter(
                "rounds",
                description=f"Public ids, separated by commas, at most {MOST_ROUNDS}. "
                "All rounds that ran, if not given: the newest of them.",
            ),
            OpenApiParameter("criterion", description="Only this criterion, by its key."),
            OpenApiParameter(
                "versions", enum=[MIXED], description="Pool across rubric versions too."
            ),
        ],
        responses=ProjectReliabilitySerializer,
    )
    def get(self, request: Request, project: str) -> Response:
        asked = request.query_params
        versions = asked.get("versions", "")
        if versions not in ("", MIXED):
            raise _unknown("versions", versions, [MIXED])
        ids = [each for each in asked.get("rounds", "").split(",") if each]
        if len(set(ids)) > MOST_ROUNDS:
            detail = _("Name at most %(n)d rounds.") % {"n": MOST_ROUNDS}
            raise Invalid(detail, fields={"rounds": [detail]})
        _project, rounds = reported_rounds(request.user, project, ids)
        figures = project_figures(rounds, is_mixed=versions == MIXED)
        key = asked.get("criterion", "")
        if key and figures.criterion(key) is None:
            raise _unknown("criterion", key, [each.key for each in figures.criteria])
        if key:
            chosen = tuple(each for each in figures.criteria if each.key == key)
            figures = replace(figures, criteria=chosen)
        return Response(ProjectReliabilitySerializer(figures.to_json()).data)
