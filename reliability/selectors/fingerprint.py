"""A cheap answer to "has anything changed?" for a round's ratings."""

from dataclasses import asdict, dataclass

from django.db.models import Count, Max, Sum

from annotation.models import Judgment, Round


@dataclass(frozen=True, slots=True)
class RatingsState:
    """Changes with every judgment and every revision; one indexed query."""

    n_judgments: int
    last_judgment: int
    revisions: int
    last_submitted_at: str

    def to_json(self) -> dict[str, int | str]:
        return asdict(self)


def ratings_state(round_: Round) -> RatingsState:
    found = Judgment.objects.filter(round=round_).aggregate(
        n=Count("pk"), last=Max("pk"), revisions=Sum("revision"), at=Max("submitted_at")
    )
    return RatingsState(
        n_judgments=found["n"],
        last_judgment=found["last"] or 0,
        revisions=found["revisions"] or 0,
        last_submitted_at=found["at"].isoformat() if found["at"] else "",
    )
