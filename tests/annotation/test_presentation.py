"""What raters are shown, and what is read back from their form."""

from collections.abc import Iterable
from typing import Any

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string

from annotation.parts import part_names
from annotation.presentation import PresentedItem, present_item
from annotation.presented_calls import present_call
from annotation.presented_form import present_form, read_form
from annotation.rendering import PresentedText
from rubrics.choices import Kind, Level
from rubrics.models import Criterion
from tests.factories import CATEGORICAL, ORDINAL, PAIRWISE, make_project, make_rubric_version

CONTENT: dict[str, Any] = {
    "messages": [
        {
            "role": "user",
            "content": [{"type": "text", "text": "Hi"}, {"type": "image", "url": "u"}],
        },
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"name": "f", "arguments": '{"a": 1}'}],
        },
    ],
    "responses": [{"text": "first", "model": "secret-a"}, {"text": "second", "model": "secret-b"}],
    "contexts": ["plain", {"id": "doc-1", "text": "named", "url": "https://secret.example"}],
    "sources": [{"model": "secret-c"}],
}


def criteria(*forms: dict[str, Any]) -> list[Criterion]:
    version = make_rubric_version(make_project(), *forms)
    return list(version.criteria.order_by("position").prefetch_related("anchors"))


def posted(text: str) -> QueryDict:
    return QueryDict(text)


def test_present_item_puts_responses_in_the_order_shown() -> None:
    item = present_item(CONTENT, [1, 0])
    shown = [(each.key, each.letter, each.text.source) for each in item.responses]
    assert shown == [("response_1", "A", "second"), ("response_2", "B", "first")]


def test_present_item_takes_named_fields_only() -> None:
    html = render_to_string("annotation/judge/_item.html", {"item": present_item(CONTENT)})
    assert "secret" not in html
    assert "first" in html


def test_present_item_reads_parts_contexts_and_calls() -> None:
    item = present_item(CONTENT)
    assert item.messages[0].text.source == "Hi\n\n[image not shown]"
    assert [context.label for context in item.contexts] == ["Context 1", "doc-1"]
    assert item.messages[1].calls[0].arguments == {"a": 1}
    assert not item.messages[1].calls[0].has_result


def rendered(content: dict[str, Any], **options: Any) -> str:
    item = present_item(content, **options)
    return render_to_string("annotation/judge/_item.html", {"item": item})


def conversation(*messages: dict[str, Any], **content: Any) -> dict[str, Any]:
    return {"messages": list(messages), "responses": [{"text": "r"}], **content}


CALL = {"id": "c1", "name": "weather", "arguments": '{"city": "Oslo"}'}


def test_answers_of_tools_stand_with_their_calls() -> None:
    item = present_item(
        conversation(
            {"role": "user", "content": "Rain?"},
            {"role": "assistant", "tool_calls": [CALL, {"name": "other", "arguments": {}}]},
            {"role": "tool", "tool_call_id": "c1", "content": '{"rain": true}'},
            {"role": "tool", "tool_call_id": "unknown", "content": "alone"},
            {"role": "assistant", "content": "Yes."},
        )
    )
    assert [message.part for message in item.messages] == ["turn_1", "turn_2", "turn_4", "turn_5"]
    first, second = item.messages[1].calls
    assert (first.part, first.result, first.summary) == ("step_1", {"rain": True}, "city: Oslo")
    assert (second.part, second.has_result) == ("step_2", False)


def test_parts_have_the_names_that_criteria_ask_about() -> None:
    content = conversation(
        {"role": "user", "content": "q"},
        {"role": "assistant", "content": "a", "tool_calls": [CALL]},
        tool_calls=[CALL],
    )
    content["responses"] = [{"text": "x", "tool_calls": [CALL, CALL]}, {"text": "y"}]
    html = rendered(content)
    asked = [name for per in ("response", "turn", "step") for name in part_names(per, content)]
    assert asked == [
        "response_1", "response_2", "turn_2", "response_1", "response_2",
        "step_1", "step_2", "response_1_step_1", "response_1_step_2",
    ]  # fmt: skip
    assert all(html.count(f'id="part-{name}"') == 1 for name in asked)


