"""One module a file format; `Target` names what a release can be written as."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Target(TextChoices):
    """What can be asked for, by the name that commands and addresses use."""

    JSONL = "jsonl", _("JSON lines, exact")
    CSV = "csv", _("CSV, one label a row")
    XLSX = "xlsx", _("Excel: labels, ratings, data card")
    PARQUET = "parquet", _("Parquet")
    RATINGS = "ratings", _("The raters' labels as CSV")
    CARD = "card", _("The data card as JSON")


# Fixed types: nothing is ever guessed from content (T40).
MEDIA_TYPE = {
    Target.JSONL: "application/jsonl",
    Target.CSV: "text/csv; charset=utf-8",
    Target.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Target.PARQUET: "application/vnd.apache.parquet",
    Target.RATINGS: "text/csv; charset=utf-8",
    Target.CARD: "application/json",
}
SUFFIX = {
    Target.JSONL: ".jsonl",
    Target.CSV: ".csv",
    Target.XLSX: ".xlsx",
    Target.PARQUET: ".parquet",
    Target.RATINGS: "-ratings.csv",
    Target.CARD: "-data-card.json",
}


def file_name(project_slug: str, number: int, target: Target) -> str:
    return f"{project_slug}-gold-{number}{SUFFIX[target]}"
