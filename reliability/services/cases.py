"""Adjudication: what is queued, and who holds what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Project, User
from accounts.services.audit import record
from annotation.models import Assignment, Round
from reliability.choices import CaseState, DisagreementRule
from reliability.errors import CaseTaken
from reliability.models import Case
from reliability.selectors.disputes import Dispute, disputes_in
from reliability.selectors.scales import scales_of

QUEUE_CASES = "queue_cases"
DEFAULT_RULE = DisagreementRule.NO_MAJORITY
# After this a case that nobody decided goes back to the queue.
CLAIM_LASTS = timedelta(hours=1)
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Queued:
    """What queueing changed, and how many cases of the round wait now."""

    n_created: int
    n_withdrawn: int
    n_waiting: int


@transaction.atomic
def queue_cases(*, round_: Round, rule: str = "", requested_by: User | None = None) -> Queued:
    """A case for each disagreement, once; cases that no longer disagree leave the queue.

    Running it again changes nothing, whoever runs it at the same time: a round, item, part and
    criterion have one case. What an adjudicator holds or has decided stays as it is.
    """
    scales = scales_of(round_)
    disputes = list(disputes_in(round_, scales, DisagreementRule(rule or DEFAULT_RULE)))
    before = Case.objects.filter(round=round_).count()
    Case.objects.bulk_create(
        [
            Case(
                round=round_,
                item_id=dispute.item,
                criterion_id=dispute.criterion,
                part=dispute.part,
                priority=dispute.priority,
            )
            for dispute in disputes
        ],
        batch_size=CHUNK,
        ignore_conflicts=True,
    )
    n_created = Case.objects.filter(round=round_).count() - before
    n_withdrawn = _settle(round_, disputes)
    if n_created or n_withdrawn:
        record(
            actor=requested_by,
            action="cases_queued",
            target=round_,
            project=round_.project,
            data={"created": n_created, "withdrawn": n_withdrawn},
        )
    n_waiting = Case.objects.filter(round=round_, state=CaseState.OPEN).count()
    return Queued(n_created, n_withdrawn, n_waiting)


def _settle(round_: Round, disputes: Iterable[Dispute]) -> int:
    """Bring untouched cases up to date with revised ratings; how many were withdrawn."""
    current = {(each.item, each.criterion, each.part): each.priority for each in disputes}
    gone, moved = [], []
    for case in _untouched(round_):
        priority = current.get((case.item_id, case.criterion_id, case.part))
        if priority is None:
            gone.append(case.pk)
        elif priority != case.priority:
            case.priority = priority
            moved.append(case)
    Case.objects.bulk_update(moved, ["priority"], batch_size=CHUNK)
    return _withdraw(gone)


def _untouched(round_: Round) -> QuerySet[Case]:
    """Cases that nobody holds and nobody has decided."""
    return Case.objects.filter(round=round_, state=CaseState.OPEN, claimed_by=None)


def _withdraw(cases: list[int]) -> int:
    """An undecided case is an entry of a queue, not a record: it goes when its reason goes."""
    n_withdrawn = 0
    for start in range(0, len(cases), CHUNK):
        chunk = cases[start : start + CHUNK]
        n_withdrawn += Case.objects.filter(
            pk__in=chunk, state=CaseState.OPEN, claimed_by=None, decisions=None
        ).delete()[0]
    return n_withdrawn


def cases_open_to(adjudicator: User, project: Project) -> QuerySet[Case]:
    """Cases that `adjudicator` may take or holds: never of an item they rated or hold to rate."""
    held = Assignment.objects.filter(item=OuterRef("item"), rater__user=adjudicator)
    free = Q(claimed_by=None) | Q(claimed_at__lt=timezone.now() - CLAIM_LASTS)
    return Case.objects.filter(
        Q(state=CaseState.OPEN) & (free | Q(claimed_by=adjudicator))
        | Q(state=CaseState.BLIND, claimed_by=adjudicator),
        ~Exists(held),
        round__project=project,
    )


@transaction.atomic
def claim_case(
    *, adjudicator: User, project: Project, among: QuerySet[Case] | None = None
) -> Case | None:
    """The case worth most that `adjudicator` may decide, now theirs; None: nothing waits.

    What they hold already comes first. `among` narrows the queue (the page's filters).
    """
    cases = cases_open_to(adjudicator, project)
    if among is not None:
        cases = cases.filter(pk__in=among.values("pk"))
    mine = cases.filter(claimed_by=adjudicator).order_by("claimed_at").first()
    if mine is not None:
        return mine
    waiting = cases.select_for_update(skip_locked=True, of=("self",)).order_by("-priority", "id")
    while (case := waiting.first()) is not None:
        if _still_disputed(case):
            return _hold(case, adjudicator)
        # Free it of a claim that lapsed, so that it may leave the queue.
        Case.objects.filter(pk=case.pk).update(claimed_by=None, claimed_at=None)
        _withdraw([case.pk])
    return None


@transaction.atomic
def take_case(*, case: Case, adjudicator: User) -> Case:
    """This very case, for people who chose it from the queue."""
    locked = Case.objects.select_for_update().get(pk=case.pk)
    if locked.claimed_by_id == adjudicator.pk:
        return locked
    if not cases_open_to(adjudicator, locked.round.project).filter(pk=locked.pk).exists():
        raise CaseTaken(_("Somebody else holds this case. Take the next one."))
    return _hold(locked, adjudicator)


def _still_disputed(case: Case) -> bool:
    """Ratings may have been revised since the case was queued."""
    scale = next(s for s in scales_of(case.round) if s.pk == case.criterion_id)
    strict = DisagreementRule.NOT_UNANIMOUS
    found = disputes_in(case.round, [scale], strict, item=case.item)
    return any(dispute.part == case.part for dispute in found)


def _hold(case: Case, adjudicator: User) -> Case:
    case.claimed_by, case.claimed_at = adjudicator, timezone.now()
    case.save(update_fields=["claimed_by", "claimed_at"])
    return case
