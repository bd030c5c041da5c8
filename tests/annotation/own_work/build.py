"""Work of a day, submitted through the service, at times that the test chooses."""

from datetime import datetime, timedelta
from typing import Any

from annotation.models import Judgment, Rater, Round
from annotation.services.assignment import next_assignment
from annotation.services.judgments import submit_judgment

BODY = {"ratings": {"quality": 4}, "rationale": "", "confidence": None}


def judge(
    round_: Round,
    rater: Rater,
    at: datetime,
    *,
    took: float = 60,
    claims: float | None = None,
    **body: Any,
) -> Judgment:
    """The next item, handed out `took` seconds before `at` and submitted then."""
    held = next_assignment(round_=round_, rater=rater, now=at - timedelta(seconds=took))
    assert held is not None
    assert rater.user is not None
    sent = BODY | {"seconds_spent": took if claims is None else claims} | body
    return submit_judgment(assignment=held, body=sent, author=rater.user, now=at).judgment


def change(judgment: Judgment, at: datetime, *, claims: float, quality: int) -> Judgment:
    judgment.refresh_from_db()
    user = judgment.rater.user
    assert user is not None
    sent = BODY | {"ratings": {"quality": quality}, "seconds_spent": claims}
    return submit_judgment(
        assignment=judgment.assignment,
        body=sent,
        author=user,
        base_revision=judgment.revision,
        now=at,
    ).judgment
