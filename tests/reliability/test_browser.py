"""Adjudication by keyboard and the reliability pages in a real browser."""

from dataclasses import replace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from accounts.choices import Role
from reliability.choices import CaseState
from reliability.models import Case, Report
from reliability.services.cases import queue_cases
from reliability.services.report import inputs_hash
from tests.factories import (
    CATEGORICAL,
    ORDINAL,
    make_items,
    make_project,
    make_rater,
    make_round,
    make_rubric_version,
    member,
)
from tests.reliability.builders import judge, judged_round
from tests.reliability.samples import sample_report

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


def test_a_lead_finds_from_the_page_alone_which_anchors_to_rewrite(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    """Two criteria; on one of them two anchors are confused on 12 items, the rest is clear."""
    project = make_project()
    confused = {"key": "faithful", "kind": "ordinal", "level": "ordinal", "anchors": [1, 2, 3, 4]}
    version = make_rubric_version(project, confused, CATEGORICAL)
    items, raters = make_items(project, 60), [make_rater(project) for _ in range(2)]
    round_ = make_round(project, version=version, items=items, raters=raters)
    for place, item in enumerate(items):
        point = 1 + place % 4
        planted = (2, 3) if place < 12 else (point, 4 if place == 12 else point)
        verdict = ("yes", "no")[place % 2]
        for rater, value in zip(raters, planted, strict=True):
            judge(round_, item, rater, {"faithful": value, "verdict": verdict})
    sign_in(page, member(project, Role.LEAD))
    path = f"/projects/{project.slug}/rounds/{round_.public_id}/reliability/"
    page.goto(live_server.url + path)
    first = page.locator(".advice li").first.inner_text()
    assert "Rewrite anchors 2 “Label 2” and 3 “Label 3” of faithful." in first
    assert "12 of 13 disagreements between two raters lie between them, on 12 items." in first
    assert page.locator(".advice").get_by_text("verdict").count() == 0
    page.get_by_role("link", name="2 “Label 2” and 3 “Label 3”").click()
    page.wait_for_url("**/judgments/?criterion=faithful&value=2&value=3")
    assert page.locator("tbody th[scope=row]").count() == 12


@pytest.fixture
def sample(live_server: Any, sign_in: Any, page: Any) -> str:
    """The address of a stored report with every section filled; a lead is signed in."""
    project = make_project()
    round_, _, _ = judged_round(project, ORDINAL, [[1, 3], [2, 2], [5, 5]])
    figures = replace(sample_report(), round=round_.public_id, round_name=round_.name)
    Report.objects.create(
        round=round_,
        inputs_hash=inputs_hash(round_),
        figures=figures.to_json(),
        software_version="0",
    )
    sign_in(page, member(project, Role.LEAD))
    return f"{live_server.url}/projects/{project.slug}/rounds/{round_.public_id}/reliability/"


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_in_both_themes_and_fit(
    page: Any, sample: str, width: int, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    for path in ("", "criteria/faithful/"):
        page.goto(sample + path)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.evaluate("document.querySelectorAll('main details').forEach(e => { e.open = true })")
        found = Axe().run(page).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


def test_every_mark_is_a_link_that_the_keyboard_reaches_and_shows(page: Any, sample: str) -> None:
    page.goto(sample)
    mark = page.locator(".plot a").first
    mark.focus()
    assert page.evaluate("document.activeElement.matches(':focus-visible')")
    ring = "getComputedStyle(document.activeElement.querySelector('.plot-hit')).strokeWidth"
    assert page.evaluate(ring) == "2px"
    label = mark.get_attribute("aria-label")
    assert label == "faithful: .52 (95% interval .43 to .61). Show the judgments."
    page.keyboard.press("Enter")
    page.wait_for_url("**/judgments/?criterion=faithful&compared=1")


def test_cell_of_the_matrix_tells_its_interval_on_focus(page: Any, sample: str) -> None:
    page.goto(sample + "criteria/faithful/")
    page.locator("[data-tells=raters-told] a").first.focus()
    told = page.locator("#raters-told").text_content()
    assert told == "R000 and R001: kappa .79 (95% interval .64 to .94), 31 items"


def test_filter_of_the_slices_stands_in_the_address(page: Any, sample: str) -> None:
    page.goto(sample + "criteria/faithful/")
    page.get_by_label("Slice", exact=True).select_option(label="language")
    page.get_by_label("At least").select_option("50")
    page.locator("#slices").get_by_role("button", name="Show").click()
    page.wait_for_url("**/criteria/faithful/?by=slice%3Alanguage&min=50#slices")
    assert page.locator(".family h3").all_text_contents() == ["language"]
    assert page.get_by_text("fewer than 50 items: not told").count() == 1
