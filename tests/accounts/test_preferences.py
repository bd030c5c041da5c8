"""What a person sets for themselves."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.preferences import rest_minutes, zone_of
from accounts.services.preferences import save_preferences
from tests.factories import make_user

pytestmark = pytest.mark.django_db
ADDRESS = "/preferences/"
SENT = {"time_zone": "Asia/Tehran", "text_size": "large", "rest_minutes": "50", "keys_on": "on"}


def _sent(user: User, **fields: Any) -> Any:
    client = Client()
    client.force_login(user)
    return client.post(ADDRESS, {k: v for k, v in (SENT | fields).items() if v is not None})


def test_what_is_chosen_is_kept_and_shown_again() -> None:
    user = make_user()
    assert _sent(user).status_code == 302
    user.refresh_from_db()
    assert (
        user.preferences.items()
        >= {
            "time_zone": "Asia/Tehran",
            "text_size": "large",
            "rest_minutes": 50,
            "key_hints": False,
        }.items()
    )
    assert "keys_on" not in user.preferences
    assert (rest_minutes(user), zone_of(user).key) == (50, "Asia/Tehran")
    client = Client()
    client.force_login(user)
    page = client.get(ADDRESS).content.decode()
    assert '<option value="Asia/Tehran" selected>' in page
    assert 'name="key_hints" aria' in page or 'name="key_hints"' in page


def test_saving_leaves_other_settings_alone() -> None:
    user = make_user(preferences={"keys": {"undo": ["z"]}})
    _sent(user)
    user.refresh_from_db()
    assert user.preferences["keys"] == {"undo": ["z"]}


def test_going_back_to_what_everybody_has_keeps_nothing() -> None:
    user = make_user(preferences={"rest_minutes": 50, "text_size": "large", "key_hints": False})
    _sent(user, rest_minutes="", text_size="", key_hints="on", time_zone="UTC")
    user.refresh_from_db()
    assert set(user.preferences) <= {"time_zone", "language"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Mars/Base"),
        ("time_zone", "../../etc/passwd"),
        ("rest_minutes", "7"),
        ("text_size", "huge"),
    ],
)
def test_nonsense_is_refused_and_the_field_is_named(field: str, value: str) -> None:
    user = make_user()
    answer = _sent(user, **{field: value})
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.content.decode()
    user.refresh_from_db()
    assert user.preferences == {}


@pytest.mark.parametrize("stored", ["x", 7, True, None, [], {"a": 1}])
def test_stored_nonsense_falls_back_to_what_everybody_has(stored: Any) -> None:
    user = User(preferences={"rest_minutes": stored, "time_zone": stored})
    assert (rest_minutes(user), zone_of(user).key) == (None, "UTC")


def test_two_changes_at_once_lose_nothing() -> None:
    user = make_user()
    first, second = User.objects.get(pk=user.pk), User.objects.get(pk=user.pk)
    save_preferences(user=first, changes={"text_size": "large"})
    save_preferences(user=second, changes={"rest_minutes": 25})
    user.refresh_from_db()
    assert user.preferences == {"text_size": "large", "rest_minutes": 25}


def test_a_person_changes_only_their_own() -> None:
    user, other = make_user(), make_user(preferences={"rest_minutes": 25})
    _sent(user)
    other.refresh_from_db()
    assert other.preferences == {"rest_minutes": 25}


def test_language_is_offered_where_there_is_more_than_one(settings: Any) -> None:
    from accounts.forms import PreferencesForm

    settings.LANGUAGES = [("en", "English")]
    assert "language" not in PreferencesForm(user=make_user()).fields
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    assert "language" in PreferencesForm(user=make_user()).fields
