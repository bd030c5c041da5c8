"""Whether a rubric changed since a rater last judged by it."""

from typing import Any, Final

from accounts.models import User
from annotation.choices import AssignmentState
from annotation.models import Assignment, Rater
from annotation.rubric_changes import ReadableChange, readable_changes
from rubrics.models import RubricVersion
from rubrics.selectors import form_of

# {rubric's public id: number of the version up to which the person has seen what changed}
PREFERENCE: Final = "rubrics_seen"


def earlier_version(rater: Rater | None, version: RubricVersion) -> RubricVersion | None:
    """The latest version before `version` by which the rater judged. No query for first ones."""
    if rater is None or version.number < 2:
        return None
    earlier = RubricVersion.objects.filter(rubric=version.rubric_id, number__lt=version.number)
    for candidate in earlier.order_by("-number"):
        judged = Assignment.objects.filter(
            rater=rater, round__rubric_version=candidate, state=AssignmentState.SUBMITTED
        )
        if judged.exists():
            return candidate
    return None


def has_seen(user: User, version: RubricVersion) -> bool:
    """Whether the person has put away the notice of what changed up to this version."""
    seen: Any = user.preferences.get(PREFERENCE)
    number = seen.get(version.rubric.public_id, 0) if isinstance(seen, dict) else 0
    return isinstance(number, int) and number >= version.number


def changes_since(earlier: RubricVersion, version: RubricVersion) -> list[ReadableChange]:
    return readable_changes(form_of(earlier), form_of(version))
