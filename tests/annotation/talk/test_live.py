"""The live view of a round: its counts, its pace, its forecast and what it costs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.choices import Role
from annotation.choices import AssignmentState
from annotation.models import Assignment, Judgment, RoundRater
from annotation.selectors import live
from annotation.selectors.live import BUCKET, Bar, forecast, round_now
from annotation.services.assignment import next_assignment
from annotation.services.flags import ask_lead
from annotation.services.returns import return_judgment
from annotation.services.rounds import close_round
from tests.annotation.engine.build import judge, study
from tests.factories import member

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forgetful():
    live._before.clear()
    yield
    live._before.clear()


@pytest.fixture
def s():
    made = study(raters=3, items=6, overlap=2)
    made.lead = member(made.project, Role.LEAD)
    return made


def take(s, n):
    return next_assignment(round_=s.round, rater=s.raters[n])


def test_counts_are_those_of_the_database(s):
    s.round.least_seconds = 15
    done = [judge(take(s, 0), 3, seconds_spent=seconds) for seconds in (10.0, 30.0)]
    judge(take(s, 1), 3, seconds_spent=20.0)
    ask_lead(assignment=take(s, 1), question="Why?")
    return_judgment(judgment=done[0].judgment, comment="Again.", actor=s.lead)
    figures = round_now(s.round, now=timezone.now())
    assert (figures.n_wanted, figures.n_done, figures.n_under_way, figures.n_open) == (12, 3, 1, 8)
    assert (figures.n_last_5, figures.n_last_60, figures.percent) == (3, 3, 25)
    assert (figures.n_questions, figures.n_returned, figures.n_fast) == (1, 1, 1)
    first, second = figures.raters
    assert (first.code, first.n_judged, first.n_in_hand) == (s.raters[0].code, 2, 0)
    assert (first.an_hour, first.median_seconds) == (pytest.approx(180), 20)
    assert (second.n_judged, second.n_in_hand) == (1, 1)
    assert sum(bar.n for bar in figures.bars) == 3
    assert figures.bars[-1].n == 3


def test_surplus_judgments_are_apart(s):
    assignment = take(s, 0)
    judge(assignment)
    Assignment.objects.filter(pk=assignment.pk).update(is_surplus=True)
    figures = round_now(s.round, now=timezone.now())
    assert (figures.n_done, figures.n_surplus) == (0, 1)


def test_old_judgments_are_counted_once_and_new_ones_every_time(s):
    assignment = take(s, 0)
    judge(assignment)
    now = timezone.now()
    Judgment.objects.update(submitted_at=now - timedelta(hours=3))
    assert round_now(s.round, now=now).n_done == 1
    judge(take(s, 0))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert round_now(s.round, now=now).n_done == 2
    assert len(asked) == 7


def test_rater_who_left_the_page_is_not_at_work(s):
    take(s, 0)
    now = timezone.now()
    assert [each.code for each in round_now(s.round, now=now).raters] == [s.raters[0].code]
    assert round_now(s.round, now=now + timedelta(minutes=6)).raters == ()
    RoundRater.objects.update(state="left")
    assert round_now(s.round, now=now).raters == ()


@pytest.mark.parametrize("n", [1, 4])
def test_live_panel_costs_the_same_however_much_was_judged(s, n, django_assert_num_queries):
    for _ in range(n):
        judge(take(s, 0))
    client = Client()
    client.force_login(s.lead)
    address = f"/projects/{s.project.slug}/rounds/{s.round.public_id}/live/"
    client.get(address)
    with django_assert_num_queries(13):
        page = client.get(address).content.decode()
    assert f"{n} of 12" in page


def test_panel_is_there_while_the_round_runs_only(s):
    client = Client()
    client.force_login(s.lead)
    address = f"/projects/{s.project.slug}/rounds/{s.round.public_id}/"
    assert 'id="live"' in client.get(address).content.decode()
    close_round(round_=s.round, actor=s.lead)
    assert 'id="live"' not in client.get(address).content.decode()
    assert client.get(address + "live/").content.strip() == b""


def bars(now, *counts):
    return [Bar(now - (len(counts) - k) * BUCKET, n) for k, n in enumerate(counts)]


def test_forecast_is_a_range_around_the_pace_and_none_without_enough():
    now = timezone.now()
    even = bars(now, *[10] * 12)
    hour_ago = now - timedelta(minutes=60)
    found = forecast(120, hour_ago, bars=even, now=now)
    assert found is not None
    assert found.earliest < now + timedelta(minutes=60) < found.latest
    uneven = forecast(120, hour_ago, bars=bars(now, *[0, 20] * 6), now=now)
    assert uneven is not None
    assert uneven.latest - uneven.earliest > found.latest - found.earliest
    assert forecast(0, hour_ago, bars=even, now=now) is None
    assert forecast(120, hour_ago, bars=bars(now, *[0] * 11, 19), now=now) is None
    assert forecast(120, now - BUCKET, bars=bars(now, *[0] * 11, 90), now=now) is None
    assert forecast(120, None, bars=bars(now, *[0] * 12), now=now) is None


def test_statements_read_indexes_only(s):
    judge(take(s, 0))
    take(s, 1)
    now = timezone.now()
    with CaptureQueriesContext(connection) as asked:
        round_now(s.round, now=now)
    if connection.vendor != "sqlite":
        pytest.skip("a plan for so few rows says something on SQLite only")
    with connection.cursor() as cursor:
        for query in asked.captured_queries:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            plan = " ".join(row[-1] for row in cursor.fetchall())
            scanned = plan.replace("SCAN annotation_assignment USING INDEX assignment_leases", "")
            assert "SCAN annotation" not in scanned, (query["sql"], plan)


def test_live_lease_is_counted_for_its_round_only(s):
    other = study(raters=1, items=1)
    next_assignment(round_=other.round, rater=other.raters[0])
    assert round_now(s.round, now=timezone.now()).n_under_way == 0
    assert Assignment.objects.filter(state=AssignmentState.LEASED).count() == 1
