"""A preference with a strength counts, and is decided, as the choice that it is."""

import pytest

from accounts.choices import Role
from annotation.models import Rating
from reliability.models import Case
from reliability.services.cases import queue_cases, take_case
from reliability.services.decisions import decide_blind
from reliability.views.cases import asked_of
from tests.factories import PAIRWISE, make_project, member
from tests.reliability.builders import judged_round

pytestmark = pytest.mark.django_db

STRONG = PAIRWISE | {"options": {"strengths": 3}}


def said(choice: str, strength: int) -> dict[str, object]:
    return {"choice": choice, "strength": strength}


def test_strengths_alone_are_no_dispute_and_the_decision_is_a_choice() -> None:
    table = [
        [said("response_1", 1), said("response_1", 3)],
        [said("response_1", 2), said("response_2", 2)],
    ]
    round_, items, _raters = judged_round(make_project(), STRONG, table)
    assert sorted(Rating.objects.values_list("number", flat=True)) == [-3, -2, -1, 2]
    queue_cases(round_=round_)
    case = Case.objects.get()
    assert case.item_id == items[1].pk

    adjudicator = member(round_.project, Role.ADJUDICATOR)
    take_case(case=case, adjudicator=adjudicator)
    decision = decide_blind(case=case, adjudicator=adjudicator, raw=said("response_2", 1))
    assert decision.value == "response_2"


def test_a_case_asks_for_the_choice_alone() -> None:
    table = [[said("response_1", 2), said("response_2", 2)]]
    round_, _items, _raters = judged_round(make_project(), STRONG, table)
    queue_cases(round_=round_)
    asked = asked_of(Case.objects.select_related("criterion").get())
    assert asked.options == {}
