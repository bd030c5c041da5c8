"""Errors of batches, rounds and judgments."""

from collections.abc import Mapping
from typing import Any

from accounts.errors import ConcordError, Conflict, Invalid


class RoundRefused(Invalid):
    """The round can't be opened as asked; the detail shows the arithmetic."""

    code = "round_refused"


class RoundExists(Conflict):
    """A round of this name exists with other parameters; `fields` says which differ."""

    code = "round_exists"


class RoundNotOpen(Conflict):
    """Nobody can judge in this round now."""

    code = "round_not_open"


class BlindedForRater(ConcordError):
    """Who judges in a running round sees no aggregates of it (T13)."""

    status = 403
    code = "blinded"


class JudgmentLocked(Conflict):
    """Feedback was given or adjudication began: the judgment is final."""

    code = "judgment_locked"


class StaleRevision(Conflict):
    """The answer was based on another revision than the stored one (T48).

    `stored` is {revision, receipt, submitted_at, ratings, rationale, confidence}, sides as the
    rater saw them.
    """

    code = "stale_revision"

    def __init__(self, detail: str, *, stored: Mapping[str, Any]) -> None:
        super().__init__(detail)
        self.stored = dict(stored)
