"""Files of a release that were built as background work."""

from accounts.models import Job
from exports.models import GoldRelease

SHOWN = 10


def export_jobs_of(release: GoldRelease) -> list[Job]:
    """The newest first; finished ones still have their file unless it was cleaned away."""
    jobs = Job.objects.filter(
        project=release.project, kind="export_gold", payload__release=release.public_id
    )
    return list(jobs.order_by("-pk")[:SHOWN])
