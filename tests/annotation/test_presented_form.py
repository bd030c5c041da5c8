"""Every kind of question: what is shown with an answer in it is what is read back."""

import json
from typing import Any

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.answers import read_answer
from annotation.criteria import spec_of
from annotation.parts import parts_by_per
from annotation.presentation import PresentedItem, present_item
from annotation.presented_form import PresentedForm, present_form, read_form
from annotation.values import Shown, parse_value
from rubrics.choices import Kind, Level
from rubrics.models import Anchor, Criterion
from tests.annotation.html_forms import successful_fields
from tests.factories import ORDINAL, make_project, make_rubric_version

CONTENT: dict[str, Any] = {
    "messages": [
        {"role": "user", "content": "Where?"},
        {
            "role": "assistant",
            "content": "There.",
            "tool_calls": [{"name": "map", "arguments": {}}],
        },
        {"role": "user", "content": "Sure?"},
        {"role": "assistant", "content": "Yes, there."},
    ],
    "responses": [{"text": "one\ntwo"}, {"text": "\nthree"}, {"text": "four"}],
}


def item(n: int = 2) -> PresentedItem:
    return present_item({**CONTENT, "responses": CONTENT["responses"][:n]})


def criterion(kind: str, *, anchors: tuple[Any, ...] = (), **fields: Any) -> Criterion:
    """Not stored: presenting and reading need no database."""
    fields = {"key": "k", "question": "Which?", "level": Level.NOMINAL, "position": 0} | fields
    made = Criterion(pk=1, kind=kind, **fields)
    points = [
        anchor
        if isinstance(anchor, Anchor)
        else Anchor(
            value=str(anchor),
            number=float(anchor) if isinstance(anchor, int) else None,
            label=f"Label {anchor}",
            position=place,
        )
        for place, anchor in enumerate(anchors)
    ]
    made._prefetched_objects_cache = {"anchors": _Points(points)}  # type: ignore[attr-defined]
    return made


class _Points(list[Anchor]):
    def all(self) -> list[Anchor]:
        return list(self)


def rendered(form: PresentedForm, shown: PresentedItem) -> str:
    return render_to_string("annotation/judge/_judgment_form.html", {"form": form, "item": shown})


def sent_back(asked: Criterion, shown: PresentedItem, value: Any) -> Any:
    """What a browser would post of the form with `value` in it, read again."""
    html = rendered(present_form([asked], shown, body={"ratings": {"k": value}}), shown)
    posted = QueryDict(mutable=True)
    for name, field in successful_fields(html):
        posted.appendlist(name, field)
    return read_form([asked], shown, posted)["ratings"].get("k")


