"""Small builders of valid rows. Tests of a service use the service itself."""

from datetime import timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from accounts.choices import Role
from accounts.models import Membership, Project, User, Vendor
from annotation.choices import AssignmentPolicy, BatchState, RoundKind, RoundState
from annotation.models import Assignment, Batch, Item, Rater, Round, RoundRater, Slot
from rubrics.choices import Kind, Level, VersionState
from rubrics.models import Anchor, Criterion, Rubric, RubricVersion

_number = count(1)


def make_user(email: str = "", **fields: Any) -> User:
    n = next(_number)
    return User.objects.create_user(
        email or f"person{n}@example.org", "correct horse staple", **fields
    )


def make_project(slug: str = "", **fields: Any) -> Project:
    slug = slug or f"project-{next(_number)}"
    return Project.objects.create(slug=slug, name=fields.pop("name", slug), **fields)


def make_vendor(slug: str = "") -> Vendor:
    slug = slug or f"vendor-{next(_number)}"
    return Vendor.objects.create(slug=slug, name=slug)


def member(project: Project, role: Role, vendor: Vendor | None = None, **fields: Any) -> User:
    """A new person with one role in `project`."""
    user = make_user(**fields)
    if role == Role.VENDOR and vendor is None:
        vendor = make_vendor()
    Membership.objects.create(user=user, project=project, role=role, vendor=vendor)
    return user


def make_rater(project: Project, user: User | None = None, code: str = "") -> Rater:
    if user is None:
        user = member(project, Role.ANNOTATOR)
    return Rater.objects.create(project=project, user=user, code=code or f"R{next(_number):03d}")


ORDINAL = {
    "key": "quality",
    "kind": Kind.ORDINAL,
    "level": Level.ORDINAL,
    "anchors": [1, 2, 3, 4, 5],
}
CATEGORICAL = {
    "key": "verdict",
    "kind": Kind.CATEGORICAL,
    "level": Level.NOMINAL,
    "anchors": ["yes", "no", "unsure"],
}
PAIRWISE = {
    "key": "preference",
    "kind": Kind.PAIRWISE,
    "level": Level.NOMINAL,
    "anchors": ["response_1", "response_2", "tie"],
}


def make_rubric_version(
    project: Project,
    *criteria: dict[str, Any],
    key: str = "",
    state: VersionState = VersionState.PUBLISHED,
) -> RubricVersion:
    """A version with the given criteria (default: one ordinal); published unless told."""
    key = key or f"rubric-{next(_number)}"
    rubric, _ = Rubric.objects.get_or_create(project=project, key=key, defaults={"title": key})
    number = rubric.versions.count() + 1
    version = RubricVersion.objects.create(rubric=rubric, number=number, title=key)
    for position, form in enumerate(criteria or (ORDINAL,)):
        fields = {k: v for k, v in form.items() if k != "anchors"}
        criterion = Criterion.objects.create(
            version=version, position=position, **({"question": f"{form['key']}?"} | fields)
        )
        for place, value in enumerate(form.get("anchors", [])):
            number_of = float(value) if isinstance(value, int | float) else None
            Anchor.objects.create(
                criterion=criterion,
                position=place,
                value=str(value),
                number=number_of,
                label=f"Label {value}",
            )
    if state != VersionState.DRAFT:
        RubricVersion.objects.filter(pk=version.pk).update(
            state=state, published_at=timezone.now(), content_hash=f"{version.pk:064d}"
        )
        version.refresh_from_db()
    return version


def make_batch(project: Project, vendor: Vendor | None = None, **fields: Any) -> Batch:
    n = next(_number)
    defaults: dict[str, Any] = {
        "name": f"batch {n}",
        "original_name": f"batch{n}.jsonl",
        "sha256": f"{n:064x}",
        "state": BatchState.ACCEPTED,
    }
    return Batch.objects.create(project=project, vendor=vendor, **(defaults | fields))


def make_items(
    project: Project, n: int = 3, *, responses: int = 1, batch: Batch | None = None
) -> list[Item]:
    batch = batch or make_batch(project)
    items = []
    for _ in range(n):
        k = next(_number)
        items.append(
            Item(
                project=project,
                batch=batch,
                external_id=f"item-{k}",
                content={
                    "messages": [{"role": "user", "content": f"Question {k}?"}],
                    "responses": [{"text": f"Answer {k}.{i}"} for i in range(responses)],
                    "contexts": [],
                },
                sources=[{"model": f"model-{i}"} for i in range(responses)],
                n_responses=responses,
                content_hash=f"{k:064x}",
            )
        )
    return Item.objects.bulk_create(items)


def make_round(
    project: Project,
    *,
    version: RubricVersion | None = None,
    items: list[Item] | None = None,
    raters: list[Rater] | None = None,
    overlap: int = 1,
    **fields: Any,
) -> Round:
    """An open round with slots in item order, made without the engine."""
    defaults: dict[str, Any] = {
        "name": f"round {next(_number)}",
        "kind": RoundKind.PRODUCTION,
        "state": RoundState.OPEN,
        "policy": AssignmentPolicy.OVERLAP,
        "seed": 1,
        "opened_at": timezone.now(),
    }
    round_ = Round.objects.create(
        project=project,
        rubric_version=version or make_rubric_version(project),
        overlap=overlap,
        **(defaults | fields),
    )
    items = make_items(project) if items is None else items
    Slot.objects.bulk_create(
        Slot(round=round_, item=item, ordinal=k, position=i * overlap + k)
        for i, item in enumerate(items)
        for k in range(overlap)
    )
    for rater in raters or []:
        RoundRater.objects.create(round=round_, rater=rater)
    return round_


def make_assignment(round_: Round, rater: Rater, slot: Slot, **fields: Any) -> Assignment:
    now = timezone.now()
    defaults: dict[str, Any] = {"leased_at": now, "lease_expires_at": now + timedelta(minutes=10)}
    return Assignment.objects.create(
        slot=slot, round=round_, item=slot.item, rater=rater, **(defaults | fields)
    )
