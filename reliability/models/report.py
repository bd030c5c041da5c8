"""Reliability reports: kept figures, and reports that are frozen for good."""

import hashlib
import json
from typing import Any

from django.db import models
from django.utils import timezone

from accounts.public_ids import new_public_id
from annotation.models import Round


class Report(models.Model):
    """A round's figures, computed once for one state of its ratings.

    `inputs_hash` identifies that state and the parameters, so nothing is computed twice. It
    only saves work: what is meant to last is a `FinalReport`.
    """

    public_id = models.CharField(max_length=22, unique=True, default=new_public_id, editable=False)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="reports")
    inputs_hash = models.CharField(max_length=64)
    parameters: Any = models.JSONField(default=dict)
    figures: Any = models.JSONField()
    software_version = models.CharField(max_length=20)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "inputs_hash"], name="report_once_per_state"),
        ]


def text_hash(text: str) -> str:
    """SHA-256 of a text's UTF-8 bytes, 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


class FinalReport(models.Model):
    """A finalised report: numbered within its round, hashed, never changed.

    content: canonical JSON, kept as text because a JSON column would spell numbers anew and
    break the hash. `ratings_file` holds the ratings that every figure was computed from, in the
    file store; `ratings_hash` is its SHA-256 and part of the content.
    state_hash names the state of the round's ratings, so that a later one is noticed.
    finalised_by: a person's public id, so that the person can be erased and the report stays.
    """

    public_id = models.CharField(max_length=22, unique=True, default=new_public_id, editable=False)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="final_reports")
    number = models.PositiveIntegerField()
    state_hash = models.CharField(max_length=64)
    content = models.TextField()
    content_hash = models.CharField(max_length=64)
    ratings_file = models.CharField(max_length=200)
    ratings_hash = models.CharField(max_length=64)
    n_ratings = models.PositiveIntegerField()
    finalised_by = models.CharField(max_length=22, blank=True)
    finalised_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "number"], name="final_report_number_once"),
            models.UniqueConstraint(
                fields=["round", "content_hash"], name="final_report_content_once"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"

    @property
    def is_intact(self) -> bool:
        """Whether the stored content is what was finalised."""
        return text_hash(self.content) == self.content_hash

    @property
    def data(self) -> dict[str, Any]:
        """The content as plain values."""
        found: dict[str, Any] = json.loads(self.content)
        return found