STRENGTHS = st.builds(
    lambda choice, n: {"choice": choice, "strength": 0 if choice == "tie" else n},
    st.sampled_from(["response_1", "response_2", "tie"]),
    st.integers(1, 3),
)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), min_size=1, max_size=40)
LABELS = [f"{group}/{n}" for group in ("tools", "facts") for n in range(8)]
CASES: list[tuple[Criterion, int, st.SearchStrategy[Any]]] = [
    (criterion(Kind.ORDINAL, anchors=(1, 2, 3)), 1, st.sampled_from([1, 2, 3])),
    (criterion(Kind.CATEGORICAL, anchors=tuple(LABELS)), 1, st.sampled_from(LABELS)),
    (criterion(Kind.NUMERIC, options={"min": 0, "max": 10}), 1, st.integers(0, 10)),
    (
        criterion(Kind.MULTI_LABEL, anchors=tuple(LABELS)),
        1,
        st.lists(st.sampled_from(LABELS), unique=True),
    ),
    (criterion(Kind.PAIRWISE), 2, st.sampled_from(["response_1", "response_2", "tie"])),
    (criterion(Kind.PAIRWISE, options={"strengths": 3}), 2, STRENGTHS),
    (
        criterion(Kind.RANKING),
        3,
        st.permutations(["response_1", "response_2", "response_3"]).map(
            lambda names: [names[0], names[1:]]
        ),
    ),
    (
        criterion(Kind.RANKING, options={"style": "best_worst"}),
        3,
        st.permutations(["response_1", "response_2", "response_3"]),
    ),
    (criterion(Kind.TEXT), 1, WORDS.filter(str.strip)),
    (criterion(Kind.TEXT, options={"corrects": True}), 2, WORDS.filter(str.strip)),
    (
        criterion(Kind.ORDINAL, anchors=(1, 2, 3), options={"per": "turn"}),
        2,
        st.dictionaries(
            st.sampled_from(["turn_2", "turn_4", "response_1", "response_2"]),
            st.sampled_from([1, 2, {"abstain": True, "reason": "no idea"}]),
            min_size=1,
        ),
    ),
    (
        criterion(Kind.TEXT, options={"corrects": True, "per": "response"}),
        2,
        st.dictionaries(
            st.sampled_from(["response_1", "response_2"]), WORDS.filter(str.strip), min_size=1
        ),
    ),
    (
        criterion(Kind.ORDINAL, anchors=(1, 2), options={"abstain_reasons": ["cut off", "no: x"]}),
        1,
        st.sampled_from(["cut off", "cut off: at the end", "no: x", "mine", "no: x: y"]).map(
            lambda reason: {"abstain": True, "reason": reason}
        ),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0].kind} {case[0].options}")
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_answer_in_a_form_comes_back_as_it_was(case: Any, data: st.DataObject) -> None:
    asked, n, values = case
    value = data.draw(values)
    again = sent_back(asked, item(n), value)
    assert _normal(asked, again, n) == _normal(asked, value, n)


def _normal(asked: Criterion, value: Any, n: int) -> Any:
    spec = spec_of(asked)
    if spec.per and isinstance(value, dict) and "abstain" not in value:
        return {part: parse_value(spec, each) for part, each in value.items()}
    return parse_value(spec, value, shown=Shown(n_responses=n))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0].kind} {case[0].options}")
def test_untouched_form_answers_nothing(case: Any) -> None:
    asked, n, _values = case
    assert sent_back(asked, item(n), None) is None


def test_correction_that_says_nothing_is_wrong_sends_the_response_itself() -> None:
    asked = criterion(Kind.TEXT, options={"corrects": True})
    shown = item(2)
    posted = QueryDict("value-k=three&same-k=1&of-k=response_2")
    body = read_form([asked], shown, posted)
    assert body["ratings"] == {"k": "\nthree"}
    form = present_form([asked], shown, body=body)
    assert form.questions[0].is_unchanged
    assert sent_back(asked, shown, "\nthree") == "\nthree"


def test_best_alone_and_worst_alone_are_kept_in_a_draft() -> None:
    asked = criterion(Kind.RANKING, options={"style": "best_worst"})
    for posted, ends in (
        ("best-k=response_2", [(False, False), (True, False), (False, False)]),
        ("worst-k=response_3", [(False, False), (False, False), (False, True)]),
    ):
        body = read_form([asked], item(3), QueryDict(posted))
        question = present_form([asked], item(3), body=body).questions[0]
        assert [(best, worst) for _k, _l, best, worst in question.best_and_worst] == ends


def test_conditions_are_followed_through_whatever_their_order() -> None:
    last = criterion(Kind.TEXT, key="last", show_if={"second": ["no"]})
    second = criterion(Kind.CATEGORICAL, key="second", anchors=("yes", "no"), show_if={"k": [1]})
    first = criterion(Kind.ORDINAL, anchors=(1, 2))
    asked = [last, second, first]

    def keys(posted: str) -> set[str]:
        return set(read_form(asked, item(), QueryDict(posted))["ratings"])

    assert keys("value-last=x&value-second=no&value-k=1") == {"last", "second", "k"}
    assert keys("value-last=x&value-second=no&value-k=2") == {"k"}
    assert keys("value-last=x&value-second=no&value-k=1&abstain-second=1") == {"second", "k"}


