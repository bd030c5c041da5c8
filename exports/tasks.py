"""Slow work of this app. Each handler is safe to run twice."""

from typing import Any

from django.urls import reverse

from accounts.job_handlers import Progress, job_handler
from accounts.models import Job
from annotation.models import Round
from exports.access import EXPORT_JOB, RELEASE_JOB
from exports.formats import Target
from exports.models import GoldRelease
from exports.services.export_files import export_to_store
from exports.services.gold import release_gold


@job_handler(RELEASE_JOB)
def run_release(job: Job, progress: Progress) -> dict[str, Any]:
    """Cuts the release that the job stands for; delivered twice, it finds its own release."""
    payload = job.payload
    if job.project is None:
        raise ValueError("a release job names its project")
    rounds = Round.objects.filter(
        project=job.project, public_id__in=payload["rounds"]
    ).select_related("rubric_version__rubric")
    release = release_gold(
        project=job.project,
        rounds=list(rounds),
        actor=job.requested_by,
        note=payload["note"],
        name=payload["name"],
        skip_open=payload["skip_open"],
        allow_open_round=payload["allow_open_round"],
        min_ratings=payload["min_ratings"],
        cut_key=job.public_id,
        heartbeat=progress.set,
    )
    url = reverse(
        "exports:release",
        kwargs={"project": job.project.slug, "release": release.public_id},
    )
    return {"release": release.public_id, "number": release.number, "url": url}


@job_handler(EXPORT_JOB)
def run_export(job: Job, progress: Progress) -> dict[str, Any]:
    release = GoldRelease.objects.select_related("project").get(
        project=job.project, public_id=job.payload["release"]
    )
    progress.set(0, release.n_labels)
    return export_to_store(
        release=release,
        target=Target(job.payload["format"]),
        key=job.public_id,
        heartbeat=progress.set,
    )
