"""Items to try a rubric on."""

from collections.abc import Sequence

from django.db.models import QuerySet

from accounts.models import Project
from annotation.models import Item
from rubrics.choices import Kind
from rubrics.models import Criterion


def preview_item(project: Project, criteria: Sequence[Criterion]) -> Item | None:
    """The first item that the criteria can be asked about, else the first one, else none."""
    return _fitting(project, criteria).first() or _items(project).first()


def neighbours(item: Item, criteria: Sequence[Criterion]) -> tuple[str | None, str | None]:
    """Public ids of the fitting items before and after."""
    fitting = _fitting(item.project, criteria).values_list("public_id", flat=True)
    before = fitting.filter(pk__lt=item.pk).order_by("-pk").first()
    return before, fitting.filter(pk__gt=item.pk).first()


def _items(project: Project) -> QuerySet[Item]:
    return Item.objects.filter(project=project, archived_at=None).order_by("pk")


def _fitting(project: Project, criteria: Sequence[Criterion]) -> QuerySet[Item]:
    kinds = {criterion.kind for criterion in criteria}
    if Kind.PAIRWISE in kinds:
        return _items(project).filter(n_responses=2)
    if Kind.RANKING in kinds:
        return _items(project).filter(n_responses__gte=2)
    return _items(project)
