"""Projects, the boundary of access, and who may enter them as what."""

from django.db import models
from django.utils import timezone

from accounts.choices import Role
from accounts.models.person import User
from accounts.public_ids import new_public_id


class Project(models.Model):
    """The container of batches, rubrics, rounds and members."""

    public_id = models.CharField(max_length=22, unique=True, default=new_public_id, editable=False)
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    settings = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Vendor(models.Model):
    """An external company that delivers batches or raters."""

    public_id = models.CharField(max_length=22, unique=True, default=new_public_id, editable=False)
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One role of one person in one project. A vendor's people carry their company."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role.choices)
    vendor = models.ForeignKey(
        Vendor,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
    )
    granted_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "project", "role"], name="membership_once_per_role"
            ),
            models.CheckConstraint(
                condition=~models.Q(role=Role.VENDOR) | models.Q(vendor__isnull=False),
                name="membership_vendor_role_names_company",
            ),
            models.CheckConstraint(
                condition=models.Q(vendor__isnull=True)
                | models.Q(role__in=[Role.VENDOR, Role.ANNOTATOR]),
                name="membership_company_only_for_vendor_people",
            ),
        ]
        indexes = [models.Index(fields=["project", "role"], name="membership_by_role")]
