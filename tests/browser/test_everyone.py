"""The labeling page for everyone: by the accessibility tree alone, enlarged, in high contrast."""

from typing import Any

import pytest

from annotation.models import Judgment, Rating
from rubrics.choices import Kind, Level
from tests.browser.labeling import (
    Work,
    begin,
    make_work,
    on_screen,
    press,
    shown,
    wait_for_next,
)
from tests.browser.test_labeling_safety import EVERY_KIND, violations
from tests.factories import CATEGORICAL, ORDINAL

pytestmark = pytest.mark.django_db(transaction=True)

FLAWS = {
    "key": "flaws",
    "kind": Kind.MULTI_LABEL,
    "level": Level.SET,
    "anchors": ["long", "rude"],
}
WIDTHS_OF_ZOOM = {"200 %": 640, "400 %": 320}


def named(page: Any, role: str, name: str, within: Any = None) -> Any:
    """The one element of a role and a name, as a screen reader finds it."""
    found = (within or page).get_by_role(role, name=name)
    assert found.count() == 1, (role, name, found.count())
    return found


def answer_by_roles(page: Any) -> None:
    named(page, "radio", "Label 4", named(page, "group", "quality?")).check()
    named(page, "radio", "Label no", named(page, "group", "verdict?")).check()
    named(page, "checkbox", "Label rude", named(page, "group", "flaws?")).check()
    page.get_by_role("textbox", name="Why? Comment").fill("Rude in the second sentence.")
    named(page, "button", "Submit").click()


