"""The only way from a person and a public id to a release, an exported file, a judge or a run.

Unknown and forbidden raise the same NotFound. One condition a line.
"""

from collections.abc import Iterable

from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from accounts.access import Action, Person, job_for, require
from accounts.choices import JobState
from accounts.errors import NotFound
from accounts.models import Job, Project
from annotation.access import is_rating
from annotation.errors import BlindedForRater
from annotation.models import Round
from exports.models import GoldRelease, Judge, JudgeRun
from exports.selectors.gold import rounds_of

EXPORT_JOB = "export_gold"
RELEASE_JOB = "release_gold"


def release_for(
    user: Person, project: Project, public_id: str, action: Action = Action.VIEW_GOLD
) -> GoldRelease:
    """A release of `project`; closed to who still judges in one of its rounds (T13)."""
    require(user, action, project)
    found = (
        GoldRelease.objects.select_related("project", "created_by")
        .filter(project=project, public_id=public_id)
        .first()
    )
    if found is None:
        raise NotFound
    refuse_raters(user, rounds_of(found))
    return found


def refuse_raters(user: Person, rounds: Iterable[Round]) -> None:
    """Raises BlindedForRater when `user` holds work in one of `rounds` that still runs."""
    for round_ in rounds:
        if is_rating(user, round_):
            raise BlindedForRater(
                _("You judge in “%(round)s”, so its labels stay hidden until it is closed.")
                % {"round": round_.name}
            )


def rounds_for(user: Person, project: Project, public_ids: list[str]) -> list[Round]:
    """The rounds of `project` with these ids, all of them, for who may release from them."""
    require(user, Action.RELEASE_GOLD, project)
    found = list(
        Round.objects.filter(project=project, public_id__in=public_ids).select_related(
            "rubric_version__rubric"
        )
    )
    if len(found) != len(set(public_ids)):
        raise NotFound
    refuse_raters(user, found)
    return found


def export_file_for(user: Person, release: GoldRelease, public_id: str) -> Job:
    """A finished export of `release` whose file still exists. Asked each time (T40)."""
    require(user, Action.VIEW_GOLD, release.project)
    job = job_for(user, public_id)
    if job.kind != EXPORT_JOB or job.project_id != release.project_id:
        raise NotFound
    if job.payload.get("release") != release.public_id:
        raise NotFound
    if job.state != JobState.DONE or not job.result:
        raise NotFound
    if not default_storage.exists(job.result["stored"]):
        raise NotFound
    return job


def judge_for(
    user: Person, project: Project, public_id: str, action: Action = Action.VIEW_JUDGE
) -> Judge:
    require(user, action, project)
    found = Judge.objects.filter(project=project, public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def run_for(
    user: Person, judge: Judge, public_id: str, action: Action = Action.VIEW_JUDGE
) -> JudgeRun:
    require(user, action, judge.project)
    found = (
        JudgeRun.objects.select_related("judge__project", "created_by")
        .filter(judge=judge, public_id=public_id)
        .first()
    )
    if found is None:
        raise NotFound
    return found
