"""Rounds and how far they are, for the people who run them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.fields.json import KeyTransform
from django.utils.translation import gettext as _

from accounts.access import Action, Person, projects_of
from accounts.errors import NotFound
from accounts.models import Project
from annotation.choices import AssignmentState, SlotState
from annotation.models import Assignment, Batch, Item, Judgment, Round, RoundRater, Slot


@dataclass(frozen=True, slots=True)
class RoundProgress:
    """Counts of one round. `n_slots` judgments are wanted; surplus ones are not among them."""

    n_items: int
    n_slots: int
    n_filled: int
    n_taken: int
    n_open: int
    n_judgments: int
    n_surplus: int

    @property
    def percent(self) -> int:
        """Whole per cent of the wanted judgments, 100 only when all are there."""
        return 100 * self.n_filled // self.n_slots if self.n_slots else 0


@dataclass(frozen=True, slots=True)
class RaterProgress:
    """One rater's place and counts in a round."""

    place: RoundRater
    n_submitted: int
    n_in_hand: int
    n_surplus: int


def rounds_of(project: Project) -> QuerySet[Round]:
    """The project's rounds, newest first."""
    return (
        Round.objects.filter(project=project)
        .select_related("rubric_version__rubric", "created_by")
        .order_by("-pk")
    )


def rounds_visible_to(user: Person, action: Action = Action.VIEW_ROUND) -> QuerySet[Round]:
    """Rounds of every project in which `user` may do `action`, newest first."""
    return (
        Round.objects.filter(project__in=projects_of(user, action))
        .select_related("project", "rubric_version__rubric")
        .order_by("-pk")
    )


def progress_of(rounds: Iterable[Round]) -> dict[int, RoundProgress]:
    """Progress by the round's primary key, in two queries however many rounds there are."""
    keys = [round_.pk for round_ in rounds]
    slots: dict[int, Any] = {
        row["round_id"]: row
        for row in Slot.objects.filter(round__in=keys)
        .exclude(state=SlotState.VOID)
        .values("round_id")
        .annotate(
            n_slots=Count("pk"),
            n_items=Count("pk", filter=Q(ordinal=0)),
            n_filled=Count("pk", filter=Q(state=SlotState.FILLED)),
            n_taken=Count("pk", filter=Q(state=SlotState.TAKEN)),
            n_open=Count("pk", filter=Q(state=SlotState.OPEN)),
        )
    }
    judged: dict[int, Any] = {
        row["round_id"]: row
        for row in Judgment.objects.filter(round__in=keys)
        .values("round_id")
        .annotate(
            n=Count("pk"),
            n_surplus=Count("pk", filter=Q(assignment__is_surplus=True)),
            n_items=Count("item", distinct=True),
        )
    }
    return {key: _progress(slots.get(key, {}), judged.get(key, {})) for key in keys}


def _progress(slots: Mapping[str, int], judged: Mapping[str, int]) -> RoundProgress:
    """An imported round has judgments without slots: it is complete as it came."""
    n_judgments = judged.get("n", 0)
    return RoundProgress(
        n_items=slots.get("n_items", judged.get("n_items", 0)),
        n_slots=slots.get("n_slots", n_judgments),
        n_filled=slots.get("n_filled", n_judgments),
        n_taken=slots.get("n_taken", 0),
        n_open=slots.get("n_open", 0),
        n_judgments=n_judgments,
        n_surplus=judged.get("n_surplus", 0),
    )


def raters_in(round_: Round) -> list[RaterProgress]:
    """Everybody with a place in the round, by code, with what they did."""
    rows = (
        Assignment.objects.filter(round=round_)
        .values("rater_id")
        .annotate(
            n_submitted=Count("pk", filter=Q(state=AssignmentState.SUBMITTED)),
            n_in_hand=Count("pk", filter=Q(state=AssignmentState.LEASED)),
            n_surplus=Count("pk", filter=Q(is_surplus=True)),
        )
    )
    counts: dict[int, Any] = {row["rater_id"]: row for row in rows}
    places = RoundRater.objects.filter(round=round_).select_related("rater__vendor", "rater__user")
    return [
        RaterProgress(
            place=place,
            n_submitted=counts.get(place.rater_id, {}).get("n_submitted", 0),
            n_in_hand=counts.get(place.rater_id, {}).get("n_in_hand", 0),
            n_surplus=counts.get(place.rater_id, {}).get("n_surplus", 0),
        )
        for place in places.order_by("rater__code")
    ]


def items_for_round(
    project: Project,
    *,
    batches: Sequence[Batch] = (),
    slices: Mapping[str, str] | None = None,
    external_ids: Sequence[str] = (),
) -> QuerySet[Item]:
    """Unarchived items of the project, narrowed by every condition given."""
    items = Item.objects.filter(project=project, archived_at=None)
    if batches:
        items = items.filter(batch__in=batches)
    for n, (name, value) in enumerate((slices or {}).items()):
        # The name is data: a key of the JSON column, never part of a field path (T33).
        alias = f"slice_{n}"
        items = items.alias(**{alias: KeyTransform(name, "slices")}).filter(**{alias: value})
    if external_ids:
        items = items.filter(external_id__in=external_ids)
    return items.order_by("pk")


def round_named(project_slug: str, name: str) -> Round:
    """A round by name or public id, for commands. Raises NotFound that names the known ones."""
    rounds = Round.objects.filter(project__slug=project_slug).select_related("project")
    found = rounds.filter(Q(name=name) | Q(public_id=name)).order_by("pk").first()
    if found is None:
        known = ", ".join(rounds.order_by("-pk").values_list("name", flat=True)[:20])
        raise NotFound(
            _("Project “%(project)s” has no round “%(name)s”. It has: %(known)s.")
            % {"project": project_slug, "name": name, "known": known or _("none")}
        )
    return found
