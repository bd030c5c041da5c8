"""Reads finalised reports and what may have changed since."""

from collections.abc import Iterable

from django.db.models import QuerySet

from accounts.canonical import content_hash
from accounts.models import User
from annotation.models import Round
from reliability.models import FinalReport
from reliability.selectors.fingerprint import RatingsState, ratings_state


def state_hash(state: RatingsState) -> str:
    """Names a state of a round's ratings, whatever software looks at it."""
    return content_hash(
        [state.n_judgments, state.last_judgment, state.revisions, state.last_submitted_at]
    )


def final_reports_of(round_: Round) -> QuerySet[FinalReport]:
    """The round's reports without their content, newest first."""
    return FinalReport.objects.filter(round=round_).defer("content").order_by("-number")


def has_changed_since(report: FinalReport) -> bool:
    """Whether judgments came, or were revised, after the report was finalised."""
    return report.state_hash != state_hash(ratings_state(report.round))


def newer_than(report: FinalReport) -> FinalReport | None:
    """The round's newest report, if it is not this one: it supersedes it."""
    last = final_reports_of(report.round).first()
    return last if last is not None and last.number > report.number else None


def names_of(public_ids: Iterable[str]) -> dict[str, str]:
    """Who finalised, by public id; erased people have no name any more."""
    people = User.objects.filter(public_id__in=set(public_ids))
    return {person.public_id: str(person) for person in people}
