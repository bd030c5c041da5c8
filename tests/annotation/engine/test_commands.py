"""A study from the shell."""

import json

import pytest
from django.core.management import CommandError, call_command

from accounts.choices import Role
from annotation.choices import RoundState
from annotation.models import Round
from tests.factories import make_batch, make_items, make_project, make_rubric_version, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project("study")
    make_rubric_version(project, key="quality")
    make_items(project, 4)
    return project


def run(capsys, *args: str) -> tuple[dict[str, str], str]:
    call_command(*args)
    captured = capsys.readouterr()
    return json.loads(captured.out), captured.err


OPEN = ("open_round", "--project", "study", "--rubric", "quality", "--kind", "production")


def test_open_round_prints_the_round_and_the_same_again(project, capsys):
    member(project, Role.ANNOTATOR)
    member(project, Role.ANNOTATOR)
    first, warned = run(capsys, *OPEN, "--overlap", "2", "--name", "one")

    assert (first, warned) == ({"round": Round.objects.get().public_id}, "")
    assert run(capsys, *OPEN, "--overlap", "2", "--name", "one")[0] == first
    assert Round.objects.get().slots.count() == 8


def test_open_round_before_anybody_joined_warns_and_serves_who_comes(project, capsys):
    _opened, warned = run(capsys, *OPEN, "--overlap", "3", "--name", "one")
    assert "Nobody can judge in this round yet" in warned
    member(project, Role.ANNOTATOR)
    _again, warned = run(capsys, *OPEN, "--overlap", "3", "--name", "one")
    assert "Add 2 more" in warned


def test_open_round_with_other_parameters_says_what_differs(project, capsys):
    run(capsys, *OPEN, "--overlap", "2", "--name", "one")
    with pytest.raises(CommandError, match="overlap: The round has 2, asked for is 3") as caught:
        call_command(*OPEN, "--overlap", "3", "--name", "one")
    assert caught.value.returncode == 1


@pytest.mark.parametrize(
    ("args", "says", "code"),
    [
        (("--batch", "nowhere"), "no batch 'nowhere'", 1),
        (("--slice", "language"), "NAME=VALUE", 2),
        (("--slice", "language=xx"), "There are no items", 1),
        (("--overlap", "0"), "from 1 to 1,000", 1),
        (("--rubric", "unknown"), "no rubric unknown", 1),
    ],
)
def test_open_round_refuses_what_it_can_not_do(project, args, says, code):
    with pytest.raises(CommandError, match=says) as caught:
        call_command(*OPEN, "--name", "one", *args)
    assert caught.value.returncode == code
    assert not Round.objects.exists()


def test_open_round_takes_one_batch(project, capsys):
    batch = make_batch(project, name="second delivery")
    items = make_items(project, 2, batch=batch)
    run(capsys, *OPEN, "--name", "one", "--batch", "second delivery")
    assert set(Round.objects.get().slots.values_list("item", flat=True)) == {i.pk for i in items}


def test_close_round_closes_once(project, capsys):
    opened, _ = run(capsys, *OPEN, "--name", "one")
    for name in ("one", opened["round"]):
        closed, _ = run(capsys, "close_round", "--project", "study", "--round", name)
        assert closed == opened | {"state": "closed"}
    assert Round.objects.get().state == RoundState.CLOSED
    with pytest.raises(CommandError, match="It has: one"):
        call_command("close_round", "--project", "study", "--round", "two")
