"""The pages in Arabic: the same work, by the same keys, from right to left."""

from typing import Any

import pytest

from accounts.preferences import LANGUAGE
from annotation.models import Judgment
from tests.browser.labeling import begin, make_work, on_screen, press, shown, wait_for_next

pytestmark = pytest.mark.django_db(transaction=True)


def _arabic_work(n_items: int) -> Any:
    work = make_work(n_items)
    work.user.preferences = {LANGUAGE: "ar"}
    work.user.save()
    return work


def test_labeling_in_arabic_takes_the_keyboard_only(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = _arabic_work(2)
    begin(page, live_server, sign_in, work)
    assert page.evaluate("document.documentElement.dir") == "rtl"
    for _item in range(2):
        on_screen(page)
        assignment = shown(page)
        press(page, "4", "1", "a", "Enter")
        wait_for_next(page, assignment)
    page.get_by_role("heading", name="حكمت في كل ما هنا").wait_for()
    assert Judgment.objects.filter(round=work.round).count() == 2


def test_the_item_before_lies_to_the_right(page: Any, live_server: Any, sign_in: Any) -> None:
    work = _arabic_work(2)
    begin(page, live_server, sign_in, work)
    first = shown(page)
    press(page, "4", "1", "a", "Enter")
    wait_for_next(page, first)
    second = shown(page)
    assert page.locator("[data-command=back]").get_attribute("data-key") == "ArrowRight"
    assert page.locator("[data-command=onward]").get_attribute("data-key") == "ArrowLeft"
    on_screen(page)
    press(page, "ArrowRight")
    wait_for_next(page, second)
    assert shown(page) == first


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_reaches_over_the_edge(
    page: Any, live_server: Any, sign_in: Any, width: int
) -> None:
    work = _arabic_work(1)
    page.set_viewport_size({"width": width, "height": 740})
    begin(page, live_server, sign_in, work)
    for address in ("", work.list_url, "/preferences/", "/preferences/keys/"):
        if address:
            page.goto(live_server.url + address)
        over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(over) <= 0, address or work.url


def test_figures_and_codes_keep_their_order(page: Any, live_server: Any, sign_in: Any) -> None:
    """A code, an address and a figure are drawn with their first character on the left."""
    work = _arabic_work(1)
    sign_in(page, work.user)
    page.goto(live_server.url + "/preferences/")
    drawn = page.evaluate(
        """() => {
          const paragraph = document.createElement("p");
          paragraph.innerHTML = 'من <code id="code">-x.1</code> إلى <span id="figure">\\u200e−.21</span>';
          document.querySelector("main").append(paragraph);
          return ["code", "figure"].map((id) => {
            const text = document.getElementById(id).firstChild;
            const at = (index) => {
              const range = document.createRange();
              range.setStart(text, index);
              range.setEnd(text, index + 1);
              return range.getBoundingClientRect().left;
            };
            return at(text.length - 3) < at(text.length - 1);
          });
        }"""
    )
    assert drawn == [True, True]
