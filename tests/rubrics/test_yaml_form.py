"""The YAML form: what is read, what is refused and where, and that nothing else ever happens."""

import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rubrics.choices import Kind, Level, Tier
from rubrics.errors import RubricRefused
from rubrics.form import LEVELS_OF, AnchorForm, CriterionForm, RubricForm
from rubrics.yaml_form import dump, examine, parse

pytestmark = pytest.mark.pure
REPOSITORY = Path(__file__).resolve().parents[2]

MINIMAL = """\
key: faithfulness
title: Faithfulness
criteria:
  - key: faithful
    question: Is every claim supported?
    kind: ordinal
    anchors:
      - {value: 1, label: No}
      - {value: 2, label: Yes}
"""


def refusal(text: str | bytes) -> list[str]:
    with pytest.raises(RubricRefused) as caught:
        parse(text)
    return [str(problem) for problem in caught.value.problems]


def test_minimal_rubric_gets_the_defaults():
    assert parse(MINIMAL) == RubricForm(
        key="faithfulness",
        title="Faithfulness",
        criteria=(
            CriterionForm(
                key="faithful",
                question="Is every claim supported?",
                kind="ordinal",
                level="ordinal",
                help="",
                is_required=True,
                weight=1,
                tier="important",
                anchors=(AnchorForm(1, "No"), AnchorForm(2, "Yes")),
            ),
        ),
    )


@pytest.mark.parametrize(
    "path", sorted((REPOSITORY / "fixtures").glob("**/*rubrics/*.yaml")), ids=lambda p: p.stem
)
def test_library_rubrics_are_read_and_written_back(path):
    form = parse(path.read_bytes())
    assert parse(dump(form)) == form


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            ("    kind: ordinal", "    kind: ordnal"),
            "line 6, criterion faithful, kind: “ordnal” is not known here. Did you mean “ordinal”?",
        ),
        (
            ("title: Faith", "titel: Faith"),
            "line 2, titel: “titel” is not known here. Did you mean “title”?",
        ),
        (
            ("    kind: ordinal", "    kind: ordinal\n    levle: nominal"),
            "line 7, criterion faithful, levle: “levle” is not known here. Did you mean “level”?",
        ),
        (
            ("    kind: ordinal", "    kind: ordinal\n    level: set"),
            "line 7, criterion faithful, level: The level “set” does not fit a criterion of kind "
            "ordinal. Write one of: ordinal, interval, ratio.",
        ),
        (
            ("{value: 2, label: Yes}", "{value: 1, label: Yes}"),
            "line 9, criterion faithful, anchors[1].value: The value “1” is used twice. "
            "Each point of a scale has its own value.",
        ),
        (
            ("{value: 2, label: Yes}", "{valeu: 2, label: Yes}"),
            "line 9, criterion faithful, anchors[1].valeu: “valeu” is not known here. "
            "Did you mean “value”?",
        ),
        (
            ("      - {value: 2, label: Yes}\n", ""),
            "line 7, criterion faithful, anchors: A criterion of kind ordinal needs 2 points or "
            "more. Add anchors: each a value, a label and what it means.",
        ),
        (
            ("    kind: ordinal", "    kind: ordinal\n    show_if: {missing: [1]}"),
            "line 7, criterion faithful, show_if.missing: There is no criterion “missing”. "
            "Write one of: faithful.",
        ),
        (
            ("    kind: ordinal", "    kind: ordinal\n    show_if: {faithful: [1]}"),
            "line 7, criterion faithful, show_if: The conditions go in a circle: this criterion "
            "waits for itself. Remove one of the conditions: faithful.",
        ),
        (
            ("    kind: ordinal", "    kind: ordinal\n    weight: heavy"),
            "line 7, criterion faithful, weight: “heavy” is not a number. "
            "Write digits, with a point for decimals.",
        ),
        (
            ("    kind: ordinal", "    kind: ordinal\n    options: {min: 1}"),
            "line 7, criterion faithful, options.min: “min” is not known here. Write one of: per, "
            "rationale_on, abstain_reasons.",
        ),
        (
            ("key: faithfulness", "key: faith fulness"),
            "line 1, key: “faith fulness” is no key. Use letters a to z, digits, - and _ only.",
        ),
        (
            ("    question: Is every claim supported?", "    question: What: is it?"),
            "line 5: This is not YAML: mapping values are not allowed here. Check the indentation, "
            "and put texts that hold “: ” or “#” in quotes.",
        ),
        (
            ("title: Faithfulness", "title: Faithfulness\ntitle: Again"),
            "line 3: “title” is written twice in one place. Remove one of the two.",
        ),
        (
            ("title: Faithfulness", "title: !!python/object:os.system x"),
            "line 2: The tag “tag:yaml.org,2002:python/object:os.syste…” is not read. "
            "Remove it and write the value alone.",
        ),
        (
            ("title: Faithfulness", "title: &a b\nguidelines: *a"),
            "line 3: References (*name) are not read. Write the content out.",
        ),
    ],
    ids=lambda value: value[1][:30] if isinstance(value, tuple) else "",
)
def test_error_names_line_criterion_field_and_fix(change, expected):
    assert change[0] in MINIMAL
    assert refusal(MINIMAL.replace(*change, 1)) == [expected]


