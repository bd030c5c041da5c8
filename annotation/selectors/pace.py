"""A person's own pace, for the strip above the item. Never anybody else's (T06)."""

from dataclasses import dataclass

from accounts.models import User
from accounts.preferences import rest_minutes, zone_of
from annotation.selectors.statement import work_today


@dataclass(frozen=True, slots=True)
class Pace:
    """Today's judgments and active seconds in every project, and when to remind of a rest."""

    n_today: int
    seconds: float
    rest_minutes: int | None


def pace_of(user: User) -> Pace:
    today = work_today(user, zone_of(user))
    return Pace(today.n_judgments, today.seconds, rest_minutes(user))
