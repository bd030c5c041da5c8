"""The figures a page shows now, without making anybody wait for them."""

import json
import time
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from accounts.choices import JobState
from accounts.models import Job, User
from accounts.services.jobs import create_job
from annotation.models import Round
from reliability.selectors.fingerprint import ratings_state
from reliability.services.figures import ReportFigures, figures_from
from reliability.services.report import (
    compute_report,
    figures_of,
    inputs_hash,
    last_report,
    report_of_state,
)

COMPUTE_REPORT = "compute_report"
# Judgments whose figures take a moment; with more, a job computes them.
AT_ONCE = 3_000
KEPT_SECONDS = 24 * 3600
PATIENCE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class CurrentReport:
    """`figures` is None until a job has computed them; `is_stale`: judgments came since.

    is_fresh: computed just now, for whoever asked.
    """

    figures: ReportFigures | None
    computed_at: datetime | None = None
    is_stale: bool = False
    job: Job | None = None
    is_fresh: bool = False


def current_report(round_: Round, *, at_once: int = AT_ONCE) -> CurrentReport:
    """Stored figures, else those of a small round at once, else the last ones. Writes nothing.

    at_once: the judgments a round may have for its figures to be computed while somebody waits.
    """
    identity = inputs_hash(round_)
    stored = report_of_state(round_, identity)
    if stored is not None:
        return CurrentReport(figures_of(stored), stored.created_at)
    kept = _kept(round_, identity)
    if kept is not None:
        return kept
    if ratings_state(round_).n_judgments <= at_once:
        return _computed_once(round_, identity)
    last = last_report(round_)
    job = waiting_job(round_)
    if last is None:
        return CurrentReport(None, job=job)
    return CurrentReport(figures_of(last), last.created_at, is_stale=True, job=job)


def _kept(round_: Round, identity: str) -> CurrentReport | None:
    """Kept in memory only: reading a page stores nothing (T17)."""
    found = cache.get(f"report:{round_.pk}")
    if found is None or found[0] != identity:
        return None
    _identity, computed_at, figures = found
    return CurrentReport(figures_from(json.loads(figures)), datetime.fromisoformat(computed_at))


def _computed_once(round_: Round, identity: str) -> CurrentReport:
    """Who comes while somebody else computes the same figures waits for those."""
    claim = f"report:{identity}:computing"
    if not cache.add(claim, True, PATIENCE_SECONDS):
        found = _awaited(round_, identity)
        if found is not None:
            return found
    try:
        figures, now = compute_report(round_), timezone.now()
        kept = (identity, now.isoformat(), json.dumps(figures.to_json()))
        # One a round: those of the states before would only fill the memory.
        cache.set(f"report:{round_.pk}", kept, KEPT_SECONDS)
    finally:
        cache.delete(claim)
    return CurrentReport(figures, now, is_fresh=True)


def _awaited(round_: Round, identity: str) -> CurrentReport | None:
    """None when nobody finished in time: then the figures are computed once more."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        time.sleep(0.05)
        found = _kept(round_, identity)
        if found is not None:
            return found
        if cache.get(f"report:{identity}:computing") is None:
            return None
    return None


def waiting_job(round_: Round) -> Job | None:
    """A job that computes this round's report and is not done."""
    return Job.objects.filter(
        kind=COMPUTE_REPORT,
        project=round_.project_id,
        payload__round=round_.pk,
        state__in=[JobState.QUEUED, JobState.RUNNING],
    ).first()


@transaction.atomic
def request_report(*, round_: Round, requested_by: User | None) -> Job:
    """A job that computes the report: the one that waits already, or a new one.

    Two people who ask at once get one job. The lock lets judgments of the round go on.
    """
    Round.objects.select_for_update(no_key=True).get(pk=round_.pk)
    waiting = waiting_job(round_)
    if waiting is not None:
        return waiting
    return create_job(
        kind=COMPUTE_REPORT,
        payload={"round": round_.pk},
        project=round_.project,
        requested_by=requested_by,
    )
