"""Jobs of this app. Each is safe to run twice: the second run finds the work done."""

from typing import Any

from accounts.job_handlers import Progress, job_handler
from accounts.models import Job
from annotation.models import Round
from reliability.services.cases import QUEUE_CASES, queue_cases
from reliability.services.current_report import COMPUTE_REPORT
from reliability.services.report import save_report


@job_handler(COMPUTE_REPORT)
def run_compute_report(job: Job, progress: Progress) -> dict[str, Any]:
    report = save_report(round_=_round(job))
    return {"report": report.public_id}


@job_handler(QUEUE_CASES)
def run_queue_cases(job: Job, progress: Progress) -> dict[str, Any]:
    queued = queue_cases(
        round_=_round(job), rule=job.payload.get("rule", ""), requested_by=job.requested_by
    )
    return {"created": queued.n_created, "withdrawn": queued.n_withdrawn}


def _round(job: Job) -> Round:
    rounds = Round.objects.select_related("project", "rubric_version__rubric")
    return rounds.get(pk=job.payload["round"])