def test_condition_goes_by_the_side_that_is_preferred_whatever_its_strength() -> None:
    why = criterion(Kind.TEXT, key="why", show_if={"k": ["response_1", "response_2"]})
    asked = [criterion(Kind.PAIRWISE, options={"strengths": 2}), why]
    assert (
        "why" in read_form(asked, item(), QueryDict("value-k=response_1:2&value-why=x"))["ratings"]
    )
    assert "why" not in read_form(asked, item(), QueryDict("value-k=tie&value-why=x"))["ratings"]


def test_parts_have_labels_quotes_and_their_own_errors() -> None:
    asked = criterion(Kind.ORDINAL, anchors=(1, 2), options={"per": "turn"})
    form = present_form([asked], item(), errors={"ratings.k.turn_4": ["bad"], "ratings.k": ["all"]})
    question = form.questions[0]
    lines = [(line.part, line.part_label, line.quote, line.errors) for line in question.lines]
    assert lines == [
        ("turn_2", "turn 2", "There.", ()),
        ("turn_4", "turn 4", "Yes, there.", ("bad",)),
        ("response_1", "response A", "one two", ()),
        ("response_2", "response B", "three", ()),
    ]
    assert question.errors == ("all",)
    assert ([each.is_required for each in form.asked], form.errors) == ([True] * 4, ())


def test_the_only_response_has_no_letter_and_a_turn_without_words_is_named_by_its_calls() -> None:
    asked = criterion(Kind.ORDINAL, anchors=(1, 2), options={"per": "turn"})
    calls = [{"name": "search", "arguments": {"q": "x"}}, {"name": "stop", "arguments": {}}]
    silent = present_item(
        {
            "messages": [{"role": "assistant", "content": "", "tool_calls": calls}],
            "responses": [{"text": "one", "tool_calls": calls[:1]}],
        }
    )
    lines = [
        (line.part_label, line.quote) for line in present_form([asked], silent).questions[0].lines
    ]
    assert lines == [("turn 1", "search q: x; stop"), ("response", "one")]
    asked = criterion(Kind.ORDINAL, anchors=(1, 2), options={"per": "step"})
    labels = [line.part_label for line in present_form([asked], silent).questions[0].lines]
    assert labels == ["step 1", "step 2", "response, step 1"]


@pytest.mark.parametrize("per", ["turn", "step"])
def test_no_more_parts_are_asked_about_than_are_shown(per: str) -> None:
    turn = {"role": "assistant", "content": "x", "tool_calls": [{"name": "f", "arguments": {}}]}
    content = {"messages": [turn] * 1_003, "responses": [{"text": "one"}]}
    asked = criterion(Kind.ORDINAL, anchors=(1, 2), options={"per": per})
    lines = present_form([asked], present_item(content)).questions[0].lines
    assert tuple(line.part for line in lines) == parts_by_per([spec_of(asked)], content)[per]
    assert len(lines) == 1_000 + (per == "turn")


def test_steps_are_the_parts_that_the_service_knows() -> None:
    asked = criterion(Kind.ORDINAL, anchors=(1, 2), options={"per": "step"})
    question = present_form([asked], item()).questions[0]
    known = parts_by_per([spec_of(asked)], CONTENT)["step"]
    assert tuple(line.part for line in question.lines) == known == ("step_1",)
    assert question.lines[0].quote.startswith("map")


def test_criterion_about_parts_is_not_asked_of_an_item_without_them() -> None:
    asked = criterion(Kind.ORDINAL, anchors=(1, 2), options={"per": "step"})
    bare = present_item({"responses": [{"text": "x"}]})
    assert present_form([asked], bare).questions == ()
    assert (
        read_form([asked], bare, QueryDict("abstain-all=1&abstain-all-reason=x"))["ratings"] == {}
    )


def test_abstaining_from_all_parts_is_one_abstention() -> None:
    asked = criterion(Kind.ORDINAL, anchors=(1, 2), options={"per": "turn"})
    posted = QueryDict("abstain-k=1&reason-k=late&value-k--turn_2=1")
    body = read_form([asked], item(), posted)
    assert body["ratings"] == {"k": {"abstain": True, "reason": "late"}}
    assert present_form([asked], item(), body=body).questions[0].is_abstained


