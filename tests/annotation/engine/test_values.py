"""Every kind's values: what is read, how it is spelled, what is refused."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.conditions import asked
from annotation.criteria import AnchorSpec, CriterionSpec
from annotation.sides import as_displayed, in_item_order
from annotation.values import Shown, StoredValue, ValueRefused, asks_reason, parse_value

pytestmark = pytest.mark.pure

FIVE = tuple(AnchorSpec(str(n), float(n)) for n in range(1, 6))
WORDS = (AnchorSpec("yes"), AnchorSpec("no"), AnchorSpec("unclear"))


def spec(kind: str, **fields: object) -> CriterionSpec:
    fields.setdefault("anchors", ())
    return CriterionSpec(key=str(fields.pop("key", "k")), kind=kind, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("criterion", "raw", "stored"),
    [
        (spec("ordinal", anchors=FIVE), 3, StoredValue(3, 2, 3.0)),
        (spec("ordinal", anchors=FIVE), "3", StoredValue(3, 2, 3.0)),
        (spec("ordinal", anchors=FIVE), 3.0, StoredValue(3, 2, 3.0)),
        (spec("categorical", anchors=WORDS), "no", StoredValue("no", 1, None)),
        (spec("numeric", options={"min": 0, "max": 100}), "12.5", StoredValue(12.5, None, 12.5)),
        (spec("numeric"), 7.0, StoredValue(7, None, 7.0)),
        (spec("multi_label", anchors=WORDS), ["no", "yes", "no"], StoredValue(["yes", "no"])),
        (spec("multi_label", anchors=WORDS), '["unclear"]', StoredValue(["unclear"])),
        (spec("multi_label", anchors=WORDS), [], StoredValue([])),
        (spec("pairwise"), "response_2", StoredValue("response_2", 1)),
        (spec("pairwise"), "tie", StoredValue("tie", 2)),
        (
            spec("ranking"),
            ["response_3", ["response_2", "response_1"]],
            StoredValue(["response_3", ["response_1", "response_2"]]),
        ),
        (spec("text"), "  as it is ", StoredValue("  as it is ")),
        (
            spec("ordinal", anchors=FIVE),
            {"abstain": True, "reason": " no source "},
            StoredValue(is_abstention=True, abstention_reason="no source"),
        ),
    ],
)
def test_value_is_stored_in_one_spelling(
    criterion: CriterionSpec, raw: object, stored: StoredValue
) -> None:
    shown = Shown(n_responses=2 if criterion.kind == "pairwise" else 3)
    assert parse_value(criterion, raw, shown=shown) == stored


@pytest.mark.parametrize(
    ("criterion", "raw", "says"),
    [
        (spec("ordinal", anchors=FIVE), 6, "not on the scale. Choose one of: 1, 2, 3, 4, 5."),
        (spec("ordinal", anchors=FIVE), True, "not on the scale"),
        (spec("ordinal", anchors=FIVE), [3], "not on the scale"),
        (spec("ordinal", anchors=FIVE), "1e999", "not on the scale"),
        (spec("categorical", anchors=WORDS), "maybe", "Choose one of: yes, no, unclear."),
        (spec("numeric", options={"min": 0, "max": 10}), 11, "from 0 to 10"),
        (spec("numeric", options={"min": 0, "step": 0.5}), 0.3, "between the steps"),
        (spec("numeric"), float("nan"), "not a number"),
        (spec("numeric"), True, "not a number"),
        (spec("numeric"), 10**400, "not a number"),
        (spec("multi_label", anchors=WORDS, options={"max": 1}), ["yes", "no"], "2 labels"),
        (spec("multi_label", anchors=WORDS), "yes", "must be a list"),
        (spec("multi_label", anchors=WORDS), ["maybe"], "not on the scale"),
        (spec("multi_label", anchors=WORDS), ["yes"] * 201, "At most 200"),
        (spec("pairwise", options={"tie": False}), "tie", "response_1, response_2."),
        (spec("pairwise"), "A", "not a choice"),
        (spec("ranking"), ["response_1", "response_2"], "from response_1 to response_3"),
        (spec("ranking"), ["response_1", "response_1", "response_2"], "each response once"),
        (spec("ranking"), ["response_1", 2, 3], "not a response"),
        (spec("text", options={"max_length": 3}), "abcd", "4 characters"),
        (spec("text"), "nul\x00", "can't be stored"),
        (spec("text"), "\ud800", "can't be stored"),
        (spec("text"), 3, "must be a text"),
        (spec("text"), {"abstain": True}, "Say why"),
        (spec("text"), {"abstain": True, "reason": " "}, "Say why"),
        (spec("text"), {"abstain": "yes", "reason": "x"}, "To abstain"),
        (spec("span"), [{"start": -1, "end": 2}], "0 or later"),
        (spec("span"), [{"start": 3, "end": 2}], "0 or later"),
        (spec("span"), [{"start": 0, "end": True}], "0 or later"),
        (spec("span"), [{"start": 0}], "whole number"),
        (spec("span"), [{"start": 0, "end": 1, "html": "<b>"}], "A mark is"),
        (spec("span"), ["text"], "A mark is"),
        (spec("span", anchors=WORDS), [{"start": 0, "end": 1, "label": "x"}], "not on the scale"),
        (
            spec("span", options={"severities": ["minor"]}),
            [{"start": 0, "end": 1, "severity": "major"}],
            "Choose one of: minor",
        ),
        (spec("span"), [{"start": 0, "end": 1, "side": "response_4"}], "no response_4"),
    ],
)
def test_value_off_the_scale_is_refused_with_what_fits(
    criterion: CriterionSpec, raw: object, says: str
) -> None:
    shown = Shown(n_responses=2 if criterion.kind == "pairwise" else 3)
    with pytest.raises(ValueRefused, match=re.escape(says)):
        parse_value(criterion, raw, shown=shown)


def test_span_counts_code_points_and_takes_its_text_from_the_item() -> None:
    shown = Shown(n_responses=1, texts={"response_1": "a😀bc"})

    stored = parse_value(spec("span"), [{"start": 1, "end": 3, "label": "x"}], shown=shown)

    assert stored.value == [{"start": 1, "end": 3, "text": "😀b", "label": "x"}]


@pytest.mark.parametrize("mark", [{"start": 1, "end": 5}, {"start": 1, "end": 3, "text": "bc"}])
def test_span_outside_or_beside_its_text_is_refused(mark: dict[str, object]) -> None:
    shown = Shown(n_responses=1, texts={"response_1": "a😀bc"})
    with pytest.raises(ValueRefused):
        parse_value(spec("span"), [{**mark, "label": "x"}], shown=shown)


STRONG = spec("pairwise", options={"strengths": 3})


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ({"choice": "response_1", "strength": 3}, (0, -3.0)),
        ({"choice": "response_2", "strength": "2"}, (1, 2.0)),
        ({"choice": "tie"}, (2, 0.0)),
        ({"choice": "tie", "strength": 0}, (2, 0.0)),
        ('{"choice": "response_2", "strength": 1}', (1, 1.0)),
        ("tie", (2, 0.0)),
        ("response_1", (0, None)),
    ],
)
def test_preference_has_a_strength_with_the_sign_of_its_side(
    raw: object, stored: tuple[int, float | None]
) -> None:
    found = parse_value(STRONG, raw, shown=Shown(n_responses=2))
    assert (found.point, found.number) == stored
    assert parse_value(STRONG, found.value) == found


@pytest.mark.parametrize(
    ("criterion", "raw", "says"),
    [
        (STRONG, {"choice": "response_1", "strength": 4}, "from 1 to 3"),
        (STRONG, {"choice": "response_1", "strength": 0}, "from 1 to 3"),
        (STRONG, {"choice": "response_1", "strength": 1.5}, "from 1 to 3"),
        (STRONG, {"choice": "response_1"}, "from 1 to 3"),
        (STRONG, {"choice": "tie", "strength": 1}, "a tie has none"),
        (STRONG, {"choice": ["response_1"], "strength": 1}, "not a choice"),
        (STRONG, {"choice": "response_1", "strength": 1, "x": 1}, "A preference is"),
        (STRONG, "{", "not a JSON object"),
        (spec("pairwise"), {"choice": "response_1", "strength": 1}, "not a choice"),
    ],
)
def test_preference_that_is_none_is_refused(
    criterion: CriterionSpec, raw: object, says: str
) -> None:
    with pytest.raises(ValueRefused, match=re.escape(says)):
        parse_value(criterion, raw, shown=Shown(n_responses=2))


@pytest.mark.parametrize("n", [1, 3])
def test_pairwise_is_of_two_responses(n: int) -> None:
    with pytest.raises(ValueRefused, match=f"this item has {n}"):
        parse_value(spec("pairwise"), "response_1", shown=Shown(n_responses=n))


@given(
    choice=st.sampled_from(["response_1", "response_2", "tie"]),
    strength=st.integers(1, 3),
    order=st.permutations([0, 1]),
)
def test_strength_changes_its_sign_with_its_side_and_comes_back(
    choice: str, strength: int, order: list[int]
) -> None:
    raw = {"choice": choice, "strength": 0 if choice == "tie" else strength}
    stored = parse_value(STRONG, raw)
    there = in_item_order(STRONG, stored, order)
    is_swapped = order == [1, 0]
    assert there.number == (-stored.number if is_swapped and stored.number else stored.number)
    assert parse_value(STRONG, there.value) == there
    assert as_displayed(STRONG, there, order) == stored


@pytest.mark.parametrize(
    ("options", "n", "raw", "is_fine"),
    [
        ({"ties": False}, 3, ["response_1", "response_3", "response_2"], True),
        ({"ties": False}, 3, ["response_1", ["response_3", "response_2"]], False),
        ({"style": "best_worst"}, 2, ["response_2", "response_1"], True),
        ({"style": "best_worst"}, 3, ["response_2", "response_1", "response_3"], True),
        (
            {"style": "best_worst"},
            4,
            ["response_4", ["response_1", "response_3"], "response_2"],
            True,
        ),
        ({"style": "best_worst"}, 4, [f"response_{i}" for i in (1, 2, 3, 4)], False),
        ({"style": "best_worst"}, 3, ["response_1", ["response_3", "response_2"]], False),
        ({"style": "best_worst"}, 2, [["response_1", "response_2"]], False),
    ],
)
def test_ranking_keeps_to_its_style(
    options: dict[str, object], n: int, raw: list[object], is_fine: bool
) -> None:
    criterion = spec("ranking", options=options)
    if is_fine:
        assert parse_value(criterion, raw, shown=Shown(n_responses=n)).value == raw
    else:
        with pytest.raises(ValueRefused):
            parse_value(criterion, raw, shown=Shown(n_responses=n))


def test_reason_is_asked_on_the_answers_that_are_named() -> None:
    scale = spec("ordinal", anchors=FIVE, options={"rationale_on": ["1", "5"]})
    labels = spec("multi_label", anchors=WORDS, options={"rationale_on": ["no"]})
    tie = spec("pairwise", options={"strengths": 2, "rationale_on": ["tie"]})
    assert asks_reason(scale, parse_value(scale, 1))
    assert not asks_reason(scale, parse_value(scale, 3))
    assert not asks_reason(scale, parse_value(scale, {"abstain": True, "reason": "x"}))
    assert asks_reason(labels, parse_value(labels, ["yes", "no"]))
    assert not asks_reason(labels, parse_value(labels, []))
    assert asks_reason(tie, parse_value(tie, "tie"))
    assert not asks_reason(tie, parse_value(tie, {"choice": "response_1", "strength": 1}))
    assert not asks_reason(spec("text"), parse_value(spec("text"), "x"))


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1], [1, 2, 0], [1, 0, 2]])
def test_sides_go_to_item_order_and_back(order: list[int]) -> None:
    spans = [{"start": 0, "end": 1, "text": "a", "label": "", "side": "response_3"}]
    values = {
        spec("ranking"): StoredValue(["response_2", ["response_1", "response_3"]]),
        spec("span"): StoredValue(spans),
        spec("ordinal"): StoredValue(3, 2, 3.0),
    }
    for criterion, stored in values.items():
        there = in_item_order(criterion, stored, order)
        assert as_displayed(criterion, there, order) == stored


def test_pairwise_choice_of_the_left_response_names_the_response_that_was_left() -> None:
    left = StoredValue("response_1", 0)
    assert in_item_order(spec("pairwise"), left, [1, 0]) == StoredValue("response_2", 1)
    assert in_item_order(spec("pairwise"), StoredValue("tie", 2), [1, 0]) == StoredValue("tie", 2)


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
@pytest.mark.parametrize("choice", [("response_1", 0), ("response_2", 1), ("tie", 2)])
def test_pairwise_goes_to_item_order_and_back(order: list[int], choice: tuple[str, int]) -> None:
    there = in_item_order(spec("pairwise"), StoredValue(*choice), order)
    assert as_displayed(spec("pairwise"), there, order) == StoredValue(*choice)


def test_condition_is_followed_through_and_ends_at_an_abstention() -> None:
    first = spec("ordinal", key="first", anchors=FIVE)
    second = spec("categorical", key="second", anchors=WORDS, show_if={"first": [1, "2"]})
    third = spec("text", key="third", show_if={"second": ["no"]})
    specs = (first, second, third)
    two, no = parse_value(first, 2), parse_value(second, "no")

    assert asked(specs, {}) == {"first"}
    assert asked(specs, {"first": two}) == {"first", "second"}
    assert asked(specs, {"first": two, "second": no}) == {"first", "second", "third"}
    assert asked(specs, {"first": parse_value(first, 5), "second": no}) == {"first"}
    assert asked(specs, {"first": StoredValue(is_abstention=True), "second": no}) == {"first"}


def test_condition_circle_asks_nothing() -> None:
    a = spec("text", key="a", show_if={"b": ["x"]})
    b = spec("text", key="b", show_if={"a": ["x"]})
    assert asked((a, b), {"a": StoredValue("x"), "b": StoredValue("x")}) == frozenset()
