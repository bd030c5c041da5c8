"""Adjudication by keyboard and the reliability pages in a real browser."""

from typing import Any

import pytest

from accounts.choices import Role
from reliability.choices import CaseState
from reliability.models import Case
from reliability.services.cases import queue_cases
from tests.factories import CATEGORICAL, ORDINAL, make_project, member
from tests.reliability.builders import judged_round

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_case_is_decided_without_a_mouse(page: Any, live_server: Any, sign_in: Any) -> None:
    project = make_project()
    round_, _, _ = judged_round(project, ORDINAL, [[1, 3, 5], [2, 5]])
    queue_cases(round_=round_)
    sign_in(page, member(project, Role.ADJUDICATOR))
    page.goto(f"{live_server.url}/projects/{project.slug}/cases/")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-question][data-active]")
    page.keyboard.press("4")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#answers-heading")
    page.keyboard.press("2")
    page.get_by_label("The rubric is unclear").focus()
    page.keyboard.press("Space")
    page.keyboard.press("r")
    page.keyboard.type("Anchor 4 is vague.")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("text=Decided:")
    decided = Case.objects.get(state=CaseState.DECIDED)
    assert list(decided.decisions.order_by("number").values_list("stage", "value", "cause")) == [
        ("blind", 4, ""),
        ("informed", 2, "rubric_unclear"),
    ]
    assert page.locator("[data-case-form]").count() == 1


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_chart_is_legible_in_both_themes_and_fits(
    page: Any, live_server: Any, sign_in: Any, width: int, scheme: str
) -> None:
    project = make_project()
    round_, _, _ = judged_round(project, CATEGORICAL, [["yes", "no"], ["no", "no"], ["yes", "yes"]])
    sign_in(page, member(project, Role.LEAD))
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    path = f"/projects/{project.slug}/rounds/{round_.public_id}/reliability/"
    page.goto(live_server.url + path)
    text = page.locator(".chart-picture:visible svg text").first
    body = page.evaluate("getComputedStyle(document.body).color")
    assert text.evaluate("node => getComputedStyle(node).fill") == body
    assert page.evaluate("document.documentElement.scrollWidth") == width
    picture = page.locator(".chart-picture:visible")
    assert picture.count() == 1
    assert picture.evaluate("node => node.scrollWidth <= node.clientWidth")
