"""Reliability reports as they were at one moment."""

from typing import Any

from django.db import models
from django.utils import timezone

from accounts.models import User
from accounts.public_ids import new_public_id
from annotation.models import Round


class Report(models.Model):
    """A round's figures, computed once for one state of its ratings.

    `inputs_hash` identifies that state and the parameters, so nothing is computed twice;
    a finalised report is frozen by the database.
    """

    public_id = models.CharField(max_length=22, unique=True, default=new_public_id, editable=False)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="reports")
    inputs_hash = models.CharField(max_length=64)
    parameters: Any = models.JSONField(default=dict)
    figures: Any = models.JSONField()
    software_version = models.CharField(max_length=20)
    created_at = models.DateTimeField(default=timezone.now)
    finalised_at = models.DateTimeField(null=True, blank=True)
    finalised_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "inputs_hash"], name="report_once_per_state"),
        ]
