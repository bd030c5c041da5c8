"""The adjudicator's pages: blind first, then informed, then the next case."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.choices import Role
from accounts.models import User
from annotation.models import Judgment, Round
from reliability.choices import CaseState
from reliability.models import Case, Decision
from reliability.services.cases import queue_cases
from tests.annotation.attachments.files import png
from tests.annotation.attachments.test_attachments_serving import attach
from tests.factories import CATEGORICAL, ORDINAL, make_project, make_rater, make_round, member
from tests.reliability.builders import judge, judged_round

pytestmark = pytest.mark.django_db

SECRET = "the canary of a rationale"


@pytest.fixture
def round_() -> Round:
    found, _, _ = judged_round(make_project(), ORDINAL, [[1, 3, 5], [1, 5], [2, 2]])
    Judgment.objects.filter(round=found).update(rationale=SECRET)
    queue_cases(round_=found)
    return found


@pytest.fixture
def adjudicator(round_: Round) -> User:
    return member(round_.project, Role.ADJUDICATOR)


@pytest.fixture
def client(adjudicator: User) -> Client:
    client = Client()
    client.force_login(adjudicator)
    return client


def url(name: str, round_: Round, case: Case | None = None) -> str:
    place = {"project": round_.project.slug}
    return reverse(f"reliability:{name}", kwargs=place | ({"case": case.public_id} if case else {}))


def _text(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def _worst() -> Case:
    return Case.objects.order_by("-priority")[0]


def test_queue_lists_cases_by_worth_and_counts_them(client: Client, round_: Round) -> None:
    page = _text(client.get(url("cases", round_)))
    first, second = Case.objects.order_by("-priority")
    assert page.index(first.item.external_id) < page.index(second.item.external_id)
    assert SECRET not in page
    for code in round_.judgments.values_list("rater__code", flat=True):
        assert code not in page


def test_filters_stand_in_the_address_and_outlive_a_decision(client: Client, round_: Round) -> None:
    other, _, _ = judged_round(round_.project, CATEGORICAL, [["yes", "no"], ["no", "yes"]])
    queue_cases(round_=other)
    query = f"?round={other.public_id}"
    page = _text(client.get(url("cases", round_) + query))
    assert page.count('<th scope="row">') == 2
    taken = client.post(url("next_case", round_) + query)
    assert taken["Location"].endswith(query)
    blind = client.post(taken["Location"], {"value-verdict": "yes"})
    assert blind["Location"].endswith(query)
    given = {"value-verdict": "no", "cause": "rater_error", "rationale": "Because."}
    onward = client.post(blind["Location"], given)
    assert onward["Location"].endswith(query)
    onward_case = Case.objects.get(claimed_by__isnull=False, state=CaseState.OPEN)
    assert onward_case.round == other
    assert onward_case.public_id in onward["Location"]


def test_blind_page_holds_nothing_of_the_raters(client: Client, round_: Round) -> None:
    """No answer, reason, code or confidence comes near it (T76)."""
    client.post(url("next_case", round_))
    page = _text(client.get(url("case", round_, _worst())))
    assert SECRET not in page
    assert "Your blind answer" not in page
    for code in round_.judgments.values_list("rater__code", flat=True):
        assert code not in page


def test_answers_are_refused_before_the_blind_decision(client: Client, round_: Round) -> None:
    case = _worst()
    client.post(url("next_case", round_))
    refused = client.get(url("case_answers", round_, case))
    assert refused.status_code == 403
    assert SECRET not in refused.content.decode()
    given = {"value-quality": "3", "cause": "rater_error", "rationale": "Because."}
    assert client.post(url("case_answers", round_, case), given).status_code == 403
    assert not Decision.objects.exists()


def test_deciding_goes_from_blind_to_informed_to_the_next_case(
    client: Client, round_: Round, adjudicator: User
) -> None:
    case = _worst()
    client.post(url("next_case", round_))
    stored = client.post(url("case", round_, case), {"value-quality": "4"})
    assert stored["Location"] == url("case_answers", round_, case)
    page = _text(client.get(stored["Location"]))
    assert page.count(SECRET) == 3
    for code in case.item.judgments.values_list("rater__code", flat=True):
        assert code in page
    given = {"value-quality": "5", "cause": "rubric_unclear", "rationale": "Anchor 4 is vague."}
    onward = client.post(stored["Location"], given)
    after = Case.objects.exclude(pk=case.pk).get()
    assert onward["Location"] == url("case", round_, after)
    assert list(case.decisions.values_list("stage", "value")) == [("blind", 4), ("informed", 5)]
    assert after.claimed_by == adjudicator


def test_incomplete_decision_comes_back_with_what_was_written(
    client: Client, round_: Round
) -> None:
    case = _worst()
    client.post(url("next_case", round_))
    blank = client.post(url("case", round_, case), {})
    assert blank.status_code == 422
    assert "Choose a value." in blank.content.decode()
    client.post(url("case", round_, case), {"value-quality": "4"})
    half = client.post(
        url("case_answers", round_, case), {"value-quality": "5", "rationale": "A reason kept."}
    )
    assert half.status_code == 422
    assert "A reason kept." in half.content.decode()
    assert "Say why the raters disagreed." in half.content.decode()


def test_decided_case_leads_to_its_record(client: Client, round_: Round) -> None:
    case = _worst()
    client.post(url("next_case", round_))
    client.post(url("case", round_, case), {"value-quality": "4"})
    given = {"cause": "subjective", "rationale": "Taste."}
    client.post(url("case_answers", round_, case), given)
    moved = client.get(url("case", round_, case))
    assert moved["Location"] == url("case_answers", round_, case)
    assert "2 decisions on record" in _text(client.get(moved["Location"]))
    assert "Decided by you lately" in _text(client.get(url("cases", round_)))


def test_who_rated_the_item_finds_no_case_of_it(round_: Round) -> None:
    case = _worst()
    insider = member(round_.project, Role.ADJUDICATOR)
    elsewhere = make_round(round_.project, version=round_.rubric_version, items=[])
    judge(elsewhere, case.item, make_rater(round_.project, insider), {"quality": 2})
    client = Client()
    client.force_login(insider)
    assert case.item.external_id not in _text(client.get(url("cases", round_)))
    for name in ("case", "case_answers"):
        assert client.get(url(name, round_, case)).status_code == 404
    assert client.post(url("take_case", round_, case)).status_code == 404


def test_somebody_elses_case_can_be_read_blind_but_not_decided(
    client: Client, round_: Round
) -> None:
    case = _worst()
    client.post(url("next_case", round_))
    other = Client()
    other.force_login(member(round_.project, Role.ADJUDICATOR))
    assert other.post(url("take_case", round_, case)).status_code == 409
    assert other.post(url("case", round_, case), {"value-quality": "4"}).status_code == 409
    assert not Decision.objects.exists()


@pytest.mark.parametrize("role", [Role.LEAD, Role.ADMIN, Role.ANNOTATOR, Role.VENDOR])
def test_only_adjudicators_find_cases(round_: Round, role: Role) -> None:
    client = Client()
    client.force_login(member(round_.project, role))
    assert client.get(url("cases", round_)).status_code == 404
    assert client.get(url("case", round_, _worst())).status_code == 404


def test_nothing_waits_says_so(client: Client, round_: Round) -> None:
    Case.objects.all().delete()
    assert "No case waits for you" in _text(client.get(url("cases", round_)))
    assert client.post(url("next_case", round_))["Location"] == url("cases", round_)


@pytest.mark.parametrize("n", [1, 3])
def test_queue_takes_the_same_queries_for_any_number_of_cases(
    n: int, django_assert_num_queries: Any
) -> None:
    project = make_project()
    round_, _, _ = judged_round(project, CATEGORICAL, [["yes", "no"]] * n)
    queue_cases(round_=round_)
    client = Client()
    client.force_login(member(project, Role.ADJUDICATOR))
    client.get(url("cases", round_))
    with django_assert_num_queries(14):
        client.get(url("cases", round_))


def test_files_of_an_item_are_shown_where_its_judgments_are_read_and_decided(
    client: Client, round_: Round, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    case = _worst()
    attach(case.item, ("image/png", png(), {"response": 1}))
    page = _text(client.get(url("case", round_, case)))
    (address,) = set(re.findall(r'src="([^"]+/attachments/1/)"', page))
    assert client.get(address).status_code == 200
    lead = Client()
    lead.force_login(member(round_.project, Role.LEAD))
    assert lead.get(address).status_code == 404
    item = reverse(
        "reliability:item", args=[round_.project.slug, round_.public_id, case.item.public_id]
    )
    (of_item,) = set(re.findall(r'src="([^"]+/attachments/1/)"', _text(lead.get(item))))
    assert lead.get(of_item).status_code == 200
    assert client.get(of_item).status_code == 404
