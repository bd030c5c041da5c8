"""The figures a page shows now, without making anybody wait for them."""

import json
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.utils import timezone

from accounts.choices import JobState
from accounts.models import Job, User
from accounts.services.jobs import create_job
from annotation.models import Round
from reliability.models import Report
from reliability.selectors.fingerprint import ratings_state
from reliability.services.figures import ReportFigures, figures_from
from reliability.services.report import compute_report, figures_of, inputs_hash, last_report

COMPUTE_REPORT = "compute_report"
# Judgments whose figures take a moment; with more, a job computes them.
AT_ONCE = 3_000
KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class CurrentReport:
    """`figures` is None until a job has computed them; `is_stale`: judgments came since.

    computed_at is None for figures that were computed just now and not stored.
    """

    figures: ReportFigures | None
    computed_at: datetime | None = None
    is_stale: bool = False
    job: Job | None = None


def current_report(round_: Round) -> CurrentReport:
    """Stored figures, else those of a small round at once, else the last ones. Writes nothing."""
    identity = inputs_hash(round_)
    stored = Report.objects.filter(round=round_, inputs_hash=identity).first()
    if stored is not None:
        return CurrentReport(figures_of(stored), stored.created_at)
    if ratings_state(round_).n_judgments <= AT_ONCE:
        return CurrentReport(_small(round_, identity), timezone.now())
    last = last_report(round_)
    job = waiting_job(round_)
    if last is None:
        return CurrentReport(None, job=job)
    return CurrentReport(figures_of(last), last.created_at, is_stale=True, job=job)


def _small(round_: Round, identity: str) -> ReportFigures:
    """Kept in memory by the same name as a stored report: reading a page stores nothing (T17)."""
    kept = cache.get(f"report:{identity}")
    if kept is not None:
        return figures_from(json.loads(kept))
    figures = compute_report(round_)
    cache.set(f"report:{identity}", json.dumps(figures.to_json()), KEPT_SECONDS)
    return figures


def waiting_job(round_: Round) -> Job | None:
    """A job that computes this round's report and is not done."""
    return Job.objects.filter(
        kind=COMPUTE_REPORT,
        project=round_.project_id,
        payload__round=round_.pk,
        state__in=[JobState.QUEUED, JobState.RUNNING],
    ).first()


def request_report(*, round_: Round, requested_by: User | None) -> Job:
    """A job that computes the report: the one that waits already, or a new one."""
    waiting = waiting_job(round_)
    if waiting is not None:
        return waiting
    return create_job(
        kind=COMPUTE_REPORT,
        payload={"round": round_.pk},
        project=round_.project,
        requested_by=requested_by,
    )
