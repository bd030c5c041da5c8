"""What became of the jobs that compute a round's report."""

from accounts.choices import JobState
from accounts.models import Job
from annotation.models import Round
from reliability.services.current_report import COMPUTE_REPORT


def failed_job(round_: Round) -> Job | None:
    """The last job for this round's report, if it failed: nothing comes by waiting then."""
    jobs = Job.objects.filter(
        kind=COMPUTE_REPORT, project=round_.project_id, payload__round=round_.pk
    )
    last = jobs.order_by("-pk").first()
    return last if last is not None and last.state == JobState.FAILED else None
