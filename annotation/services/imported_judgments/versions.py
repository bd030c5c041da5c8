"""Which rubric version a name means."""

from django.utils.translation import gettext as _

from accounts.models import Project
from annotation.services.imported_judgments.report import JudgmentsRefused
from rubrics.choices import VersionState
from rubrics.models import Rubric, RubricVersion


def version_named(project: Project, text: str) -> RubricVersion:
    """KEY: the newest published version. KEY@NUMBER: that one, published or retired.

    Raises
    ------
    JudgmentsRefused
        There is none, or only a draft: judgments need a version that never changes.
    """
    key, _at, number = text.partition("@")
    rubric = Rubric.objects.filter(project=project, key=key).first()
    if rubric is None:
        known = ", ".join(project.rubrics.order_by("key").values_list("key", flat=True)[:20])
        raise JudgmentsRefused(
            _("There is no rubric “%(key)s” in this project. It has: %(known)s.")
            % {"key": key, "known": known or _("none")}
        )
    versions = rubric.versions.select_related("rubric").exclude(state=VersionState.DRAFT)
    if number:
        found = versions.filter(number=int(number)).first() if number.isdecimal() else None
    else:
        found = versions.filter(state=VersionState.PUBLISHED).order_by("-number").first()
    if found is None:
        raise JudgmentsRefused(_not_published(rubric, text, number))
    return found


def _not_published(rubric: Rubric, text: str, number: str) -> str:
    numbers = rubric.versions.exclude(state=VersionState.DRAFT).order_by("number")
    published = ", ".join(str(each) for each in numbers.values_list("number", flat=True))
    if number and published:
        return _(
            "“%(text)s” is not a published version. Published versions of “%(key)s”: %(published)s."
        ) % {"text": text, "key": rubric.key, "published": published}
    return _(
        "“%(key)s” has only a draft. Publish a version first: judgments belong to a version that "
        "never changes."
    ) % {"key": rubric.key}
