"""Fixed vocabularies of people, access and jobs."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What a membership lets a person do in one project."""

    ANNOTATOR = "annotator", _("Annotator")
    LEAD = "lead", _("Lead")
    ADJUDICATOR = "adjudicator", _("Adjudicator")
    ADMIN = "admin", _("Admin")
    VENDOR = "vendor", _("Vendor")


class JobState(TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
