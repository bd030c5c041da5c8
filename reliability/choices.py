"""Fixed vocabularies of reports and adjudication."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CaseState(TextChoices):
    OPEN = "open", _("Waiting")
    BLIND = "blind", _("Decided blind")
    DECIDED = "decided", _("Decided")


class Stage(TextChoices):
    """An adjudicator decides blind first, then with the raters' rationales (T76)."""

    BLIND = "blind", _("Blind")
    INFORMED = "informed", _("With the raters' answers")


class Cause(TextChoices):
    """Why the raters disagreed."""

    RUBRIC_UNCLEAR = "rubric_unclear", _("The rubric is unclear")
    RATER_ERROR = "rater_error", _("A rater made a mistake")
    DEFECTIVE_ITEM = "defective_item", _("The item is defective")
    SUBJECTIVE = "subjective", _("Truly subjective")


class DisagreementRule(TextChoices):
    """Which disagreements become cases."""

    NO_MAJORITY = "no_majority", _("No majority, or more than one point apart")
    NOT_UNANIMOUS = "not_unanimous", _("Not unanimous")


class ReportFormat(TextChoices):
    """What a finalised report can be had as, by the name that addresses use."""

    PDF = "pdf", _("PDF")
    XLSX = "xlsx", _("XLSX")
    MARKDOWN = "md", _("Markdown")
    JSON = "json", _("JSON")
    ZIP = "zip", _("Recompute file (ZIP)")
