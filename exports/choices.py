"""Fixed vocabularies of releases and judges."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Origin(TextChoices):
    """How a gold label came about."""

    UNANIMOUS = "unanimous", _("All raters agreed")
    MAJORITY = "majority", _("More than half of the raters agreed")
    ADJUDICATED = "adjudicated", _("Decided by an adjudicator")
    SOFT = "soft", _("Truly subjective: the distribution is kept")


class Split(TextChoices):
    """Which use a label is set aside for."""

    CALIBRATION = "calibration", _("Calibration")
    VALIDATION = "validation", _("Validation")
    TEST = "test", _("Test")


class JudgeKind(TextChoices):
    MODEL = "model", _("Language model")
    METRIC = "metric", _("Metric")
