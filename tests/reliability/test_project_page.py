"""Agreement over the rounds of a project: what is compared, pooled, hidden and written to a file."""

import csv
import io
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.choices import Role
from accounts.models import Membership, Project, User
from annotation.choices import RoundKind
from annotation.models import Round
from tests.factories import (
    CATEGORICAL,
    make_items,
    make_project,
    make_rater,
    make_round,
    make_rubric_version,
    member,
)
from tests.reliability.builders import judge

pytestmark = pytest.mark.django_db
LOW = [["yes", "yes"]] * 14 + [["yes", "no"]] * 7 + [["no", "yes"]] * 7 + [["no", "no"]] * 12
HIGH = [["yes", "yes"]] * 20 + [["yes", "no"]] * 1 + [["no", "no"]] * 19


def judged(project: Project, version: Any, table: Any, name: str, **fields: Any) -> Round:
    items, raters = make_items(project, len(table)), [make_rater(project) for _ in table[0]]
    round_ = make_round(project, version=version, items=items, raters=raters, name=name, **fields)
    for item, row in zip(items, table, strict=True):
        for rater, value in zip(raters, row, strict=True):
            judge(round_, item, rater, {"verdict": value})
    return round_


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def rounds(project: Project) -> list[Round]:
    """Two rounds of one rubric version and a third of the next."""
    first = make_rubric_version(project, CATEGORICAL, key="rubric")
    second = make_rubric_version(project, CATEGORICAL, key="rubric")
    kind = {"kind": RoundKind.CALIBRATION}
    return [
        judged(project, first, LOW, "Calibration 1", **kind),
        judged(project, first, LOW, "Calibration 2", **kind),
        judged(project, second, HIGH, "Calibration 3", **kind),
    ]


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(project: Project, name: str = "project") -> str:
    return reverse(f"reliability:{name}", kwargs={"project": project.slug})


def text(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def test_criterion_is_followed_through_the_rounds(project: Project, rounds: list[Round]) -> None:
    page = text(client_of(member(project, Role.LEAD)).get(url(project)))
    assert re.search(
        r"Alpha rose by \.\d\d \(95% interval \.\d\d to .{3,4}\) in “Calibration 3”", page
    )
    assert "Its rubric version was new." in page
    assert page.count('class="badge badge-accent">new version') == 1
    for round_ in rounds:
        assert f"/rounds/{round_.public_id}/reliability/criteria/verdict/" in page
    assert "No pooled figure: only one round of the newest rubric version" in page


def test_rounds_are_chosen_in_the_address(project: Project, rounds: list[Round]) -> None:
    client = client_of(member(project, Role.LEAD))
    page = text(client.get(url(project), {"round": [r.public_id for r in rounds[:2]]}))
    assert page.count(" checked") == 2
    assert "No clear change in “Calibration 2”" in page
    assert "All together" in page
    assert "mixed versions" not in page


def test_versions_are_pooled_only_when_asked_and_then_marked(
    project: Project, rounds: list[Round]
) -> None:
    page = text(client_of(member(project, Role.LEAD)).get(url(project), {"versions": "mixed"}))
    assert "mixed versions" in page
    assert "rubric@1, rubric@2" in page


def test_file_holds_what_the_page_shows(project: Project, rounds: list[Round]) -> None:
    response = client_of(member(project, Role.LEAD)).get(
        url(project, "project_file"), {"versions": "mixed"}
    )
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [(row["round"], row["n_items"]) for row in rows] == [
        ("Calibration 1", "40"),
        ("Calibration 2", "40"),
        ("Calibration 3", "40"),
        ("pooled", "120"),
    ]
    assert float(rows[2]["change"]) > 0.5
    assert rows[0]["change"] == ""


def test_empty_project_says_what_to_do_next(project: Project) -> None:
    page = text(client_of(member(project, Role.LEAD)).get(url(project)))
    assert "No round has been judged yet" in page
    assert reverse("annotation:rounds", kwargs={"project": project.slug}) in page


def test_who_judges_in_a_running_round_sees_nothing_of_it(
    project: Project, rounds: list[Round]
) -> None:
    """Acting as rater means rater sight (T13)."""
    both = member(project, Role.LEAD)
    Membership.objects.create(user=both, project=project, role=Role.ANNOTATOR)
    judge(rounds[0], make_items(project, 1)[0], make_rater(project, both), {"verdict": "no"})
    client = client_of(both)
    assert "Calibration 1" not in text(client.get(url(project)))
    assert "Calibration 1" not in text(client.get(url(project, "project_file")))
    asked = client.get(url(project), {"round": rounds[0].public_id})
    assert asked.status_code == 403


@pytest.mark.parametrize("name", ["project", "project_file"])
def test_rounds_of_another_project_are_not_found(
    project: Project, rounds: list[Round], name: str
) -> None:
    elsewhere = make_project()
    client = client_of(member(elsewhere, Role.LEAD))
    assert client.get(url(elsewhere, name), {"round": rounds[0].public_id}).status_code == 404
    assert client.get(url(project, name)).status_code == 404


def test_kept_figures_cost_a_few_queries_a_round(
    project: Project, rounds: list[Round], django_assert_max_num_queries: Any
) -> None:
    client = client_of(member(project, Role.LEAD))
    client.get(url(project))
    with django_assert_max_num_queries(12 + 8 * len(rounds)):
        client.get(url(project))
