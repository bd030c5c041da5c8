"""What a lead may choose from when opening a round."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Count, Q, QuerySet

from accounts.access import Person
from accounts.choices import Role
from accounts.models import Project, User
from annotation.choices import BatchState, RoundState
from annotation.models import Assignment, Batch, Item, Round, RoundRater

# Above this many different slices the form would be of no use; files name them all.
MOST_SLICES = 200
MOST_COMBINATIONS = 5_000


def batches_with_items(project: Project) -> QuerySet[Batch]:
    """Accepted batches, newest first, each with `n_items`."""
    return (
        Batch.objects.filter(project=project, state=BatchState.ACCEPTED)
        .annotate(n_items=Count("items", filter=Q(items__archived_at=None)))
        .filter(n_items__gt=0)
        .order_by("-pk")
    )


def slices_of(project: Project) -> dict[str, list[str]]:
    """{name: values} found on the project's items, values as text, both sorted."""
    combinations = (
        Item.objects.filter(project=project, archived_at=None)
        .exclude(slices={})
        .values_list("slices", flat=True)
        .distinct()[:MOST_COMBINATIONS]
    )
    found: dict[str, set[str]] = defaultdict(set)
    for combination in combinations:
        for name, value in combination.items():
            if isinstance(value, str):
                found[name].add(value)
    listed = {name: sorted(values) for name, values in sorted(found.items())}
    return {name: values for name, values in listed.items() if len(values) <= MOST_SLICES}


def annotators_of(project: Project) -> QuerySet[User]:
    """Active people who may judge in the project, by name."""
    people = User.objects.filter(
        memberships__project=project, memberships__role=Role.ANNOTATOR, is_active=True
    )
    return people.order_by("name", "email")


def raters_to_add(round_: Round) -> list[User]:
    """Annotators of the project who have no place in the round."""
    placed = RoundRater.objects.filter(round=round_, rater__user__isnull=False)
    return list(
        annotators_of(round_.project).exclude(pk__in=placed.values_list("rater__user", flat=True))
    )


def rounds_judged_by(user: Person, rounds: Iterable[Round]) -> set[int]:
    """Keys of the running rounds in which `user` judges: their figures stay hidden (T13)."""
    if not isinstance(user, User):
        return set()
    running = [round_.pk for round_ in rounds if round_.state != RoundState.CLOSED]
    held = Assignment.objects.filter(rater__user=user, round__in=running)
    return set(held.values_list("round", flat=True).distinct())
