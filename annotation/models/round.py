"""Rounds, who works in them, and who holds which item."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Project, User, Vendor
from accounts.public_ids import new_public_id
from annotation.choices import (
    AssignmentPolicy,
    AssignmentState,
    RaterState,
    RoundKind,
    RoundState,
    SlotPurpose,
    SlotState,
)
from annotation.models.item import Item
from rubrics.models import RubricVersion


class Rater(models.Model):
    """A person as a source of judgments in one project, known by a code.

    Without `user` the judgments came from outside or the person was erased (T72).
    """

    public_id = models.CharField(max_length=22, unique=True, default=new_public_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="raters")
    code = models.CharField(max_length=100)
    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="raters"
    )
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "code"], name="rater_code_once"),
            models.UniqueConstraint(fields=["project", "user"], name="rater_once_per_person"),
        ]

    def __str__(self) -> str:
        return self.code


class Round(models.Model):
    """Items, one rubric version, raters and a policy. `seed` fixes every random order.

    least_seconds: the active time under which a rater is asked to look again; None: never.
    """

    public_id = models.CharField(max_length=22, unique=True, default=new_public_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="rounds")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=13, choices=RoundKind.choices)
    rubric_version = models.ForeignKey(
        RubricVersion, on_delete=models.PROTECT, related_name="rounds"
    )
    state = models.CharField(max_length=6, choices=RoundState.choices, default=RoundState.DRAFT)
    policy = models.CharField(
        max_length=8, choices=AssignmentPolicy.choices, default=AssignmentPolicy.OVERLAP
    )
    overlap = models.PositiveSmallIntegerField(default=1)
    policy_options: Any = models.JSONField(default=dict, blank=True)
    seed = models.PositiveBigIntegerField()
    instructions = models.TextField(blank=True)
    shows_reference = models.BooleanField(default=False)
    lease_seconds = models.PositiveIntegerField(default=600)
    least_seconds = models.PositiveIntegerField(null=True, blank=True)
    is_imported = models.BooleanField(default=False)
    import_hash = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    # Whether a clarification waits for the rater whom `next_assignment` served last. No column.
    has_unread = False

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="round_name_once"),
            models.CheckConstraint(condition=Q(overlap__gte=1), name="round_overlap_at_least_one"),
            models.CheckConstraint(
                condition=~Q(state=RoundState.CLOSED) | Q(closed_at__isnull=False),
                name="round_closed_has_time",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RoundRater(models.Model):
    """A rater's place in a round: where the walk over the slots stands.

    quota: how many judgments the rater is asked for; None: as many as come.
    """

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="round_raters")
    rater = models.ForeignKey(Rater, on_delete=models.PROTECT, related_name="round_raters")
    state = models.CharField(max_length=6, choices=RaterState.choices, default=RaterState.ACTIVE)
    pause_reason = models.TextField(blank=True)
    cursor = models.BigIntegerField(default=0)
    quota = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "rater"], name="rater_once_per_round"),
        ]


class Slot(models.Model):
    """Room for one judgment of one item in a round. `position` is a seeded shuffle."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="slots")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="slots")
    ordinal = models.PositiveSmallIntegerField()
    position = models.PositiveIntegerField()
    state = models.CharField(max_length=6, choices=SlotState.choices, default=SlotState.OPEN)
    purpose = models.CharField(
        max_length=8, choices=SlotPurpose.choices, default=SlotPurpose.ORDINARY
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "item", "ordinal"], name="slot_once"),
            models.UniqueConstraint(fields=["round", "position"], name="slot_position_once"),
        ]
        indexes = [
            models.Index(
                fields=["round", "position"],
                condition=Q(state=SlotState.OPEN),
                name="slot_open",
            ),
        ]


class Assignment(models.Model):
    """One item offered to one rater under a lease.

    `side_order[i]` is the position in the item's content of the response shown at i.
    The two unique constraints are the promise of exact overlap: one holder per slot, and
    no rater twice on an item. An item that comes back to the same rater comes back under the
    same assignment, so that a page left open still submits to the right place.
    """

    public_id = models.CharField(max_length=22, unique=True, default=new_public_id, editable=False)
    slot = models.ForeignKey(
        Slot,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="assignments",
    )
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="assignments")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="assignments")
    rater = models.ForeignKey(Rater, on_delete=models.PROTECT, related_name="assignments")
    state = models.CharField(
        max_length=9, choices=AssignmentState.choices, default=AssignmentState.LEASED
    )
    is_surplus = models.BooleanField(default=False)
    side_order: Any = models.JSONField(default=list)
    display_hash = models.CharField(max_length=64, blank=True)
    leased_at = models.DateTimeField(default=timezone.now)
    first_leased_at = models.DateTimeField(null=True, blank=True)
    lease_expires_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["slot"],
                condition=Q(state__in=["leased", "submitted"], is_surplus=False),
                name="assignment_one_per_slot",
            ),
            models.UniqueConstraint(
                fields=["round", "item", "rater"],
                name="assignment_once_per_rater_and_item",
            ),
            models.CheckConstraint(
                condition=~Q(state=AssignmentState.SUBMITTED) | Q(submitted_at__isnull=False),
                name="assignment_submitted_has_time",
            ),
            models.CheckConstraint(
                condition=Q(lease_expires_at__gte=F("leased_at")),
                name="assignment_lease_ahead",
            ),
        ]
        indexes = [
            models.Index(fields=["rater", "round", "state"], name="assignment_of_rater"),
            models.Index(
                fields=["lease_expires_at"],
                condition=Q(state=AssignmentState.LEASED),
                name="assignment_leases",
            ),
            models.Index(fields=["round"], condition=Q(is_surplus=True), name="assignment_surplus"),
        ]
