"""A job is a row first: nothing is lost with a message, nothing is done twice (T57, T58, T60, T61)."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts import job_handlers
from accounts.choices import JobState
from accounts.errors import Invalid
from accounts.job_handlers import Progress, kinds
from accounts.models import Job
from accounts.services.jobs import create_job, jobs_to_send, retry_job, run_job

done: list[str] = []


@pytest.fixture(autouse=True)
def _kinds() -> Iterator[None]:
    done.clear()

    @job_handlers.job_handler("count")
    def count(job: Job, progress: Progress) -> dict[str, Any]:
        progress.set(1, 2)
        done.append(job.public_id)
        return {"done": len(done)}

    @job_handlers.job_handler("refuse")
    def refuse(job: Job, progress: Progress) -> dict[str, Any]:
        raise Invalid("Row 3 has no item_id.")

    @job_handlers.job_handler("crash")
    def crash(job: Job, progress: Progress) -> dict[str, Any]:
        raise RuntimeError("secret detail")

    @job_handlers.job_handler("freeze")
    def freeze(job: Job, progress: Progress) -> dict[str, Any]:
        Job.objects.filter(pk=job.pk).update(attempts=job.attempts + 1)
        progress.set(2, 2)
        done.append("went on")
        return {}

    yield
    for kind in ("count", "refuse", "crash", "freeze"):
        del job_handlers._handlers[kind]


@pytest.mark.django_db
def test_delivered_twice_runs_once() -> None:
    job = create_job(kind="count", payload={})
    run_job(job_id=job.pk)
    run_job(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.result, job.attempts, job.progress) == (JobState.DONE, {"done": 1}, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_delivered_to_eight_workers_at_once_runs_once() -> None:
    job = create_job(kind="count", payload={})
    barrier = threading.Barrier(8)

    def work() -> None:
        barrier.wait()
        run_job(job_id=job.pk)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [job.public_id]


@pytest.mark.django_db
def test_refusal_is_told_and_a_crash_is_not() -> None:
    refused, crashed = (create_job(kind=kind, payload={}) for kind in ("refuse", "crash"))
    for job in (refused, crashed):
        run_job(job_id=job.pk)
        job.refresh_from_db()
    assert (refused.state, refused.error) == (JobState.FAILED, "Row 3 has no item_id.")
    assert crashed.state == JobState.FAILED
    assert "secret" not in crashed.error


@pytest.mark.django_db
def test_lost_message_is_sent_again_and_silent_worker_gives_up_its_job() -> None:
    lost, silent, alive = (create_job(kind="count", payload={}) for _ in range(3))
    long_ago, now = timezone.now() - timedelta(hours=1), timezone.now()
    Job.objects.filter(pk=silent.pk).update(
        state=JobState.RUNNING, heartbeat_at=long_ago, attempts=1
    )
    Job.objects.filter(pk=alive.pk).update(state=JobState.RUNNING, heartbeat_at=now, attempts=1)
    assert sorted(jobs_to_send()) == [lost.pk, silent.pk]


@pytest.mark.django_db
def test_job_that_keeps_killing_workers_fails_and_can_be_tried_again() -> None:
    job = create_job(kind="count", payload={})
    long_ago = timezone.now() - timedelta(hours=1)
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, heartbeat_at=long_ago, attempts=3)
    assert jobs_to_send() == []
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    run_job(job_id=retry_job(job=job).pk)
    job.refresh_from_db()
    assert job.state == JobState.DONE


@pytest.mark.django_db
def test_revived_worker_stops_and_overwrites_nothing() -> None:
    job = create_job(kind="freeze", payload={})
    run_job(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, done) == (JobState.RUNNING, [])


@pytest.mark.django_db
def test_unknown_kind_is_refused_when_created() -> None:
    with pytest.raises(KeyError):
        create_job(kind="nothing", payload={})
    assert "count" in kinds()
