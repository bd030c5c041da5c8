"""Jobs: created with the work they stand for, claimed once, never lost with a message."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.choices import JobState
from accounts.errors import ConcordError
from accounts.job_handlers import JobTakenAway, Progress, handler_of
from accounts.models import Job, Project, User
from accounts.preferences import language_of

logger = logging.getLogger(__name__)
HEARTBEAT_LIMIT = timedelta(minutes=2)
MAX_ATTEMPTS = 3


def create_job(
    *,
    kind: str,
    payload: Mapping[str, Any],
    project: Project | None = None,
    requested_by: User | None = None,
) -> Job:
    """The row. Whoever calls this sends the message once the transaction is committed."""
    handler_of(kind)
    return Job.objects.create(
        kind=kind, payload=dict(payload), project=project, requested_by=requested_by
    )


def run_job(*, job_id: int) -> None:
    """Claim and do a job; a second delivery of the same message finds nothing to claim (T60)."""
    job = _claim(job_id)
    if job is None:
        return
    try:
        with translation.override(language_of(job.requested_by) or settings.LANGUAGE_CODE):
            result = handler_of(job.kind)(job, Progress(job))
    except JobTakenAway:
        logger.warning("job %s was given to another worker", job.public_id)
    except ConcordError as error:
        _finish(job, JobState.FAILED, error=error.detail)
    except Exception:  # any failure must end as a truthful state
        reference = uuid4().hex[:12]
        logger.exception("job %s failed, reference %s", job.public_id, reference)
        _finish(
            job,
            JobState.FAILED,
            error=_("Something went wrong. Reference %(reference)s.") % {"reference": reference},
        )
    else:
        _finish(job, JobState.DONE, result=result)


def jobs_to_send() -> list[int]:
    """Jobs whose message was lost; those whose worker went silent are offered again (T57, T61)."""
    silent = Q(state=JobState.RUNNING, heartbeat_at__lt=timezone.now() - HEARTBEAT_LIMIT)
    Job.objects.filter(silent, attempts__gte=MAX_ATTEMPTS).update(
        state=JobState.FAILED,
        error=_("The worker stopped answering. Try again."),
        finished_at=timezone.now(),
    )
    Job.objects.filter(silent).update(state=JobState.QUEUED)
    return list(Job.objects.filter(state=JobState.QUEUED).values_list("pk", flat=True))


def retry_job(*, job: Job) -> Job:
    """Offer a failed job again."""
    Job.objects.filter(pk=job.pk, state=JobState.FAILED).update(
        state=JobState.QUEUED, attempts=0, error="", finished_at=None
    )
    job.refresh_from_db()
    return job


def _claim(job_id: int) -> Job | None:
    now = timezone.now()
    claimed = Job.objects.filter(pk=job_id, state=JobState.QUEUED).update(
        state=JobState.RUNNING, attempts=F("attempts") + 1, started_at=now, heartbeat_at=now
    )
    return Job.objects.get(pk=job_id) if claimed else None


def _finish(
    job: Job, state: JobState, *, result: dict[str, Any] | None = None, error: str = ""
) -> None:
    """Only the attempt that holds the job may end it: a revived worker overwrites nothing."""
    Job.objects.filter(pk=job.pk, state=JobState.RUNNING, attempts=job.attempts).update(
        state=state, result=result, error=error, finished_at=timezone.now()
    )
