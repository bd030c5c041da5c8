"""Reads of rubrics: lists for pages, and the content of a version as plain values."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Prefetch, QuerySet
from django.utils.translation import gettext as _

from accounts.errors import NotFound
from accounts.models import Project
from rubrics.choices import VersionState
from rubrics.form import CriterionForm, RubricForm
from rubrics.models import Rubric, RubricVersion
from rubrics.stored import form_of_rows

MAX_KEPT = 300
# Keyed by public id: a published version never changes, whatever database it is in.
_kept: dict[str, RubricForm] = {}


@dataclass(frozen=True)
class RubricRow:
    """One line of the list: the newest published version, and a draft if there is one."""

    rubric: Rubric
    published: RubricVersion | None
    draft: RubricVersion | None
    n_versions: int
    changed_at: datetime


def form_of(version: RubricVersion) -> RubricForm:
    """What the version says. No query once a published version was read."""
    kept = _kept.get(version.public_id)
    if kept is not None:
        return kept
    form = form_of_rows(version)
    if version.state != VersionState.DRAFT:
        if len(_kept) >= MAX_KEPT:
            _kept.clear()
        _kept[version.public_id] = form
    return form


def criteria_of(version: RubricVersion) -> tuple[CriterionForm, ...]:
    return form_of(version).criteria


def rubrics_of(project: Project) -> list[RubricRow]:
    """The project's rubrics by title: two queries, however many there are."""
    versions = RubricVersion.objects.order_by("-number").select_related("updated_by")
    rubrics = (
        Rubric.objects.filter(project=project, archived_at=None)
        .prefetch_related(Prefetch("versions", queryset=versions))
        .order_by("title", "key")
    )
    return [_row(rubric) for rubric in rubrics]


def _row(rubric: Rubric) -> RubricRow:
    versions = list(rubric.versions.all())
    by_state = {
        state: next((version for version in versions if version.state == state), None)
        for state in (VersionState.PUBLISHED, VersionState.DRAFT)
    }
    return RubricRow(
        rubric=rubric,
        published=by_state[VersionState.PUBLISHED],
        draft=by_state[VersionState.DRAFT],
        n_versions=len(versions),
        changed_at=max((v.updated_at for v in versions), default=rubric.created_at),
    )


def versions_of(rubric: Rubric) -> QuerySet[RubricVersion]:
    """Newest first, each with `n_criteria` and `n_rounds`."""
    return (
        rubric.versions.select_related("updated_by", "published_by")
        .annotate(
            n_criteria=Count("criteria", distinct=True),
            n_rounds=Count("rounds", distinct=True),
        )
        .order_by("-number")
    )


def published_versions(project: Project) -> QuerySet[RubricVersion]:
    """Versions that a round may use, newest of each rubric first."""
    return (
        RubricVersion.objects.filter(
            rubric__project=project, rubric__archived_at=None, state=VersionState.PUBLISHED
        )
        .select_related("rubric")
        .order_by("rubric__title", "rubric_id", "-number")
    )


def draft_of(rubric: Rubric) -> RubricVersion | None:
    return rubric.versions.filter(state=VersionState.DRAFT).first()


def previous_of(version: RubricVersion) -> RubricVersion | None:
    """The version before this one; None for the first."""
    earlier = RubricVersion.objects.select_related("rubric").filter(
        rubric=version.rubric_id, number__lt=version.number
    )
    return earlier.order_by("-number").first()


def version_named(project: Project, name: str) -> RubricVersion:
    """`KEY` (the newest published version, else the draft) or `KEY@NUMBER`. Raises NotFound."""
    key, _at, number = name.partition("@")
    versions = RubricVersion.objects.select_related("rubric__project").filter(
        rubric__project=project, rubric__key=key
    )
    if number:
        found = versions.filter(number=int(number)).first() if _is_count(number) else None
    else:
        published = versions.filter(state=VersionState.PUBLISHED)
        found = published.order_by("-number").first() or versions.order_by("-number").first()
    if found is None:
        raise NotFound(_missing(project, name, key))
    return found


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _missing(project: Project, name: str, key: str) -> str:
    numbers = RubricVersion.objects.filter(rubric__project=project, rubric__key=key)
    known = sorted(numbers.values_list("number", flat=True))
    if known:
        return _("Rubric %(key)s has no version %(name)s; it has %(known)s.") % {
            "key": key,
            "name": name.partition("@")[2],
            "known": ", ".join(map(str, known)),
        }
    keys = Rubric.objects.filter(project=project).order_by("key").values_list("key", flat=True)
    return _("The project has no rubric %(name)s. It has: %(known)s.") % {
        "name": name,
        "known": ", ".join(keys[:20]) or _("none"),
    }