def test_reason_is_asked_for_by_name() -> None:
    asked = criterion(Kind.ORDINAL, anchors=(1, 2), options={"rationale_on": ["1"]})
    spec = spec_of(asked)
    assert read_answer({"ratings": {"k": 2}}, [spec]).rationale == ""
    assert read_answer({"ratings": {"k": 1}, "rationale": "so"}, [spec]).rationale == "so"
    with pytest.raises(Exception, match="accepted") as refused:
        read_answer({"ratings": {"k": 1}, "rationale": " "}, [spec])
    assert refused.value.fields == {"rationale": ["Say why: the answer to “k” needs a reason."]}  # type: ignore[attr-defined]


def test_comparison_of_other_than_two_responses_is_not_offered() -> None:
    html = rendered(present_form([criterion(Kind.PAIRWISE)], item(3)), item(3))
    assert 'name="value-k"' not in html
    assert "compares two responses" in html


def test_strengths_stand_in_one_row_with_keys_from_left_to_right() -> None:
    question = present_form([criterion(Kind.PAIRWISE, options={"strengths": 2})], item()).questions[
        0
    ]
    assert [(c.value, c.key, c.cycle) for c in question.choices] == [
        ("response_1:2", "1", "a"),
        ("response_1:1", "2", "a"),
        ("tie", "3", "e"),
        ("response_2:1", "4", "b"),
        ("response_2:2", "5", "b"),
    ]
    assert question.layout == "strengths"


def test_taxonomy_groups_by_value_or_by_label() -> None:
    anchors = (
        Anchor(value="tool_use/wrong_argument", label="Wrong argument", position=0),
        Anchor(value="tool_use/late", label="Tools / Timing / Too late", position=1),
        Anchor(value="other", label="Other", position=2),
        Anchor(value="/odd", label="Odd / even", position=3),
    )
    question = present_form([criterion(Kind.MULTI_LABEL, anchors=anchors)], item()).questions[0]
    assert [(group, [c.label for c in choices]) for group, choices in question.groups] == [
        ("Tool use", ["Wrong argument"]),
        ("Tools › Timing", ["Too late"]),
        ("", ["Other", "Odd / even"]),
    ]
    assert question.is_searched


def test_examples_say_whether_they_fit() -> None:
    anchors = (
        Anchor(value="1", label="1", position=0, examples=["Fits: a", "Does not fit: b", "c"]),
    )
    question = present_form([criterion(Kind.ORDINAL, anchors=anchors)], item()).questions[0]
    assert [(e.text, e.fits) for e in question.choices[0].examples] == [
        ("a", True),
        ("b", False),
        ("c", None),
    ]


def test_hostile_words_of_an_item_stay_words() -> None:
    evil = '</textarea></template><script>alert(1)</script>"'
    shown = present_item({"responses": [{"text": evil}, {"text": evil}]})
    asked = [
        criterion(Kind.TEXT, options={"corrects": True, "per": "response"}),
        criterion(Kind.TEXT, key="t", options={"corrects": True}),
    ]
    assert "<script" not in rendered(present_form(asked, shown), shown)


@pytest.mark.django_db
def test_form_asks_the_database_nothing_more_for_more_parts(
    django_assert_num_queries: Any,
) -> None:
    per_turn = {**ORDINAL, "options": {"per": "turn"}}
    version = make_rubric_version(make_project(), per_turn)
    asked = list(version.criteria.prefetch_related("anchors"))
    many = [{"role": "assistant", "content": f"turn {n}"} for n in range(40)]
    with django_assert_num_queries(0):
        form = present_form(asked, present_item({"messages": many, "responses": []}))
        html = rendered(form, present_item({}))
    assert len(list(form.asked)) == 40
    assert json.dumps("value-quality--turn_40")[1:-1] in html
