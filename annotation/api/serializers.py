"""Shapes of the labeling API: what is documented is what is sent, field by field (T09)."""

from datetime import datetime
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers

from accounts.models import Project
from annotation.choices import AssignmentState
from annotation.models import Assignment, Clarification, Return, Round
from annotation.selectors.rounds import RoundProgress
from annotation.selectors.work import shown_item
from annotation.services.judgments import Submission


class DisplayedItem(serializers.Serializer[Any]):
    """An item as this rater sees it."""

    messages = serializers.ListField(child=serializers.DictField())
    responses = serializers.ListField(
        child=serializers.DictField(), help_text="In the order shown: response_1, response_2 ..."
    )
    contexts = serializers.ListField(child=serializers.DictField())
    tool_calls = serializers.ListField(child=serializers.DictField(), required=False)
    attachments = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        help_text="{place, kind, description?, response? or turn?}; the file lies below the page "
        "of the assignment, at attachments/PLACE/",
    )
    reference = serializers.JSONField(required=False)


class AssignmentFields(serializers.Serializer[Any]):
    id = serializers.CharField()
    round = serializers.CharField()
    rubric_version = serializers.CharField(help_text="KEY@NUMBER")
    state = serializers.ChoiceField(choices=AssignmentState.choices)
    item = DisplayedItem()
    lease_expires_at = serializers.DateTimeField()
    lease_seconds_left = serializers.IntegerField(help_text="By the server's clock")


class StoredAnswer(serializers.Serializer[Any]):
    revision = serializers.IntegerField()
    receipt = serializers.CharField()
    submitted_at = serializers.DateTimeField()
    ratings = serializers.DictField(child=serializers.JSONField())
    rationale = serializers.CharField()
    confidence = serializers.IntegerField(allow_null=True)


class ReturnedFields(serializers.Serializer[Any]):
    """What the lead asks about a judgment: change it, or stand by it."""

    revision = serializers.IntegerField(help_text="The revision that the comment is about")
    comment = serializers.CharField()
    returned_at = serializers.DateTimeField()


class OwnAssignment(AssignmentFields):
    """With the draft, the answer that is stored, and why it was returned if it waits for you."""

    draft = serializers.JSONField(allow_null=True)
    judgment = StoredAnswer(allow_null=True)
    returned = ReturnedFields(allow_null=True)


class NextRequest(serializers.Serializer[Any]):
    holding = serializers.ListField(
        child=serializers.CharField(max_length=22),
        required=False,
        default=list,
        max_length=10,
        help_text="Assignments that are on the screen already; another one is wanted.",
    )


class ClarificationFields(serializers.Serializer[Any]):
    """What the lead told everybody in the round, to be read before the next item."""

    id = serializers.CharField()
    criterion = serializers.CharField(help_text="A criterion's key; empty: about the whole round")
    text = serializers.CharField(help_text="Markdown")


class NextAnswer(serializers.Serializer[Any]):
    assignment = AssignmentFields()
    clarifications = ClarificationFields(many=True)


class JudgmentRequest(serializers.Serializer[Any]):
    """Values speak of responses in the order shown.

    To abstain from a criterion: {"abstain": true, "reason": "..."}.

    A criterion with `per` (response, turn, step) is asked of each such part of the item as
    shown, and its value is an object: {"turn_2": 4, "response_1": {"abstain": true, "reason":
    "..."}}. Parts count from 1: turn_3 is the third message (those of an assistant are rated, and
    each response), step_2 the second tool call of conversation and item, response_1_step_2 the
    second one of the response shown first. A required criterion needs each part of the item.
    """

    ratings = serializers.DictField(
        child=serializers.JSONField(),
        help_text="{criterion: value}; {criterion: {part: value}} where it is asked of parts.",
    )
    rationale = serializers.CharField(required=False, allow_blank=True)
    confidence = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=5)
    seconds_spent = serializers.FloatField(required=False, allow_null=True)
    base_revision = serializers.IntegerField(
        required=False, allow_null=True, help_text="The revision that a change is based on."
    )


class NothingLeftFields(serializers.Serializer[Any]):
    reason = serializers.CharField()
    may_come = serializers.BooleanField()
    look_again_seconds = serializers.IntegerField(allow_null=True)


class JudgmentAnswer(serializers.Serializer[Any]):
    """`assignment` and `nothing_left` are there with ?next=1; one of them is null. With an
    assignment come the `clarifications` that you have not marked read."""

    receipt = serializers.CharField()
    revision = serializers.IntegerField()
    assignment = AssignmentFields(required=False, allow_null=True)
    clarifications = ClarificationFields(many=True, required=False)
    nothing_left = NothingLeftFields(required=False, allow_null=True)


class LeaseAnswer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=AssignmentState.choices)
    lease_expires_at = serializers.DateTimeField()
    lease_seconds_left = serializers.IntegerField()


class DraftAnswer(serializers.Serializer[Any]):
    saved_at = serializers.DateTimeField()


class ProjectRow(serializers.ModelSerializer[Project]):
    class Meta:
        model = Project
        fields: ClassVar[list[str]] = ["slug", "name", "description", "created_at"]


class ProgressFields(serializers.Serializer[RoundProgress]):
    n_items = serializers.IntegerField()
    n_slots = serializers.IntegerField()
    n_filled = serializers.IntegerField()
    n_taken = serializers.IntegerField()
    n_open = serializers.IntegerField()
    n_judgments = serializers.IntegerField()
    n_surplus = serializers.IntegerField()


class RoundRow(serializers.ModelSerializer[Round]):
    id = serializers.CharField(source="public_id")
    project = serializers.SlugRelatedField[Project](slug_field="slug", read_only=True)
    rubric_version = serializers.StringRelatedField[Any]()

    class Meta:
        model = Round
        fields: ClassVar[list[str]] = [
            "id",
            "project",
            "name",
            "kind",
            "state",
            "policy",
            "overlap",
            "rubric_version",
            "opened_at",
            "closed_at",
        ]


class RoundDetail(RoundRow):
    progress = ProgressFields(read_only=True)

    class Meta(RoundRow.Meta):
        fields: ClassVar[list[str]] = [*RoundRow.Meta.fields, "progress"]


def assignment_fields(assignment: Assignment) -> dict[str, Any]:
    """Built by hand, because this is the answer that everybody waits for."""
    return {
        "id": assignment.public_id,
        "round": assignment.round.public_id,
        "rubric_version": str(assignment.round.rubric_version),
        "state": assignment.state,
        "item": shown_item(assignment),
        **lease_fields(assignment),
    }


def clarification_fields(told: Clarification) -> dict[str, Any]:
    return {"id": told.public_id, "criterion": told.criterion_key, "text": told.text}


def returned_fields(returned: Return | None) -> dict[str, Any] | None:
    if returned is None:
        return None
    return {
        "revision": returned.revision,
        "comment": returned.comment,
        "returned_at": instant(returned.returned_at),
    }


def lease_fields(assignment: Assignment) -> dict[str, Any]:
    left = (assignment.lease_expires_at - timezone.now()).total_seconds()
    return {
        "lease_expires_at": instant(assignment.lease_expires_at),
        "lease_seconds_left": max(0, int(left)),
    }


def instant(moment: datetime) -> str:
    """UTC, as RFC 3339. A text, so that an answer can be kept under its Idempotency-Key."""
    return moment.isoformat().replace("+00:00", "Z")


def receipt_fields(submission: Submission) -> dict[str, Any]:
    return {"receipt": submission.receipt, "revision": submission.revision}
