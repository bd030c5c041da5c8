"""Questions, clarifications and returns over HTTP: what the pages do, a script can do."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Action
from accounts.api.pagination import NewestFirst
from accounts.api.views import ApiView
from accounts.errors import Conflict
from accounts.models import User
from annotation.access import (
    assignment_for,
    clarification_for,
    flag_for,
    judgment_to_return,
    round_for,
)
from annotation.api.rounds import allowed_filters
from annotation.models import Clarification, Flag, Return
from annotation.selectors.flags import (
    STATES,
    clarifications_of,
    flags_visible_to,
    in_state,
)
from annotation.selectors.labeling import own_judgment
from annotation.selectors.talk import own_flags_on, own_returns
from annotation.services.clarifications import (
    mark_clarification_read,
    publish_clarification,
    withdraw_clarification,
)
from annotation.services.flags import answer_flag, ask_lead
from annotation.services.returns import return_judgment, stand_by
from annotation.services.roster import rater_for
from annotation.services.wording import MOST_CHARACTERS


class FlagRequest(serializers.Serializer[Any]):
    question = serializers.CharField(max_length=MOST_CHARACTERS)
    criterion = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=80, help_text="A criterion's key"
    )


class OwnFlag(serializers.ModelSerializer[Flag]):
    id = serializers.CharField(source="public_id")
    criterion = serializers.CharField(source="criterion_key")

    class Meta:
        model = Flag
        fields: ClassVar[list[str]] = [
            "id", "criterion", "question", "asked_at", "answer", "answered_at", "read_at",
        ]  # fmt: skip


class FlagRow(OwnFlag):
    round = serializers.CharField(source="round.public_id")
    item_id = serializers.CharField(source="assignment.item.external_id")
    rater = serializers.CharField(source="rater.code")

    class Meta(OwnFlag.Meta):
        fields: ClassVar[list[str]] = ["round", "item_id", "rater", *OwnFlag.Meta.fields]


class AnswerRequest(serializers.Serializer[Any]):
    answer = serializers.CharField(max_length=MOST_CHARACTERS)


class ClarificationRequest(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=MOST_CHARACTERS, help_text="Markdown")
    criterion = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=80, help_text="A criterion's key"
    )


class ClarificationRow(serializers.ModelSerializer[Clarification]):
    id = serializers.CharField(source="public_id")
    criterion = serializers.CharField(source="criterion_key")

    class Meta:
        model = Clarification
        fields: ClassVar[list[str]] = ["id", "criterion", "text", "published_at", "withdrawn_at"]


class ReturnRequest(serializers.Serializer[Any]):
    comment = serializers.CharField(max_length=MOST_CHARACTERS)


class StandRequest(serializers.Serializer[Any]):
    note = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=MOST_CHARACTERS
    )


class ReturnRow(serializers.ModelSerializer[Return]):
    id = serializers.CharField(source="public_id")

    class Meta:
        model = Return
        fields: ClassVar[list[str]] = [
            "id", "revision", "comment", "returned_at", "resolution", "note", "resolved_at",
        ]  # fmt: skip


class OwnReturnRow(serializers.ModelSerializer[Return]):
    id = serializers.CharField(source="public_id")
    assignment = serializers.CharField(source="judgment.assignment.public_id")
    round = serializers.CharField(source="round.public_id")

    class Meta:
        model = Return
        fields: ClassVar[list[str]] = [
            "id", "assignment", "round", "revision", "comment", "returned_at",
        ]  # fmt: skip


def _user(request: Request) -> User:
    assert isinstance(request.user, User)  # the declared action lets nobody else in
    return request.user


def _checked(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    sent = shape(data=request.data)
    sent.is_valid(raise_exception=True)
    checked: dict[str, Any] = sent.validated_data
    return checked


def _page(view: ApiView, request: Request, rows: Any, shape: Any) -> Response:
    paginator = NewestFirst()
    page: Any = paginator.paginate_queryset(rows, request, view=view)
    return paginator.get_paginated_response(shape(page, many=True).data)


class OwnFlagsView(ApiView):
    action_required: ClassVar[Action] = Action.JUDGE
    serializer_class = OwnFlag
    pagination_class = NewestFirst

    @extend_schema(operation_id="own_flags", responses=OwnFlag(many=True))
    def get(self, request: Request, assignment: str) -> Response:
        """What you asked the lead about this item, with the answers."""
        found = assignment_for(request.user, assignment)
        return _page(self, request, own_flags_on(found), OwnFlag)

    @extend_schema(operation_id="ask_lead", request=FlagRequest, responses={201: OwnFlag})
    def post(self, request: Request, assignment: str) -> Response:
        """Ask the lead about this item. Nobody else who judges sees it."""
        found = assignment_for(request.user, assignment)
        sent = _checked(FlagRequest, request)
        flag = ask_lead(
            assignment=found, question=sent["question"], criterion_key=sent["criterion"]
        )
        return Response(OwnFlag(flag).data, status=201)


class FlagsView(ApiView):
    action_required: ClassVar[Action] = Action.MANAGE_ROUND
    query_parameters: ClassVar[frozenset[str]] = frozenset({"round", "state"})
    serializer_class = FlagRow
    pagination_class = NewestFirst

    @extend_schema(
        operation_id="list_flags",
        parameters=[
            OpenApiParameter("round", str, description="id"),
            OpenApiParameter("state", str, enum=list(STATES)),
        ],
        responses=FlagRow(many=True),
    )
    def get(self, request: Request) -> Response:
        """Raters' questions in the projects that you lead, newest first."""
        given = allowed_filters(request, *self.query_parameters)
        flags = in_state(flags_visible_to(request.user), given.get("state", "all"))
        if "round" in given:
            flags = flags.filter(round__public_id=given["round"])
        return _page(self, request, flags, FlagRow)


