"""Who judges: raters of a project and their places in rounds."""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.choices import Role
from accounts.errors import NotFound
from accounts.models import Membership, Project, User
from accounts.services.audit import record
from annotation.choices import AssignmentPolicy, AssignmentState, RaterState, RoundState
from annotation.errors import RoundNotOpen, RoundRefused
from annotation.models import Assignment, Rater, Round, RoundRater
from annotation.services.leases import take_back
from annotation.services.slots import add_layer, layer_count, layer_length

ATTEMPTS = 20


def rater_for(*, user: User, project: Project) -> Rater:
    """The person as a rater of `project`, made on first use. Raises NotFound for non-annotators."""
    for rater in Rater.objects.filter(project=project, user=user)[:1]:
        return rater
    return _new_rater(user, project)


def _new_rater(user: User, project: Project) -> Rater:
    membership = Membership.objects.filter(user=user, project=project, role=Role.ANNOTATOR).first()
    if membership is None:
        raise NotFound
    for _attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return Rater.objects.create(
                    project=project,
                    user=user,
                    vendor=membership.vendor,
                    code=_next_code(project),
                )
        except IntegrityError:
            # Someone else took the code, or the same person asked twice.
            found = Rater.objects.filter(project=project, user=user).first()
            if found is not None:
                return found
    raise RuntimeError(f"no free rater code in {project.slug}")


def _next_code(project: Project) -> str:
    codes = Rater.objects.filter(project=project, code__startswith="R").values_list(
        "code", flat=True
    )
    numbers = [int(code[1:]) for code in codes if code[1:].isdecimal() and len(code) < 10]
    return f"R{max(numbers, default=0) + 1:02d}"


def ensure_raters(*, project: Project) -> list[Rater]:
    """Every active annotator of the project as a rater, by code."""
    people = User.objects.filter(
        memberships__project=project, memberships__role=Role.ANNOTATOR, is_active=True
    ).order_by("memberships__id")
    return sorted(
        (rater_for(user=user, project=project) for user in people), key=lambda rater: rater.code
    )


def seat(round_: Round, raters: Sequence[Rater], *, taken: int = 0) -> None:
    """Places in a round that is being opened, starting points spread over its layers."""
    RoundRater.objects.bulk_create(
        RoundRater(round=round_, rater=rater, cursor=start_of(round_, taken + place))
        for place, rater in enumerate(raters)
    )


def start_of(round_: Round, place: int) -> int:
    """Where the `place`-th rater begins: raters are dealt out over the layers, then inside them.

    Inside a layer the starts are 0, 1/2, 1/4, 3/4, 1/8 ... of its length, so that any number of
    raters stands about evenly spread.
    """
    layers, length = layer_count(round_), layer_length(round_)
    lap, layer = divmod(place, layers)
    return layer * length + int(length * _radical_inverse(lap))


def _radical_inverse(number: int) -> float:
    """The binary digits of `number` mirrored at the point: 1 -> 0.5, 2 -> 0.25, 3 -> 0.75."""
    result, weight = 0.0, 0.5
    while number:
        number, digit = divmod(number, 2)
        result += digit * weight
        weight /= 2
    return result


@transaction.atomic
def add_rater(*, round_: Round, rater: Rater, actor: User | None) -> RoundRater:
    """Give `rater` a place in a round that is not closed; also who had left it."""
    if rater.project_id != round_.project_id:
        raise RoundRefused(_("This rater belongs to another project."))
    locked = Round.objects.select_for_update(no_key=True).get(pk=round_.pk)
    if locked.state == RoundState.CLOSED:
        raise RoundNotOpen(_("The round is closed. Reopen it to add raters."))
    place = _take_place(locked, rater)
    record(
        actor=actor,
        action="round.rater_added",
        target=locked,
        project=locked.project,
        data={"rater": rater.code},
    )
    return place


def _take_place(round_: Round, rater: Rater) -> RoundRater:
    """Under the round's lock: the place of `rater`, with slots of their own if all judge all."""
    place = RoundRater.objects.filter(round=round_, rater=rater).first()
    if place is not None:
        if place.state == RaterState.LEFT:
            place.state = RaterState.ACTIVE
            place.pause_reason = ""
            place.save(update_fields=["state", "pause_reason"])
        return place
    seated = RoundRater.objects.filter(round=round_).count()
    if round_.policy == AssignmentPolicy.ALL and seated >= round_.overlap:
        add_layer(round_)
    return RoundRater.objects.create(round=round_, rater=rater, cursor=start_of(round_, seated))


def join(*, round_: Round, rater: Rater) -> RoundRater | None:
    """The rater's place when they ask for work: taken now if the roster is open to all."""
    place = RoundRater.objects.filter(round=round_, rater=rater).first()
    if place is not None or not has_open_roster(round_):
        return place
    with transaction.atomic():
        locked = Round.objects.select_for_update(no_key=True).get(pk=round_.pk)
        return _take_place(locked, rater) if locked.state == RoundState.OPEN else None


def has_open_roster(round_: Round) -> bool:
    """Whether every annotator of the project may judge here, those who come later too."""
    options: dict[str, Any] = round_.policy_options
    return options.get("roster") == "open"


@transaction.atomic
def remove_rater(*, round_: Round, rater: Rater, actor: User | None) -> None:
    """End the rater's work in the round. Judgments stay; items in hand go back to the others."""
    Round.objects.select_for_update(no_key=True).get(pk=round_.pk)
    place = RoundRater.objects.filter(round=round_, rater=rater).first()
    if place is None:
        raise NotFound
    place.state = RaterState.LEFT
    place.save(update_fields=["state"])
    held = Assignment.objects.filter(round=round_, rater=rater)
    take_back(held, AssignmentState.REVOKED, skip_locked=False)
    record(
        actor=actor,
        action="round.rater_removed",
        target=round_,
        project=round_.project,
        data={"rater": rater.code},
    )


@transaction.atomic
def pause_rater(*, round_: Round, rater: Rater, reason: str, actor: User | None) -> None:
    """No new items for the rater, who is told `reason`. What is in hand may be finished."""
    _set_state(round_, rater, RaterState.PAUSED, reason)
    record(
        actor=actor,
        action="round.rater_paused",
        target=round_,
        project=round_.project,
        data={"rater": rater.code},
    )


@transaction.atomic
def resume_rater(*, round_: Round, rater: Rater, actor: User | None) -> None:
    _set_state(round_, rater, RaterState.ACTIVE, "")
    record(
        actor=actor,
        action="round.rater_resumed",
        target=round_,
        project=round_.project,
        data={"rater": rater.code},
    )


@transaction.atomic
def set_quota(*, round_: Round, rater: Rater, quota: int | None, actor: User | None) -> None:
    """How many judgments the rater is asked for; None: as many as come. It ends nothing."""
    changed = RoundRater.objects.filter(round=round_, rater=rater).update(quota=quota)
    if not changed:
        raise NotFound
    record(
        actor=actor,
        action="round.quota_set",
        target=round_,
        project=round_.project,
        data={"rater": rater.code, "quota": quota},
    )


def _set_state(round_: Round, rater: Rater, state: RaterState, reason: str) -> None:
    changed = RoundRater.objects.filter(round=round_, rater=rater).update(
        state=state, pause_reason=reason
    )
    if not changed:
        raise NotFound
