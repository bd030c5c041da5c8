"""Deciding a case: blind first, then with the raters' answers. Decisions are only ever added."""

from collections import Counter
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.canonical import canonical_json
from accounts.models import User
from accounts.services.audit import record
from annotation.choices import Basis
from annotation.criteria import spec_of
from annotation.display import displayed_item, side_texts
from annotation.models import Judgment, Rating
from annotation.values import (
    Shown,
    StoredValue,
    ValueRefused,
    choice_of,
    is_blank,
    parse_value,
)
from reliability.choices import CaseState, Cause, Stage
from reliability.errors import CaseChanged, CaseTaken, DecisionRefused
from reliability.models import Case, Decision

# Causes with which a case may be closed without a value.
WITHOUT_VALUE = frozenset({Cause.DEFECTIVE_ITEM, Cause.SUBJECTIVE})


@transaction.atomic
def decide_blind(*, case: Case, adjudicator: User, raw: Any, rationale: str = "") -> Decision:
    """The adjudicator's own answer, stored before the raters' answers are shown (T76).

    From here on the item's judgments don't change any more. The same answer again is the same
    decision. Raises CaseTaken, CaseChanged or DecisionRefused.
    """
    locked = _held(case, adjudicator)
    value = _read(locked, raw)
    last = locked.decisions.order_by("-number").first()
    if locked.state != CaseState.OPEN:
        if last is not None and last.stage == Stage.BLIND and last.value == value.value:
            return last
        raise CaseChanged(_("This case was decided blind already. Go on with the raters’ answers."))
    decision = _append(
        locked,
        adjudicator,
        stage=Stage.BLIND,
        value=value.value,
        rationale=rationale or value.abstention_reason,
    )
    _lock_judgments(locked)
    _move(locked, CaseState.BLIND)
    return decision


@transaction.atomic
def decide_informed(
    *, case: Case, adjudicator: User, raw: Any, cause: str, rationale: str
) -> Decision:
    """The decision that counts, with its cause and reasons.

    Truly subjective keeps what raters said as a distribution: the label has no single value.
    A later decision of the same person corrects an earlier one; both stay.
    """
    locked = _held(case, adjudicator)
    if locked.state == CaseState.OPEN:
        raise CaseChanged(_("Decide blind first."))
    value = _informed_value(locked, raw, cause, rationale)
    distribution = value_distribution(locked) if cause == Cause.SUBJECTIVE else None
    last = locked.decisions.order_by("-number").first()
    decided = (Stage.INFORMED, value, cause, rationale)
    if last is not None and (last.stage, last.value, last.cause, last.rationale) == decided:
        return last
    decision = _append(
        locked,
        adjudicator,
        stage=Stage.INFORMED,
        value=value,
        rationale=rationale,
        cause=cause,
        distribution=distribution,
    )
    _move(locked, CaseState.DECIDED)
    record(
        actor=adjudicator,
        action="case_decided",
        target=locked,
        project=locked.round.project,
        data={"number": decision.number, "cause": cause},
    )
    return decision


def value_distribution(case: Case) -> dict[str, int]:
    """How many raters gave each value, by the value's text, in a fixed order."""
    values = Rating.objects.filter(
        round=case.round,
        item=case.item,
        criterion=case.criterion,
        part=case.part,
        basis=Basis.INDEPENDENT,
        is_abstention=False,
    ).values_list("value", flat=True)
    texts = (each if isinstance(each, str) else canonical_json(each) for each in values)
    return dict(sorted(Counter(texts).items()))


def _held(case: Case, adjudicator: User) -> Case:
    locked = (
        Case.objects.select_related("round__project", "item", "criterion")
        .select_for_update(of=("self",))
        .get(pk=case.pk)
    )
    if locked.claimed_by_id != adjudicator.pk:
        raise CaseTaken(_("You don’t hold this case any more. Take the next one."))
    return locked


def _read(case: Case, raw: Any) -> StoredValue:
    key = case.criterion.key
    if is_blank(raw):
        raise DecisionRefused(_("Choose a value."), fields={key: [_("Choose a value.")]})
    display = displayed_item(case.item, [], shows_reference=case.round.shows_reference)
    shown = Shown(n_responses=case.item.n_responses, texts=side_texts(display))
    try:
        stored = parse_value(spec_of(case.criterion), raw, shown=shown)
        # Of a preference the choice is decided, so that labels of all origins can be compared.
        return replace(stored, value=choice_of(stored.value))
    except ValueRefused as error:
        raise DecisionRefused(error.detail, fields={key: [error.detail]}) from error


def _informed_value(case: Case, raw: Any, cause: str, rationale: str) -> Any:
    """The value to store; all that is missing is said at once."""
    wrong: dict[str, list[str]] = {}
    if cause not in Cause.values:
        wrong["cause"] = [_("Say why the raters disagreed.")]
    if not rationale.strip():
        wrong["rationale"] = [_("Give the reason for your decision.")]
    value = None
    if cause not in WITHOUT_VALUE or not is_blank(raw):
        try:
            value = _read(case, raw).value
        except DecisionRefused as error:
            wrong |= error.fields
        else:
            if value is None and cause not in WITHOUT_VALUE:
                wrong[case.criterion.key] = [_("Choose a value, or another cause.")]
    if wrong:
        raise DecisionRefused(_("The decision is not complete yet."), fields=wrong)
    return None if cause == Cause.SUBJECTIVE else value


def _append(case: Case, adjudicator: User, **fields: Any) -> Decision:
    last = case.decisions.aggregate(number=Max("number"))["number"] or 0
    return Decision.objects.create(
        case=case, number=last + 1, adjudicator=adjudicator.public_id, **fields
    )


def _lock_judgments(case: Case) -> None:
    Judgment.objects.filter(round=case.round, item=case.item, locked_at=None).update(
        locked_at=timezone.now()
    )


def _move(case: Case, state: CaseState) -> None:
    case.state = state
    case.save(update_fields=["state"])
