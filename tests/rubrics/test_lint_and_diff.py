"""Advice on a rubric, and what changed between two."""

import json
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from rubrics.diff import changes_between
from rubrics.form import AnchorForm, RubricForm
from rubrics.lint import findings_of
from rubrics.services.versions import load_rubric
from rubrics.yaml_form import dump
from tests.rubrics.conftest import a_form


def sound() -> RubricForm:
    form = a_form()
    anchors = tuple(
        replace(anchor, examples=("Fits: this.",)) for anchor in form.criteria[0].anchors
    )
    good = replace(form.criteria[0], anchors=anchors)
    return replace(
        form, guidelines="Read all of it. " * 9 + "Twice.", criteria=(good, form.criteria[1])
    )


def with_criterion(**changes) -> RubricForm:
    form = sound()
    return replace(form, criteria=(replace(form.criteria[0], **changes), form.criteria[1]))


def codes(form):
    return [(finding.code, finding.criterion) for finding in findings_of(form)]


@pytest.mark.pure
def test_sound_rubric_has_no_finding():
    assert codes(sound()) == []


@pytest.mark.pure
@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (a_form(), [("no-example-at-extreme", "good"), ("no-guidelines", "")]),
        (
            with_criterion(
                anchors=(AnchorForm(1, examples=("x",)), AnchorForm(2, examples=("x",)))
            ),
            [("anchor-without-text", "good")],
        ),
        (
            with_criterion(anchors=tuple(AnchorForm(n, "L", "D", ("E",)) for n in range(1, 10))),
            [("too-many-points", "good")],
        ),
        (with_criterion(question="Is it true and kind?"), [("double-barrelled", "good")]),
        (with_criterion(question="Isn't it good?"), [("leading-question", "good")]),
        (with_criterion(question="What is wrong??"), [("overlapping-questions", "why")]),
    ],
    ids=lambda value: value[0][0] if isinstance(value, list) else "",
)
def test_each_harm_is_found_where_it_is(form, expected):
    assert codes(form) == expected


@pytest.mark.pure
def test_free_text_may_ask_two_things():
    form = sound()
    why = replace(form.criteria[1], question="What is wrong, and where?")
    assert codes(replace(form, criteria=(form.criteria[0], why))) == []


@pytest.mark.pure
def test_same_rubric_has_no_change():
    assert changes_between(sound(), sound()) == []


@pytest.mark.pure
def test_changes_say_what_alters_meaning():
    before = sound()
    first, second = before.criteria
    points = (first.anchors[0], replace(first.anchors[1], label="New"), AnchorForm(4, "Four"))
    after = replace(
        before,
        title="Other",
        criteria=(second, replace(first, weight=3, question="Else?", anchors=points)),
    )
    assert [
        (c.kind, c.place, c.field, c.alters_meaning) for c in changes_between(before, after)
    ] == [
        ("changed", "", "title", False),
        ("changed", "good", "question", True),
        ("changed", "good", "weight", False),
        ("removed", "good[3]", "", True),
        ("changed", "good[2]", "label", True),
        ("added", "good[4]", "", True),
        ("moved", "why", "", False),
        ("moved", "good", "", False),
    ]


def test_options_change_one_by_one_and_reasons_leave_the_meaning():
    before = with_criterion(options={"per": "turn"})
    after = with_criterion(options={"per": "step", "rationale_on": ["1"]})
    assert [(c.place, c.field, c.before, c.after, c.alters_meaning)
            for c in changes_between(before, after)] == [
        ("good", "options.per", "turn", "step", True),
        ("good", "options.rationale_on", "", ["1"], False),
    ]  # fmt: skip


@pytest.mark.pure
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"options": {"rationale_on": ["1", "2", "3"]}}, "reason-for-every-answer"),
        (
            {"kind": "text", "level": "nominal", "anchors": (), "options": {"per": "turn"}},
            "text-for-each-part",
        ),
        (
            {
                "kind": "numeric",
                "level": "interval",
                "anchors": (),
                "options": {"min": 0, "max": 9},
            },
            "numbers-without-anchors",
        ),
        (
            {
                "kind": "categorical",
                "level": "nominal",
                "anchors": tuple(AnchorForm(f"l{n}", "L", "What it means.") for n in range(21)),
            },
            "long-list-without-groups",
        ),
    ],
)
def test_options_that_harm_agreement_are_found(changed, code):
    assert codes(with_criterion(**changed)) == [(code, "good")]


def run(*args):
    out = StringIO()
    call_command("rubric", *args, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_commands_read_files_and_versions(project, lead, tmp_path):
    load_rubric(project=project, form=sound(), actor=lead, publish=True)
    file = tmp_path / "next.yaml"
    file.write_text(dump(with_criterion(question="Is it true and kind?")), encoding="utf-8")
    changes = json.loads(
        run("diff", "--project", "alpha", "--format", "json", "quality@1", str(file))
    )
    assert [(c["place"], c["before"], c["after"]) for c in changes] == [
        ("good", "Is it good?", "Is it true and kind?")
    ]
    assert "! ~ good.question" in run("diff", "--project", "alpha", "quality@1", str(file))
    assert "[double-barrelled]" in run("lint", str(file))
    with pytest.raises(CommandError) as caught:
        run("lint", "--strict", str(file))
    assert caught.value.returncode == 1
    with pytest.raises(CommandError) as caught:
        run("diff", "quality@1", str(file))
    assert caught.value.returncode == 2
