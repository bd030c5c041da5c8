"""Deliveries of items and what became of each row."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Job, Project, User, Vendor
from accounts.public_ids import new_public_id
from annotation.choices import BatchState


class Batch(models.Model):
    """One delivery of items by one uploader. The same bytes twice are one batch (T41)."""

    public_id = models.CharField(max_length=22, unique=True, default=new_public_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="batches")
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, null=True, blank=True)
    uploaded_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True)
    name = models.CharField(max_length=200)
    original_name = models.CharField(max_length=255)
    file = models.FileField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)
    source = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=8, choices=BatchState.choices, default=BatchState.RECEIVED)
    refusal = models.TextField(blank=True)
    n_rows = models.PositiveIntegerField(default=0)
    n_created = models.PositiveIntegerField(default=0)
    n_duplicates = models.PositiveIntegerField(default=0)
    n_rejected = models.PositiveIntegerField(default=0)
    n_problems = models.PositiveIntegerField(default=0, db_default=0)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "sha256"],
                condition=Q(vendor__isnull=True),
                name="batch_same_bytes_once",
            ),
            models.UniqueConstraint(
                fields=["project", "vendor", "sha256"],
                name="batch_same_bytes_once_per_vendor",
            ),
        ]
        indexes = [models.Index(fields=["project", "-id"], name="batch_newest_first")]

    def __str__(self) -> str:
        return self.name


class BatchRejection(models.Model):
    """One reason why one row was not accepted. Rows count from 1 as a person would."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rejections")
    row = models.PositiveIntegerField()
    field = models.CharField(max_length=200, blank=True)
    error = models.TextField()
    value: Any = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["batch", "row"], name="rejection_by_row")]
