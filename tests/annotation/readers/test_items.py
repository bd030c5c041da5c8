"""The neutral form: what a valid item is and what each mistake is told."""

import json

import pytest

from annotation.readers import DEFAULT_LIMITS, ItemForm, Limits, validate_item
from tests.annotation.readers.files import item


def errors_of(data, limits=DEFAULT_LIMITS):
    found = validate_item(data, limits=limits)
    assert isinstance(found, list), found
    return [(each.field, str(each.problem)) for each in found]


def form_of(data):
    found = validate_item(data)
    assert isinstance(found, ItemForm), found
    return found


def test_whole_item_is_read_part_by_part():
    data = {
        "item_id": "chat-7",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "Weather in Oslo?"}]},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "weather", "arguments": '{"city": "Oslo"}'},
                    }
                ],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "4 °C"},
        ],
        "responses": [
            {"model": "a", "text": "Four degrees.", "url": "https://example.org/a"},
            {"model": "b", "text": "", "tool_calls": [{"name": "weather", "arguments": {}}]},
        ],
        "reference": "4 °C",
        "contexts": ["plain", {"id": "doc1", "text": "with an id"}],
        "slices": {"language": "no", "turns": 2, "hard": True, "absent": None},
        "meta": {"run": [1, 2.5, None]},
        "group": "weather",
    }

    assert form_of(data) == ItemForm(
        item_id="chat-7",
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "Weather in Oslo?"}]},
            {
                "role": "assistant",
                "tool_calls": [{"id": "c1", "name": "weather", "arguments": '{"city": "Oslo"}'}],
            },
            {"role": "tool", "content": "4 °C", "tool_call_id": "c1"},
        ],
        responses=[
            {"text": "Four degrees.", "model": "a", "url": "https://example.org/a"},
            {"text": "", "model": "b", "tool_calls": [{"name": "weather", "arguments": {}}]},
        ],
        reference="4 °C",
        contexts=[{"text": "plain"}, {"id": "doc1", "text": "with an id"}],
        slices={"language": "no", "turns": "2", "hard": "true"},
        meta={"run": [1, 2.5, None]},
        group="weather",
    )


def test_prompt_and_single_user_message_are_the_same_content():
    prompt = form_of(item())
    messages = form_of(
        {
            "item_id": "other",
            "messages": [{"role": "user", "content": item()["prompt"]}],
            "responses": item()["responses"],
        }
    )
    assert prompt.content_hash == messages.content_hash


def test_whole_number_is_accepted_as_id():
    assert form_of(item(17)).item_id == "17"


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"item_id": None}, "item_id", "The id is empty"),
        ({"item_id": ""}, "item_id", "unique in the project"),
        ({"item_id": True}, "item_id", "The id is true or false"),
        ({"item_id": 1.5}, "item_id", "The id is a number. Write it as text"),
        ({"item_id": " q1"}, "item_id", "begins or ends with white space"),
        ({"item_id": "q\n1"}, "item_id", "holds an invisible character"),
        ({"item_id": "q" * 201}, "item_id", "201 characters; at most 200"),
        ({"prompt": None}, "prompt", "Give every item a prompt or messages"),
        ({"prompt": 4}, "prompt", "a number, not a text"),
        ({"messages": [{"role": "user", "content": "x"}]}, "prompt", "Keep one of them"),
        ({"prompt": None, "messages": []}, "messages", "The list is empty"),
        ({"prompt": None, "messages": "hello"}, "messages", "a text, not a list"),
        ({"prompt": None, "messages": ["hello"]}, "messages[0]", "a text, not an object"),
        (
            {"prompt": None, "messages": [{"role": "", "content": "x"}]},
            "messages[0].role",
            "Give it a role",
        ),
        (
            {"prompt": None, "messages": [{"role": "user"}]},
            "messages[0].content",
            "neither content nor tool calls",
        ),
        (
            {"prompt": None, "messages": [{"role": "user", "content": [{"type": "poem"}]}]},
            "messages[0].content[0].type",
            "Use one of: text, image_url",
        ),
        (
            {
                "prompt": None,
                "messages": [
                    {
                        "role": "user",
                        "content": [{"type": "image_url", "image_url": {"url": "javascript:x"}}],
                    }
                ],
            },
            "messages[0].content[0].image_url",
            "must begin with http:// or https://",
        ),
        (
            {
                "prompt": None,
                "messages": [{"role": "assistant", "tool_calls": [{"arguments": "{}"}]}],
            },
            "messages[0].tool_calls[0].name",
            "does not name its function",
        ),
        ({"responses": None}, "responses", "Give every item at least one response"),
        ({"responses": []}, "responses", "The list is empty"),
        ({"responses": ["text"]}, "responses[0]", "a text, not an object"),
        ({"responses": [{"text": True}]}, "responses[0].text", "true or false, not a text"),
        ({"responses": [{"text": 7}]}, "responses[0].text", "a number, not a text"),
        ({"responses": [{"model": "m"}]}, "responses[0].text", "The text is missing"),
        (
            {"responses": [{"txt": "x", "text": "y"}]},
            "responses[0].txt",
            "Known are: model, text, url, tool_calls",
        ),
        ({"responses": [{"text": "x"}] * 51}, "responses", "51 entries; at most 50"),
        ({"reference": ["a"]}, "reference", "a list, not a text"),
        ({"contexts": "text"}, "contexts", "a text, not a list"),
        ({"contexts": [{"id": "d"}]}, "contexts[0].text", "The text is missing"),
        ({"slices": ["de"]}, "slices", "a list, not an object"),
        ({"slices": {"lang": {}}}, "slices.lang", "A slice has a text, a number or true"),
        ({"slices": {" ": "x"}}, "slices", "has no name"),
        ({"meta": "x"}, "meta", "a text, not an object"),
        ({"meta": {"x": float("nan")}}, "meta.x", "The number is nan"),
        ({"slices": {"x": float("inf")}}, "slices.x", "The number is inf"),
        ({"group": 5}, "group", "a number, not a text"),
    ],
)
def test_mistake_names_field_and_fix(change, field, says):
    data = {**item(), **change}
    [(found_field, message)] = errors_of(data)
    assert found_field == field
    assert says in message


