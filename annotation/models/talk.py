"""What raters and leads say to each other about the work. No other rater ever sees it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.public_ids import new_public_id
from annotation.choices import Resolution
from annotation.models.judgment import Judgment
from annotation.models.round import Assignment, Rater, Round


class Flag(models.Model):
    """A rater's question about one item, and the lead's answer to it.

    `answered_at` None: it waits for a lead; `read_at` None: the answer waits for the rater.
    """

    public_id = models.CharField(max_length=22, unique=True, default=new_public_id, editable=False)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="flags")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="flags")
    rater = models.ForeignKey(Rater, on_delete=models.PROTECT, related_name="flags")
    criterion_key = models.SlugField(max_length=80, blank=True)
    question = models.TextField()
    asked_at = models.DateTimeField(default=timezone.now)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | ~Q(answer=""),
                name="flag_answered_has_answer",
            ),
            models.CheckConstraint(
                condition=Q(read_at__isnull=True) | Q(answered_at__isnull=False),
                name="flag_read_was_answered",
            ),
        ]
        indexes = [
            models.Index(fields=["round", "-id"], name="flag_newest_first"),
            models.Index(fields=["round"], condition=Q(answered_at__isnull=True), name="flag_open"),
            models.Index(
                fields=["rater"],
                condition=Q(answered_at__isnull=False, read_at__isnull=True),
                name="flag_unread",
            ),
        ]


class Clarification(models.Model):
    """What a lead tells everybody in a round, to be read before the next item.

    `criterion_key` "": about the round as a whole. Withdrawn ones are kept, but shown no more.
    `flag`: the question that it answers, if it came from one.
    """

    public_id = models.CharField(max_length=22, unique=True, default=new_public_id, editable=False)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="clarifications")
    criterion_key = models.SlugField(max_length=80, blank=True)
    text = models.TextField()
    flag = models.ForeignKey(
        Flag, on_delete=models.SET_NULL, null=True, blank=True, related_name="clarifications"
    )
    author = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    published_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["round", "-id"], name="clarification_newest")]


class ClarificationRead(models.Model):
    """That a rater has read a clarification."""

    clarification = models.ForeignKey(Clarification, on_delete=models.CASCADE, related_name="reads")
    rater = models.ForeignKey(Rater, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clarification", "rater"], name="clarification_read_once"
            ),
        ]


class Return(models.Model):
    """A judgment given back to its rater with a comment. At most one of a judgment is open.

    `revision` is the one that the comment is about. The next revision resolves it; so does the
    rater by standing by the judgment, with a `note`. `round` and `rater` are the judgment's.
    """

    public_id = models.CharField(max_length=22, unique=True, default=new_public_id, editable=False)
    judgment = models.ForeignKey(Judgment, on_delete=models.PROTECT, related_name="returns")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="returns")
    rater = models.ForeignKey(Rater, on_delete=models.PROTECT, related_name="returns")
    revision = models.PositiveIntegerField()
    comment = models.TextField()
    returned_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    returned_at = models.DateTimeField(default=timezone.now)
    resolution = models.CharField(max_length=7, choices=Resolution.choices, blank=True)
    note = models.TextField(blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["judgment"],
                condition=Q(resolved_at__isnull=True),
                name="return_one_open",
            ),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True, resolution="")
                | (Q(resolved_at__isnull=False) & ~Q(resolution="")),
                name="return_resolved_says_how",
            ),
        ]
        indexes = [
            models.Index(
                fields=["rater"], condition=Q(resolved_at__isnull=True), name="return_open"
            ),
            models.Index(
                fields=["round"], condition=Q(resolved_at__isnull=True), name="return_open_in"
            ),
        ]
