"""Criteria asked of each response, turn or step: what is read, refused and stored."""

from typing import Any

import pytest

from accounts.errors import Invalid
from annotation.answers import Answer, read_answer
from annotation.choices import Basis
from annotation.conditions import asked
from annotation.criteria import AnchorSpec, CriterionSpec
from annotation.models import Item, Judgment, Rating
from annotation.parts import (
    part_in_item_order,
    part_label,
    part_names,
    part_order,
    part_text,
)
from annotation.selectors.judgments import own_stored_answer
from annotation.services.assignment import next_assignment
from annotation.services.judgments import submit_judgment
from annotation.values import Shown, StoredValue
from tests.annotation.engine.build import study
from tests.factories import ORDINAL

FIVE = tuple(AnchorSpec(str(n), float(n)) for n in range(1, 6))
TURNS = ("turn_2", "turn_4", "response_1")
SHOWN = Shown(n_responses=1, parts={"turn": TURNS, "step": ()})
CALL = {"name": "search", "arguments": {"q": "x"}}
CONVERSATION: dict[str, Any] = {
    "messages": [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi", "tool_calls": [CALL]},
        {"role": "user", "content": [{"type": "text", "text": "Again"}]},
        {"role": "narrator", "content": "Somebody speaks"},
    ],
    "responses": [{"text": "one"}, {"text": "two", "tool_calls": [CALL, CALL]}],
    "contexts": [],
    "tool_calls": [CALL],
}


def ordinal(key: str = "clear", *, per: str = "turn", **fields: Any) -> CriterionSpec:
    return CriterionSpec(key=key, kind="ordinal", anchors=FIVE, options={"per": per}, **fields)


def read(specs: list[CriterionSpec], ratings: Any, shown: Shown = SHOWN) -> Answer:
    return read_answer({"ratings": ratings}, specs, shown=shown)


def problems(specs: list[CriterionSpec], ratings: Any, shown: Shown = SHOWN) -> dict[str, Any]:
    with pytest.raises(Invalid) as refused:
        read(specs, ratings, shown)
    return dict(refused.value.fields)


@pytest.mark.pure
def test_parts_are_named_by_their_place_in_what_is_shown() -> None:
    assert part_names("response", CONVERSATION) == ("response_1", "response_2")
    assert part_names("turn", CONVERSATION) == ("turn_2", "turn_4", "response_1", "response_2")
    steps = ("step_1", "step_2", "response_2_step_1", "response_2_step_2")
    assert part_names("step", CONVERSATION) == steps
    assert part_names("item", CONVERSATION) == part_names(None, CONVERSATION) == ("",)


@pytest.mark.pure
def test_every_part_has_a_label_a_text_and_a_place() -> None:
    assert [part_label(part) for part in ("", "turn_2", "response_2", "step_2")] == [
        "",
        "turn 2",
        "response B",
        "step 2",
    ]
    assert part_label("response_2_step_1") == "response B, step 1"
    assert part_text("turn_3", CONVERSATION) == "Again"
    assert part_text("response_2", CONVERSATION) == "two"
    assert '"search"' in part_text("response_2_step_2", CONVERSATION)
    assert '"search"' in part_text("step_2", CONVERSATION)
    assert [part_text(part, CONVERSATION) for part in ("", "turn_9", "step_9", "response_9")] == (
        [""] * 4
    )
    shuffled = ["response_1", "turn_10", "", "turn_2"]
    assert sorted(shuffled, key=part_order) == ["", "turn_2", "turn_10", "response_1"]


@pytest.mark.pure
@pytest.mark.parametrize(
    ("shown", "own"),
    [
        ("", ""),
        ("turn_3", "turn_3"),
        ("step_2", "step_2"),
        ("response_3", "response_2"),
        ("response_1_step_12", "response_3_step_12"),
    ],
)
def test_parts_of_responses_are_put_back_in_the_order_of_the_item(shown: str, own: str) -> None:
    assert part_in_item_order(shown, [2, 0, 1]) == own
    assert part_in_item_order(shown, []) == shown


