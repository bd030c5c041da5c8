"""Gold releases: numbered, hashed, never changed."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Project, User
from accounts.public_ids import new_public_id
from annotation.models import Item, Round
from exports.choices import Origin, Split
from rubrics.models import Criterion


class GoldRelease(models.Model):
    """An immutable set of gold labels. `content_hash` covers every label and its provenance."""

    public_id = models.CharField(max_length=22, unique=True, default=new_public_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="gold_releases")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    split_salt = models.CharField(max_length=64)
    canary = models.CharField(max_length=64)
    n_labels = models.PositiveIntegerField()
    data_card: Any = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64)
    software_version = models.CharField(max_length=20)
    # Set by whoever may ask twice for the same cut, such as a job delivered twice (T60).
    cut_key = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="release_number_once"),
            models.UniqueConstraint(
                fields=["project", "cut_key"],
                condition=~Q(cut_key=""),
                name="release_cut_once_per_key",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"


class GoldLabel(models.Model):
    """The decided value of one item and criterion with its provenance.

    part: what of the item it is the value of, where the criterion is asked of parts.
    provenance: {ratings: [{rater, value, rationale?, ...}], decision?: {...}}, raters by code.
    """

    release = models.ForeignKey(GoldRelease, on_delete=models.PROTECT, related_name="labels")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="gold_labels")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="gold_labels")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=40, blank=True, default="", db_default="")
    value: Any = models.JSONField(null=True)
    distribution: Any = models.JSONField(default=dict)
    origin = models.CharField(max_length=11, choices=Origin.choices)
    split = models.CharField(max_length=11, choices=Split.choices)
    n_ratings = models.PositiveSmallIntegerField()
    provenance: Any = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["release", "item", "criterion", "part"], name="gold_label_once"
            ),
        ]