def test_all_mistakes_of_an_item_are_reported():
    data = item("", responses=[{"text": True}], reference=3)
    assert [field for field, _ in errors_of(data)] == [
        "item_id",
        "responses[0].text",
        "reference",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a\x00b", "U+0000 at position 2"),
        ("\x1b[31m", "U+001B at position 1"),
        ("abc\x08", "U+0008 at position 4"),
        ("page\x0cbreak", "U+000C at position 5"),
        ("\ud83d cut", "half of a character (U+D83D) at position 1"),
        ("x\uffff", "U+FFFF at position 2"),
    ],
)
@pytest.mark.parametrize("field", ["prompt", "responses[0].text", "meta.note", "slices.s"])
def test_character_that_cannot_be_shown_is_refused_with_its_field(text, says, field):
    data = item(meta={"note": "x"}, slices={"s": "x"})
    match field:
        case "prompt":
            data["prompt"] = text
        case "responses[0].text":
            data["responses"] = [{"text": text}]
        case "meta.note":
            data["meta"] = {"note": text}
        case "slices.s":
            data["slices"] = {"s": text}
    found = errors_of(data)
    assert [(("messages[0].content" if field == "prompt" else field), True)] == [
        (each, says in message) for each, message in found
    ]


def test_forbidden_character_in_a_name_is_refused():
    assert [field for field, _ in errors_of(item(meta={"a\x00": 1}))] == ["meta"]


def test_text_about_escapes_is_allowed():
    text = "The escapes \\u0000, \\b and \\f; tabs\t, line\r\nends, emoji 😀 and \u202ebidi"
    assert form_of(item(reference=text)).reference == text


def test_oversized_text_is_refused_by_its_bytes():
    limits = Limits(cell_bytes=10)
    ok = {"item_id": "q", "prompt": "p", "responses": [{"text": "ää ää ä"}]}
    assert errors_of(ok, limits) == [
        ("responses[0].text", "The text is larger than 10 bytes. Shorten it.")
    ]
    ok["responses"] = [{"text": "ää ää"}]
    assert isinstance(validate_item(ok, limits=limits), ItemForm)


def test_deeply_nested_meta_is_refused():
    meta = {"a": 1}
    for _ in range(40):
        meta = {"a": meta}
    assert errors_of(item(meta=meta)) == [
        ("meta", "The value is nested deeper than 32 levels. Flatten it.")
    ]


def test_content_hash_ignores_order_of_members_and_the_id():
    one = form_of(item("a", slices={"x": "1", "y": "2"}))
    two = form_of(json.loads(json.dumps(item("b", slices={"y": "2", "x": "1"}))))
    assert one.content_hash == two.content_hash
    assert len(one.content_hash) == 64


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": "Other?"},
        {"responses": [{"model": "m2", "text": "100 °C at sea level."}]},
        {"reference": ""},
        {"contexts": ["c"]},
        {"slices": {"a": "b"}},
        {"meta": {"a": "b"}},
    ],
)
def test_content_hash_changes_with_every_part(change):
    assert form_of(item()).content_hash != form_of(item(**change)).content_hash
