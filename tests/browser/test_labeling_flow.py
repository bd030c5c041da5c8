"""From item to item: fetched ahead, given back, refused later, another device, any keyboard."""

from typing import Any

import pytest

from annotation.choices import AssignmentState
from annotation.models import Assignment, Judgment, Slot
from tests.browser.labeling import (
    acknowledged,
    begin,
    make_work,
    on_screen,
    press,
    shown,
    state,
    wait_for_next,
)
from tests.factories import ORDINAL, PAIRWISE

pytestmark = pytest.mark.django_db(transaction=True)
AHEAD = """async () => {
    const { held } = await navigator.locks.query();
    return held.filter((lock) => lock.name.includes(":ahead:")).length;
}"""


def ready_ahead(page: Any, n: int = 2) -> None:
    while page.evaluate(AHEAD) != n:
        page.wait_for_timeout(20)


def test_flow_shows_the_next_item_without_asking_for_it(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(4, ORDINAL)
    begin(page, live_server, sign_in, work)
    ready_ahead(page)
    page.context.set_offline(True)
    first = shown(page)
    press(page, "4", "Enter")
    wait_for_next(page, first)
    state(page, "1 waiting in this browser")
    kept = str(page.evaluate("Object.entries(localStorage)"))
    assert "Question" not in kept, "nothing of an item is kept"
    page.context.set_offline(False)
    acknowledged(page)
    assert Judgment.objects.get().assignment.public_id == first


def test_flow_gives_back_what_nobody_saw_when_the_page_is_left(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(4, ORDINAL)
    begin(page, live_server, sign_in, work)
    ready_ahead(page)
    assert Assignment.objects.filter(state=AssignmentState.LEASED).count() == 3
    page.goto(live_server.url + work.list_url)
    while Assignment.objects.filter(state=AssignmentState.LEASED).count() > 1:
        page.wait_for_timeout(20)
    assert not Assignment.objects.filter(state=AssignmentState.RELEASED).exists()


def test_flow_gives_the_text_back_when_its_place_is_gone(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(3, ORDINAL)
    begin(page, live_server, sign_in, work)
    ready_ahead(page)
    first = shown(page)
    headers = {"X-Concord-User": work.user.public_id}
    page.route(f"**/assignments/{first}/", lambda route: route.fulfill(status=404, headers=headers))
    press(page, "4", "r")
    page.keyboard.type("words worth keeping")
    press(page, "Control+Enter")
    wait_for_next(page, first)
    page.get_by_role("button", name="Not accepted: 1").click()
    entry = page.locator("[data-outbox-list] li")
    assert "words worth keeping" in entry.inner_text()
    assert entry.get_by_role("button", name="Copy").is_visible()
    with page.expect_download() as download:
        entry.get_by_role("button", name="Download").click()
    assert "words worth keeping" in download.value.path().read_text()
    entry.get_by_role("button", name="Drop").click()
    assert page.evaluate("Object.keys(localStorage).some((key) => key.includes('outbox'))") is False


def test_flow_goes_on_when_the_browser_can_keep_nothing(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(2, ORDINAL)
    page.add_init_script("Storage.prototype.setItem = () => { throw new Error('full'); }")
    begin(page, live_server, sign_in, work)
    press(page, "4")
    state(page, "can't keep anything more")
    first = shown(page)
    press(page, "Enter")
    wait_for_next(page, first)
    state(page, "receipt")
    assert Judgment.objects.get().ratings.get().value == 4


def test_flow_hears_letters_by_their_place_on_other_keyboards(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(1, PAIRWISE)
    begin(page, live_server, sign_in, work)
    for key, code, answer in (
        ("ש", "KeyA", "response_1"),
        ("и", "KeyB", "response_2"),
        ("ث", "KeyE", "tie"),
    ):
        page.evaluate(
            "([key, code]) => document.activeElement.dispatchEvent("
            "new KeyboardEvent('keydown', { key, code, bubbles: true }))",
            [key, code],
        )
        assert page.is_checked(f"[name=value-preference][value={answer}]"), key


def test_flow_walks_through_own_judgments_with_the_arrows(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(3, ORDINAL)
    begin(page, live_server, sign_in, work)
    items = []
    for value in ("4", "2"):
        items.append(shown(page))
        press(page, value, "Enter")
        wait_for_next(page, items[-1])
    acknowledged(page)
    in_hand = shown(page)
    for key, item, value in (("ArrowLeft", items[1], "2"), ("ArrowLeft", items[0], "4")):
        press(page, key)
        page.wait_for_selector(f"#judge[data-assignment='{item}']")
        assert page.is_checked(f"[name=value-quality][value='{value}']")
    for item in (items[1], in_hand):
        press(page, "ArrowRight")
        page.wait_for_selector(f"#judge[data-assignment='{item}']")
    page.reload()
    assert shown(page) == in_hand


def test_flow_says_that_another_device_had_other_answers(
    page: Any, browser: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(1, ORDINAL)
    begin(page, live_server, sign_in, work)
    device = browser.new_context()
    other = device.new_page()
    sign_in(other, work.user)
    other.goto(live_server.url + work.url)
    on_screen(other)
    press(page, "4")
    state(page, "Draft saved")
    press(other, "2")
    other.get_by_text("had saved other answers").wait_for()
    assert other.is_checked("[name=value-quality][value='2']"), "the newer ones stay"
    other.get_by_role("button", name="Take the other one").click()
    assert other.is_checked("[name=value-quality][value='4']")
    device.close()


def test_flow_looks_again_when_there_was_nothing(page: Any, live_server: Any, sign_in: Any) -> None:
    work = make_work(1, ORDINAL)
    page.clock.install()
    begin(page, live_server, sign_in, work)
    Assignment.objects.update(state=AssignmentState.EXPIRED)
    page.goto(live_server.url + work.url + "?nothing=1")
    page.get_by_text("Nothing for you at this moment").wait_for()
    Slot.objects.update(state="open")
    page.clock.fast_forward(61_000)
    page.locator("[data-start]:focus").wait_for()
    assert page.inner_text("[data-announce]") == "There is an item for you now."
    assert not Assignment.objects.filter(state=AssignmentState.LEASED).exists(), "nothing is taken"
