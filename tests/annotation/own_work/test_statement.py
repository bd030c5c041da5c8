"""Statements reconcile with receipts, count no impossible time, and tell nobody of others."""

import csv
import io
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from accounts.choices import Role
from accounts.models import User
from accounts.spreadsheets import restored
from annotation.models import Assignment, Judgment, JudgmentRevision, Return, RoundRater
from annotation.selectors.statement import (
    Period,
    lines_by_day,
    lines_by_rater,
    n_waiting,
    own_revisions,
    project_revisions,
    receipts_of,
    total_of,
    work_today,
)
from annotation.services.assignment import next_assignment
from annotation.services.judgments import submit_judgment
from annotation.services.leases import release_expired
from annotation.services.rounds import close_round
from tests.annotation.own_work.build import BODY, change, judge
from tests.factories import make_items, make_project, make_rater, make_round, member

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30), ZoneInfo("UTC"))


@pytest.fixture
def work() -> Any:
    """Two raters in one round of eight items, and one of them in a second round."""
    project = make_project()
    raters = [make_rater(project, code=code) for code in ("R01", "R02")]
    items = make_items(project, 8)
    first = make_round(project, items=items, raters=raters, overlap=2, name="first")
    second = make_round(project, items=items, raters=raters[:1], name="second")
    return {"project": project, "raters": raters, "rounds": [first, second]}


def _user(work: Any, n: int = 0) -> User:
    user = work["raters"][n].user
    assert user is not None
    return user


def _own(work: Any, period: Period = NOVEMBER, n: int = 0) -> Any:
    return own_revisions(_user(work, n), work["project"], period)


def _recomputed(user: User, zone: ZoneInfo) -> dict[tuple[date, str], list[float]]:
    """{(day, round): [judgments, changes, seconds]}, from the revisions one by one, in Python."""
    sums: dict[tuple[date, str], list[float]] = defaultdict(lambda: [0, 0, 0.0])
    for judgment in Judgment.objects.filter(rater__user=user):
        if Return.objects.filter(judgment=judgment, resolved_at=None).exists():
            continue
        before = judgment.assignment.leased_at
        for revision in judgment.revisions.order_by("number"):
            key = (revision.created_at.astimezone(zone).date(), judgment.round.name)
            possible = (revision.created_at - before).total_seconds()
            sums[key][0 if revision.number == 1 else 1] += 1
            sums[key][2] += max(0.0, min(revision.body["seconds_spent"] or 0.0, possible))
            before = revision.created_at
    return sums


def _a_week_of_work(work: Any) -> None:
    first, second = work["rounds"]
    for n in range(4):
        judge(first, work["raters"][0], NOON + timedelta(hours=9 * n), took=50 + n)
    judge(second, work["raters"][0], NOON + timedelta(hours=11, minutes=59), took=90, claims=30)
    judge(first, work["raters"][1], NOON, took=77)
    changed = Judgment.objects.filter(rater=work["raters"][0]).order_by("pk")[1]
    change(changed, NOON + timedelta(days=2), claims=12.5, quality=2)
    change(changed, NOON + timedelta(days=2, minutes=3), claims=7.5, quality=1)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tehran", "America/Los_Angeles"])
def test_statement_equals_an_independent_sum_over_the_revisions(work: Any, zone: str) -> None:
    _a_week_of_work(work)
    period = Period(NOVEMBER.first, NOVEMBER.last, ZoneInfo(zone))
    lines = lines_by_day(_own(work, period), period.zone)
    stated = {(e.day, e.round): [e.n_judgments, e.n_changes, e.seconds] for e in lines}
    expected = _recomputed(_user(work), period.zone)
    assert stated.keys() == expected.keys()
    for key, sums in expected.items():
        assert stated[key] == pytest.approx(sums, abs=0.01)


def test_totals_are_the_sum_of_their_receipts(work: Any) -> None:
    _a_week_of_work(work)
    total, receipts = total_of(lines_by_day(_own(work), NOVEMBER.zone)), receipts_of(_own(work))
    assert total.n_judgments + total.n_changes == len(receipts)
    assert total.seconds == pytest.approx(sum(each.seconds for each in receipts))
    stored = JudgmentRevision.objects.filter(judgment__rater=work["raters"][0])
    assert {each.receipt for each in receipts} == set(stored.values_list("receipt", flat=True))


def test_a_browser_cannot_claim_more_time_than_there_was(work: Any) -> None:
    first = work["rounds"][0]
    judgment = judge(first, work["raters"][0], NOON, took=60, claims=80_000)
    change(judgment, NOON + timedelta(seconds=20), claims=5_000, quality=1)
    total = total_of(lines_by_day(_own(work), NOVEMBER.zone))
    assert total.seconds == pytest.approx(80, abs=0.01)


