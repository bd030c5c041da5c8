"""Automatic evaluators and their scores."""

from typing import Any

from django.db import models
from django.utils import timezone

from accounts.models import Project, User
from accounts.public_ids import new_public_id
from annotation.models import Item
from exports.choices import JudgeKind


class Judge(models.Model):
    """A model with a prompt, or a metric, that scores items."""

    public_id = models.CharField(max_length=22, unique=True, default=new_public_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="judges")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=6, choices=JudgeKind.choices, default=JudgeKind.MODEL)
    description = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="judge_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class JudgeRun(models.Model):
    """One judge's scores for a set of items. The same bytes twice are one run (T41)."""

    public_id = models.CharField(max_length=22, unique=True, default=new_public_id, editable=False)
    judge = models.ForeignKey(Judge, on_delete=models.PROTECT, related_name="runs")
    version = models.CharField(max_length=100, blank=True)
    sha256 = models.CharField(max_length=64)
    scale: Any = models.JSONField(default=dict)
    n_scores = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["judge", "sha256"], name="judge_run_same_bytes_once"),
        ]


class JudgeScore(models.Model):
    """One judge's value for one item and criterion, or for a part of the item."""

    run = models.ForeignKey(JudgeRun, on_delete=models.CASCADE, related_name="scores")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="judge_scores")
    criterion_key = models.SlugField(max_length=80)
    part = models.CharField(max_length=40, blank=True, default="", db_default="")
    value: Any = models.JSONField()
    number = models.FloatField(null=True, blank=True)
    rationale = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "item", "criterion_key", "part"], name="judge_score_once"
            ),
        ]