@pytest.mark.parametrize(
    ("call", "is_failed"),
    [
        ({"result": {"error": "no such city"}}, True),
        ({"result": '{"status": "ERROR"}'}, True),
        ({"error": "timeout"}, True),
        ({"result": {"is_error": True}}, True),
        ({"result": {"status": "ok", "error": None}}, False),
        ({"result": "an error in the text is not one of the tool"}, False),
        ({}, False),
    ],
)
def test_a_call_says_whether_it_failed(call: dict[str, Any], is_failed: bool) -> None:
    assert present_call(CALL | call, "step_1").is_failed is is_failed


def test_instructions_are_folded_and_unknown_roles_keep_their_names() -> None:
    html = rendered(
        conversation(
            {"role": "system", "content": "Be brief."}, {"role": "referee<b>", "content": "Stop."}
        )
    )
    assert '<details class="turn turn-other turn-folded" id="part-turn_1"' in html
    assert "referee&lt;b&gt;" in html


def test_raw_view_covers_everything() -> None:
    content = conversation({"role": "user", "content": "**q**", "tool_calls": [CALL]})
    content["contexts"] = [{"id": f"d{n}", "text": "*c*"} for n in range(20)]
    content["responses"] = [{"text": "**r**"}]
    item = present_item(content, show_reference=True, reference="**ref**")
    html = render_to_string("annotation/judge/_item.html", {"item": item, "raw": True})
    assert "<strong>" not in html
    assert all(f"**{each}**" in html for each in ("q", "r", "ref"))
    assert html.count("*c*") == 40, "each context as its line and as its text"
    assert html.count('<details class="context" data-context') == html.count(" open><summary><span")
    assert "&quot;city&quot;: &quot;Oslo&quot;" in html


def test_many_contexts_are_folded_and_can_be_filtered() -> None:
    few = rendered(conversation({"role": "user", "content": "q"}, contexts=["a", "b"]))
    many = rendered(conversation({"role": "user", "content": "q"}, contexts=["a"] * 200))
    assert "data-filter-contexts" not in few
    assert "data-filter-contexts" in many
    assert 'data-context="200">' in many
    assert 'data-context="2" open>' in few


@pytest.mark.parametrize("shows", [True, False])
def test_present_item_shows_the_reference_only_where_asked(shows: bool) -> None:
    item = present_item(CONTENT, show_reference=shows, reference="the answer")
    assert (item.reference is not None) is shows


def test_present_item_copes_with_an_empty_one() -> None:
    assert present_item({}) == PresentedItem()


@pytest.mark.django_db
def test_read_form_returns_what_present_form_shows() -> None:
    asked = criteria(
        ORDINAL,
        CATEGORICAL,
        PAIRWISE,
        {"key": "n", "kind": Kind.NUMERIC, "level": Level.RATIO},
        {"key": "m", "kind": Kind.MULTI_LABEL, "level": Level.SET, "anchors": ["x", "y"]},
        {"key": "t", "kind": Kind.TEXT, "level": Level.NOMINAL},
        {"key": "r", "kind": Kind.RANKING, "level": Level.ORDINAL},
        {"key": "s", "kind": Kind.SPAN, "level": Level.SET, "anchors": ["major"]},
    )
    item = present_item(CONTENT)
    body = read_form(
        asked,
        item,
        posted(
            "value-quality=4&value-verdict=no&value-preference=response_2&value-n=0.5&value-m=y"
            "&value-t=a%0D%0Ab&place-r-response_1=2&place-r-response_2=1"
            "&mark-s-quote=con&mark-s-label=major&mark-s-side=response_2&mark-s-start="
            "&rationale=why&confidence=3&seconds_spent=12.34&base_revision=2"
        ),
    )
    span = {"start": 2, "end": 5, "text": "con", "label": "major", "side": "response_2"}
    assert body == {
        "ratings": {
            "quality": "4",
            "verdict": "no",
            "preference": "response_2",
            "n": "0.5",
            "m": ["y"],
            "t": "a\nb",
            "r": ["response_2", "response_1"],
            "s": [span],
        },
        "rationale": "why",
        "confidence": 3,
        "seconds_spent": 12.3,
        "base_revision": 2,
    }
    form = present_form(asked, item, body=body)
    words = [question.answer_in_words for question in form.questions]
    assert words == [
        "Label 4",
        "Label no",
        "B is better",
        "0.5",
        "Label y",
        "a\nb",
        "A: 2, B: 1",
        "“con”",
    ]


