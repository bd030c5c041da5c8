"""What the labeling page's templates are given."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from annotation.choices import AssignmentState
from annotation.models import Assignment, Judgment, Rater, Round
from annotation.presentation import PresentedItem, present_shown
from annotation.rendering import PresentedText
from annotation.selectors.judgments import may_change
from annotation.selectors.labeling import (
    SoFar,
    latest_own_judgment,
    neighbours,
    own_progress,
)
from annotation.selectors.pace import pace_of
from annotation.selectors.rubric_news import earlier_version, has_seen
from annotation.selectors.work import NothingLeft, Reason, shown_item


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a judgment is stored."""

    receipt: str
    saved_at: datetime


def item_of(assignment: Assignment) -> PresentedItem:
    files_at = assignment_url(assignment.round, assignment.public_id) + "attachments/"
    return present_shown(shown_item(assignment), files_at=files_at)


def judge_url(round_: Round) -> str:
    kwargs = {"project": round_.project.slug, "round": round_.public_id}
    return reverse("annotation:judge", kwargs=kwargs)


def assignment_url(round_: Round, public_id: str, name: str = "assignment") -> str:
    kwargs = {"project": round_.project.slug, "assignment": public_id}
    return reverse(f"annotation:{name}", kwargs=kwargs)


def page_context(user: User, shown: Assignment, so_far: SoFar, *, raw: bool) -> dict[str, Any]:
    """Everything on the page but the item, the form and what the lead said."""
    round_, version = shown.round, shown.round.rubric_version
    mode, closed_reason = _mode(round_, so_far.judgment)
    own_url = assignment_url(round_, shown.public_id)
    draft_at = so_far.draft_at if mode != "closed" else None
    return {
        "round": round_,
        "assignment": shown,
        "version": version,
        "guidelines": PresentedText(version.guidelines),
        "instructions": PresentedText(round_.instructions),
        "mode": mode,
        "closed_reason": closed_reason,
        "notice": _notice(shown),
        "submit_url": own_url,
        "draft_url": assignment_url(round_, shown.public_id, "draft"),
        "draft_at": draft_at.isoformat() if draft_at else "",
        "raw": raw,
        "raw_url": own_url if raw else own_url + "?raw=1",
        "now": timezone.now(),
        "pace": pace_of(user),
        **_rubric_news(user, shown),
        **round_urls(round_),
        **progress_context(shown),
        **_ways(shown, so_far.judgment),
    }


def _rubric_news(user: User, shown: Assignment) -> dict[str, Any]:
    """Whether the rubric changed since the rater judged by it, and where precedents are."""
    version = shown.round.rubric_version
    earlier = earlier_version(shown.rater, version)
    kwargs = {"project": shown.round.project.slug, "round": shown.round.public_id}
    return {
        "earlier": earlier,
        "has_news": earlier is not None and not has_seen(user, version),
        "precedents_url": reverse("reliability:precedents", kwargs=kwargs),
    }


def progress_context(shown: Assignment) -> dict[str, Any]:
    """For _progress.html, also where only that is answered."""
    progress = own_progress(shown.round, shown.rater)
    return {"n_done": progress.n_done, "n_total": progress.n_total, "quota": progress.quota}


def round_urls(round_: Round) -> dict[str, str]:
    kwargs = {"project": round_.project.slug, "round": round_.public_id}
    return {
        "judge_url": judge_url(round_),
        "ahead_url": reverse("annotation:ahead", kwargs=kwargs),
        "give_back_url": reverse("annotation:give_back", kwargs=kwargs),
    }


def _ways(shown: Assignment, judgment: Judgment | None) -> dict[str, str | None]:
    """Where undo and the arrows lead: from the item in hand back through the own judgments."""
    round_ = shown.round
    if judgment is None:
        before, after = latest_own_judgment(round_, shown.rater), None
    else:
        before, after = neighbours(judgment)
    return {
        "previous_url": _undo_url(round_, before) if judgment is None else None,
        "before_url": _judgment_url(round_, before),
        "after_url": _judgment_url(round_, after),
    }


def _judgment_url(round_: Round, judgment: Judgment | None) -> str | None:
    return assignment_url(round_, judgment.assignment.public_id) if judgment else None


def start_context(round_: Round, rater: Rater | None) -> dict[str, Any]:
    latest = latest_own_judgment(round_, rater) if rater else None
    return {
        "round": round_,
        "version": round_.rubric_version,
        "previous_url": _undo_url(round_, latest),
        **round_urls(round_),
    }


def _undo_url(round_: Round, latest: Judgment | None) -> str | None:
    """The judgment made last, while it may still change."""
    return _judgment_url(round_, latest) if latest and may_change(latest) else None


def _mode(round_: Round, judgment: Judgment | None) -> tuple[str, str]:
    """("judge" | "edit" | "closed", why it is closed)."""
    if judgment is None:
        return "judge", ""
    if may_change(judgment):
        return "edit", ""
    if judgment.locked_at is not None:
        return "closed", _("This judgment is final and can't be changed any more.")
    return "closed", _("The round is closed, so its judgments can't be changed any more.")


def _notice(shown: Assignment) -> str:
    if shown.state == AssignmentState.EXPIRED:
        return _("The time reserved for this item had run out. What you submit is still kept.")
    if shown.state in (AssignmentState.RELEASED, AssignmentState.REVOKED):
        return _("This item was given back. What you submit is still kept.")
    return ""


def explained(left: NothingLeft) -> tuple[str, str]:
    """(headline, explanation) of why there is no item, true and without others' figures."""
    texts = {
        Reason.DONE: (
            _("You have judged everything here"),
            _("No further item of this round can come to you. Thank you."),
        ),
        Reason.WAIT: (
            _("Nothing for you at this moment"),
            _("All remaining items are with other people. One may come back; look again later."),
        ),
        Reason.ENOUGH_IN_HAND: (
            _("Finish what you have open first"),
            _("You hold items in other tabs. Judge them or give them back."),
        ),
        Reason.RATER_PAUSED: (
            _("Your work in this round is paused"),
            left.note or _("Ask the lead why, and when you can go on."),
        ),
        Reason.NOT_IN_ROUND: (
            _("This round is not yours"),
            _("The lead has not asked you to judge in it."),
        ),
        Reason.ROUND_CLOSED: (_("The round is closed"), _("Nothing more is needed here.")),
        Reason.ROUND_NOT_OPEN: (
            _("The round is not open now"),
            _("It may open later; look again then."),
        ),
    }
    return texts[left.reason]
