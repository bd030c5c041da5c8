"""Opening, pausing and closing rounds."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Project, User
from accounts.services.audit import record
from annotation.choices import AssignmentPolicy, AssignmentState, RoundKind, RoundState
from annotation.criteria import CriterionSpec, specs_of
from annotation.errors import RoundExists, RoundNotOpen, RoundRefused
from annotation.models import Assignment, Item, Rater, Round
from annotation.services.leases import LEAST_SECONDS, take_back
from annotation.services.roster import ensure_raters, seat
from annotation.services.slots import lay_slots
from annotation.signals import round_closed
from rubrics.choices import Kind, VersionState
from rubrics.models import RubricVersion

MOST_OVERLAP = 1_000
NAME_LENGTH = 120
SEED_BITS = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundPlan:
    """A round that is to be opened.

    raters: None: every annotator of the project, those who join later too.
    items: None: every item of the project that is not archived.
    selection: how `items` were chosen, in words of the caller's, kept with the round.
    only_fitting: leave out items that the rubric can't judge, instead of refusing the round.
    may_grow: open although there are fewer raters than `overlap` yet; only without `raters`.
    """

    project: Project
    rubric_version: RubricVersion
    kind: RoundKind | str
    name: str
    overlap: int = 1
    policy: AssignmentPolicy | str = AssignmentPolicy.OVERLAP
    raters: Sequence[Rater] | None = None
    items: QuerySet[Item] | None = None
    selection: Mapping[str, Any] = field(default_factory=dict)
    only_fitting: bool = False
    may_grow: bool = False
    seed: int | None = None
    instructions: str = ""
    shows_reference: bool = False
    least_seconds: int | None = None
    lease_seconds: int = LEAST_SECONDS


def open_round(
    *,
    project: Project,
    rubric_version: RubricVersion,
    kind: RoundKind | str,
    name: str,
    actor: User | None,
    **options: Any,
) -> Round:
    """Create an open round with its slots and roster. `options` are the fields of RoundPlan.

    Raises RoundRefused with the arithmetic, RoundExists when the name is taken.
    """
    plan = RoundPlan(
        project=project, rubric_version=rubric_version, kind=kind, name=name.strip(), **options
    )
    return open_planned(plan, actor=actor)


@transaction.atomic
def open_planned(plan: RoundPlan, *, actor: User | None) -> Round:
    _check_form(plan)
    raters = ensure_raters(project=plan.project) if plan.raters is None else list(plan.raters)
    _check_raters(plan, raters)
    item_ids = list(fitting_items(plan).values_list("pk", flat=True))
    if not item_ids:
        raise RoundRefused(_("There are no items to judge. Upload a batch or widen the choice."))
    round_ = _create(plan, len(item_ids), len(raters), actor)
    lay_slots(round_, item_ids, range(round_.overlap))
    seat(round_, raters)
    record(
        actor=actor,
        action="round.opened",
        target=round_,
        project=plan.project,
        data={
            "kind": round_.kind,
            "policy": round_.policy,
            "overlap": round_.overlap,
            "items": len(item_ids),
            "raters": len(raters),
            "rubric_version": plan.rubric_version.public_id,
        },
    )
    return round_


def _create(plan: RoundPlan, n_items: int, n_raters: int, actor: User | None) -> Round:
    everybody = plan.policy == AssignmentPolicy.ALL
    options = {
        "n_items": n_items,
        "roster": "open" if plan.raters is None else "closed",
        "selection": dict(plan.selection),
        "only_fitting": plan.only_fitting,
    }
    try:
        with transaction.atomic():
            return Round.objects.create(
                project=plan.project,
                name=plan.name,
                kind=plan.kind,
                rubric_version=plan.rubric_version,
                state=RoundState.OPEN,
                policy=plan.policy,
                overlap=max(1, n_raters) if everybody else plan.overlap,
                policy_options=options,
                seed=secrets.randbits(SEED_BITS) if plan.seed is None else plan.seed,
                instructions=plan.instructions,
                shows_reference=plan.shows_reference,
                least_seconds=plan.least_seconds,
                lease_seconds=plan.lease_seconds,
                created_by=actor,
                opened_at=timezone.now(),
            )
    except IntegrityError:
        raise RoundExists(
            _("A round named “%(name)s” exists already. Choose another name.")
            % {"name": plan.name},
            fields={"name": [_("This name is taken.")]},
        ) from None


# -- what is refused


def _check_form(plan: RoundPlan) -> None:
    if not plan.name or len(plan.name) > NAME_LENGTH:
        raise _refused("name", _("Name the round, with at most 120 characters."))
    if plan.kind not in RoundKind.values:
        raise _refused(
            "kind",
            _("“%(kind)s” is not a kind of round. Choose one of: %(kinds)s.")
            % {"kind": plan.kind, "kinds": ", ".join(RoundKind.values)},
        )
    if plan.policy not in AssignmentPolicy.values:
        raise _refused(
            "policy",
            _("“%(policy)s” is not a policy. Choose one of: %(policies)s.")
            % {"policy": plan.policy, "policies": ", ".join(AssignmentPolicy.values)},
        )
    if not 1 <= plan.overlap <= MOST_OVERLAP:
        raise _refused("overlap", _("The overlap is a whole number from 1 to 1,000."))
    if plan.rubric_version.rubric.project_id != plan.project.pk:
        raise _refused("rubric_version", _("This rubric belongs to another project."))
    if plan.rubric_version.state == VersionState.DRAFT:
        raise _refused(
            "rubric_version",
            _("Version %(version)s is a draft. Publish it first: a round needs a fixed rubric.")
            % {"version": plan.rubric_version},
        )
    if not specs_of(plan.rubric_version):
        raise _refused("rubric_version", _("This rubric version has no criteria."))


def _refused(name: str, message: str) -> RoundRefused:
    return RoundRefused(message, fields={name: [message]})


def _check_raters(plan: RoundPlan, raters: Sequence[Rater]) -> None:
    if any(rater.project_id != plan.project.pk for rater in raters):
        raise _refused("raters", _("A rater belongs to another project."))
    growing = plan.may_grow and plan.raters is None
    if not raters and not growing:
        raise _refused(
            "raters", _("Nobody can judge: the round has no raters. Add an annotator first.")
        )
    if plan.policy == AssignmentPolicy.ALL or growing:
        return
    if plan.overlap > len(raters):
        raise _refused(
            "overlap",
            ngettext(
                "%(overlap)d judgments an item are asked for, but there is only %(n)d rater, "
                "and nobody judges an item twice.",
                "%(overlap)d judgments an item are asked for, but there are only %(n)d raters, "
                "and nobody judges an item twice.",
                len(raters),
            )
            % {"overlap": plan.overlap, "n": len(raters)},
        )


def fitting_items(plan: RoundPlan) -> QuerySet[Item]:
    """The plan's items; raises RoundRefused naming the first one that the rubric can't judge."""
    items = plan.items
    if items is None:
        items = Item.objects.all()
    items = items.filter(project=plan.project, archived_at=None).order_by("pk")
    for spec in specs_of(plan.rubric_version):
        fits = _fits(spec)
        if fits is None:
            continue
        if not plan.only_fitting:
            _refuse_misfits(items, spec, fits)
        items = items.filter(fits)
    return items


def _fits(spec: CriterionSpec) -> Q | None:
    """Which items a criterion can be asked about; None: all."""
    if spec.kind == Kind.PAIRWISE:
        return Q(n_responses=2)
    if spec.kind == Kind.RANKING:
        return Q(n_responses__gte=2)
    return None


def _refuse_misfits(items: QuerySet[Item], spec: CriterionSpec, fits: Q) -> None:
    misfits = items.exclude(fits)
    first = misfits.first()
    if first is None:
        return
    needs = _("exactly two") if spec.kind == Kind.PAIRWISE else _("at least two")
    raise _refused(
        "items",
        _(
            "Item “%(item)s” has %(n)d response(s), but criterion “%(criterion)s” compares "
            "%(needs)s. %(misfits)d of %(all)d items don't fit. Leave them out or take another "
            "rubric."
        )
        % {
            "item": first.external_id,
            "n": first.n_responses,
            "criterion": spec.key,
            "needs": needs,
            "misfits": misfits.count(),
            "all": items.count(),
        },
    )


# -- after opening


@transaction.atomic
def pause_round(*, round_: Round, actor: User | None) -> Round:
    """No new items are handed out; what is in hand may still be submitted."""
    return _move(round_, actor, RoundState.PAUSED, "round.paused", (RoundState.OPEN,))


@transaction.atomic
def reopen_round(*, round_: Round, actor: User | None) -> Round:
    """A paused or closed round goes on where it stood."""
    if round_.is_imported:
        raise RoundNotOpen(_("An imported round holds judgments from outside; it stays closed."))
    return _move(
        round_, actor, RoundState.OPEN, "round.reopened", (RoundState.PAUSED, RoundState.CLOSED)
    )


@transaction.atomic
def close_round(*, round_: Round, actor: User | None) -> Round:
    """End the round. Leases end too; work that still arrives is kept as surplus."""
    closed = _move(
        round_, actor, RoundState.CLOSED, "round.closed", (RoundState.OPEN, RoundState.PAUSED)
    )
    held = Assignment.objects.filter(round=closed)
    take_back(held, AssignmentState.EXPIRED, skip_locked=False)
    return closed


def _move(
    round_: Round,
    actor: User | None,
    state: RoundState,
    action: str,
    before: tuple[str, ...],
) -> Round:
    """To `state`, on the record; nothing happens when the round is there already."""
    locked = Round.objects.select_for_update(no_key=True).get(pk=round_.pk)
    if locked.state == state:
        return locked
    if locked.state not in before:
        raise RoundNotOpen(
            _("The round is %(state)s; this is not possible now.")
            % {"state": RoundState(locked.state).label.lower()}
        )
    locked.state = state
    locked.closed_at = timezone.now() if state == RoundState.CLOSED else None
    locked.save(update_fields=["state", "closed_at"])
    record(actor=actor, action=action, target=locked, project=locked.project)
    if state == RoundState.CLOSED:
        round_closed.send(sender=Round, round=locked)
    return locked


# -- opened by name


def differences(round_: Round, plan: RoundPlan) -> dict[str, list[str]]:
    """{parameter: [sentence]} in which an existing round differs from a plan of the same name."""
    pairs: dict[str, tuple[Any, Any]] = {
        "rubric": (str(round_.rubric_version), str(plan.rubric_version)),
        "kind": (round_.kind, str(plan.kind)),
        "policy": (round_.policy, str(plan.policy)),
        "selection": (round_.policy_options.get("selection", {}), dict(plan.selection)),
    }
    if plan.policy != AssignmentPolicy.ALL:
        pairs["overlap"] = (round_.overlap, plan.overlap)
    if plan.seed is not None:
        pairs["seed"] = (round_.seed, plan.seed)
    return {
        name: [_("The round has %(old)s, asked for is %(new)s.") % {"old": old, "new": new}]
        for name, (old, new) in pairs.items()
        if old != new
    }


def open_or_find(plan: RoundPlan, *, actor: User | None) -> Round:
    """The round of this name, opened now unless it exists with the same parameters."""
    existing = Round.objects.filter(project=plan.project, name=plan.name).first()
    if existing is None:
        try:
            return open_planned(plan, actor=actor)
        except RoundExists:
            existing = Round.objects.get(project=plan.project, name=plan.name)
    different = differences(existing, plan)
    if different:
        raise RoundExists(
            _("The round “%(name)s” exists with other parameters (%(which)s).")
            % {"name": plan.name, "which": ", ".join(different)},
            fields=different,
        )
    return existing


@transaction.atomic
def set_least_seconds(*, round_: Round, seconds: int | None, actor: User | None) -> Round:
    """Under how much active time raters are asked once to look again; None: never."""
    locked = Round.objects.select_for_update(no_key=True).get(pk=round_.pk)
    if locked.least_seconds != seconds:
        locked.least_seconds = seconds
        locked.save(update_fields=["least_seconds"])
        record(
            actor=actor,
            action="round.least_seconds_set",
            target=locked,
            project=locked.project,
            data={"seconds": seconds},
        )
    return locked
