"""Fixed vocabularies of rubrics."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class VersionState(TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    RETIRED = "retired", _("Retired")


class Kind(TextChoices):
    """How a criterion is answered."""

    CATEGORICAL = "categorical", _("One of several categories")
    ORDINAL = "ordinal", _("One point of an ordered scale")
    NUMERIC = "numeric", _("A number")
    MULTI_LABEL = "multi_label", _("Any number of labels")
    PAIRWISE = "pairwise", _("The better of two responses")
    RANKING = "ranking", _("An order of the responses")
    SPAN = "span", _("Marked passages")
    TEXT = "text", _("Free text")


class Level(TextChoices):
    """Level of measurement: which differences between values mean something."""

    NOMINAL = "nominal", _("Nominal")
    ORDINAL = "ordinal", _("Ordinal")
    INTERVAL = "interval", _("Interval")
    RATIO = "ratio", _("Ratio")
    SET = "set", _("Set")


class Tier(TextChoices):
    CRITICAL = "critical", _("Critical")
    IMPORTANT = "important", _("Important")
    MINOR = "minor", _("Minor")
