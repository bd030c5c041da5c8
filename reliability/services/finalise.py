"""Finalising a round's report: all of it is made first, then stored once if nothing moved."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.canonical import canonical_json
from accounts.choices import JobState
from accounts.models import Job, User
from accounts.public_ids import new_public_id
from accounts.services.audit import record
from accounts.services.jobs import create_job
from annotation.choices import RoundState
from annotation.models import Round
from reliability.errors import ReportOutdated, ReportRefused
from reliability.models import FinalReport
from reliability.models.report import text_hash
from reliability.report_files.ratings import RatingsFile, WrittenRatings
from reliability.selectors.final_ratings import counted_ratings
from reliability.selectors.final_reports import final_reports_of, state_hash
from reliability.selectors.fingerprint import RatingsState, ratings_state
from reliability.selectors.ratings import item_groups
from reliability.selectors.scales import scales_of
from reliability.services.final_content import Evidence, report_content
from reliability.services.report import compute_report

FINALISE_REPORT = "finalise_report"
# Judgments that are finalised within a request; with more, a job does it.
AT_ONCE = 1_000
FOLDER = "reports"

Progress = Callable[[int], None]


def finalise_report(
    *,
    round_: Round,
    actor: User | None,
    reason: str = "",
    seen: str = "",
    progress: Progress | None = None,
) -> FinalReport:
    """Freeze the round's report as its ratings are now; the same content again is the same report.

    reason: why an open round is finalised. seen: the `state_hash` that was looked at.
    Raises ReportRefused, and ReportOutdated when ratings changed since, or while this works.
    """
    state = ratings_state(round_)
    check_finalisable(round_, state, reason=reason, seen=seen)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ratings.csv"
        # Computed anew: a kept figure may have been mixed from two states of the ratings.
        figures = compute_report(round_)
        written = _write_ratings(path, round_, progress)
        evidence = Evidence(figures, written, path, reason if _is_open(round_) else "")
        content = canonical_json(report_content(round_, evidence))
        return _store(round_, actor=actor, state=state, content=content, evidence=evidence)


def check_finalisable(
    round_: Round, state: RatingsState, *, reason: str = "", seen: str = ""
) -> None:
    """Raises what `finalise_report` would, without doing its work."""
    if not state.n_judgments:
        message = _("Nobody has judged in this round yet, so there is nothing to finalise.")
        raise ReportRefused(message)
    if seen and seen != state_hash(state):
        raise ReportOutdated(_changed(state))
    if _is_open(round_) and not reason.strip():
        message = _("This round is not closed. Close it first, or say why it is finalised open.")
        raise ReportRefused(message, fields={"reason": [message]})


def _is_open(round_: Round) -> bool:
    return round_.state != RoundState.CLOSED


def _changed(state: RatingsState) -> str:
    n = state.n_judgments
    return ngettext(
        "The ratings changed since you looked: the round holds %(n)d judgment now, the last of "
        "%(at)s. Look at the figures again, then finalise.",
        "The ratings changed since you looked: the round holds %(n)d judgments now, the last of "
        "%(at)s. Look at the figures again, then finalise.",
        n,
    ) % {"n": n, "at": state.last_submitted_at[:19].replace("T", " ")}


def _write_ratings(path: Path, round_: Round, progress: Progress | None) -> WrittenRatings:
    with path.open("wb") as file:
        scales = scales_of(round_)
        ratings = RatingsFile(
            file,
            in_groups=bool(item_groups(round_)),
            has_parts=any(scale.per for scale in scales),
            progress=progress,
        )
        for scale in scales:
            ratings.add(scale.key, scale.level.value, counted_ratings(round_, scale))
    return ratings.written()


def _store(
    round_: Round, *, actor: User | None, state: RatingsState, content: str, evidence: Evidence
) -> FinalReport:
    """One row, one file, one entry of the audit trail, if the round is still as it was.

    Judgments only ever add up, so the same state before and after means the same in between.
    """
    public_id = new_public_id()
    stored = ""
    try:
        with transaction.atomic():
            _require_unmoved(round_, state)
            made = FinalReport.objects.filter(round=round_, content_hash=text_hash(content))
            same = made.first()
            if same is not None:
                return same
            with evidence.ratings_path.open("rb") as file:
                stored = default_storage.save(f"{FOLDER}/{public_id}/ratings.csv", File(file))
            last = final_reports_of(round_).first()
            report = FinalReport.objects.create(
                public_id=public_id,
                round=round_,
                number=last.number + 1 if last else 1,
                state_hash=state_hash(state),
                content=content,
                content_hash=text_hash(content),
                ratings_file=stored,
                ratings_hash=evidence.ratings.sha256,
                n_ratings=evidence.ratings.n_rows,
                finalised_by=actor.public_id if actor else "",
            )
            _record(report, actor, evidence)
            return report
    except BaseException:
        if stored:
            with suppress(OSError):
                default_storage.delete(stored)
        raise


def _require_unmoved(round_: Round, state: RatingsState) -> None:
    """Under the round's lock, which also gives reports made at once different numbers."""
    locked = Round.objects.select_for_update(no_key=True).get(pk=round_.pk)
    now = ratings_state(locked)
    if now != state:
        raise ReportOutdated(_changed(now))
    if (locked.state, locked.closed_at) != (round_.state, round_.closed_at):
        raise ReportOutdated(_("The round was opened or closed meanwhile. Look at it again."))


def _record(report: FinalReport, actor: User | None, evidence: Evidence) -> None:
    record(
        actor=actor,
        action="report.finalised",
        target=report,
        project=report.round.project,
        data={
            "round": report.round.public_id,
            "number": report.number,
            "content_hash": report.content_hash,
            "ratings": report.n_ratings,
            "ratings_hash": report.ratings_hash,
            "judgments": evidence.figures.n_judgments,
        },
    )


def is_small(round_: Round) -> bool:
    """Whether a request may finalise it itself."""
    return ratings_state(round_).n_judgments <= AT_ONCE


def finalising_job(round_: Round) -> Job | None:
    """The newest job that finalises this round, unless it is done."""
    job = (
        Job.objects.filter(
            kind=FINALISE_REPORT, project=round_.project_id, payload__round=round_.pk
        )
        .order_by("-pk")
        .first()
    )
    return None if job is None or job.state == JobState.DONE else job


@transaction.atomic
def request_final_report(
    *, round_: Round, requested_by: User | None, reason: str = "", seen: str = ""
) -> Job:
    """A job that finalises the report; one that waits or runs already is not doubled."""
    check_finalisable(round_, ratings_state(round_), reason=reason, seen=seen)
    Round.objects.select_for_update(no_key=True).get(pk=round_.pk)
    waiting = finalising_job(round_)
    if waiting is not None and waiting.state in (JobState.QUEUED, JobState.RUNNING):
        return waiting
    return create_job(
        kind=FINALISE_REPORT,
        payload={"round": round_.pk, "reason": reason, "seen": seen},
        project=round_.project,
        requested_by=requested_by,
    )
