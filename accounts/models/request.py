"""Requests that may be sent twice and are carried out once."""

from django.db import models
from django.utils import timezone

from accounts.models.person import User


class IdempotentRequest(models.Model):
    """The first answer given to an Idempotency-Key of one user (T46)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    key = models.CharField(max_length=200)
    method = models.CharField(max_length=6)
    path = models.CharField(max_length=500)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once_per_user"),
        ]