def test_duplicate_criterion_key_is_named_where_it_comes_again():
    second = MINIMAL.split("criteria:\n")[1]
    assert refusal(MINIMAL + second) == [
        "line 10, criterion faithful, key: The key “faithful” is used twice: criterion 1 has it "
        "too. Give one of them another key."
    ]


def test_circle_of_two_is_found_at_both():
    text = """\
key: circle
criteria:
  - {key: a, question: A, kind: categorical, show_if: {b: [x]}, anchors: [x, y]}
  - {key: b, question: B, kind: categorical, show_if: {a: [x]}, anchors: [x, y]}
  - {key: c, question: C, kind: categorical, show_if: {a: [z]}, anchors: [x, y]}
"""
    assert refusal(text) == [
        "line 3, criterion a, show_if: The conditions go in a circle: this criterion waits for "
        "itself. Remove one of the conditions: b.",
        "line 4, criterion b, show_if: The conditions go in a circle: this criterion waits for "
        "itself. Remove one of the conditions: a.",
        "line 5, criterion c, show_if.a: “z” is no answer to “a”. Write one of: x, y.",
    ]


def test_several_errors_are_reported_at_once():
    text = (
        MINIMAL.replace("ordinal", "ordnal").replace("title", "titel").replace("value: 2", "v: 2")
    )
    assert [line.split(":")[0] for line in refusal(text)] == [
        "line 2, titel",
        "line 6, criterion faithful, kind",
        "line 9, criterion faithful, anchors[1].v",
    ]


def test_pairwise_has_its_points_without_being_told():
    form = parse("key: p\ncriteria: [{key: better, question: Which, kind: pairwise}]")
    assert form.criteria[0].points == ("response_1", "response_2", "tie")
    assert "anchors" not in dump(form)


def test_pairwise_without_tie_has_two_points():
    form = parse(
        "key: p\ncriteria: [{key: better, question: Which, kind: pairwise, options: {tie: no}}]"
    )
    assert form.criteria[0].points == ("response_1", "response_2")


def test_pairwise_points_come_in_their_fixed_order_with_their_texts():
    form = parse(
        "key: p\ncriteria: [{key: better, question: Which, kind: pairwise, anchors: "
        "[{value: tie, label: Same}, {value: response_1, label: This}]}]"
    )
    assert form.criteria[0].anchors == (
        AnchorForm("response_1", "This"),
        AnchorForm("response_2"),
        AnchorForm("tie", "Same"),
    )


def test_pairwise_refuses_other_points():
    assert refusal(
        "key: p\ncriteria: [{key: better, question: Which, kind: pairwise, anchors: [respons_1]}]"
    ) == [
        "line 2, criterion better, anchors[3].value: “respons_1” is no outcome of a comparison. "
        "Did you mean “response_1”?"
    ]


def test_words_that_yaml_would_turn_into_something_else_stay_words():
    form = parse(
        "key: w\ncriteria: [{key: c, question: Q, kind: categorical, "
        "anchors: [yes, no, 007, 1:30, 2020-01-01, 1.50, true]}]"
    )
    assert form.criteria[0].points == ("yes", "no", "007", "1:30", "2020-01-01", 1.5, "true")


def test_ordinal_points_out_of_order_are_refused():
    assert refusal(MINIMAL.replace("{value: 2, label: Yes}", "{value: 3}\n      - {value: 2}")) == [
        "line 7, criterion faithful, anchors: The points of an ordered scale are out of order. "
        "List them from the lowest to the highest value."
    ]


def test_numeric_range_must_have_room():
    assert refusal(
        "key: n\ncriteria: [{key: c, question: Q, kind: numeric, options: {min: 5, max: 5}}]"
    ) == [
        "line 2, criterion c, options.max: The greatest value is not above the least. "
        "Write a greater max or a smaller min."
    ]


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("", "line 1: The rubric is empty."),
        ("- a\n- b", "line 1: Names with values are expected here."),
        ("[" * 200, "line 1: The nesting is too deep."),
        (b"key: \xff", "line 1: The text is not UTF-8."),
        ("x" * 300_000, "The rubric has 292 kB."),
        ('key: "\\UFFFFFFFF"', "An escape in the text stands for no character."),
        ('key: k\ntitle: "a\\0b"', "line 2, title: The text holds the control character U+0000."),
        ("key: k\ntitle: \x00", "This is not YAML"),
        ("key: k", "line 1, criteria: The rubric asks nothing."),
    ],
    ids=range(9),
)
def test_broken_text_is_refused_with_its_reason(text, start):
    assert refusal(text)[0].startswith(start)


