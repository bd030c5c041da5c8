"""Between rows and forms."""

from rubrics.form import AnchorForm, CriterionForm, RubricForm, Value
from rubrics.models import Anchor, Criterion, RubricVersion
from rubrics.scalars import tidy


def form_of_rows(version: RubricVersion) -> RubricForm:
    """Three queries unless `criteria__anchors` and `rubric` were fetched with the version."""
    criteria = version.criteria.all()
    if "criteria" not in getattr(version, "_prefetched_objects_cache", {}):
        criteria = criteria.order_by("position").prefetch_related("anchors")
    return RubricForm(
        key=version.rubric.key,
        title=version.title,
        guidelines=version.guidelines,
        criteria=tuple(criterion_of_row(criterion) for criterion in criteria),
    )


def criterion_of_row(row: Criterion) -> CriterionForm:
    show_if: dict[str, tuple[Value, ...]] = {
        other: tuple(values) for other, values in row.show_if.items()
    }
    return CriterionForm(
        key=row.key,
        question=row.question,
        help=row.help,
        kind=row.kind,
        level=row.level,
        is_required=row.is_required,
        weight=tidy(row.weight),
        tier=row.tier,
        show_if=show_if,
        options=dict(row.options),
        anchors=tuple(anchor_of_row(anchor) for anchor in row.anchors.all()),
    )


def anchor_of_row(row: Anchor) -> AnchorForm:
    return AnchorForm(
        value=row.value if row.number is None else tidy(row.number),
        label=row.label,
        description=row.description,
        examples=tuple(row.examples),
    )


def write_rows(version: RubricVersion, form: RubricForm) -> None:
    """Replace the criteria of a draft by those of `form`. The caller holds the transaction."""
    version.criteria.all().delete()
    for position, criterion in enumerate(form.criteria):
        row = Criterion.objects.create(
            version=version,
            key=criterion.key,
            position=position,
            question=criterion.question,
            help=criterion.help,
            kind=criterion.kind,
            level=criterion.level,
            is_required=criterion.is_required,
            weight=criterion.weight,
            tier=criterion.tier,
            show_if={other: list(values) for other, values in criterion.show_if.items()},
            options=dict(criterion.options),
        )
        Anchor.objects.bulk_create(
            Anchor(
                criterion=row,
                position=place,
                value=anchor.text,
                number=anchor.number,
                label=anchor.label,
                description=anchor.description,
                examples=list(anchor.examples),
            )
            for place, anchor in enumerate(criterion.anchors)
        )
