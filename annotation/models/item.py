"""What is judged."""

from typing import Any

from django.db import models
from django.utils import timezone

from accounts.models import Project
from accounts.public_ids import new_public_id
from annotation.models.batch import Batch


class Item(models.Model):
    """One thing to judge. What raters may see and what is hidden from them lie apart.

    content: {messages, responses: [{text, tool_calls?}], contexts: [{id?, text}], tool_calls?,
        attachments?: [{kind, description?, response? or turn?}]}: shown. Nothing else ever
        reaches a rater.
    sources: one {model, url?} for each response, in the order of `content`: hidden.
    reference: the expected answer; shown only where the round says so.
    slices: {name: value} by which results are broken down; meta: whatever else came: hidden.
    problems: codes of annotation/problems.py, found when the item was imported.
    """

    public_id = models.CharField(max_length=22, unique=True, default=new_public_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="items")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="items")
    external_id = models.CharField(max_length=200)
    content: Any = models.JSONField()
    sources: Any = models.JSONField(default=list)
    reference: Any = models.JSONField(null=True, blank=True)
    slices: Any = models.JSONField(default=dict)
    meta: Any = models.JSONField(default=dict)
    n_responses = models.PositiveSmallIntegerField()
    group = models.CharField(max_length=200, blank=True)
    content_hash = models.CharField(max_length=64)
    problems = models.CharField(max_length=400, blank=True, default="", db_default="")
    created_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "external_id"], name="item_id_once_per_project"
            ),
        ]

    def __str__(self) -> str:
        return self.external_id


class Attachment(models.Model):
    """A file that belongs to an item, stored under a generated name (T39).

    `place` counts from 1 in the item's own order, that of `content["attachments"]`. A file that
    was named and did not come has neither `file` nor `media_type`.
    """

    public_id = models.CharField(max_length=22, unique=True, default=new_public_id, editable=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="attachments")
    place = models.PositiveSmallIntegerField(default=1, db_default=1)
    original_name = models.CharField(max_length=255)
    file = models.FileField(max_length=200, blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "place"], name="attachment_place_once"),
        ]


class CheckAnswer(models.Model):
    """The known answer that makes an item a check item. Never shown to raters."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="check_answers")
    criterion_key = models.SlugField(max_length=80)
    accepted: Any = models.JSONField()
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "criterion_key"], name="check_answer_once_per_criterion"
            ),
        ]
