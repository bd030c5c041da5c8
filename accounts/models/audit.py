"""The audit trail: append-only, each event chained to the one before it."""

from django.db import models
from django.utils import timezone


class AuditEvent(models.Model):
    """Who did what, when. `chain` is a project's id, or 0 for the installation itself.

    The database refuses updates and deletions, so there are no foreign keys to people or
    projects: their codes are kept, and stay readable when a person is erased.
    """

    chain = models.BigIntegerField()
    number = models.PositiveBigIntegerField()
    at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=22)
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=22)
    data = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "number"], name="audit_number_once_in_chain"),
        ]
