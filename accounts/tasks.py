"""Celery's side of jobs: messages that say there is something to do."""

import logging

from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from accounts.models import Job
from accounts.services import jobs

logger = logging.getLogger(__name__)


@shared_task
def run_job(job_id: int) -> None:
    jobs.run_job(job_id=job_id)


@shared_task
def sweep_jobs() -> None:
    for job_id in jobs.jobs_to_send():
        run_job.delay(job_id)


def send_job(job: Job) -> None:
    """Wake a worker once the job's transaction is committed. A dead broker delays, never loses."""

    def send() -> None:
        try:
            run_job.delay(job.pk)
        except (OperationalError, OSError) as error:
            logger.warning("job %s waits for the broker: %s", job.public_id, error)

    transaction.on_commit(send)
