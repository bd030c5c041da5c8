"""What a person may set for themselves, kept in `User.preferences`; what is not set is absent."""

import zoneinfo
from typing import Final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from accounts.models import User

KEYS_ON: Final = "keys_on"
KEY_HINTS: Final = "key_hints"
REST_MINUTES: Final = "rest_minutes"
TEXT_SIZE: Final = "text_size"
LANGUAGE: Final = "language"
TIME_ZONE: Final = "time_zone"

REST_CHOICES: Final = (
    ("", _("Never")),
    (25, _("After 25 minutes")),
    (50, _("After 50 minutes")),
    (90, _("After 90 minutes")),
)


class TextSize(TextChoices):
    """How large the texts of items are on the labeling page."""

    NORMAL = "", _("Normal")
    LARGE = "large", _("Large")
    LARGER = "larger", _("Larger")


def rest_minutes(user: User | AnonymousUser) -> int | None:
    """After how many minutes of active time to remind of a rest; None: never."""
    chosen = _preference(user, REST_MINUTES)
    return chosen if isinstance(chosen, int) and chosen in dict(REST_CHOICES) else None


def language_of(user: User | AnonymousUser | None) -> str | None:
    """The language this person chose for the interface; None: as the browser asks."""
    chosen = _preference(user, LANGUAGE)
    return chosen if isinstance(chosen, str) and chosen in dict(settings.LANGUAGES) else None


def zone_of(user: User | AnonymousUser) -> zoneinfo.ZoneInfo:
    """The time zone in which this person's days begin and end."""
    return zone_named(_preference(user, TIME_ZONE)) or zoneinfo.ZoneInfo(settings.TIME_ZONE)


def zone_named(name: object) -> zoneinfo.ZoneInfo | None:
    return zoneinfo.ZoneInfo(name) if isinstance(name, str) and name in zone_names() else None


def zone_names() -> frozenset[str]:
    """Zones with a place in their name, UTC, and the server's own."""
    named = {name for name in zoneinfo.available_timezones() if "/" in name}
    return frozenset(n for n in named if not n.startswith(("Etc/", "SystemV/"))) | {
        "UTC",
        settings.TIME_ZONE,
    }


def _preference(user: User | AnonymousUser | None, name: str) -> object:
    return user.preferences.get(name) if isinstance(user, User) else None
