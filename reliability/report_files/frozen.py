"""A finalised report as the writers of files see it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from django.utils.text import slugify

from reliability.models import FinalReport
from reliability.services.figures import ReportFigures, figures_from


@dataclass(frozen=True)
class FrozenReport:
    """`content` is the canonical text whose SHA-256 is `content_hash`; `data` the same, parsed."""

    public_id: str
    number: int
    finalised_at: datetime
    content: str
    content_hash: str
    data: dict[str, Any]
    is_intact: bool

    @cached_property
    def figures(self) -> ReportFigures:
        return figures_from(self.data["figures"])

    @property
    def at(self) -> str:
        """When it was finalised, to the second, in UTC."""
        return self.finalised_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")

    def file_name(self, suffix: str) -> str:
        """Letters, digits and dashes only, whatever the round is called."""
        name = slugify(self.data["round"]["name"])[:60] or "round"
        return f"{self.data['project']['slug']}-{name}-report-{self.number}.{suffix}"


def frozen(report: FinalReport) -> FrozenReport:
    return FrozenReport(
        public_id=report.public_id,
        number=report.number,
        finalised_at=report.finalised_at,
        content=report.content,
        content_hash=report.content_hash,
        data=report.data,
        is_intact=report.is_intact,
    )
