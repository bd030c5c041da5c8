"""What the labeling page shows of what the lead said."""

from typing import Any

from annotation.choices import AssignmentState
from annotation.models import Assignment, Clarification
from annotation.rendering import PresentedText
from annotation.selectors.labeling import criteria_of
from annotation.selectors.talk import Talk, open_return


def talk_context(talk: Talk, shown: Assignment) -> dict[str, Any]:
    """For _notices.html, _said.html, _clarified.html; asks nothing where nothing was said."""
    return {
        "talk": talk,
        "returned": open_return(shown) if talk.returns else None,
        "clarifications": [_told(each) for each in talk.clarifications],
    }


def must_read(talk: Talk, shown: Assignment) -> bool:
    """Whether a clarification comes before this item. What is judged already can be looked at."""
    return bool(talk.unread) and shown.state != AssignmentState.SUBMITTED


def clarification_context(talk: Talk, shown: Assignment) -> dict[str, Any]:
    """For _clarification.html: the oldest one that is not read."""
    told, n_more = talk.unread[0], len(talk.unread) - 1
    criteria = criteria_of(shown.round.rubric_version) if told.criterion_key else []
    about = next((each.question for each in criteria if each.key == told.criterion_key), "")
    return {
        **_told(told),
        "about": about,
        "n_more": n_more,
        "round": shown.round,
        "assignment": shown,
    }


def _told(clarification: Clarification) -> dict[str, Any]:
    return {"told": clarification, "text": PresentedText(clarification.text)}