def test_time_under_a_lease_that_ran_out_counts(work: Any) -> None:
    """Somebody works offline, the lease ends, and the item is handed to them again."""
    project, rater = work["project"], work["raters"][0]
    (item,) = make_items(project, 1)
    round_ = make_round(project, items=[item], raters=[rater], name="one item")
    next_assignment(round_=round_, rater=rater, now=NOON)
    for hours in (1, 2):
        assert release_expired(now=NOON + timedelta(hours=hours)) == 1
        again = next_assignment(round_=round_, rater=rater, now=NOON + timedelta(hours=hours))
    assert again is not None
    sent = BODY | {"seconds_spent": 1500.0}
    at = NOON + timedelta(hours=2, seconds=30)
    submit_judgment(assignment=again, body=sent, author=_user(work), now=at)
    total = total_of(lines_by_day(_own(work), NOVEMBER.zone))
    assert total.seconds == pytest.approx(1500, abs=0.01)


def test_work_without_a_measurement_counts_without_time(work: Any) -> None:
    judge(work["rounds"][0], work["raters"][0], NOON, seconds_spent=None)
    total = total_of(lines_by_day(_own(work), NOVEMBER.zone))
    assert (total.n_judgments, total.seconds) == (1, 0.0)


def test_returned_work_waits_and_counts_again_once_it_is_answered(work: Any) -> None:
    judgment = judge(work["rounds"][0], work["raters"][0], NOON)
    given = Return.objects.create(
        judgment=judgment,
        round=judgment.round,
        rater=judgment.rater,
        revision=1,
        comment="Look again.",
    )
    assert lines_by_day(_own(work), NOVEMBER.zone) == []
    assert n_waiting(_own(work)) == 1
    assert [each.is_waiting for each in receipts_of(_own(work))] == [True]
    Return.objects.filter(pk=given.pk).update(resolved_at=NOON, resolution="stands")
    assert total_of(lines_by_day(_own(work), NOVEMBER.zone)).n_judgments == 1
    assert n_waiting(_own(work)) == 0


def test_late_work_that_found_its_place_taken_is_counted(work: Any) -> None:
    first, rater = work["rounds"][0], work["raters"][0]
    judge(first, rater, NOON)
    Assignment.objects.filter(rater=rater).update(is_surplus=True)
    close_round(round_=first, actor=None)
    assert total_of(lines_by_day(_own(work), NOVEMBER.zone)).n_judgments == 1


def test_days_begin_in_the_person_s_time_zone(work: Any) -> None:
    judge(work["rounds"][0], work["raters"][0], datetime(2026, 11, 30, 23, 30, tzinfo=UTC))
    tehran = ZoneInfo("Asia/Tehran")
    assert (
        lines_by_day(_own(work, Period(date(2026, 11, 1), date(2026, 11, 30), tehran)), tehran)
        == []
    )
    december = Period(date(2026, 12, 1), date(2026, 12, 1), tehran)
    assert [each.day for each in lines_by_day(_own(work, december), tehran)] == [date(2026, 12, 1)]


def test_hours_of_the_lead_are_the_statements_of_the_raters(work: Any) -> None:
    _a_week_of_work(work)
    hours = lines_by_rater(project_revisions(work["project"], NOVEMBER))
    for n, rater in enumerate(work["raters"]):
        own = total_of(lines_by_day(_own(work, n=n), NOVEMBER.zone))
        theirs = total_of(line for line in hours if line.rater == rater.code)
        assert (theirs.n_judgments, theirs.n_changes) == (own.n_judgments, own.n_changes)
        assert theirs.seconds == pytest.approx(own.seconds)


def test_imported_judgments_are_nobody_s_time(work: Any) -> None:
    judge(work["rounds"][0], work["raters"][0], NOON)
    type(work["rounds"][0]).objects.update(is_imported=True)
    assert lines_by_day(_own(work), NOVEMBER.zone) == []
    assert lines_by_rater(project_revisions(work["project"], NOVEMBER)) == []


def test_today_counts_every_round_and_project_of_the_person(work: Any) -> None:
    elsewhere = make_project()
    rater = make_rater(elsewhere, _user(work))
    judge(work["rounds"][0], work["raters"][0], NOON - timedelta(days=1), took=500)
    judge(work["rounds"][0], work["raters"][0], NOON, took=40)
    judge(make_round(elsewhere, raters=[rater]), rater, NOON, took=2)
    judge(work["rounds"][0], work["raters"][1], NOON, took=999)
    today = work_today(_user(work), ZoneInfo("UTC"), now=NOON + timedelta(hours=1))
    assert (today.n_judgments, round(today.seconds, 1)) == (2, 42.0)


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _rows(answer: Any) -> list[dict[str, str]]:
    text = answer.content.decode().removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text)))