# -- everything goes round


words = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=12)
prose = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc"], include_characters="\n\t\x85\u2028\ufeff:#'\"|-"
    ),
    max_size=60,
).map(lambda text: text.replace("\x85", "\n").strip())
line = prose.map(lambda text: " ".join(text.split("\n")).strip())
numbers = st.integers(-1000, 1000)


@st.composite
def criteria(draw: st.DrawFn, key: str, earlier: list[CriterionForm]) -> CriterionForm:
    kind = draw(st.sampled_from(Kind.values))
    anchors: tuple[AnchorForm, ...] = ()
    if kind in (Kind.CATEGORICAL, Kind.ORDINAL, Kind.MULTI_LABEL, Kind.NUMERIC):
        values = sorted(draw(st.sets(numbers, min_size=2, max_size=4)))
        anchors = tuple(
            AnchorForm(v, draw(line), draw(prose), tuple(t for t in [draw(prose)] if t))
            for v in values
        )
    elif kind == Kind.PAIRWISE:
        anchors = tuple(AnchorForm(v, draw(line)) for v in ("response_1", "response_2", "tie"))
    scaled = [c for c in earlier if c.anchors]
    show_if = {}
    if scaled and draw(st.booleans()):
        other = draw(st.sampled_from(scaled))
        show_if = {other.key: (draw(st.sampled_from(other.points)),)}
    return CriterionForm(
        key=key,
        question=draw(prose.filter(bool)),
        kind=kind,
        level=draw(st.sampled_from(LEVELS_OF[kind])),
        help=draw(prose),
        is_required=draw(st.booleans()),
        weight=draw(st.sampled_from([0, 1, 2.5, 1e-07])),
        tier=draw(st.sampled_from(Tier.values)),
        show_if=show_if,
        options=draw(st.sampled_from(OPTIONS[kind])),
        anchors=anchors,
    )


# What each kind may be told, as it is kept: what holds anyhow is left out.
EVERY = [
    {},
    {"per": "step", "abstain_reasons": ["It is cut off, or empty", "Not my language"]},
]
OPTIONS: dict[str, list[dict[str, Any]]] = {
    "categorical": EVERY,
    "ordinal": EVERY,
    "numeric": [*EVERY, {"step": 0.5, "rationale_on": ["1"]}],
    "multi_label": [*EVERY, {"max": 2}],
    "pairwise": [{}, {"strengths": 3, "rationale_on": ["tie"]}],
    "ranking": [{}, {"ties": False}, {"style": "best_worst"}],
    "span": [{}, {"severities": ["minor", "major"]}],
    "text": [{}, {"corrects": True, "max_length": 90, "per": "turn"}],
}


@st.composite
def rubrics(draw: st.DrawFn) -> RubricForm:
    keys = draw(st.lists(words, min_size=1, max_size=4, unique=True))
    made: list[CriterionForm] = []
    for key in keys:
        made.append(draw(criteria(key, made)))
    key = draw(words)
    return RubricForm(
        key=key, title=draw(line) or key, guidelines=draw(prose), criteria=tuple(made)
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rubrics())
def test_dump_is_read_back_to_the_same_form(form):
    assert parse(dump(form)) == form


pieces = st.sampled_from(
    ["key", "title", "criteria", "anchors", "show_if", "options", "kind", "value", ": ", "\n", "  ",
     "- ", "[", "]", "{", "}", "&a ", "*a", "!!set ", "? ", "|", ">", "%YAML 9.9", "---", "...", "'",
     '"', "\\x", "\\u00", "#", ",", "ordinal", "pairwise", "1e999", "1.5", "~", "\t", "\x00", "<<"]
)  # fmt: skip


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(
        st.lists(pieces, max_size=25).map("".join), st.text(max_size=80), st.binary(max_size=80)
    )
)
def test_any_input_is_read_or_refused_and_nothing_else(source):
    form, problems = examine(source)
    assert all(problem.message and str(problem) for problem in problems)
    assert form is not None or problems
    if not problems:
        assert parse(dump(form)) == form


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rubrics(), st.data())
def test_a_damaged_rubric_is_read_or_refused_and_nothing_else(form, data):
    text = dump(form)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 12)))
    damaged = text[:start] + data.draw(st.lists(pieces, max_size=3).map("".join)) + text[end:]
    read_back, problems = examine(damaged)
    assert read_back is not None or problems
    if not problems:
        assert parse(dump(read_back)) == read_back


def test_levels_are_all_known():
    assert {level for levels in LEVELS_OF.values() for level in levels} == set(Level.values)
