"""Fixed vocabularies of items, rounds and judgments."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class BatchState(TextChoices):
    RECEIVED = "received", _("Received")
    READING = "reading", _("Being read")
    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Refused")


class RoundKind(TextChoices):
    CALIBRATION = "calibration", _("Calibration")
    QUALIFICATION = "qualification", _("Qualification")
    PRODUCTION = "production", _("Production")
    RETEST = "retest", _("Retest")


class RoundState(TextChoices):
    DRAFT = "draft", _("Draft")
    OPEN = "open", _("Open")
    PAUSED = "paused", _("Paused")
    CLOSED = "closed", _("Closed")


class AssignmentPolicy(TextChoices):
    """How many raters an item gets."""

    ALL = "all", _("Every rater judges every item")
    OVERLAP = "overlap", _("A fixed number of raters judge each item")


class SlotState(TextChoices):
    OPEN = "open", _("Open")
    TAKEN = "taken", _("Taken")
    FILLED = "filled", _("Filled")
    VOID = "void", _("Void")


class SlotPurpose(TextChoices):
    """Why an item is offered. Raters never learn it."""

    ORDINARY = "ordinary", _("Ordinary")
    CHECK = "check", _("Check item")
    DECOY = "decoy", _("Decoy")
    RETEST = "retest", _("Retest")


class AssignmentState(TextChoices):
    LEASED = "leased", _("Leased")
    SUBMITTED = "submitted", _("Submitted")
    RELEASED = "released", _("Given back")
    EXPIRED = "expired", _("Lease expired")
    REVOKED = "revoked", _("Revoked")


class RaterState(TextChoices):
    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    LEFT = "left", _("No longer in the round")


class OwnState(TextChoices):
    """What its rater may still do with a judgment."""

    CHANGEABLE = "changeable", _("May change")
    RETURNED = "returned", _("Returned")
    FINAL = "final", _("Final")


class Basis(IntegerChoices):
    """What a rating may be used for. Statistics count independent ratings by default."""

    INDEPENDENT = 0, _("Independent")
    SURPLUS = 1, _("Surplus: came after its slot was filled again")
    REVOTE = 2, _("Re-vote after a reveal")
    CHECK = 3, _("Answer to a check item")
    RETURNED = 4, _("Changed after the lead returned it")


class Resolution(TextChoices):
    """How a rater answered a returned judgment."""

    REVISED = "revised", _("Changed")
    STANDS = "stands", _("Stands by it")
