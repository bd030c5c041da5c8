"""Rubrics, their versions and what a version asks."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Project, User
from accounts.public_ids import new_public_id
from rubrics.choices import Kind, Level, Tier, VersionState


class Rubric(models.Model):
    """A line of versions under one key."""

    public_id = models.CharField(max_length=22, unique=True, default=new_public_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="rubrics")
    key = models.SlugField(max_length=80)
    title = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "key"], name="rubric_key_once_per_project"),
        ]

    def __str__(self) -> str:
        return self.title


class RubricVersion(models.Model):
    """Guidelines and criteria. A published version never changes: the database refuses it.

    `revision` counts the saves of a draft, so that two leads never overwrite each other.
    """

    public_id = models.CharField(max_length=22, unique=True, default=new_public_id, editable=False)
    rubric = models.ForeignKey(Rubric, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=9, choices=VersionState.choices, default=VersionState.DRAFT)
    title = models.CharField(max_length=200)
    guidelines = models.TextField(blank=True)
    change_note = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=1)
    content_hash = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    updated_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rubric", "number"], name="version_number_once"),
            models.UniqueConstraint(
                fields=["rubric"],
                condition=Q(state=VersionState.DRAFT),
                name="version_one_draft_per_rubric",
            ),
            models.CheckConstraint(
                condition=Q(state=VersionState.DRAFT)
                | (Q(published_at__isnull=False) & ~Q(content_hash="")),
                name="version_published_is_hashed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rubric.key}@{self.number}"


class Criterion(models.Model):
    """One question with a scale.

    `options` by kind: numeric {min, max, step}; pairwise {tie: bool, strengths: 2 | 3};
    ranking {ties: bool, style: "order" | "best_worst"}; multi_label {max};
    span {sides, severities}; text {max_length, corrects: bool};
    any {per: "item" | "response" | "turn" | "step", rationale_on: [value], abstain_reasons}.
    """

    version = models.ForeignKey(RubricVersion, on_delete=models.CASCADE, related_name="criteria")
    key = models.SlugField(max_length=80)
    position = models.PositiveSmallIntegerField()
    question = models.TextField()
    help = models.TextField(blank=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    level = models.CharField(max_length=8, choices=Level.choices)
    is_required = models.BooleanField(default=True)
    weight = models.FloatField(default=1)
    tier = models.CharField(max_length=9, choices=Tier.choices, default=Tier.IMPORTANT)
    show_if: Any = models.JSONField(default=dict, blank=True)
    options: Any = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="criterion_key_once"),
            models.UniqueConstraint(fields=["version", "position"], name="criterion_position_once"),
            models.CheckConstraint(
                condition=Q(weight__gte=0), name="criterion_weight_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Anchor(models.Model):
    """One labelled point of a scale.

    `value` is its text form, unique within the criterion; `number` its numeric value, set
    when the value is a number.
    """

    criterion = models.ForeignKey(Criterion, on_delete=models.CASCADE, related_name="anchors")
    position = models.PositiveSmallIntegerField()
    value = models.CharField(max_length=200)
    number = models.FloatField(null=True, blank=True)
    label = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    examples: Any = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["criterion", "value"], name="anchor_value_once"),
            models.UniqueConstraint(fields=["criterion", "position"], name="anchor_position_once"),
        ]

    def __str__(self) -> str:
        return self.label or self.value