@pytest.mark.pure
def test_parts_are_read_each_as_a_value_or_an_abstention() -> None:
    given = {"turn_4": "2", "turn_2": {"abstain": True, "reason": "cut"}, "response_1": 5}
    answer = read([ordinal()], {"clear": given})

    assert answer.values == {
        "clear": {
            "turn_2": StoredValue(is_abstention=True, abstention_reason="cut"),
            "turn_4": StoredValue(2, 1, 2.0),
            "response_1": StoredValue(5, 4, 5.0),
        }
    }
    assert answer.content["ratings"] == {
        "clear": {"turn_2": {"abstain": True, "reason": "cut"}, "turn_4": 2, "response_1": 5}
    }
    same = read([ordinal()], {"clear": {**given, "turn_4": 2.0}})
    assert same.content_hash == answer.content_hash


@pytest.mark.pure
def test_whole_criterion_can_be_abstained_from() -> None:
    answer = read([ordinal()], {"clear": {"abstain": True, "reason": "wrong language"}})
    assert answer.values == {
        "clear": StoredValue(is_abstention=True, abstention_reason="wrong language")
    }


@pytest.mark.pure
@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"turn_2": 3}, {"turn_4", "response_1"}),
        ({}, set(TURNS)),
        (None, set(TURNS)),
        (dict.fromkeys(TURNS, ""), set(TURNS)),
        (dict.fromkeys(TURNS, 3) | {"turn_3": 3}, {"turn_3"}),
        (dict.fromkeys(TURNS, 9), set(TURNS)),
        ({"turn_2": {"abstain": True}, "turn_4": 1, "response_1": 1}, {"turn_2"}),
    ],
)
def test_every_part_that_is_wrong_or_missing_is_named(given: Any, named: set[str]) -> None:
    found = problems([ordinal()], {"clear": given})
    assert set(found) == {f"ratings.clear.{part}" for part in named}


@pytest.mark.pure
@pytest.mark.parametrize("given", [3, "3", [3, 4, 5]])
def test_one_value_for_all_parts_is_refused(given: Any) -> None:
    assert "Send an object" in problems([ordinal()], {"clear": given})["ratings.clear"][0]


@pytest.mark.pure
def test_parts_of_an_optional_criterion_may_be_left_out() -> None:
    optional = ordinal(is_required=False)
    assert read([optional], {"clear": {"turn_2": 1}}).values == {
        "clear": {"turn_2": StoredValue(1, 0, 1.0)}
    }
    assert read([optional], {"clear": {}}).values == {}


@pytest.mark.pure
def test_criterion_without_parts_in_the_item_is_neither_asked_nor_accepted() -> None:
    steps = ordinal("step", per="step")
    assert read([steps], {}).values == {}
    assert set(problems([steps], {"step": {"step_1": 3}})) == {"ratings.step"}


@pytest.mark.pure
def test_condition_is_met_by_any_part() -> None:
    detail = CriterionSpec(key="why", kind="text", show_if={"clear": [1, 2]})
    specs = [ordinal(), detail]
    low = {"turn_2": StoredValue(5, 4, 5.0), "turn_4": StoredValue(2, 1, 2.0)}
    assert asked(specs, {"clear": low}) == {"clear", "why"}
    high = dict.fromkeys(TURNS, StoredValue(5, 4, 5.0))
    assert asked(specs, {"clear": high}) == {"clear"}
    assert asked(specs, {"clear": StoredValue(is_abstention=True)}) == {"clear"}


@pytest.mark.pure
def test_item_means_no_parts() -> None:
    whole = ordinal(per="item")
    assert whole.per == ""
    assert read([whole], {"clear": 3}).values == {"clear": StoredValue(3, 2, 3.0)}


# -- stored

PER_RESPONSE = ORDINAL | {"key": "helpful", "options": {"per": "response"}}
PER_TURN = ORDINAL | {"key": "clear", "options": {"per": "turn"}, "is_required": False}
PREFERENCE = {"key": "preference", "kind": "pairwise", "level": "nominal"}


def parted_study(**options: Any) -> Any:
    s = study(criteria=(PER_RESPONSE, PER_TURN, PREFERENCE), items=4, responses=2, **options)
    Item.objects.update(content={**CONVERSATION, "tool_calls": []})
    return s


def hand_out(s: Any, rater: int = 0) -> Any:
    assignment = next_assignment(round_=s.round, rater=s.raters[rater])
    assert assignment is not None
    return assignment


def shuffled(s: Any) -> Any:
    """An assignment whose sides stand the other way round."""
    for rater in range(2):
        while (assignment := next_assignment(round_=s.round, rater=s.raters[rater])) is not None:
            if list(assignment.side_order) == [1, 0]:
                return assignment
            send(assignment, {"response_1": 3, "response_2": 3})
    raise AssertionError("no sides were shuffled")


