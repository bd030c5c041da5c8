"""Keys of one's own, pause, rest and fast answers on the labeling page, in real Chromium."""

from typing import Any

import pytest

from accounts.models import User
from annotation.models import Judgment, JudgmentRevision, Round
from tests.browser.labeling import begin, make_work, on_screen, press, shown, wait_for_next
from tests.factories import ORDINAL

pytestmark = pytest.mark.django_db(transaction=True)


def _seconds(page: Any) -> float:
    return float(page.input_value("[name=seconds_spent]"))


def test_a_changed_key_works_and_the_old_one_does_not(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(2, ORDINAL)
    sign_in(page, work.user)
    page.goto(live_server.url + "/preferences/keys/")
    row = page.locator("#command-raw")
    row.get_by_role("textbox").focus()
    page.keyboard.press("v")
    row.get_by_role("button", name="Set").click()
    page.wait_for_load_state("load")
    row.get_by_role("textbox").focus()
    page.keyboard.press("k")
    row.get_by_role("button", name="Set").click()
    page.wait_for_selector("#command-raw kbd:has-text('K')")
    page.goto(live_server.url + work.url)
    press(page, "Enter")
    on_screen(page)
    assert page.get_attribute("[data-command-target=raw]", "aria-keyshortcuts") == "K"
    press(page, "v")
    page.wait_for_timeout(200)
    assert "raw" not in page.url
    press(page, "k")
    page.wait_for_selector(".text-raw")


def test_a_key_in_use_is_refused_and_named(page: Any, live_server: Any, sign_in: Any) -> None:
    work = make_work(1, ORDINAL)
    sign_in(page, work.user)
    page.goto(live_server.url + "/preferences/keys/")
    row = page.locator("#command-raw")
    row.get_by_role("textbox").focus()
    page.keyboard.press("5")
    row.get_by_role("button", name="Set").click()
    page.wait_for_selector("#problem-raw")
    assert "Choose an answer" in page.inner_text("#problem-raw")
    assert User.objects.get(pk=work.user.pk).preferences == {}


def test_letters_of_another_layout_count_by_their_place(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(1, ORDINAL)
    begin(page, live_server, sign_in, work)
    page.wait_for_selector("[data-pause]:not([hidden])")
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'ح', code: 'KeyP', bubbles: true}))"
    )
    page.wait_for_selector("[data-pause-cover][open]")


def test_keys_switched_off_stay_off(page: Any, live_server: Any, sign_in: Any) -> None:
    work = make_work(1, ORDINAL)
    begin(page, live_server, sign_in, work)
    press(page, "?")
    with page.expect_response("**/preferences/keys/switch/"):
        page.locator("[data-keys-on]").uncheck()
    page.reload()
    on_screen(page)
    press(page, "p")
    page.wait_for_timeout(200)
    assert not page.locator("[data-pause-cover]").is_visible()


def test_pause_hides_the_item_and_stops_the_clock(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    page.clock.install()
    work = make_work(2, ORDINAL)
    begin(page, live_server, sign_in, work)
    page.wait_for_selector("[data-pause]:not([hidden])")
    page.mouse.move(10, 10)
    page.clock.run_for(20_000)
    page.mouse.move(20, 20)
    worked = _seconds(page)
    assert 19 <= worked <= 22
    beats: list[str] = []
    page.on(
        "request", lambda request: beats.append(request.url) if "draft" in request.url else None
    )
    press(page, "p")
    page.wait_for_selector("[data-pause-cover][open]")
    cover = page.evaluate(
        "() => { const c = getComputedStyle(document.querySelector('[data-pause-cover]'), '::backdrop').backgroundColor; return c }"
    )
    assert "0)" not in cover.replace(" ", "")[-4:]
    beats.clear()
    for _ in range(8):
        page.clock.run_for(30_000)
        page.mouse.move(30, 30 + _)
    assert beats == []
    press(page, "x")
    page.wait_for_selector("[data-pause-cover]:not([open])", state="attached")
    page.clock.run_for(10_000)
    page.mouse.move(40, 40)
    assert worked + 9 <= _seconds(page) <= worked + 14
    press(page, "3", "Enter")
    page.wait_for_function(
        "() => document.querySelector('[data-state]').textContent.includes('receipt')"
    )
    assert Judgment.objects.get().seconds_spent == pytest.approx(worked + 11, abs=4)


def test_a_rest_is_suggested_after_the_chosen_time_and_stops_nothing(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    page.clock.install()
    work = make_work(2, ORDINAL)
    User.objects.filter(pk=work.user.pk).update(preferences={"rest_minutes": 25})
    begin(page, live_server, sign_in, work)
    page.wait_for_selector("[data-pause]:not([hidden])")
    note = page.locator("[data-rest]")
    for n in range(49):
        page.clock.run_for(30_000)
        page.mouse.move(10 + n, 10)
    assert not note.is_visible()
    for n in range(6):
        page.clock.run_for(30_000)
        page.mouse.move(10 + n, 20)
    assert note.is_visible()
    press(page, "3")
    assert page.locator("input[value='3']").first.is_checked()
    page.get_by_role("button", name="Later").click()
    assert not note.is_visible()
    press(page, "Enter")
    page.wait_for_function(
        "() => document.querySelector('[data-state]').textContent.includes('receipt')"
    )
    assert Judgment.objects.count() == 1


def test_a_very_fast_answer_is_asked_about_once(page: Any, live_server: Any, sign_in: Any) -> None:
    work = make_work(3, ORDINAL)
    Round.objects.update(least_seconds=3600)
    begin(page, live_server, sign_in, work)
    page.wait_for_selector("[data-pause]:not([hidden])")
    first = shown(page)
    press(page, "4", "Enter")
    page.wait_for_selector("[data-too-fast]:not([hidden])")
    assert Judgment.objects.count() == 0
    press(page, "Enter")
    wait_for_next(page, first)
    page.wait_for_function(
        "() => document.querySelector('[data-state]').textContent.includes('receipt')"
    )
    assert JudgmentRevision.objects.get().body["ratings"] == {"quality": 4}


def test_slow_enough_answers_are_not_asked_about(page: Any, live_server: Any, sign_in: Any) -> None:
    work = make_work(2, ORDINAL)
    begin(page, live_server, sign_in, work)
    first = shown(page)
    press(page, "4", "Enter")
    wait_for_next(page, first)
