"""The labeling loop: next item, judgment, draft, lease. What a page does, a script can do."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Action
from accounts.api.views import ApiView
from accounts.errors import Invalid
from accounts.models import User
from annotation.access import assignment_for, round_for
from annotation.api import serializers as shapes
from annotation.choices import AssignmentState
from annotation.errors import StaleRevision
from annotation.models import Assignment, Rater, Round
from annotation.selectors.judgments import draft_body, own_stored_answer
from annotation.selectors.talk import open_return, unread_clarifications
from annotation.selectors.work import NothingLeft, nothing_left
from annotation.services.assignment import next_assignment
from annotation.services.drafts import save_draft
from annotation.services.judgments import submit_judgment
from annotation.services.leases import release_assignment, renew_lease
from annotation.services.roster import rater_for


class LabelingView(ApiView):
    """For annotators, about their own assignments only."""

    action_required: ClassVar[Action] = Action.JUDGE

    def handle_exception(self, exc: Exception) -> Response:
        """A conflict also shows its author what is stored (T48)."""
        response = super().handle_exception(exc)
        if isinstance(exc, StaleRevision) and response.data is not None:
            response.data["stored"] = exc.stored
        return response


def _user(request: Request) -> User:
    assert isinstance(request.user, User)  # the declared action lets nobody else in
    return request.user


class NextView(LabelingView):
    @extend_schema(
        operation_id="next_assignment",
        request=shapes.NextRequest,
        responses={
            200: shapes.NextAnswer,
            204: OpenApiResponse(
                description="Nothing left. `Concord-Reason` says why; `Retry-After`, if there, "
                "when more may have come."
            ),
        },
    )
    def post(self, request: Request, round: str) -> Response:
        """The next item to judge, leased to you. What you hold already comes first.

        `clarifications`: what the lead told everybody and you have not marked read.
        """
        user = _user(request)
        sent = shapes.NextRequest(data=request.data or {})
        sent.is_valid(raise_exception=True)
        found = round_for(user, None, round, Action.JUDGE)
        rater = rater_for(user=user, project=found.project)
        assignment = next_assignment(
            round_=found, rater=rater, holding=sent.validated_data["holding"]
        )
        if assignment is None:
            return _nothing(nothing_left(round_=found, rater=rater))
        assignment.round = found
        return Response(_given(assignment, found, rater))


def _given(assignment: Assignment, round_: Round, rater: Rater) -> dict[str, Any]:
    unread = unread_clarifications(round_, rater) if round_.has_unread else []
    return {
        "assignment": shapes.assignment_fields(assignment),
        "clarifications": [shapes.clarification_fields(each) for each in unread],
    }


def _nothing(left: NothingLeft) -> Response:
    headers = {"Concord-Reason": left.reason.value}
    if left.look_again_seconds is not None:
        headers["Retry-After"] = str(left.look_again_seconds)
    return Response(status=204, headers=headers)


class AssignmentView(LabelingView):
    @extend_schema(operation_id="own_assignment", responses=shapes.OwnAssignment)
    def get(self, request: Request, assignment: str) -> Response:
        """An assignment of yours with its draft and the answer that is stored."""
        found = assignment_for(request.user, assignment)
        return Response(
            {
                **shapes.assignment_fields(found),
                "draft": draft_body(found.pk),
                "judgment": own_stored_answer(found),
                "returned": shapes.returned_fields(open_return(found)),
            }
        )


class JudgmentView(LabelingView):
    query_parameters: ClassVar[frozenset[str]] = frozenset({"next"})

    @extend_schema(
        operation_id="submit_judgment",
        parameters=[
            OpenApiParameter("next", bool, description="1: answer with the next assignment too")
        ],
        request=shapes.JudgmentRequest,
        responses={200: shapes.JudgmentAnswer},
    )
    def put(self, request: Request, assignment: str) -> Response:
        """Submit. The same answer again gets the same receipt; 409 shows what is stored."""
        user = _user(request)
        found = assignment_for(user, assignment)
        submission = submit_judgment(assignment=found, body=request.data, author=user)
        answer = shapes.receipt_fields(submission)
        if request.query_params.get("next") in ("1", "true"):
            answer |= _what_is_next(found)
        return Response(answer)


def _what_is_next(done: Assignment) -> dict[str, Any]:
    following = next_assignment(round_=done.round, rater=done.rater)
    if following is not None:
        following.round = done.round
        return _given(following, done.round, done.rater) | {"nothing_left": None}
    left = nothing_left(round_=done.round, rater=done.rater)
    return {
        "assignment": None,
        "nothing_left": {
            "reason": left.reason.value,
            "may_come": left.may_come,
            "look_again_seconds": left.look_again_seconds,
        },
    }


class HeartbeatView(LabelingView):
    @extend_schema(operation_id="renew_lease", request=None, responses=shapes.LeaseAnswer)
    def post(self, request: Request, assignment: str) -> Response:
        """You are still at work on this item."""
        return _lease(renew_lease(assignment=assignment_for(request.user, assignment)))


class ReleaseView(LabelingView):
    @extend_schema(operation_id="release_assignment", request=None, responses=shapes.LeaseAnswer)
    def post(self, request: Request, assignment: str) -> Response:
        """Give the item back unjudged."""
        return _lease(release_assignment(assignment=assignment_for(request.user, assignment)))


def _lease(assignment: Assignment) -> Response:
    return Response(
        {
            "state": AssignmentState(assignment.state).value,
            **shapes.lease_fields(assignment),
        }
    )


class DraftView(LabelingView):
    @extend_schema(
        operation_id="save_draft", request=OpenApiTypes.OBJECT, responses=shapes.DraftAnswer
    )
    def put(self, request: Request, assignment: str) -> Response:
        """Keep an answer that is not finished."""
        if not isinstance(request.data, dict):
            raise Invalid(_("A draft is an object."))
        found = assignment_for(request.user, assignment)
        draft = save_draft(assignment=found, body=request.data)
        return Response({"saved_at": shapes.instant(draft.saved_at)})
