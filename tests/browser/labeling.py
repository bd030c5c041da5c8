"""A round to judge in, and what tests of the labeling page do again and again."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from accounts.choices import Role
from accounts.models import User
from annotation.models import Rating, Round
from tests.factories import (
    CATEGORICAL,
    ORDINAL,
    PAIRWISE,
    make_items,
    make_project,
    make_rater,
    make_round,
    make_rubric_version,
    member,
)


@dataclass
class Work:
    """An annotator with an open round; `url` is the labeling page's path."""

    user: User
    round: Round

    @property
    def url(self) -> str:
        return f"/projects/{self.round.project.slug}/rounds/{self.round.public_id}/judge/"

    @property
    def list_url(self) -> str:
        """The annotator's list of rounds."""
        return reverse("annotation:work", kwargs={"project": self.round.project.slug})


def make_work(n_items: int = 3, *criteria: dict[str, Any], responses: int = 2) -> Work:
    project = make_project()
    user = member(project, Role.ANNOTATOR)
    version = make_rubric_version(project, *(criteria or (ORDINAL, CATEGORICAL, PAIRWISE)))
    round_ = make_round(
        project,
        version=version,
        items=make_items(project, n_items, responses=responses),
        raters=[make_rater(project, user)],
    )
    return Work(user, round_)


def state(page: Any, text: str) -> Any:
    """The line that says what is saved, as soon as it says `text`."""
    line = page.locator("[data-state]", has_text=text)
    line.wait_for()
    return line


def begin(page: Any, live_server: Any, sign_in: Any, work: Work) -> None:
    """Signed in, with the first item on the screen."""
    sign_in(page, work.user)
    page.goto(live_server.url + work.url)
    # The button has the focus when the page is drawn, which can be after it is loaded.
    page.locator("[data-start]:focus").wait_for()
    page.keyboard.press("Enter")
    on_screen(page)


def on_screen(page: Any) -> None:
    """An item is there, and the scripts that hear the keys have run."""
    page.wait_for_selector("#judgment")
    page.wait_for_load_state("load")


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def wait_for_next(page: Any, assignment: str) -> None:
    """Until another item than `assignment`, or none, is on the screen."""
    page.wait_for_function(
        "old => document.getElementById('judge').dataset.assignment !== old", arg=assignment
    )


def acknowledged(page: Any) -> None:
    """Until nothing waits in this browser to be sent."""
    page.wait_for_function(
        "() => !Object.keys(localStorage).some((key) => key.includes(':outbox:'))"
    )


def answers_kept(page: Any) -> list[str]:
    """Keys under which this browser keeps answers: drafts and what waits to be sent."""
    keys: list[str] = page.evaluate("Object.keys(localStorage)")
    return [key for key in keys if ":outbox:" in key or ":draft:" in key]


def shown(page: Any) -> str:
    return str(page.get_attribute("#judge", "data-assignment"))


def submitted_values(round_: Round) -> list[tuple[str, str, Any]]:
    rows = Rating.objects.filter(round=round_).order_by("judgment", "criterion__position")
    return list(rows.values_list("judgment__assignment__public_id", "criterion__key", "value"))
