"""Work that is done at once when it is small and as a job when it is not."""

from collections.abc import Mapping
from typing import Any

from accounts.models import Job, Project, User
from accounts.services.jobs import create_job
from exports.access import EXPORT_JOB, RELEASE_JOB
from exports.formats import Target
from exports.models import GoldRelease

# What a request may do itself: about a second on one core.
INLINE_RATINGS = 30_000
INLINE_LABELS: Mapping[Target, int] = {Target.XLSX: 500}
INLINE_LABELS_OTHERWISE = 5_000


def is_small(release: GoldRelease, target: Target) -> bool:
    return release.n_labels <= INLINE_LABELS.get(target, INLINE_LABELS_OTHERWISE)


def request_export(*, release: GoldRelease, target: Target, requested_by: User) -> Job:
    """A job that builds the file; the caller sends it."""
    return create_job(
        kind=EXPORT_JOB,
        payload={"release": release.public_id, "format": target.value},
        project=release.project,
        requested_by=requested_by,
    )


def request_release(*, project: Project, requested_by: User, options: Mapping[str, Any]) -> Job:
    """A job that cuts the release; `options` as `release_gold` names them, rounds by id."""
    return create_job(kind=RELEASE_JOB, payload=options, project=project, requested_by=requested_by)
