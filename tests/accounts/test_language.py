"""The language of the interface: who decides it, what it changes, and what it never does."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from accounts.models import User
from accounts.preferences import LANGUAGE
from tests.factories import make_user

ARABIC = {"Accept-Language": "ar"}
SIGN_IN = "/account/login/"


@pytest.fixture
def person(db: None) -> User:
    return make_user("reader@example.com")


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _direction(page: str) -> tuple[str, str]:
    found = re.search(r'<html lang="([^"]+)" dir="([^"]+)"', page)
    assert found is not None
    return found[1], found[2]


def test_a_page_comes_in_the_language_the_browser_asks_for(db: None) -> None:
    english, arabic = Client().get(SIGN_IN), Client().get(SIGN_IN, headers=ARABIC)
    assert _direction(english.content.decode()) == ("en", "ltr")
    assert _direction(arabic.content.decode()) == ("ar", "rtl")
    assert "تسجيل الدخول" in arabic.content.decode()


def test_what_a_person_chose_comes_before_the_browser(person: User) -> None:
    client = _signed_in(person)
    client.post("/language/", {"language": "ar", "next": "/tokens/"})
    person.refresh_from_db()
    assert person.preferences[LANGUAGE] == "ar"
    elsewhere = _signed_in(person).get("/tokens/", headers={"Accept-Language": "en"})
    assert _direction(elsewhere.content.decode()) == ("ar", "rtl")
    assert elsewhere["Content-Language"] == "ar"


def test_choosing_keeps_the_other_preferences(person: User) -> None:
    person.preferences = {"rest_minutes": 50}
    person.save()
    _signed_in(person).post("/language/", {"language": "ar"})
    person.refresh_from_db()
    assert person.preferences == {"rest_minutes": 50, LANGUAGE: "ar"}


def test_the_language_can_be_chosen_before_signing_in(db: None) -> None:
    client = Client()
    answer = client.post("/language/", {"language": "ar", "next": SIGN_IN + "?next=/tokens/"})
    assert answer["Location"] == SIGN_IN + "?next=/tokens/"
    assert _direction(client.get(SIGN_IN).content.decode()) == ("ar", "rtl")


@pytest.mark.parametrize("language", ["", "xx", "ar\r\nX: y", "en-GB"])
def test_a_language_that_is_not_offered_changes_nothing(person: User, language: str) -> None:
    client = _signed_in(person)
    assert client.post("/language/", {"language": language}).status_code == 302
    person.refresh_from_db()
    assert person.preferences == {}
    assert settings.LANGUAGE_COOKIE_NAME not in client.cookies


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "javascript:x", ""])
def test_choosing_a_language_leads_to_no_other_site(db: None, address: str) -> None:
    assert Client().post("/language/", {"language": "ar", "next": address})["Location"] == "/"


def test_a_language_that_is_not_offered_any_more_is_forgotten(person: User) -> None:
    person.preferences = {LANGUAGE: "xx"}
    person.save()
    assert _direction(_signed_in(person).get("/tokens/").content.decode()) == ("en", "ltr")


def test_each_language_is_named_in_itself(db: None) -> None:
    page = Client().get(SIGN_IN, headers=ARABIC).content.decode()
    assert re.search(r'value="en" lang="en"[^>]*><bdi>English<', page)
    assert re.search(r'value="ar" lang="ar"[^>]*><bdi>العربيّة<', page)


def test_the_choice_costs_a_page_no_query(person: User, django_assert_num_queries: Any) -> None:
    client = _signed_in(person)
    with django_assert_num_queries(4) as plain:
        client.get("/tokens/")
    person.preferences = {LANGUAGE: "ar"}
    person.save()
    with django_assert_num_queries(len(plain)):
        client.get("/tokens/")


def test_error_pages_speak_the_language(db: None) -> None:
    page = Client().get("/nothing/", headers=ARABIC).content.decode()
    assert _direction(page) == ("ar", "rtl")
    assert "لا شيء هنا" in page


def test_numbers_are_written_as_everywhere() -> None:
    from django.template import Context, Template

    with translation.override("ar"):
        shown = Template("{{ n }} {{ x }} {{ x|floatformat:2 }}").render(
            Context({"n": 12345, "x": 1234.5})
        )
    assert shown == "12345 1234.5 1234.50"


def test_work_in_the_background_reports_in_the_language_of_who_asked(person: User) -> None:
    from django.utils.translation import gettext

    from accounts.job_handlers import job_handler
    from accounts.services.jobs import create_job, run_job

    job_handler("test-language")(lambda job, progress: {"said": gettext("Save")})
    person.preferences = {LANGUAGE: "ar"}
    person.save()
    said = []
    for asker in (person, None):
        job = create_job(kind="test-language", payload={}, requested_by=asker)
        run_job(job_id=job.pk)
        job.refresh_from_db()
        said.append(job.result)
    assert said == [{"said": "حفظ"}, {"said": "Save"}]
