"""The adjudicator's work: some disputed labels are decided, others wait."""

from collections.abc import Callable
from zlib import crc32

from accounts.choices import Role
from accounts.models import User
from annotation.models import Round
from exports.services.demo.cast import Cast
from exports.services.demo.material import Material
from exports.services.demo.simulation import TIE_BAND, ItemTruth, Value
from reliability.choices import Cause, DisagreementRule
from reliability.models import Case
from reliability.services.cases import claim_case, queue_cases
from reliability.services.decisions import decide_blind, decide_informed

# What a careful adjudicator finds, by criterion.
FOUND: dict[str, Callable[[ItemTruth], Value]] = {
    "preference": lambda truth: _better(truth.margin or 0),
    "decided_by": lambda truth: truth.decided_by,
    "quality": lambda truth: round(truth.quality or 3),
    "main_problem": lambda truth: truth.problem,
}


def adjudicate(
    round_: Round, *, cast: Cast, material: Material, rule: DisagreementRule, share: float
) -> int:
    """Queue the round's disagreements and decide `share` of them; how many were decided."""
    lead, adjudicator = cast.holder_of(Role.LEAD), cast.holder_of(Role.ADJUDICATOR)
    queued = queue_cases(round_=round_, rule=rule, requested_by=lead)
    n_decided = 0
    while n_decided < round(share * queued.n_waiting):
        case = claim_case(
            adjudicator=adjudicator,
            project=cast.project,
            among=Case.objects.filter(round=round_),
        )
        if case is None:
            break
        _decide(case, adjudicator, material)
        n_decided += 1
    return n_decided


def _decide(case: Case, adjudicator: User, material: Material) -> None:
    item_id = case.item.external_id
    truth = material.truths[item_id]
    value = FOUND[case.criterion.key](truth)
    cause = _cause(case.criterion.key, truth)
    remarks = material.comments["adjudication"][cause.value]
    remark = remarks[crc32(item_id.encode()) % len(remarks)]
    decide_blind(case=case, adjudicator=adjudicator, raw=value, rationale=material.note(item_id))
    decide_informed(
        case=case,
        adjudicator=adjudicator,
        raw=value,
        cause=cause.value,
        rationale=f"{remark} {material.note(item_id)}",
    )


def _cause(criterion: str, truth: ItemTruth) -> Cause:
    if criterion == "decided_by":
        return Cause.RUBRIC_UNCLEAR
    if truth.margin is not None and abs(truth.margin) < TIE_BAND:
        return Cause.SUBJECTIVE
    return Cause.RATER_ERROR


def _better(margin: float) -> str:
    if abs(margin) < TIE_BAND:
        return "tie"
    return "response_1" if margin > 0 else "response_2"
