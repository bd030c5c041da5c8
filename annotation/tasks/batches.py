"""Jobs that read received files."""

from collections.abc import Callable
from typing import Any

from accounts.job_handlers import Progress, job_handler
from accounts.models import Job
from annotation.models import Batch
from annotation.services.batches import IMPORT_BATCH, read_batch

TOTAL = 100


@job_handler(IMPORT_BATCH)
def import_batch(job: Job, progress: Progress) -> dict[str, Any]:
    """Read the batch that the job names; a second run finds it finished and reports the same."""
    batch = Batch.objects.get(pk=job.payload["batch"])
    report = read_batch(batch=batch, report_share=_each_percent(progress))
    found = report.as_json()
    del found["rejected"]  # kept with the batch, row by row
    return found


def _each_percent(progress: Progress) -> Callable[[float], None]:
    """Pass a share on only when it reaches another whole per cent."""
    last = -1

    def report(share: float) -> None:
        nonlocal last
        done = int(TOTAL * share)
        if done != last:
            progress.set(done, TOTAL)
            last = done

    return report
