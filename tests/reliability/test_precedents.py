"""Raters read how cases were decided, and nothing that they must not know (T01, T03)."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.choices import Role
from annotation.choices import RoundKind, RoundState, SlotPurpose
from annotation.models import CheckAnswer, Item, Round, Slot
from reliability.models import Case, Decision
from reliability.selectors import precedents as module
from reliability.selectors.precedents import precedents
from tests.factories import (
    CATEGORICAL,
    ORDINAL,
    make_items,
    make_project,
    make_rater,
    make_round,
    make_rubric_version,
    member,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def study() -> Any:
    """Three decided cases of a closed calibration round, and an open round to judge in."""
    project = make_project()
    rater = make_rater(project)
    version = make_rubric_version(project, ORDINAL, CATEGORICAL)
    items = make_items(project, 4, responses=2)
    closed = make_round(
        project,
        version=version,
        items=items[:3],
        kind=RoundKind.CALIBRATION,
        state=RoundState.CLOSED,
        closed_at=timezone.now(),
    )
    cases = [
        decide(closed, items[0], "verdict", "no", "Tone decides here.", "rubric_unclear"),
        decide(closed, items[1], "verdict", "yes", "The SOURCE says so.", "rater_error"),
        decide(closed, items[2], "quality", None, "People differ.", "subjective"),
    ]
    open_ = make_round(project, version=version, items=items[3:], raters=[rater])
    return {
        "project": project,
        "rater": rater,
        "items": items,
        "closed": closed,
        "open": open_,
        "cases": cases,
    }


def decide(round_: Round, item: Item, key: str, value: Any, rationale: str, cause: str) -> Case:
    criterion = round_.rubric_version.criteria.get(key=key)
    case = Case.objects.create(round=round_, item=item, criterion=criterion, state="decided")
    Decision.objects.create(
        case=case, number=1, stage="blind", adjudicator="secret-person", value="unsure"
    )
    Decision.objects.create(
        case=case,
        number=2,
        stage="informed",
        adjudicator="secret-person",
        value=value,
        rationale=rationale,
        cause=cause,
    )
    return case


def _said(study: Any, **asked: str) -> list[str]:
    return [each.rationale for each in precedents(study["open"], **asked).shown]


def _page(study: Any, **query: str) -> str:
    client = Client()
    client.force_login(study["rater"].user)
    address = f"/projects/{study['project'].slug}/rounds/{study['open'].public_id}/precedents/"
    answer = client.get(address, query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_decisions_that_count_are_shown_latest_first(study: Any) -> None:
    assert _said(study) == ["People differ.", "The SOURCE says so.", "Tone decides here."]
    found = precedents(study["open"]).shown
    assert [each.decision for each in found] == ["", "Label yes", "Label no"]
    assert found[0].cause == "Truly subjective"


def test_precedents_are_found_by_words_and_question(study: Any) -> None:
    assert _said(study, words="source SAYS") == ["The SOURCE says so."]
    assert _said(study, words="source tone") == []
    assert _said(study, criterion="quality") == ["People differ."]
    answer = study["items"][0].content["responses"][1]["text"]
    assert _said(study, words=answer) == ["Tone decides here."]


@pytest.mark.parametrize("how", ["open", "draft", "paused", "check", "answer", "retest"])
def test_an_item_that_may_still_be_asked_about_is_never_shown(study: Any, how: str) -> None:
    item = study["items"][0]
    if how == "answer":
        CheckAnswer.objects.create(item=item, criterion_key="verdict", accepted=["no"])
    elif how in ("check", "retest"):
        Slot.objects.filter(round=study["closed"], item=item).update(purpose=SlotPurpose(how))
    else:
        make_round(study["project"], items=[item], state=RoundState(how))
    assert "Tone decides here." not in _said(study)
    assert len(_said(study)) == 2


@pytest.mark.parametrize(
    "change",
    [{"kind": RoundKind.PRODUCTION}, {"state": RoundState.OPEN, "closed_at": None}],
)
def test_only_closed_calibration_rounds_give_precedents(study: Any, change: Any) -> None:
    Round.objects.filter(pk=study["closed"].pk).update(**change)
    assert _said(study) == []
    assert "There are no precedents yet." in _page(study)


def test_other_rubrics_projects_and_undecided_cases_give_none(study: Any) -> None:
    other = make_round(study["project"])
    assert precedents(other).total == 0
    Case.objects.update(state="blind")
    assert _said(study) == []


def test_page_tells_nothing_of_raters_adjudicators_and_sources(study: Any) -> None:
    page = _page(study)
    assert "Tone decides here." in page
    for secret in ("secret-person", "model-0", "unsure", study["items"][0].external_id):
        assert secret not in page
    assert "No decided case fits." in _page(study, q="nowhere to be found")


def test_page_is_for_annotators_of_the_project(study: Any) -> None:
    address = f"/projects/{study['project'].slug}/rounds/{study['open'].public_id}/precedents/"
    for person, status in (
        (member(study["project"], Role.VENDOR), 404),
        (make_rater(make_project()).user, 404),
    ):
        client = Client()
        client.force_login(person)
        assert client.get(address).status_code == status


def test_the_database_is_asked_as_often_for_one_case_as_for_three(study: Any) -> None:
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            precedents(study["open"])
        counts.append(len(asked))
        Case.objects.filter(pk__in=[case.pk for case in study["cases"][1:]]).update(state="open")
    assert counts == [3, 3]


def test_searching_holds_a_few_items_at_a_time(study: Any, monkeypatch: Any) -> None:
    everything = precedents(study["open"])
    monkeypatch.setattr(module, "AT_ONCE", 1)
    found = precedents(study["open"], words="question")
    assert found == everything
