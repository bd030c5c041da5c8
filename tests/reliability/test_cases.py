"""Queueing, claiming and deciding cases."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.choices import Role
from accounts.models import AuditEvent
from annotation.choices import Basis, RoundState, SlotState
from annotation.errors import JudgmentLocked
from annotation.models import Item, Judgment, Rating, Round, Slot
from annotation.services.judgments import submit_judgment
from annotation.values import parse_value
from reliability.choices import CaseState, Cause, DisagreementRule, Stage
from reliability.errors import CaseChanged, CaseTaken, DecisionRefused
from reliability.models import Case, Decision
from reliability.services.cases import cases_open_to, claim_case, queue_cases, take_case
from reliability.services.decisions import decide_blind, decide_informed
from tests.factories import (
    CATEGORICAL,
    ORDINAL,
    make_assignment,
    make_items,
    make_project,
    make_rater,
    make_round,
    make_rubric_version,
    member,
)
from tests.reliability.builders import judge, judged_round

pytestmark = pytest.mark.django_db

# unanimous; one apart with a majority; two apart with a majority; no majority
TABLE = [[3, 3, 3], [3, 3, 4], [3, 3, 5], [1, 3, 5]]


@pytest.fixture
def round_() -> Round:
    found, _, _ = judged_round(make_project(), ORDINAL, TABLE)
    return found


def _cases(round_: Round) -> list[Case]:
    return list(Case.objects.filter(round=round_).order_by("item_id"))


def _revise(judgment: Judgment, value: Any) -> None:
    rating = judgment.ratings.get()
    stored = parse_value(rating.criterion, value)
    Rating.objects.filter(pk=rating.pk).update(
        value=stored.value, point=stored.point, number=stored.number
    )
    Judgment.objects.filter(pk=judgment.pk).update(revision=2)


def test_cases_are_queued_by_majority_and_distance(round_: Round) -> None:
    queued = queue_cases(round_=round_)
    items = list(round_.judgments.order_by("item_id").values_list("item", flat=True).distinct())
    assert [case.item_id for case in _cases(round_)] == items[2:]
    assert (queued.n_created, queued.n_withdrawn, queued.n_waiting) == (2, 0, 2)


def test_the_strict_rule_queues_whatever_is_not_unanimous(round_: Round) -> None:
    queue_cases(round_=round_, rule=DisagreementRule.NOT_UNANIMOUS)
    assert len(_cases(round_)) == 3


def test_on_a_nominal_scale_a_majority_is_enough() -> None:
    table = [["yes", "yes", "no"], ["yes", "no", "unsure"], ["yes", "no"]]
    round_, items, _ = judged_round(make_project(), CATEGORICAL, table)
    queue_cases(round_=round_)
    assert [case.item_id for case in _cases(round_)] == [items[1].pk, items[2].pk]


def test_only_independent_answers_make_a_case() -> None:
    project = make_project()
    round_, items, _ = judged_round(project, CATEGORICAL, [["yes", "yes"]])
    judge(round_, items[0], make_rater(project), {"verdict": "no"}, basis=Basis.REVOTE)
    abstained = {"verdict": {"abstain": True, "reason": "cut off"}}
    judge(round_, items[0], make_rater(project), abstained)
    assert queue_cases(round_=round_, rule="not_unanimous").n_created == 0


def test_priority_grows_with_entropy_weight_and_tier() -> None:
    project = make_project()
    split = [[1, 5]]
    usual, _, _ = judged_round(project, ORDINAL, split)
    heavy, _, _ = judged_round(project, ORDINAL | {"weight": 2.0, "tier": "critical"}, split)
    for round_ in (usual, heavy):
        queue_cases(round_=round_)
    assert [_cases(r)[0].priority for r in (usual, heavy)] == [pytest.approx(2), pytest.approx(6)]


def test_queueing_again_changes_nothing(round_: Round) -> None:
    queue_cases(round_=round_)
    before = list(Case.objects.values())
    assert queue_cases(round_=round_).n_created == 0
    assert list(Case.objects.values()) == before


def test_a_revised_judgment_withdraws_its_case(round_: Round) -> None:
    queue_cases(round_=round_)
    gone, kept = _cases(round_)
    for judgment in Judgment.objects.filter(item=gone.item):
        _revise(judgment, 3)
    assert queue_cases(round_=round_).n_withdrawn == 1
    assert _cases(round_) == [kept]


def test_what_an_adjudicator_holds_is_not_withdrawn(round_: Round) -> None:
    queue_cases(round_=round_)
    case = _cases(round_)[0]
    take_case(case=case, adjudicator=member(round_.project, Role.ADJUDICATOR))
    for judgment in Judgment.objects.filter(item=case.item):
        _revise(judgment, 3)
    assert queue_cases(round_=round_).n_withdrawn == 0


def test_the_case_worth_most_comes_first_and_stays_until_decided(round_: Round) -> None:
    queue_cases(round_=round_)
    first = member(round_.project, Role.ADJUDICATOR)
    second = member(round_.project, Role.ADJUDICATOR)
    worst = Case.objects.order_by("-priority").first()
    taken = claim_case(adjudicator=first, project=round_.project)
    assert taken == worst
    assert claim_case(adjudicator=first, project=round_.project) == worst
    other = claim_case(adjudicator=second, project=round_.project)
    assert other is not None
    assert other != worst
    third = member(round_.project, Role.ADJUDICATOR)
    assert claim_case(adjudicator=third, project=round_.project) is None


def test_claiming_passes_over_what_raters_have_settled(round_: Round) -> None:
    queue_cases(round_=round_)
    worst = Case.objects.order_by("-priority").first()
    assert worst is not None
    for judgment in Judgment.objects.filter(item=worst.item):
        _revise(judgment, 2)
    taken = claim_case(adjudicator=member(round_.project, Role.ADJUDICATOR), project=round_.project)
    assert taken is not None
    assert taken != worst
    assert not Case.objects.filter(pk=worst.pk).exists()


def test_nobody_decides_an_item_they_rated(round_: Round) -> None:
    """Not in this round and not in any other of the project."""
    project = round_.project
    queue_cases(round_=round_)
    case = Case.objects.order_by("-priority").first()
    assert case is not None
    insider = member(project, Role.ADJUDICATOR)
    elsewhere = make_round(project, version=round_.rubric_version, items=[])
    judge(elsewhere, case.item, make_rater(project, insider), {"quality": 2})
    assert case not in cases_open_to(insider, project)
    assert claim_case(adjudicator=insider, project=project) != case
    with pytest.raises(CaseTaken):
        take_case(case=case, adjudicator=insider)


def _claimed(round_: Round) -> tuple[Case, Any]:
    queue_cases(round_=round_)
    adjudicator = member(round_.project, Role.ADJUDICATOR)
    case = claim_case(adjudicator=adjudicator, project=round_.project)
    assert case is not None
    return case, adjudicator


def test_blind_decision_is_stored_and_makes_the_judgments_final(round_: Round) -> None:
    case, adjudicator = _claimed(round_)
    decision = decide_blind(case=case, adjudicator=adjudicator, raw="4")
    case.refresh_from_db()
    assert case.state == CaseState.BLIND
    assert (decision.number, decision.stage, decision.value) == (1, Stage.BLIND, 4)
    judgments = Judgment.objects.filter(item=case.item)
    assert judgments.filter(locked_at=None).count() == 0
    assert Judgment.objects.exclude(item=case.item).filter(locked_at=None).count() == 9


def test_the_same_blind_decision_twice_is_one_and_another_is_refused(round_: Round) -> None:
    case, adjudicator = _claimed(round_)
    first = decide_blind(case=case, adjudicator=adjudicator, raw=4)
    assert decide_blind(case=case, adjudicator=adjudicator, raw="4") == first
    with pytest.raises(CaseChanged):
        decide_blind(case=case, adjudicator=adjudicator, raw=5)
    assert Decision.objects.filter(case=case).count() == 1


def test_informed_comes_after_blind(round_: Round) -> None:
    case, adjudicator = _claimed(round_)
    with pytest.raises(CaseChanged):
        decide_informed(
            case=case,
            adjudicator=adjudicator,
            raw=4,
            cause=Cause.RATER_ERROR,
            rationale="They overlooked the second claim.",
        )
    assert not Decision.objects.exists()


def test_informed_decision_closes_the_case_on_record(round_: Round) -> None:
    case, adjudicator = _claimed(round_)
    decide_blind(case=case, adjudicator=adjudicator, raw=4)
    decided = decide_informed(
        case=case,
        adjudicator=adjudicator,
        raw="5",
        cause=Cause.RUBRIC_UNCLEAR,
        rationale="Anchor 4 does not say whether hedged claims count.",
    )
    case.refresh_from_db()
    assert case.state == CaseState.DECIDED
    assert (decided.number, decided.value, decided.distribution) == (2, 5, None)
    assert decided.adjudicator == adjudicator.public_id
    event = AuditEvent.objects.get(action="case_decided")
    assert event.object_id == case.public_id
    assert "value" not in event.data


def test_truly_subjective_keeps_the_distribution(round_: Round) -> None:
    case, adjudicator = _claimed(round_)
    decide_blind(case=case, adjudicator=adjudicator, raw=3)
    decided = decide_informed(
        case=case, adjudicator=adjudicator, raw=None, cause="subjective", rationale="Taste."
    )
    assert decided.value is None
    assert decided.distribution == {"1": 1, "3": 1, "5": 1}


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"cause": ""}, {"cause"}),
        ({"cause": "bad luck"}, {"cause"}),
        ({"rationale": "  "}, {"rationale"}),
        ({"raw": "9"}, {"quality"}),
        ({"raw": ""}, {"quality"}),
        ({"raw": None, "cause": "", "rationale": ""}, {"quality", "cause", "rationale"}),
    ],
)
def test_an_incomplete_decision_says_all_that_is_missing(
    round_: Round, change: dict[str, Any], fields: set[str]
) -> None:
    case, adjudicator = _claimed(round_)
    decide_blind(case=case, adjudicator=adjudicator, raw=3)
    given = {"raw": "4", "cause": "rater_error", "rationale": "Because."} | change
    with pytest.raises(DecisionRefused) as refused:
        decide_informed(case=case, adjudicator=adjudicator, **given)
    assert set(refused.value.fields) == fields
    case.refresh_from_db()
    assert case.state == CaseState.BLIND


def test_a_correction_is_added_and_the_first_decision_stays(round_: Round) -> None:
    case, adjudicator = _claimed(round_)
    decide_blind(case=case, adjudicator=adjudicator, raw=3)
    given = {"cause": Cause.RATER_ERROR, "rationale": "Because."}
    first = decide_informed(case=case, adjudicator=adjudicator, raw=4, **given)
    again = decide_informed(case=case, adjudicator=adjudicator, raw=4, **given)
    second = decide_informed(case=case, adjudicator=adjudicator, raw=2, **given)
    assert (again, second.number) == (first, 3)


def test_only_the_holder_decides(round_: Round) -> None:
    case, _ = _claimed(round_)
    other = member(round_.project, Role.ADJUDICATOR)
    with pytest.raises(CaseTaken):
        decide_blind(case=case, adjudicator=other, raw=3)


def test_the_database_refuses_to_change_a_decision(round_: Round) -> None:
    case, adjudicator = _claimed(round_)
    decision = decide_blind(case=case, adjudicator=adjudicator, raw=3)
    for change in (
        lambda: Decision.objects.filter(pk=decision.pk).update(value=5),
        lambda: Decision.objects.filter(pk=decision.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.django_db(transaction=True)
def test_queueing_at_the_same_time_makes_each_case_once() -> None:
    """A job delivered twice ends as if it were delivered once (T60)."""
    round_, _, _ = judged_round(make_project(), ORDINAL, TABLE * 5)

    def queue(_: int) -> None:
        try:
            queue_cases(round_=Round.objects.select_related("project").get(pk=round_.pk))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(queue, range(4)))
    assert Case.objects.filter(round=round_).count() == 10


@pytest.mark.django_db(transaction=True)
def test_adjudicators_at_the_same_time_get_different_cases() -> None:
    round_, _, _ = judged_round(make_project(), ORDINAL, TABLE * 5)
    queue_cases(round_=round_)
    people = [member(round_.project, Role.ADJUDICATOR) for _ in range(8)]

    def claim(person: Any) -> int | None:
        try:
            case = claim_case(adjudicator=person, project=round_.project)
            return case.pk if case else None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(claim, people))
    assert None not in taken
    assert len(set(taken)) == 8
    assert Item.objects.filter(cases__in=taken).count() == 8


def test_no_revision_follows_a_blind_decision() -> None:
    """What raters said can't change once somebody decides about it."""
    project = make_project()
    version = make_rubric_version(project, ORDINAL)
    raters = [make_rater(project) for _ in range(2)]
    round_ = make_round(
        project, version=version, items=make_items(project, 1), raters=raters, overlap=2
    )
    held = [
        make_assignment(round_, rater, slot)
        for rater, slot in zip(raters, round_.slots.order_by("ordinal"), strict=True)
    ]
    for assignment, value in zip(held, (1, 5), strict=True):
        assert assignment.rater.user is not None
        submit_judgment(
            assignment=assignment,
            body={"ratings": {"quality": value}},
            author=assignment.rater.user,
        )
    case, adjudicator = _claimed(round_)
    decide_blind(case=case, adjudicator=adjudicator, raw=3)
    assert raters[0].user is not None
    with pytest.raises(JudgmentLocked):
        submit_judgment(
            assignment=held[0],
            body={"ratings": {"quality": 3}, "base_revision": 1},
            author=raters[0].user,
        )
    assert sorted(Rating.objects.values_list("point", flat=True)) == [0, 4]


def test_an_item_that_still_waits_for_a_judgment_is_no_case_yet() -> None:
    round_, items, _ = judged_round(make_project(), CATEGORICAL, [["yes", "no"], ["yes", "no"]])
    Slot.objects.create(round=round_, item=items[0], ordinal=9, position=99, state=SlotState.TAKEN)
    queue_cases(round_=round_)
    assert [case.item_id for case in _cases(round_)] == [items[1].pk]
    Round.objects.filter(pk=round_.pk).update(state=RoundState.CLOSED, closed_at=timezone.now())
    round_.refresh_from_db()
    queue_cases(round_=round_)
    assert [case.item_id for case in _cases(round_)] == [item.pk for item in items]
