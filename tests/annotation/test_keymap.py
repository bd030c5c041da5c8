"""The registry of keys, and the keys that a person changed."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.template import Context, Template
from django.test import Client

from accounts.errors import Conflict, NotFound
from accounts.models import User
from annotation.keymap import (
    BY_NAME,
    COMMANDS,
    holder_of,
    keys_of,
    objection,
    rows_by_group,
    shortcut_text,
    shown_key,
    single_keys,
)
from annotation.services.keys import change_key, reset_key, reset_keys
from tests.factories import make_user

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "annotation"


def person(**preferences: Any) -> User:
    return User(email="a@example.org", preferences=preferences)


def rendered(text: str, user: User | None = None) -> str:
    return Template("{% load keymap %}" + text).render(Context({"user": user}))


def test_no_key_stands_for_two_commands() -> None:
    held = [key for command in COMMANDS for key in single_keys(command.keys)]
    assert len(held) == len(set(held))
    assert len(BY_NAME) == len(COMMANDS)


def test_default_keys_may_be_chosen_by_a_person_too() -> None:
    refused = [
        (command.name, key, objection(command, key))
        for command in COMMANDS
        for key in single_keys(command.keys)
        if objection(command, key)
    ]
    assert refused == []


def test_keys_without_changes_are_the_defaults() -> None:
    assert keys_of(None) == keys_of(person()) == {each.name: each.keys for each in COMMANDS}


def test_a_changed_key_replaces_the_defaults_of_its_command() -> None:
    keys = keys_of(person(keys={"undo": ["z"]}))
    assert keys["undo"] == ("z",)
    assert keys["raw"] == ("v",)


def test_a_chosen_key_wins_over_a_default_that_came_later() -> None:
    keys = keys_of(person(keys={"raw": ["u"]}))
    assert keys["raw"] == ("u",)
    assert keys["undo"] == ()


@pytest.mark.parametrize(
    "stored",
    [
        None,
        "undo",
        ["undo"],
        {"unknown": ["x"]},
        {"undo": "z"},
        {"undo": [1, None, {}]},
        {"undo": ["Tab"]},
        {"choose": ["x"]},
        {"undo": ["1"]},
        {"undo": ["a"]},
    ],
)
def test_stored_nonsense_never_takes_the_keys_of_answers(stored: Any) -> None:
    keys = keys_of(person(keys=stored))
    assert keys["choose"] == ("1-9",)
    assert keys["choose_letter"] == ("a", "b", "e", "n")
    assert set(keys) == set(BY_NAME)
    assert not set(keys["undo"]) - {"u"}


def test_of_two_stored_commands_with_one_key_the_first_has_it() -> None:
    keys = keys_of(person(keys={"undo": ["z"], "raw": ["z"]}))
    assert (keys["undo"], keys["raw"]) == (("z",), ())


@pytest.mark.parametrize(
    ("command", "key", "is_refused"),
    [
        ("undo", "z", False),
        ("undo", "ü", False),
        ("undo", "ش", False),
        ("undo", "F8", False),
        ("undo", "Control+u", False),
        ("undo", "Z", True),
        ("undo", " ", True),
        ("undo", "", True),
        ("undo", "Tab", True),
        ("undo", "F5", True),
        ("undo", "zz", True),
        ("undo", "\x00", True),
        ("undo", "Control+w", True),
        ("undo", "Control+1", True),
        ("undo", "Control+", True),
        ("undo", "Control+Control+u", True),
        ("submit", "s", True),
        ("submit", "F9", False),
        ("leave", "Escape", False),
    ],
)
def test_keys_that_can_be_used(command: str, key: str, is_refused: bool) -> None:
    assert bool(objection(BY_NAME[command], key)) is is_refused


def test_the_holder_of_a_key_is_named() -> None:
    keys = keys_of(person(keys={"undo": ["z"]}))
    assert [holder_of(key, keys) for key in ("z", "5", "q")] == [
        BY_NAME["undo"],
        BY_NAME["choose"],
        None,
    ]


def test_keys_are_shown_as_on_the_keyboard() -> None:
    assert [shown_key(key) for key in ("u", "+", "ArrowLeft", "Escape", "Control+Enter")] == [
        "U",
        "+",
        "←",
        "Esc",
        "Ctrl Enter",
    ]
    assert shortcut_text(("u", "ArrowLeft", "Control+Enter")) == "U ArrowLeft Control+Enter"


def test_every_command_is_listed_once() -> None:
    listed = [row.command.name for _heading, rows in rows_by_group(None) for row in rows]
    assert sorted(listed) == sorted(BY_NAME)


def test_badges_and_attributes_follow_the_person() -> None:
    user = person(keys={"undo": ["z"], "raw": []})
    assert rendered('{% key_cap "undo" %}', user) == '<kbd aria-hidden="true">Z</kbd>'
    assert rendered('{% shortcuts "undo" %}', user) == ' aria-keyshortcuts="Z"'
    assert rendered('{% key_cap "raw" %}{% shortcuts "raw" %}', user) == ""
    assert rendered('{% key_cap "raw" %}') == '<kbd aria-hidden="true">V</kbd>'


def test_hidden_hints_leave_what_assistive_technology_reads() -> None:
    user = person(key_hints=False)
    assert rendered('{% key_cap "undo" %}{% shortcuts "undo" %}', user) == (
        ' aria-keyshortcuts="U"'
    )


def test_the_dialog_says_what_the_script_reads() -> None:
    text = rendered(
        '{% include "annotation/judge/_keys.html" %}', person(keys={"undo": ["z"], "raw": []})
    )
    rows = re.findall(r'data-command="(\w+)" data-key="([^"]*)"( data-typing)?', text)
    assert ("undo", "z", "") in rows
    assert ("raw", "", "") in rows
    assert ("choose", "1-9", "") in rows
    assert ("submit", "Control+Enter", " data-typing") in rows
    assert len(rows) == len(COMMANDS)


@pytest.mark.django_db
def test_a_key_is_changed_taken_away_and_reset() -> None:
    user = make_user()
    change_key(user=user, command="undo", key="z")
    change_key(user=user, command="raw", key="u")
    change_key(user=user, command="help", key="")
    kept = keys_of(User.objects.get(pk=user.pk))
    assert (kept["undo"], kept["raw"], kept["help"]) == (("z",), ("u",), ())
    with pytest.raises(Conflict, match="Raw or formatted"):
        reset_key(user=user, command="undo")
    reset_key(user=user, command="raw")
    reset_key(user=user, command="undo")
    assert keys_of(User.objects.get(pk=user.pk)) == keys_of(None) | {"help": ()}
    reset_keys(user=user)
    assert User.objects.get(pk=user.pk).preferences == {}


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["v", "5", "a", "0"])
def test_a_key_in_use_is_refused_by_name(key: str) -> None:
    user = make_user()
    with pytest.raises(Conflict) as refused:
        change_key(user=user, command="undo", key=key)
    holder = holder_of(key, keys_of(None))
    assert holder is not None
    assert str(holder.label) in refused.value.detail
    assert User.objects.get(pk=user.pk).preferences == {}


@pytest.mark.django_db
def test_keys_of_answers_stay_where_they_are() -> None:
    with pytest.raises(NotFound):
        change_key(user=make_user(), command="choose", key="x")


@pytest.mark.django_db
def test_the_page_says_which_key_was_refused_and_why() -> None:
    user = make_user()
    client = Client()
    client.force_login(user)
    answer = client.post("/preferences/keys/", {"do": "set", "command": "undo", "key": "v"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Raw or formatted text" in page
    assert 'value="v" aria-invalid="true" aria-describedby="problem-undo"' in page
    answer = client.post("/preferences/keys/", {"do": "set", "command": "undo", "key": "Tab"})
    assert answer.status_code == 422


@pytest.mark.django_db
def test_keys_are_switched_off_for_every_device() -> None:
    user = make_user()
    client = Client()
    client.force_login(user)
    client.post("/preferences/keys/switch/", {"on": ""})
    assert User.objects.get(pk=user.pk).preferences == {"keys_on": False}
    client.post("/preferences/keys/switch/", {"on": "1"})
    assert User.objects.get(pk=user.pk).preferences == {}
