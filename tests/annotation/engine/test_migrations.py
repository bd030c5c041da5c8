"""Migrations that run while people label: nobody waits for them (T52)."""

import threading
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from annotation.models import Rating
from annotation.services.assignment import next_assignment
from tests.annotation.engine.build import judge, study

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def before() -> Iterator[None]:
    """The database as it is before indexes are built, and afterwards as it should be."""
    call_command("migrate", "annotation", "0007", verbosity=0)
    yield
    call_command("migrate", verbosity=0)


def _constraints() -> set[str]:
    with connection.cursor() as cursor:
        return set(connection.introspection.get_constraints(cursor, Rating._meta.db_table))


def _run(call: str, *arguments: str) -> threading.Thread:
    def run() -> None:
        try:
            call_command(call, *arguments, verbosity=0)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_uniqueness_of_ratings_goes_over_to_parts_and_back(before):
    assert "rating_once_per_criterion" in _constraints()

    call_command("migrate", "annotation", verbosity=0)

    assert "rating_once_per_part" in _constraints()
    assert "rating_once_per_criterion" not in _constraints()
    s = study(raters=1)
    judge(next_assignment(round_=s.round, rater=s.raters[0]))
    stored = Rating.objects.get()
    stored.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        stored.save(force_insert=True)


def test_people_submit_while_indexes_are_built(before, is_postgres):
    if not is_postgres:
        pytest.skip("SQLite has one writer at a time.")
    s = study(raters=2, items=4)
    slow, quick = (next_assignment(round_=s.round, rater=rater) for rater in s.raters)
    with transaction.atomic():
        judge(slow)  # a writer that is not done: builders wait for it
        building = _run("migrate", "annotation")
        _wait_until_building()
        done = threading.Thread(target=_judged_elsewhere, args=(quick,))
        done.start()
        done.join(timeout=5)
        assert not done.is_alive(), "a submission waited for the index"
    building.join(timeout=30)
    assert Rating.objects.count() == 2
    assert "rating_once_per_part" in _constraints()


def _judged_elsewhere(assignment) -> None:
    try:
        judge(assignment)
    finally:
        connection.close()


def _wait_until_building() -> None:
    """Until the migration stands behind the open transaction."""
    waiting = (
        "SELECT 1 FROM pg_stat_activity WHERE query ILIKE 'create%%index%%' "
        "AND wait_event_type = 'Lock'"
    )
    for _ in range(100):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(waiting)
            if cursor.fetchone():
                return
            cursor.execute("SELECT pg_sleep(0.05)")
    pytest.fail("the migration never began to build")


def test_a_build_cut_short_is_taken_up_again(before, is_postgres):
    if not is_postgres:
        pytest.skip("SQLite builds in one transaction.")
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE INDEX CONCURRENTLY revision_by_author ON annotation_judgmentrevision (author)"
        )
        cursor.execute(
            "UPDATE pg_index SET indisvalid = false "
            "WHERE indexrelid = 'revision_by_author'::regclass"
        )

    call_command("migrate", "annotation", verbosity=0)

    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'revision_by_author'")
        assert "(author, created_at)" in cursor.fetchone()[0]
