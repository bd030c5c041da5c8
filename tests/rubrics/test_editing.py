"""The editor's fields: what is shown comes back unchanged, and what each button does."""

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rubrics.checks import problems_of
from rubrics.editing import applied, nested, raw_of, readable
from rubrics.forms import editor_of
from rubrics.reading import read
from tests.rubrics.conftest import a_form
from tests.rubrics.test_yaml_form import rubrics

pytestmark = pytest.mark.pure


def posted(raw) -> QueryDict:
    """What a browser sends for the editor's page: every field as it is rendered."""
    editor, data = editor_of(raw, [], refresh={}), QueryDict(mutable=True)
    forms = [editor.general]
    for card in editor.criteria:
        forms += [card.fields, *(anchor.fields for anchor in card.anchors)]
        for group in card.conditions:
            for value, _label, chosen in group.choices:
                if chosen:
                    data.appendlist(f"{card.fields.prefix}-show_if", value)
    for form in forms:
        for field in form:
            value = field.value()
            if field.widget_type == "checkbox":
                if value:
                    data[field.html_name] = "on"
            else:
                data[field.html_name] = "" if value is None else str(value).replace("\n", "\r\n")
    return data


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rubrics().filter(
        lambda f: all("\n" not in e for c in f.criteria for a in c.anchors for e in a.examples)
    )
)
def test_what_the_editor_shows_comes_back_unchanged(form):
    read_back, problems = read(readable(nested(posted(raw_of(form))), form.key))
    assert problems == []
    # A condition on a criterion without points has no boxes; the generator makes none.
    assert read_back == form


keys = st.sampled_from(
    ["title", "criteria-0-key", "criteria-0-kind", "criteria-0-weight", "criteria-0-show_if",
     "criteria-0-anchors-0-value", "criteria-0-anchors-7-examples", "criteria-9-level", "criteria-",
     "criteria-x-key", "criteria-0-anchors-", "criteria-0-option_tie", "criteria-0-option_min"]
)  # fmt: skip
values = st.one_of(
    st.sampled_from(["", "ordinal", "pairwise", "1", "=", "a=b", "\x00"]), st.text(max_size=9)
)
doings = st.sampled_from(
    ["save", "add", "remove:0", "up:1", "down:0", "add-anchor:0", "remove-anchor:0:0", "up-anchor:0:1",
     "refresh", "remove:99", "up:-1", "down-anchor:0", "x:y:z", "remove-anchor:0:99", "up:²"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(keys, values), max_size=12), doings)
def test_any_post_is_read_and_shown(pairs, do):
    data = QueryDict(mutable=True)
    for key, value in pairs:
        data.appendlist(key, value)
    raw, focus = applied(nested(data), do)
    _form, problems = read(readable(raw, "k"))
    editor_of(raw, problems, refresh={}, focus=focus)


def criteria_keys(raw):
    return [criterion["key"] for criterion in raw["criteria"]]


def test_add_puts_a_criterion_with_a_scale_at_the_end():
    raw, focus = applied(raw_of(a_form()), "add")
    assert criteria_keys(raw) == ["good", "why", "criterion_3"]
    assert [anchor["value"] for anchor in raw["criteria"][2]["anchors"]] == ["1", "2", "3"]
    assert focus == "question:2"


def test_move_keeps_the_keyboard_where_it_can_go_on():
    raw, focus = applied(raw_of(a_form()), "down:0")
    assert (criteria_keys(raw), focus) == (["why", "good"], "up:1")


def test_removed_criterion_takes_its_conditions_along():
    raw, _focus = applied(raw_of(a_form()), "remove:0")
    assert criteria_keys(raw) == ["why"]
    assert raw["criteria"][0]["show_if"] == {}


def test_renamed_criterion_keeps_its_conditions():
    raw = raw_of(a_form())
    raw["criteria"][0]["key"] = "better"
    raw, _focus = applied(raw, "save")
    assert raw["criteria"][1]["show_if"] == {"better": ["1"]}


