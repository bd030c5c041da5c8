"""Queueing cases in the background."""

from django.utils.translation import gettext as _

from accounts.choices import JobState
from accounts.models import Job, User
from accounts.services.jobs import create_job
from annotation.models import Round
from reliability.choices import DisagreementRule
from reliability.errors import DecisionRefused
from reliability.services.cases import DEFAULT_RULE, QUEUE_CASES


def queueing_job(round_: Round) -> Job | None:
    """A job that queues this round's cases and is not done."""
    return Job.objects.filter(
        kind=QUEUE_CASES,
        project=round_.project_id,
        payload__round=round_.pk,
        state__in=[JobState.QUEUED, JobState.RUNNING],
    ).first()


def request_cases(*, round_: Round, rule: str = "", requested_by: User | None = None) -> Job:
    """A job that queues the round's disagreements; one that waits with the same rule is kept."""
    rule = rule or DEFAULT_RULE
    if rule not in DisagreementRule.values:
        raise DecisionRefused(_("There is no such rule."), fields={"rule": [_("Choose a rule.")]})
    waiting = queueing_job(round_)
    if waiting is not None and waiting.payload.get("rule") == rule:
        return waiting
    return create_job(
        kind=QUEUE_CASES,
        payload={"round": round_.pk, "rule": str(rule)},
        project=round_.project,
        requested_by=requested_by,
    )
