"""Items to look at as raters will."""

from collections.abc import Sequence

from django.db.models import QuerySet

from accounts.models import Project
from annotation.models import Item, Round
from rubrics.choices import Kind, VersionState
from rubrics.models import Criterion, RubricVersion

OFFERED = 8  # rounds and rubrics that an item's page offers to try it in


def fitting_items(
    project: Project, criteria: Sequence[Criterion], round_: Round | None = None
) -> QuerySet[Item]:
    """Items that the criteria can be asked about, of the round if there is one."""
    kinds = {criterion.kind for criterion in criteria}
    items = Item.objects.filter(project=project, archived_at=None).order_by("pk")
    if round_ is not None:
        items = items.filter(pk__in=round_.slots.values("item"))
    if Kind.PAIRWISE in kinds:
        return items.filter(n_responses=2)
    if Kind.RANKING in kinds:
        return items.filter(n_responses__gte=2)
    return items


def preview_item(fitting: QuerySet[Item], project: Project, search: str = "") -> Item | None:
    """The item with the id that was looked for, else one whose id holds it; else the first."""
    if search:
        found = Item.objects.filter(project=project, archived_at=None)
        exact = found.filter(external_id=search).first()
        return exact or found.filter(external_id__icontains=search).order_by("pk").first()
    return fitting.first() or Item.objects.filter(project=project, archived_at=None).first()


def neighbours(item: Item, fitting: QuerySet[Item]) -> tuple[str | None, str | None]:
    """Public ids of the fitting items before and after."""
    ids = fitting.values_list("public_id", flat=True)
    before = ids.filter(pk__lt=item.pk).order_by("-pk").first()
    return before, ids.filter(pk__gt=item.pk).first()


def rounds_with(item: Item) -> list[Round]:
    """The newest rounds in which the item is judged."""
    held = Round.objects.filter(slots__item=item).distinct().order_by("-pk")
    return list(held[:OFFERED])


def rubrics_to_try(project: Project) -> list[RubricVersion]:
    """The newest versions of the project's rubrics."""
    versions = RubricVersion.objects.filter(rubric__project=project)
    versions = versions.exclude(state=VersionState.RETIRED)
    return list(versions.select_related("rubric").order_by("-pk")[:OFFERED])
