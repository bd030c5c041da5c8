"""A quota is asked for by the lead, shown to its rater, and ends nothing."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.choices import Role
from accounts.models import AuditEvent
from annotation.models import Round, RoundRater
from annotation.services.assignment import next_assignment
from tests.annotation.own_work.build import judge
from tests.factories import make_project, make_rater, make_round, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def work() -> Any:
    project = make_project()
    rater = make_rater(project, code="R01")
    round_ = make_round(project, raters=[rater], name="quota round")
    client = Client()
    client.force_login(member(project, Role.LEAD))
    address = f"/projects/{project.slug}/rounds/{round_.public_id}/"
    return {"project": project, "rater": rater, "round": round_, "lead": client, "address": address}


def _set(work: Any, quota: str) -> None:
    work["lead"].post(
        f"{work['address']}raters/{work['rater'].public_id}/", {"do": "quota", "quota": quota}
    )


def _own_page(work: Any, address: str) -> str:
    client = Client()
    client.force_login(work["rater"].user)
    return str(client.get(address).content.decode())


def test_a_lead_sets_changes_and_takes_away_a_quota(work: Any) -> None:
    for sent, kept in (("2", 2), ("7", 7), ("0", 7), ("x", 7), ("", None)):
        _set(work, sent)
        assert RoundRater.objects.get().quota == kept, sent
    assert AuditEvent.objects.filter(action="round.quota_set").count() == 3


def test_a_rater_sees_progress_against_the_own_quota_and_may_go_on(work: Any) -> None:
    _set(work, "1")
    judge(work["round"], work["rater"], timezone.now())
    page = _own_page(work, reverse("annotation:work", args=[work["project"].slug]))
    assert "1 of 1" in page
    assert "Quota reached" in page
    assert next_assignment(round_=work["round"], rater=work["rater"]) is not None
    assert "1 of your 1" in _own_page(work, f"{work['address']}judge/")


def test_the_time_under_which_raters_are_asked_is_kept(work: Any) -> None:
    for sent, kept in (("20", 20), ("-1", 20), ("99999", 20), ("", None)):
        work["lead"].post(f"{work['address']}pace/", {"least_seconds": sent})
        assert Round.objects.get(pk=work["round"].pk).least_seconds == kept, sent
    work["lead"].post(f"{work['address']}pace/", {"least_seconds": "20"})
    next_assignment(round_=work["round"], rater=work["rater"])
    assert 'data-least-seconds="20"' in _own_page(work, f"{work['address']}judge/")
