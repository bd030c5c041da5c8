"""What raters are shown, and what is read back from their form."""

from typing import Any

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string

from annotation.presentation import PresentedItem, present_item
from annotation.presented_form import present_form, read_form
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
    assert item.messages[1].calls[0].arguments == '{\n  "a": 1\n}'
    assert item.messages[1].calls[0].result is None


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
