"""Jobs of this app. Each is safe to run twice: the second run finds the work done."""

from typing import Any

from accounts.job_handlers import Progress, job_handler
from accounts.models import Job
from annotation.models import Round
from reliability.services.cases import QUEUE_CASES, queue_cases
from reliability.services.current_report import COMPUTE_REPORT
from reliability.services.finalise import FINALISE_REPORT, finalise_report
from reliability.services.report import save_report


@job_handler(COMPUTE_REPORT)
def run_compute_report(job: Job, progress: Progress) -> dict[str, Any]:
    report = save_report(round_=_round(job))
    return {"report": report.public_id}


@job_handler(FINALISE_REPORT)
def run_finalise_report(job: Job, progress: Progress) -> dict[str, Any]:
    """Delivered twice, it finds the report that it made."""
    round_ = _round(job)
    total = round_.judgments.count()
    progress.set(0, total)
    report = finalise_report(
        round_=round_,
        actor=job.requested_by,
        reason=job.payload["reason"],
        seen=job.payload["seen"],
        progress=lambda n: progress.set(min(n, total), total),
    )
    return {"report": report.public_id, "number": report.number}


@job_handler(QUEUE_CASES)
def run_queue_cases(job: Job, progress: Progress) -> dict[str, Any]:
    queued = queue_cases(
        round_=_round(job), rule=job.payload.get("rule", ""), requested_by=job.requested_by
    )
    return {"created": queued.n_created, "withdrawn": queued.n_withdrawn}


def _round(job: Job) -> Round:
    rounds = Round.objects.select_related("project", "rubric_version__rubric")
    return rounds.get(pk=job.payload["round"])