@pytest.mark.django_db
def test_read_form_tells_abstention_none_and_no_answer_apart() -> None:
    labels = {"key": "m", "kind": Kind.MULTI_LABEL, "level": Level.SET, "anchors": ["x"]}
    asked, item = criteria(ORDINAL, labels), present_item(CONTENT)

    def ratings(text: str) -> Any:
        return read_form(asked, item, posted(text))["ratings"]

    abstained = {"abstain": True, "reason": "unclear"}
    assert ratings("") == {}
    assert ratings("none-m=1") == {"m": []}
    assert ratings("abstain-quality=1&reason-quality=unclear&value-quality=3") == {
        "quality": abstained
    }
    assert ratings("abstain-all=1&abstain-all-reason=unclear&value-quality=3") == {
        "quality": abstained,
        "m": abstained,
    }


@pytest.mark.django_db
def test_read_form_leaves_out_what_was_not_asked() -> None:
    follow_up = {**CATEGORICAL, "key": "why", "show_if": {"quality": [1, 2]}}
    asked, item = criteria(ORDINAL, follow_up), present_item(CONTENT)
    assert "why" not in read_form(asked, item, posted("value-quality=4&value-why=yes"))["ratings"]
    assert "why" in read_form(asked, item, posted("value-quality=2&value-why=yes"))["ratings"]


@pytest.mark.django_db
def test_read_form_keeps_words_that_stand_nowhere_for_the_service_to_refuse() -> None:
    asked = criteria({"key": "s", "kind": Kind.SPAN, "level": Level.SET})
    body = read_form(
        asked, present_item(CONTENT), posted("mark-s-quote=absent&mark-s-side=response_1")
    )
    mark = body["ratings"]["s"][0]
    assert mark["end"] > len("first")


@pytest.mark.django_db
def test_present_form_puts_errors_beside_their_questions() -> None:
    form = present_form(
        criteria(ORDINAL),
        present_item(CONTENT),
        errors={"ratings.quality": ["bad"], "rationale": ["long"], "other": ["odd"]},
    )
    assert form.questions[0].errors == ("bad",)
    assert (form.rationale_errors, form.errors) == (("long",), ("odd",))


@pytest.mark.django_db
def test_judgment_form_renders_without_a_request() -> None:
    asked, item = criteria(ORDINAL, PAIRWISE), present_item(CONTENT)
    context = {"form": present_form(asked, item), "item": item}
    html = render_to_string("annotation/judge/_judgment_form.html", context)
    assert html.count('data-key="3"') == 2, "the third anchor, and confidence"
    assert 'data-key="A"' in html


def _drawn(texts: Iterable[PresentedText]) -> list[bool]:
    return ["text-plain" not in text.html for text in texts]


def test_a_thousand_costly_texts_are_drawn_as_far_as_a_page_may_take() -> None:
    costly = "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 100
    contexts = [{"text": f"{n}\n\n{costly}"} for n in range(1000)]
    item = present_item({"responses": [{"text": "*a*"}], "contexts": contexts})

    drawn = _drawn(context.text for context in item.contexts)

    n = sum(drawn)
    assert 20 < n < 200
    assert drawn == [True] * n + [False] * (1000 - n)
    assert _drawn(response.text for response in item.responses) == [True]


def test_every_response_has_the_same_share() -> None:
    """Which one stands first makes no difference to how the others look (T02)."""
    costly = "[" * 1000
    responses = [{"text": f"{n} *a* {costly}"} for n in range(20)]
    item = present_item({"responses": [*responses, {"text": "*b*"}]})

    drawn = _drawn(response.text for response in item.responses)

    assert drawn == [False] * 20 + [True]
