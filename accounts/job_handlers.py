"""Which function does which kind of job. Apps register theirs in tasks.py."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from accounts.choices import JobState
from accounts.models import Job


class JobTakenAway(Exception):
    """The job's heartbeat lapsed and someone else has it; the late worker must stop."""


class Progress:
    """Reports how far a job is; every report is a heartbeat."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def set(self, done: int, total: int | None = None) -> None:
        """`done` of `total` units of work. Raises JobTakenAway for a worker that was given up."""
        changed = Job.objects.filter(
            pk=self._job.pk, state=JobState.RUNNING, attempts=self._job.attempts
        ).update(progress=done, total=total, heartbeat_at=timezone.now())
        if not changed:
            raise JobTakenAway(self._job.public_id)


JobHandler = Callable[[Job, Progress], dict[str, Any]]
_handlers: dict[str, JobHandler] = {}


def job_handler(kind: str) -> Callable[[JobHandler], JobHandler]:
    """Register the function that does jobs of `kind`. It must be safe to run twice."""

    def register(handler: JobHandler) -> JobHandler:
        _handlers[kind] = handler
        return handler

    return register


def handler_of(kind: str) -> JobHandler:
    return _handlers[kind]


def kinds() -> frozenset[str]:
    return frozenset(_handlers)