def test_files_hold_what_the_database_holds(work: Any) -> None:
    _a_week_of_work(work)
    slug = work["project"].slug
    query = {"first": "2026-11-01", "last": "2026-11-30", "zone": "UTC"}
    client = _client(_user(work))
    lines = _rows(client.get(reverse("annotation:statement_file", args=[slug]), query))
    receipts = _rows(client.get(reverse("annotation:receipts_file", args=[slug]), query))
    expected = _recomputed(_user(work), ZoneInfo("UTC"))
    assert {(line["day"], line["round"]): float(line["active_seconds"]) for line in lines} == {
        (str(day), name): pytest.approx(sums[2], abs=0.1) for (day, name), sums in expected.items()
    }
    assert len(receipts) == sum(int(sums[0] + sums[1]) for sums in expected.values())
    assert restored(receipts[0]["receipt"])


def test_rounds_named_like_formulas_stay_text(work: Any) -> None:
    type(work["rounds"][0]).objects.filter(pk=work["rounds"][0].pk).update(name="=1+1")
    judge(work["rounds"][0], work["raters"][0], NOON)
    query = {"first": "2026-11-01", "last": "2026-11-30"}
    client = _client(_user(work))
    for name in ("statement_file", "receipts_file", "history_file"):
        answer = client.get(reverse(f"annotation:{name}", args=[work["project"].slug]), query)
        assert {row["round"] for row in _rows(answer)} == {"'=1+1"}


def test_statement_of_one_rater_says_nothing_of_the_other(work: Any) -> None:
    """What another rater submits changes nothing on the page (T06)."""
    judge(work["rounds"][0], work["raters"][0], NOON)
    client, pages = _client(_user(work)), []
    address = reverse("annotation:statement", args=[work["project"].slug])
    for _ in range(2):
        page = client.get(address, {"first": "2026-11-01", "last": "2026-11-30"}).content.decode()
        pages.append(page.split("<main")[1].split("As of")[0] + page.split('class="stats"')[1])
        judge(work["rounds"][0], work["raters"][1], NOON)
    assert pages[0] == pages[1]


def test_hours_are_for_leads_and_hide_running_rounds_in_which_they_judge(work: Any) -> None:
    judge(work["rounds"][0], work["raters"][1], NOON)
    address = f"/projects/{work['project'].slug}/hours"
    query = {"first": "2026-11-01", "last": "2026-11-30"}
    assert _client(_user(work)).get(f"{address}/").status_code == 404
    lead = member(work["project"], Role.LEAD)
    assert "R02" in _client(lead).get(f"{address}/", query).content.decode()
    assert len(_rows(_client(lead).get(f"{address}.csv", query))) == 1
    lead.memberships.create(project=work["project"], role=Role.ANNOTATOR)
    as_rater = make_rater(work["project"], lead, code="R03")
    RoundRater.objects.create(round=work["rounds"][0], rater=as_rater)
    Assignment.objects.filter(round=work["rounds"][0]).update(rater=as_rater)
    page = _client(lead).get(f"{address}/", query).content.decode()
    assert "R02" not in page
    assert _rows(_client(lead).get(f"{address}.csv", query)) == []


@pytest.mark.parametrize(
    "query",
    [
        {"first": "x"},
        {"first": "2026-11-30", "last": "2026-11-01"},
        {"first": "0001-01-01", "last": "9999-12-31"},
        {"zone": "../etc"},
    ],
)
def test_an_impossible_period_is_said_and_this_month_shown(work: Any, query: Any) -> None:
    answer = _client(_user(work)).get(
        reverse("annotation:statement", args=[work["project"].slug]), query
    )
    assert answer.status_code == 200
    assert ("field-error" in answer.content.decode()) is ("zone" not in query)


def test_statement_asks_the_database_as_often_for_three_rounds_as_for_one(
    work: Any, django_assert_max_num_queries: Any
) -> None:
    client = _client(_user(work))
    query = {"first": "2026-11-01", "last": "2026-11-30"}
    for _ in (1, 3):
        _a_week_of_work(work) if not Judgment.objects.exists() else judge(
            work["rounds"][1], work["raters"][0], NOON
        )
        with django_assert_max_num_queries(13):
            client.get(reverse("annotation:statement", args=[work["project"].slug]), query)
