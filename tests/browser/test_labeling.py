"""Judging in a real browser: by keyboard, twice, in two tabs, offline, signed out."""

import re
from typing import Any

import pytest

from annotation.models import Assignment, Draft, Judgment, JudgmentRevision
from rubrics.choices import Kind, Level
from tests.browser.labeling import (
    acknowledged,
    answers_kept,
    begin,
    make_work,
    on_screen,
    press,
    shown,
    state,
    submitted_values,
    wait_for_next,
)
from tests.factories import ORDINAL

pytestmark = pytest.mark.django_db(transaction=True)


def test_labeling_a_round_takes_the_keyboard_only(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(3)
    sign_in(page, work.user)
    page.goto(live_server.url + work.list_url)
    page.locator("form button:focus").wait_for()
    press(page, "Enter")
    expected = []
    for score, verdict, side in (("4", "1", "a"), ("2", "2", "b"), ("5", "3", "e")):
        on_screen(page)
        assignment = shown(page)
        press(page, score, verdict, side, "Enter")
        wait_for_next(page, assignment)
        expected.append((assignment, score, verdict, side))
    page.get_by_role("heading", name="You have judged everything here").wait_for()
    acknowledged(page)
    assert submitted_values(work.round) == [row for each in expected for row in _as_stored(*each)]


def _as_stored(public_id: str, score: str, verdict: str, side: str) -> list[tuple[str, str, Any]]:
    """What a rater pressed, with the side put back into the item's own order."""
    order = Assignment.objects.get(public_id=public_id).side_order
    preference = "tie" if side == "e" else f"response_{order['ab'.index(side)] + 1}"
    return [
        (public_id, "quality", int(score)),
        (public_id, "verdict", ["yes", "no", "unsure"][int(verdict) - 1]),
        (public_id, "preference", preference),
    ]


def test_labeling_takes_four_keys_for_three_criteria_and_arrows_move(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(2)
    begin(page, live_server, sign_in, work)
    assert _active(page) == "quality"
    press(page, "ArrowDown", "ArrowDown")
    assert _active(page) == "preference"
    press(page, "ArrowUp")
    assert _active(page) == "verdict"
    press(page, "2")
    assert page.is_checked("[name=value-verdict][value=no]")
    press(page, "Enter")
    assert _active(page) == "quality", "Enter leads to what is missing"
    assert Judgment.objects.count() == 0


def _active(page: Any) -> str:
    return str(page.get_attribute("[data-active]", "data-question"))


def test_labeling_keys_are_silent_while_typing_but_control_enter_submits(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(2)
    begin(page, live_server, sign_in, work)
    assignment = shown(page)
    press(page, "4", "1", "a", "r")
    page.keyboard.type("Abe 2? no")
    assert page.input_value("#rationale") == "Abe 2? no"
    assert page.is_checked("[name=value-preference][value=response_1]")
    press(page, "Control+Enter")
    wait_for_next(page, assignment)
    acknowledged(page)
    assert Judgment.objects.get().rationale == "Abe 2? no"


def test_labeling_says_which_answer_is_missing(page: Any, live_server: Any, sign_in: Any) -> None:
    work = make_work(1)
    begin(page, live_server, sign_in, work)
    press(page, "4", "Control+Enter")
    assert page.locator("#question-verdict .field-error").is_visible()
    assert page.locator("#question-quality .field-error").count() == 0
    assert _active(page) == "verdict"
    assert Judgment.objects.count() == 0


def test_labeling_takes_cannot_judge_with_a_reason(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(1, ORDINAL)
    begin(page, live_server, sign_in, work)
    press(page, "0")
    page.keyboard.type("cut off")
    press(page, "Control+Enter")
    page.get_by_role("heading", name="You have judged everything here").wait_for()
    rating = Judgment.objects.get().ratings.get()
    assert (rating.is_abstention, rating.abstention_reason) == (True, "cut off")


def test_labeling_stores_a_double_submission_once(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(2)
    begin(page, live_server, sign_in, work)
    assignment = shown(page)
    press(page, "4", "1", "a")
    press(page, "Control+Enter", "Control+Enter", "Enter")
    wait_for_next(page, assignment)
    page.wait_for_timeout(300)
    assert JudgmentRevision.objects.count() == 1


def test_labeling_in_two_tabs_overwrites_nothing_silently(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(1, ORDINAL)
    begin(page, live_server, sign_in, work)
    other = page.context.new_page()
    other.goto(live_server.url + work.url)
    press(page, "4", "Enter")
    page.get_by_role("heading", name="You have judged everything here").wait_for()
    press(other, "2", "Enter")
    other.get_by_text("This was judged meanwhile").wait_for()
    assert other.get_by_text("Label 4").first.is_visible()
    assert Judgment.objects.get().ratings.get().value == 4
    press(other, "Enter")
    other.get_by_role("heading", name="You have judged everything here").wait_for()
    assert Judgment.objects.get().revision == 2
    assert Judgment.objects.get().ratings.get().value == 2


def test_labeling_offline_keeps_the_submission_and_sends_it_once(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(1)
    begin(page, live_server, sign_in, work)
    page.context.set_offline(True)
    press(page, "4", "1", "a", "Enter")
    state(page, "Waiting for the connection")
    assert Judgment.objects.count() == 0
    kept = answers_kept(page)
    assert [key.rsplit(":", 2)[0] for key in kept] == [f"concord:{work.user.public_id}:outbox"]
    everything = str(page.evaluate("Object.entries(localStorage)"))
    assert "Question" not in everything, "nothing of the item is kept"
    page.context.set_offline(False)
    page.get_by_role("heading", name="You have judged everything here").wait_for()
    assert JudgmentRevision.objects.count() == 1
    assert answers_kept(page) == []


def test_labeling_waits_for_the_same_account_when_the_session_ends(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(2)
    begin(page, live_server, sign_in, work)
    page.context.clear_cookies()
    press(page, "4", "1", "a", "Enter")
    state(page, "You are signed out")
    assert Judgment.objects.count() == 0
    stranger = make_work(1)
    sign_in(page, stranger.user)
    page.goto(live_server.url + stranger.url)
    page.wait_for_timeout(300)
    assert Judgment.objects.count() == 0, "nothing goes out as somebody else's"
    sign_in(page, work.user)
    page.goto(live_server.url + work.url)
    acknowledged(page)
    assert answers_kept(page) == []
    assert Judgment.objects.get().rater.user == work.user


def test_labeling_draft_survives_a_reload(page: Any, live_server: Any, sign_in: Any) -> None:
    work = make_work(1)
    begin(page, live_server, sign_in, work)
    press(page, "4", "r")
    page.keyboard.type("half a thought")
    state(page, "Draft saved")
    assert Draft.objects.get().body["rationale"] == "half a thought"
    page.reload()
    assert page.input_value("#rationale") == "half a thought"
    assert page.is_checked("[name=value-quality][value='4']")


def test_labeling_draft_survives_in_the_browser_when_the_server_never_got_it(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(1)
    begin(page, live_server, sign_in, work)
    page.context.set_offline(True)
    press(page, "3", "r")
    page.keyboard.type("offline thought")
    state(page, "Draft kept in this browser")
    page.context.set_offline(False)
    page.reload()
    state(page, "Draft saved")
    assert page.input_value("#rationale") == "offline thought"
    assert Draft.objects.get().body["ratings"] == {"quality": "3"}


def test_labeling_undo_opens_the_last_judgment_again(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(2, ORDINAL)
    begin(page, live_server, sign_in, work)
    assignment = shown(page)
    press(page, "4", "Enter")
    wait_for_next(page, assignment)
    press(page, "u")
    page.get_by_role("heading", name="Change your judgment").wait_for()
    assert page.is_checked("[name=value-quality][value='4']")
    press(page, "1", "Enter")
    page.wait_for_function("() => document.getElementById('judge').dataset.judge === 'judge'")
    judgment = Judgment.objects.get()
    assert (judgment.revision, judgment.ratings.get().value) == (2, 1)


def test_labeling_receipt_and_own_count_are_shown(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(2, ORDINAL)
    begin(page, live_server, sign_in, work)
    assignment = shown(page)
    press(page, "4", "Enter")
    wait_for_next(page, assignment)
    acknowledged(page)
    receipt = JudgmentRevision.objects.get().receipt
    assert re.search(rf"Saved \d\d:\d\d:\d\d, receipt {receipt}", page.inner_text("[data-state]"))
    assert "1 judged by you" in page.inner_text(".judge-bar")


def test_labeling_sign_out_warns_of_unsent_work_and_purges(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(1)
    begin(page, live_server, sign_in, work)
    page.context.set_offline(True)
    press(page, "4", "1", "a", "Enter")
    state(page, "Waiting for the connection")
    page.route("**/assignments/**", lambda route: route.abort())
    page.context.set_offline(False)
    page.click(".site-tools summary")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Some of your work is not sent yet").wait_for()
    assert len(answers_kept(page)) == 1
    page.get_by_role("button", name="Drop and sign out").click()
    page.wait_for_url("**/account/login/**")
    assert page.evaluate("localStorage.length") == 0
    assert Judgment.objects.count() == 0


def test_labeling_works_without_script(browser: Any, live_server: Any, sign_in: Any) -> None:
    work = make_work(2)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, work.user)
    page.goto(live_server.url + work.url)
    page.get_by_role("button", name="Start").click()
    page.get_by_role("button", name="Submit").first.click()
    assert page.get_by_text("This criterion needs an answer.").count() == 3
    page.check("[name=value-quality][value='2']")
    page.check("[name=value-verdict][value=yes]")
    page.check("[name=value-preference][value=tie]")
    page.get_by_role("button", name="Submit").first.click()
    assert page.get_by_text(JudgmentRevision.objects.get().receipt).is_visible()
    assert page.locator("#judgment").is_visible()
    context.close()


def test_labeling_without_script_takes_enter_for_submit_and_marks_by_quote(
    browser: Any, live_server: Any, sign_in: Any
) -> None:
    """A whole judgment: a criterion about each response, marks of words, and Enter in a box."""
    parts = ORDINAL | {"key": "each", "options": {"per": "response"}}
    spans = {"key": "errors", "kind": Kind.SPAN, "level": Level.SET, "anchors": ["major"]}
    numeric = {"key": "amount", "kind": Kind.NUMERIC, "level": Level.RATIO, "options": {"min": 0}}
    work = make_work(2, parts, spans, numeric)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, work.user)
    page.goto(live_server.url + work.url)
    page.get_by_role("button", name="Start").click()
    item = page.get_attribute("#judge", "data-assignment")
    for n, side in enumerate("12", start=2):
        page.check(f"[name='value-each--response_{side}'][value='{n}']")
    words = page.locator(".response [data-marked]").first.inner_text().split()[0]
    page.fill("[name=mark-errors-quote] >> nth=0", words)
    page.fill("[name=value-amount]", "7")
    page.press("[name=value-amount]", "Enter")
    assert page.get_by_text("receipt").first.is_visible()
    assert page.get_attribute("#judge", "data-assignment") != item
    judgment = Judgment.objects.get()
    values = {row.criterion.key: row.value for row in judgment.ratings.all()}
    assert values["amount"] == 7
    (mark,) = values["errors"]
    assert mark["end"] - mark["start"] == len(words)
    assert {row.part for row in judgment.ratings.filter(criterion__key="each")} == {
        "response_1",
        "response_2",
    }
    context.close()
