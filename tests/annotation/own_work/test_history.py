"""A person's own judgments: complete, narrowed, found by receipt, and nobody else's."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from annotation.answer_line import answer_line
from annotation.models import Judgment, Return
from annotation.selectors.batches import PAGE
from annotation.services.judgments import lock_judgment
from tests.annotation.own_work.build import change, judge
from tests.factories import (
    CATEGORICAL,
    ORDINAL,
    PAIRWISE,
    make_items,
    make_project,
    make_rater,
    make_round,
    make_rubric_version,
)

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)


@pytest.fixture
def work() -> Any:
    project = make_project()
    raters = [make_rater(project), make_rater(project)]
    items = make_items(project, 4)
    rounds = [
        make_round(project, items=items, raters=raters, overlap=2, name=name)
        for name in ("first", "second")
    ]
    return {"project": project, "raters": raters, "rounds": rounds}


def _get(work: Any, name: str = "", n: int = 0, **query: str) -> str:
    user = work["raters"][n].user
    assert isinstance(user, User)
    client = Client()
    client.force_login(user)
    answer = client.get(reverse(f"annotation:history{name}", args=[work["project"].slug]), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def _receipts(page: str) -> list[str]:
    return [
        line.split(">")[1].split("<")[0] for line in page.split('class="mono small" dir="ltr"')[1:]
    ]


def _receipt(judgment: Judgment) -> str:
    return str(judgment.revisions.get(number=judgment.revision).receipt)


def test_own_judgments_are_listed_newest_first_and_no_others(work: Any) -> None:
    own = [judge(work["rounds"][0], work["raters"][0], NOON + timedelta(hours=n)) for n in range(3)]
    judge(work["rounds"][0], work["raters"][1], NOON)
    assert _receipts(_get(work)) == [_receipt(each) for each in reversed(own)]


def test_items_are_known_by_the_own_count_only(work: Any) -> None:
    judgment = judge(work["rounds"][0], work["raters"][0], NOON)
    page = _get(work) + _get(work, "_file")
    assert judgment.item.external_id not in page
    assert judgment.item.public_id not in page


def test_list_is_narrowed_by_round_day_and_state(work: Any) -> None:
    first, second = work["rounds"]
    rater = work["raters"][0]
    a = judge(first, rater, NOON)
    b = judge(second, rater, NOON + timedelta(days=1))
    c = judge(second, rater, NOON + timedelta(days=2))
    lock_judgment(judgment=a)
    Return.objects.create(judgment=b, round=b.round, rater=b.rater, revision=1, comment="?")
    asked = [
        ({"round": second.public_id}, [c, b]),
        ({"day": "2026-11-11"}, [b]),
        ({"state": "final"}, [a]),
        ({"state": "returned"}, [b]),
        ({"state": "changeable"}, [c]),
        ({"state": "final", "round": second.public_id}, []),
        ({"state": "nonsense", "day": "x", "round": "y"}, [c, b, a]),
    ]
    for query, expected in asked:
        assert _receipts(_get(work, **query)) == [_receipt(each) for each in expected], query


def test_pages_keep_what_they_are_narrowed_to(work: Any) -> None:
    project, rater = work["project"], work["raters"][0]
    round_ = make_round(project, items=make_items(project, PAGE + 2), raters=[rater])
    for n in range(PAGE + 2):
        judge(round_, rater, NOON + timedelta(minutes=n))
    judge(work["rounds"][0], rater, NOON + timedelta(hours=5))
    page = _get(work, round=round_.public_id)
    assert len(_receipts(page)) == PAGE
    link = next(part for part in page.split('href="') if part.startswith("?") and "after-" in part)
    assert f"round={round_.public_id}" in link.split('"')[0]
    cursor = link.split("cursor=")[1].split("&")[0].split('"')[0]
    rest = _get(work, round=round_.public_id, cursor=cursor)
    assert len(_receipts(rest)) == 2
    assert not set(_receipts(rest)) & set(_receipts(page))
    assert len(_get(work, "_file", round=round_.public_id, cursor=cursor).splitlines()) == 3


def test_receipt_finds_the_own_submission_and_says_what_became_of_it(work: Any) -> None:
    judgment = judge(work["rounds"][0], work["raters"][0], NOON)
    first = _receipt(judgment)
    assert "It is stored." in _get(work, receipt=f"  {first} ")
    assert "2026-11-10 12:00:00" in _get(work, receipt=first)
    changed = change(judgment, NOON + timedelta(minutes=1), claims=3, quality=1)
    assert "You changed it later" in _get(work, receipt=first)
    assert "You changed it later" not in _get(work, receipt=_receipt(changed))
    assert "None of your submissions" in _get(work, receipt=first, n=1)
    assert "None of your submissions" in _get(work, receipt="<script>" * 9)


def test_history_asks_the_database_as_often_for_three_as_for_one(work: Any) -> None:
    client = Client()
    client.force_login(work["raters"][0].user)
    address = reverse("annotation:history", args=[work["project"].slug])
    counts = []
    for n in (1, 2):
        for _ in range(n):
            judge(work["rounds"][0], work["raters"][0], NOON)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(address)
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert counts[0] <= 17


@pytest.mark.parametrize(
    ("ratings", "expected"),
    [
        ({"quality": 4, "verdict": "no"}, "quality: Label 4; verdict: Label no"),
        ({"preference": "response_2"}, "preference: B"),
        ({"preference": {"choice": "response_1", "strength": 2}}, "preference: A (2)"),
        ({"preference": {"choice": "tie", "strength": 0}}, "preference: Equal"),
        ({"quality": {"abstain": True, "reason": "empty"}}, "quality: can't judge"),
        ({"unknown": 1}, ""),
        ({}, ""),
    ],
)
def test_an_answer_on_one_line(ratings: Any, expected: str) -> None:
    version = make_rubric_version(make_project(), ORDINAL, CATEGORICAL, PAIRWISE)
    assert answer_line(version.criteria.all(), ratings) == expected


def test_answers_of_parts_spans_and_lists_on_one_line() -> None:
    version = make_rubric_version(
        make_project(),
        ORDINAL | {"key": "turns", "options": {"per": "turn"}},
        {"key": "marks", "kind": "span", "level": "nominal", "anchors": ["wrong"]},
        {"key": "labels", "kind": "multi_label", "level": "set", "anchors": ["x", "y"]},
        {"key": "order", "kind": "ranking", "level": "ordinal"},
        {"key": "words", "kind": "text", "level": "nominal"},
    )
    line = answer_line(
        version.criteria.all(),
        {
            "turns": {"turn_2": 4, "turn_4": {"abstain": True, "reason": "x"}},
            "marks": [{"start": 0, "end": 4, "text": "What", "label": "wrong"}],
            "labels": [],
            "order": ["response_2", "response_1"],
            "words": "a\nlong " + "word " * 50,
        },
    )
    assert line.startswith(
        "turns: turn 2 Label 4, turn 4 can't judge; marks: 1 mark; labels: none; order: B > A; words: a long"
    )
    assert line.endswith("…")
