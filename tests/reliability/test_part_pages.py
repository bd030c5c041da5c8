"""Pages that show parts of items: one question for the part of a case, its text, and its name."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.choices import Role
from annotation.services.rounds import close_round
from reliability.choices import Cause, DisagreementRule
from reliability.models import Case, Decision
from reliability.services.cases import queue_cases
from reliability.services.report import save_report
from tests.factories import member
from tests.reliability.test_parts import study

pytestmark = pytest.mark.django_db


@pytest.fixture
def round_() -> Any:
    found = study(5)
    close_round(round_=found, actor=None)
    found.refresh_from_db()
    queue_cases(round_=found, rule=DisagreementRule.NOT_UNANIMOUS)
    return found


def signed_in(round_: Any, role: Role) -> Client:
    client = Client()
    client.force_login(member(round_.project, role))
    return client


def page(client: Client, name: str, **place: str) -> str:
    answer = client.get(reverse(f"reliability:{name}", kwargs=place))
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_case_asks_one_question_about_its_part_and_quotes_it(round_: Any) -> None:
    client = signed_in(round_, Role.ADJUDICATOR)
    case = Case.objects.get(pk=Case.objects.filter(part="turn_2").first().pk)  # type: ignore[union-attr]
    place = {"project": round_.project.slug, "case": case.public_id}
    client.post(reverse("reliability:take_case", kwargs=place))

    text = page(client, "case", **place)
    assert f"{case.item.external_id} · turn 2" in text
    assert "Only about turn 2" in text
    assert "line 1</blockquote>" in text
    assert text.count('name="value-clear"') == 5

    form = {"value-clear": "3"}
    stored = client.post(reverse("reliability:case", kwargs=place), form)
    assert stored.status_code == 302, stored.content.decode()[:500]
    answers = page(client, "case_answers", **place)
    assert answers.count('<span class="muted">R') == 3 - _missing(case)
    sent = form | {"cause": Cause.RATER_ERROR, "rationale": "read again"}
    client.post(reverse("reliability:case_answers", kwargs=place), sent)
    assert Decision.objects.filter(case=case, value=3).count() == 2


def _missing(case: Case) -> int:
    return 3 - case.item.ratings.filter(criterion=case.criterion, part__in=["", case.part]).count()


def test_queue_and_round_name_the_part(round_: Any) -> None:
    queue = page(signed_in(round_, Role.ADJUDICATOR), "cases", project=round_.project.slug)
    of_round = page(
        signed_in(round_, Role.LEAD),
        "round_cases",
        project=round_.project.slug,
        round=round_.public_id,
    )
    for text in (queue, of_round):
        assert " · response A" in text


def test_lead_reads_units_and_what_intervals_leave_out(round_: Any) -> None:
    save_report(round_=round_)
    client = signed_in(round_, Role.LEAD)
    place = {"project": round_.project.slug, "round": round_.public_id}
    text = page(client, "criterion", **place, criterion="right")
    assert "Each response is rated for itself" in text
    assert "10 responses of 5 items" in text
    assert " · response" in text
    assert "is rated for itself" not in page(client, "criterion", **place, criterion="quality")

    listed = client.get(
        reverse("reliability:judgments", kwargs=place), {"criterion": "right"}
    ).content.decode()
    assert listed.count(" · response A") == listed.count(" · response B") == 5
    file = client.get(reverse("reliability:judgments_file", kwargs=place), {"criterion": "right"})
    assert b"item_id,part,rater" in b"".join(file) if file.streaming else file.content  # type: ignore[union-attr]


def test_item_page_says_which_part_each_answer_is_about(round_: Any) -> None:
    item = round_.judgments.first().item
    text = page(
        signed_in(round_, Role.LEAD),
        "item",
        project=round_.project.slug,
        round=round_.public_id,
        item=item.public_id,
    )
    assert ", response B</span>" in text
    assert ", turn 2</span>" in text
