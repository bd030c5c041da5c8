"""What raters submitted. Revisions are the record; judgments and ratings are its latest state."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.public_ids import new_public_id
from annotation.choices import Basis
from annotation.models.item import Item
from annotation.models.round import Assignment, Rater, Round
from rubrics.models import Criterion, RubricVersion


class Draft(models.Model):
    """An answer that is not submitted yet, kept so that it survives a reload."""

    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="draft")
    body: Any = models.JSONField(default=dict)
    saved_at = models.DateTimeField(default=timezone.now)


class Judgment(models.Model):
    """What one rater submitted for one assignment: the head of its revisions.

    Once `locked_at` is set (feedback was given, or adjudication began) no revision is added.
    """

    public_id = models.CharField(max_length=22, unique=True, default=new_public_id, editable=False)
    assignment = models.OneToOneField(Assignment, on_delete=models.PROTECT, related_name="judgment")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="judgments")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="judgments")
    rater = models.ForeignKey(Rater, on_delete=models.PROTECT, related_name="judgments")
    rubric_version = models.ForeignKey(RubricVersion, on_delete=models.PROTECT)
    revision = models.PositiveIntegerField(default=1)
    rationale = models.TextField(blank=True)
    confidence = models.PositiveSmallIntegerField(null=True, blank=True)
    seconds_spent = models.FloatField(null=True, blank=True)
    submitted_at = models.DateTimeField(default=timezone.now)
    locked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confidence__isnull=True) | Q(confidence__range=(1, 5)),
                name="judgment_confidence_1_to_5",
            ),
        ]
        indexes = [
            models.Index(fields=["round", "item"], name="judgment_by_item"),
            models.Index(fields=["rater", "-id"], name="judgment_of_rater"),
            models.Index(fields=["round", "submitted_at"], name="judgment_by_time"),
        ]


class JudgmentRevision(models.Model):
    """One submission, word for word. The database refuses to change or delete it (T63).

    Enough to rebuild the screen (T64): the version, the hash of what was displayed and the
    order of its sides are repeated here. `hash` chains the revisions of one judgment.
    """

    judgment = models.ForeignKey(Judgment, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    receipt = models.CharField(max_length=22, unique=True, default=new_public_id)
    body: Any = models.JSONField()
    body_hash = models.CharField(max_length=64)
    rubric_version = models.ForeignKey(RubricVersion, on_delete=models.PROTECT)
    display_hash = models.CharField(max_length=64, blank=True)
    side_order: Any = models.JSONField(default=list)
    author = models.CharField(max_length=22)
    reason = models.TextField(blank=True)
    software_version = models.CharField(max_length=20)
    created_at = models.DateTimeField(default=timezone.now)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["judgment", "number"], name="revision_number_once"),
        ]
        indexes = [models.Index(fields=["author", "created_at"], name="revision_by_author")]


class Rating(models.Model):
    """One criterion's value in the latest revision, shaped for counting in the database.

    part: what of the item the value is about ("turn_3", "step_2", "response_1", see
    annotation/parts.py), "" for the item as a whole.
    value: as the contract writes it, sides put back in the item's order.
    point: the anchor's position (pairwise: 0 response_1, 1 response_2, 2 tie), if any.
    number: the numeric value, if it has one. An abstention has neither, and is not missing.
    """

    judgment = models.ForeignKey(Judgment, on_delete=models.PROTECT, related_name="ratings")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="ratings")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="+", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="ratings")
    rater = models.ForeignKey(Rater, on_delete=models.PROTECT, related_name="+", db_index=False)
    part = models.CharField(max_length=40, blank=True, default="", db_default="")
    value: Any = models.JSONField(null=True)
    point = models.PositiveSmallIntegerField(null=True, blank=True)
    number = models.FloatField(null=True, blank=True)
    is_abstention = models.BooleanField(default=False)
    abstention_reason = models.TextField(blank=True)
    basis = models.PositiveSmallIntegerField(choices=Basis.choices, default=Basis.INDEPENDENT)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["judgment", "criterion", "part"], name="rating_once_per_part"
            ),
            models.CheckConstraint(
                condition=Q(is_abstention=False)
                | Q(point__isnull=True, number__isnull=True, value__isnull=True),
                name="rating_abstention_has_no_value",
            ),
        ]
        indexes = [
            models.Index(
                fields=["round", "criterion", "basis", "item", "rater", "point"],
                name="rating_counts",
            ),
        ]