class AnswerFlagView(ApiView):
    action_required: ClassVar[Action] = Action.MANAGE_ROUND

    @extend_schema(operation_id="answer_flag", request=AnswerRequest, responses=FlagRow)
    def post(self, request: Request, flag: str) -> Response:
        """Answer a question, once. Only who asked sees the answer."""
        found = flag_for(request.user, None, flag)
        sent = _checked(AnswerRequest, request)
        answered = answer_flag(flag=found, answer=sent["answer"], actor=_user(request))
        return Response(FlagRow(answered).data)


class ClarificationsView(ApiView):
    action_required: ClassVar[Action] = Action.MANAGE_ROUND
    serializer_class = ClarificationRow
    pagination_class = NewestFirst

    @extend_schema(operation_id="list_clarifications", responses=ClarificationRow(many=True))
    def get(self, request: Request, round: str) -> Response:
        """What the round was told, newest first, with what was withdrawn."""
        found = round_for(request.user, None, round, Action.MANAGE_ROUND)
        return _page(self, request, clarifications_of(found), ClarificationRow)

    @extend_schema(
        operation_id="publish_clarification",
        request=ClarificationRequest,
        responses={201: ClarificationRow},
    )
    def post(self, request: Request, round: str) -> Response:
        """Tell every rater of the round; they read it before their next item."""
        found = round_for(request.user, None, round, Action.MANAGE_ROUND)
        sent = _checked(ClarificationRequest, request)
        told = publish_clarification(
            round_=found, text=sent["text"], criterion_key=sent["criterion"], author=_user(request)
        )
        return Response(ClarificationRow(told).data, status=201)


class WithdrawClarificationView(ApiView):
    action_required: ClassVar[Action] = Action.MANAGE_ROUND

    @extend_schema(operation_id="withdraw_clarification", request=None, responses=ClarificationRow)
    def post(self, request: Request, clarification: str) -> Response:
        """Nobody is shown it any more."""
        found = clarification_for(request.user, None, clarification, Action.MANAGE_ROUND)
        withdrawn = withdraw_clarification(clarification=found, actor=_user(request))
        return Response(ClarificationRow(withdrawn).data)


class ReadClarificationView(ApiView):
    action_required: ClassVar[Action] = Action.JUDGE

    @extend_schema(operation_id="read_clarification", request=None, responses={204: None})
    def post(self, request: Request, clarification: str) -> Response:
        """You have read it: it comes with no further item. Safe to do twice."""
        user = _user(request)
        found = clarification_for(user, None, clarification, Action.JUDGE)
        rater = rater_for(user=user, project=found.round.project)
        mark_clarification_read(clarification=found, rater=rater)
        return Response(status=204)


class OwnReturnsView(ApiView):
    action_required: ClassVar[Action] = Action.JUDGE
    serializer_class = OwnReturnRow
    pagination_class = NewestFirst

    @extend_schema(operation_id="own_returns", responses=OwnReturnRow(many=True))
    def get(self, request: Request) -> Response:
        """Your judgments that a lead returned and that wait for another look, newest first."""
        return _page(self, request, own_returns(_user(request)), OwnReturnRow)


class StandByView(ApiView):
    action_required: ClassVar[Action] = Action.JUDGE

    @extend_schema(operation_id="stand_by", request=StandRequest, responses=ReturnRow)
    def post(self, request: Request, assignment: str) -> Response:
        """Leave your judgment as it is, though the lead returned it."""
        user = _user(request)
        judgment = own_judgment(assignment_for(user, assignment))
        sent = _checked(StandRequest, request)
        stood = stand_by(judgment=judgment, note=sent["note"], actor=user) if judgment else None
        if stood is None:
            raise Conflict(_("No return of this judgment waits for you."))
        return Response(ReturnRow(stood).data)


class ReturnJudgmentView(ApiView):
    action_required: ClassVar[Action] = Action.MANAGE_ROUND

    @extend_schema(
        operation_id="return_judgment", request=ReturnRequest, responses={201: ReturnRow}
    )
    def post(self, request: Request, judgment: str) -> Response:
        """Give a judgment back to its rater with a comment.

        What is changed then is not independent, and no agreement figure counts it.
        """
        found = judgment_to_return(request.user, None, judgment)
        sent = _checked(ReturnRequest, request)
        given = return_judgment(judgment=found, comment=sent["comment"], actor=_user(request))
        return Response(ReturnRow(given).data, status=201)
