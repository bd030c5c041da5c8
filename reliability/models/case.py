"""Disagreements that need a decision by someone who did not rate the item."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.public_ids import new_public_id
from annotation.models import Item, Round
from reliability.choices import CaseState, Cause, Stage
from rubrics.models import Criterion


class Case(models.Model):
    """An item and criterion of a round to decide. `priority` is the worth of deciding it.

    part: what of the item, where the criterion is asked of parts (annotation/parts.py).
    """

    public_id = models.CharField(max_length=22, unique=True, default=new_public_id, editable=False)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="cases")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="cases")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="cases")
    part = models.CharField(max_length=40, blank=True, default="", db_default="")
    state = models.CharField(max_length=7, choices=CaseState.choices, default=CaseState.OPEN)
    priority = models.FloatField(default=0)
    claimed_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "item", "criterion", "part"], name="case_once"
            ),
        ]
        indexes = [models.Index(fields=["round", "state", "-priority", "id"], name="case_queue")]


class Decision(models.Model):
    """One decision of a case: append-only, the highest number of a stage counts."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    number = models.PositiveSmallIntegerField()
    stage = models.CharField(max_length=8, choices=Stage.choices)
    adjudicator = models.CharField(max_length=22)
    value: Any = models.JSONField(null=True)
    distribution: Any = models.JSONField(null=True)
    rationale = models.TextField(blank=True)
    cause = models.CharField(max_length=14, choices=Cause.choices, blank=True)
    decided_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="decision_number_once"),
            models.CheckConstraint(
                condition=Q(stage=Stage.BLIND) | ~Q(cause=""),
                name="decision_names_its_cause",
            ),
        ]
