"""One module a file format; `Target` names what a release can be written as."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Target(TextChoices):
    """What can be asked for, by the name that commands and addresses use."""

    JSONL = "jsonl", _("JSONL")
    CSV = "csv", _("CSV")
    XLSX = "xlsx", _("XLSX")
    PARQUET = "parquet", _("Parquet")
    RATINGS = "ratings", _("Ratings (CSV)")
    CARD = "card", _("Data card")


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