@pytest.mark.parametrize(
    ("do", "values"),
    [
        ("add-anchor:0", ["1", "2", "3", "4"]),
        ("remove-anchor:0:1", ["1", "3"]),
        ("up-anchor:0:2", ["1", "3", "2"]),
        ("down-anchor:0:0", ["2", "1", "3"]),
    ],
)
def test_points_are_added_removed_and_moved(do, values):
    raw, _focus = applied(raw_of(a_form()), do)
    assert [anchor["value"] for anchor in raw["criteria"][0]["anchors"]] == values


def test_another_kind_brings_its_level_and_keeps_written_points():
    raw = raw_of(a_form())
    raw["criteria"][0]["kind"] = "multi_label"
    raw, _focus = applied(raw, "refresh")
    assert raw["criteria"][0]["level"] == "set"
    assert [anchor["label"] for anchor in raw["criteria"][0]["anchors"]] == [
        "Point 1", "Point 2", "Point 3",
    ]  # fmt: skip


def test_pairwise_gets_its_points_when_chosen():
    raw, _focus = applied(raw_of(a_form()), "add")
    raw["criteria"][2] |= {"kind": "pairwise", "question": "Which?"}
    raw, _focus = applied(raw, "refresh")
    form, problems = read(readable(raw, "k"))
    assert problems == []
    assert form.criteria[2].points == ("response_1", "response_2", "tie")


def test_unticked_tie_means_no_tie():
    raw, _focus = applied(raw_of(a_form()), "add")
    raw["criteria"][2] |= {
        "kind": "pairwise",
        "was_kind": "pairwise",
        "level": "nominal",
        "anchors": [],
    }
    data = posted(raw)
    assert data["criteria-2-option_tie"] == "on"
    del data["criteria-2-option_tie"]
    form, _problems = read(readable(nested(data), "k"))
    assert form.criteria[2].points == ("response_1", "response_2")


def test_options_are_checked_at_their_fields():
    raw, _focus = applied(raw_of(a_form()), "add")
    raw["criteria"][0]["options"] = {"rationale_on": ["9"], "per": "turn"}
    raw["criteria"][2] |= {
        "question": "What should it say?",
        "kind": "text",
        "was_kind": "text",
        "level": "nominal",
        "anchors": [],
        "options": {"corrects": True, "per": "step"},
    }
    form, problems = read(readable(nested(posted(raw)), "k"))
    assert problems == []
    editor = editor_of(raw_of(form), problems_of(form), refresh={})
    first, _second, third = editor.criteria
    assert first.fields["option_rationale_on"].errors == [
        "“9” is none of the answers. Write one of: 1, 2, 3."
    ]
    assert first.fields.has_common()
    assert third.fields["option_corrects"].errors == [
        "A tool call has no text to correct. "
        "Ask about each response or each turn, or for free text."
    ]


@pytest.mark.parametrize(("per", "is_refused"), [("item", True), ("response", False)])
def test_a_correction_says_which_of_several_responses_it_corrects(per, is_refused):
    raw, _focus = applied(raw_of(a_form()), "add")
    text = {"kind": "text", "was_kind": "text", "options": {"corrects": True, "per": per}}
    pair = {"kind": "pairwise", "was_kind": "pairwise", "options": {}}
    for at, fields in ((0, pair), (2, text)):
        raw["criteria"][at] |= {"question": "Which?", "level": "nominal", "anchors": [], **fields}
    form, _problems = read(readable(nested(posted(raw)), "k"))
    assert [c.kind for c in form.criteria].count("pairwise") == 1
    found = [p for p in problems_of(form) if "which one is corrected" in p.message]
    assert len(found) == is_refused


def test_another_kind_keeps_what_every_kind_can_be_told():
    raw = raw_of(a_form())
    raw["criteria"][0] |= {
        "kind": "categorical",
        "options": {"per": "turn", "abstain_reasons": ["Cut off, or empty"], "step": 1},
    }
    raw, _focus = applied(raw, "refresh")
    assert raw["criteria"][0]["options"] == {
        "per": "turn",
        "abstain_reasons": ["Cut off, or empty"],
    }
    form, problems = read(readable(nested(posted(raw)), "k"))
    assert problems == []
    assert form.criteria[0].options == raw["criteria"][0]["options"]