def test_a_round_is_done_by_what_the_accessibility_tree_names(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(3, ORDINAL, CATEGORICAL, FLAWS, responses=1)
    sign_in(page, work.user)
    page.goto(live_server.url + work.list_url)
    named(page, "button", "Start").click()
    for _item in range(3):
        on_screen(page)
        assert page.get_by_role("region", name="Item", exact=True).count() == 1
        assert page.get_by_role("form", name="Your judgment").count() == 1
        before = shown(page)
        answer_by_roles(page)
        wait_for_next(page, before)
    page.get_by_role("heading", name="You have judged everything here").wait_for()
    assert Judgment.objects.filter(round=work.round).count() == 3
    stored = Rating.objects.filter(round=work.round).values_list("criterion__key", "value")
    assert set(stored.values_list("criterion__key")) == {("quality",), ("verdict",), ("flaws",)}
    assert [value for key, value in stored if key == "flaws"] == [["rude"]] * 3


def test_what_is_wrong_is_said_to_a_screen_reader(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(1, ORDINAL, CATEGORICAL, responses=1)
    begin(page, live_server, sign_in, work)
    named(page, "button", "Submit").click()
    group = named(page, "group", "quality?")
    described = group.evaluate(
        "each => each.getAttribute('aria-describedby').split(' ')"
        ".map(id => document.getElementById(id)?.textContent ?? '').join(' ')"
    )
    assert "Answer this question" in described
    assert group.evaluate("each => each.contains(document.activeElement)")


def open_item(
    browser: Any, live_server: Any, sign_in: Any, work: Work, **options: Any
) -> tuple[Any, Any]:
    context = browser.new_context(bypass_csp=True, **options)
    page = context.new_page()
    begin(page, live_server, sign_in, work)
    return context, page


SPANS = {
    "key": "errors",
    "kind": Kind.SPAN,
    "level": Level.SET,
    "anchors": ["wrong", "rude"],
    "options": {"severities": ["minor", "major"]},
}
STRENGTHS = {
    "key": "better",
    "kind": Kind.PAIRWISE,
    "level": Level.ORDINAL,
    "options": {"strengths": 3},
}
TAXONOMY = {**FLAWS, "anchors": [f"tools/flaw_{n}" for n in range(14)]}
EACH = {**ORDINAL, "key": "each", "options": {"per": "response"}}


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_state_of_comparing_marking_and_choosing_shuts_anybody_out(
    browser: Any, live_server: Any, sign_in: Any, scheme: str, width: int
) -> None:
    work = make_work(1, STRENGTHS, EACH, SPANS, TAXONOMY, responses=2)
    size = {"width": width, "height": 800}
    context, page = open_item(
        browser, live_server, sign_in, work, viewport=size, color_scheme=scheme
    )
    page.wait_for_selector("[data-question][data-scripted]")
    # What compares comes a moment after the item, and then fills its lists.
    page.wait_for_selector("[data-difference-old] option", state="attached")
    press(page, "d")
    page.locator("[data-difference]:not([hidden])").wait_for()
    page.evaluate("scrollTo(0, 0)")
    assert ("difference", violations(page)) == ("difference", [])
    press(page, "d", "b", "b", "ArrowDown", "2", "3")
    assert page.locator(".line[data-folded]").count() == 2
    assert ("answered", violations(page)) == ("answered", [])
    press(page, "m", "Shift+Control+ArrowRight")
    page.locator("[data-mark-bar]:popover-open").wait_for()
    assert ("tags", violations(page)) == ("tags", [])
    press(page, "s", "1", "Shift+Control+ArrowRight", "2", "Escape")
    assert page.locator(".mark:not([data-blank])").count() == 2
    page.locator("[data-taxonomy-search]").fill("flaw_1")
    press(page, "ArrowDown", "Space")
    assert ("found", violations(page)) == ("found", [])
    for name in ("flaws", "each"):
        page.locator(f"[name=abstain-{name}]").check()
    assert ("set aside", violations(page)) == ("set aside", [])
    context.close()


def test_a_preference_with_strengths_fits_a_phone_in_one_row(
    browser: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(1, STRENGTHS, responses=2)
    size = {"width": 360, "height": 740}
    context, page = open_item(
        browser, live_server, sign_in, work, viewport=size, has_touch=True, is_mobile=True
    )
    boxes = [each.bounding_box() for each in page.locator(".choices-strengths .choice").all()]
    assert len(boxes) == 7
    assert len({round(box["y"]) for box in boxes}) == 1
    assert min(min(box["width"], box["height"]) for box in boxes) >= 44
    page.get_by_role("radio", name="A clearly better").check(force=True)
    label = page.locator(".choice:has(:checked) .choice-label")
    assert label.evaluate("each => getComputedStyle(each).opacity") == "1"
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    context.close()


@pytest.mark.parametrize("zoom", WIDTHS_OF_ZOOM)
def test_enlarged_page_needs_no_sideways_scrolling(
    browser: Any, live_server: Any, sign_in: Any, zoom: str
) -> None:
    work = make_work(1, *EVERY_KIND)
    size = {"width": WIDTHS_OF_ZOOM[zoom], "height": WIDTHS_OF_ZOOM[zoom] * 9 // 16}
    context, page = open_item(browser, live_server, sign_in, work, viewport=size)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    button = named(page, "button", "Submit")
    button.scroll_into_view_if_needed()
    assert button.evaluate(
        """each => {
          const box = each.getBoundingClientRect();
          const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
          return each === top || each.contains(top);
        }"""
    )
    context.close()


@pytest.mark.parametrize(
    "options",
    [{"forced_colors": "active"}, {"contrast": "more"}, {"reduced_motion": "reduce"}],
    ids=lambda options: "-".join(options),
)
def test_wishes_of_the_system_are_kept(
    browser: Any, live_server: Any, sign_in: Any, options: dict[str, str]
) -> None:
    work = make_work(1, *EVERY_KIND)
    context, page = open_item(browser, live_server, sign_in, work, **options)
    assert violations(page) == []
    if "reduced_motion" in options:
        moving = page.evaluate(
            "document.getAnimations().filter(a => a.effect.getComputedTiming().duration > 0).length"
        )
        assert moving == 0
    context.close()