def send(assignment: Any, helpful: Any, **options: Any) -> Any:
    ratings = {"helpful": helpful, "preference": "tie"} | options.pop("ratings", {})
    return submit_judgment(
        assignment=assignment, body={"ratings": ratings, **options}, author=assignment.rater.user
    )


def rows(judgment: Judgment) -> dict[tuple[str, str], Any]:
    found = judgment.ratings.values_list("criterion__key", "part", "value")
    return {(key, part): value for key, part, value in found}


@pytest.mark.django_db
def test_each_part_is_a_row_under_its_name_in_the_item() -> None:
    assignment = shuffled(parted_study())

    clear = {"turn_2": 4, "response_1": {"abstain": True, "reason": "cut"}}
    done = send(assignment, {"response_1": 1, "response_2": 5}, ratings={"clear": clear})

    assert rows(done.judgment) == {
        ("helpful", "response_2"): 1,
        ("helpful", "response_1"): 5,
        ("clear", "turn_2"): 4,
        ("clear", "response_2"): None,
        ("preference", ""): "tie",
    }
    abstained = Rating.objects.get(judgment=done.judgment, is_abstention=True)
    assert (abstained.part, abstained.abstention_reason) == ("response_2", "cut")
    assert abstained.basis == Basis.INDEPENDENT
    own = own_stored_answer(assignment)
    assert own is not None
    assert own["ratings"]["helpful"] == {"response_1": 1, "response_2": 5}


@pytest.mark.django_db
def test_revision_replaces_parts_and_takes_away_those_left_out() -> None:
    assignment = hand_out(parted_study())
    scores = {"response_1": 1, "response_2": 5}
    first = send(assignment, scores, ratings={"clear": {"turn_2": 4, "turn_4": 2}})
    kept = Rating.objects.get(judgment=first.judgment, part="turn_4")

    second = send(assignment, scores, ratings={"clear": {"turn_4": 3}}, base_revision=1)
    assert rows(second.judgment)["clear", "turn_4"] == 3
    assert ("clear", "turn_2") not in rows(second.judgment)
    assert Rating.objects.get(judgment=first.judgment, part="turn_4").pk == kept.pk

    whole = {"abstain": True, "reason": "not my language"}
    third = send(assignment, scores, ratings={"clear": whole}, base_revision=2)
    of_turns = [part for key, part in rows(third.judgment) if key == "clear"]
    assert of_turns == [""]

    fourth = send(assignment, scores, ratings={"clear": {"turn_2": 1}}, base_revision=3)
    assert [part for key, part in rows(fourth.judgment) if key == "clear"] == ["turn_2"]
    assert (fourth.revision, fourth.judgment.revisions.count()) == (4, 4)


@pytest.mark.django_db
def test_same_parts_again_have_the_same_receipt() -> None:
    assignment = hand_out(parted_study())
    first = send(assignment, {"response_1": 1, "response_2": 5})
    again = send(assignment, {"response_2": "5", "response_1": 1.0})
    assert (again.receipt, again.is_new) == (first.receipt, False)


@pytest.mark.django_db
def test_part_that_the_item_lacks_is_refused_by_name() -> None:
    assignment = hand_out(parted_study())
    with pytest.raises(Invalid) as refused:
        send(assignment, {"response_1": 1, "response_2": 5, "response_3": 1})
    assert set(refused.value.fields) == {"ratings.helpful.response_3"}
    assert "response_1, response_2" in refused.value.fields["ratings.helpful.response_3"][0]
    assert not Judgment.objects.exists()


@pytest.mark.django_db
def test_submitting_without_parts_asks_the_database_no_more_than_before(
    django_assert_num_queries: Any,
) -> None:
    """As many statements with parts as without: rows are stored at once."""
    plain = hand_out(study())
    parted = hand_out(parted_study())
    plain_body = {"ratings": {"quality": 3}}
    ratings = {"helpful": {"response_1": 1, "response_2": 5}, "preference": "tie"}
    with django_assert_num_queries(10):
        submit_judgment(assignment=plain, body=plain_body, author=plain.rater.user)
    with django_assert_num_queries(10):
        submit_judgment(assignment=parted, body={"ratings": ratings}, author=parted.rater.user)
