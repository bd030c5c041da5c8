"""What crosses on the way: slow and lost answers, keys between two items, the same thing twice."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from django.utils import timezone

from annotation.choices import AssignmentState, RoundState
from annotation.models import Assignment, Draft, Judgment, JudgmentRevision
from tests.browser.labeling import (
    acknowledged,
    answers_kept,
    begin,
    make_work,
    on_screen,
    press,
    shown,
    state,
    wait_for_next,
)
from tests.browser.test_labeling_flow import ready_ahead
from tests.browser.test_labeling_safety import EVERY_KIND
from tests.factories import CATEGORICAL, ORDINAL

pytestmark = pytest.mark.django_db(transaction=True)
LATE = ("flaws", "order", "amount")
FILL_LATE = """() => {
    const form = document.getElementById("judgment");
    form.querySelector("[name=value-flaws][value=long]").click();
    form.querySelector("[name=value-amount]").value = "3";
    form.querySelectorAll("select[name^=place-order]").forEach((each, n) => {
        each.value = each.options[n + 1].value;
        each.dispatchEvent(new Event("change", { bubbles: true }));
    });
    form.querySelector("[name=value-amount]").dispatchEvent(new Event("input", { bubbles: true }));
}"""
ANSWERS = """() => JSON.stringify([...new FormData(document.getElementById("judgment"))]
    .filter(([name, value]) => value && !/csrf|seconds|revision/.test(name)))"""


def hold_first(page: Any, pattern: str, method: str = "POST") -> Callable[[], None]:
    """The first such request waits until what is returned is called."""
    held: list[Any] = []

    def handle(route: Any) -> None:
        if not held and route.request.method == method:
            held.append(route)
        else:
            route.continue_()

    page.route(pattern, handle)

    def let_go() -> None:
        while not held:
            page.wait_for_timeout(20)
        held[0].continue_()

    return let_go


def drop_answers(page: Any, pattern: str, n: int) -> list[int]:
    """The server does what it is asked; its first `n` answers never arrive. Their statuses."""
    dropped: list[int] = []

    def handle(route: Any) -> None:
        if route.request.method != "POST" or len(dropped) >= n:
            return route.continue_()
        dropped.append(route.fetch().status)
        return route.abort()

    page.route(pattern, handle)
    return dropped


def fail_first(page: Any, pattern: str, *statuses: int) -> list[float]:
    """The first submissions are answered by something before the service. When they came."""
    times: list[float] = []

    def handle(route: Any) -> None:
        if route.request.method != "POST" or len(times) >= len(statuses):
            return route.continue_()
        times.append(page.evaluate("performance.now()"))
        return route.fulfill(status=statuses[len(times) - 1], body="busy")

    page.route(pattern, handle)
    return times


def other_device_note(page: Any) -> bool:
    return bool(page.locator("[data-other-draft]").is_visible())


# -- drafts


def test_draft_saved_again_and_again_is_nobody_elses(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(1)
    begin(page, live_server, sign_in, work)
    for key, n in (("4", 1), ("1", 2), ("a", 3)):
        press(page, key)
        state(page, "Draft saved")
        while len(Draft.objects.get().body["ratings"]) != n:
            page.wait_for_timeout(50)
        page.wait_for_timeout(100)
        assert not other_device_note(page)


def test_draft_is_saved_one_at_a_time_and_the_latest_stays(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(1)
    begin(page, live_server, sign_in, work)
    let_go = hold_first(page, "**/draft/")
    sent: list[str] = []
    page.on("request", lambda each: sent.append(each.url) if "/draft/" in each.url else None)
    press(page, "4")
    page.wait_for_timeout(1500)
    press(page, "1")
    page.wait_for_timeout(1500)
    press(page, "a")
    page.wait_for_timeout(1500)
    assert len(sent) == 1
    let_go()
    while len(Draft.objects.filter().first().body["ratings"] if Draft.objects.exists() else ()) < 3:
        page.wait_for_timeout(50)
    state(page, "Draft saved")
    assert not other_device_note(page)
    assert answers_kept(page) == []


def test_draft_whose_answer_was_lost_is_nobody_elses(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(1)
    begin(page, live_server, sign_in, work)
    dropped = drop_answers(page, "**/draft/", 2)
    press(page, "4")
    state(page, "Draft kept in this browser")
    press(page, "1")
    while len(dropped) < 2:
        page.wait_for_timeout(50)
    page.wait_for_timeout(200)
    press(page, "a")
    state(page, "Draft saved")
    assert dropped == [200, 200]
    assert len(Draft.objects.get().body["ratings"]) == 3
    assert not other_device_note(page)


def test_draft_that_was_saved_while_the_page_was_left_is_nobody_elses(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(1)
    begin(page, live_server, sign_in, work)
    drop_answers(page, "**/draft/", 1)
    press(page, "4")
    state(page, "Draft kept in this browser")
    page.reload()
    on_screen(page)
    page.wait_for_timeout(300)
    assert page.is_checked("[name=value-quality][value='4']")
    assert not other_device_note(page)


# -- keys between two items


def test_keys_that_lead_further_wait_for_the_item_that_is_fetched(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(4, ORDINAL)
    begin(page, live_server, sign_in, work)
    items = []
    for value in ("4", "2"):
        items.append(shown(page))
        press(page, value, "Enter")
        wait_for_next(page, items[-1])
    acknowledged(page)
    in_hand = shown(page)
    page.locator(f"a[data-command-target=back][href*='{items[1]}']").wait_for()
    let_go = hold_first(page, f"**/assignments/{items[1]}/", "GET")
    press(page, "ArrowLeft", "ArrowLeft", "5")
    state(page, "Fetching")
    assert page.get_attribute("#judge", "aria-busy") == "true"
    let_go()
    page.wait_for_selector(f"#judge[data-assignment='{items[0]}']")
    press(page, "ArrowRight", "ArrowRight")
    page.wait_for_selector(f"#judge[data-assignment='{in_hand}']")
    assert page.locator("[name=value-quality]:checked").count() == 0, "5 was meant for no item"


def test_escape_stays_when_the_item_does_not_come(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(3, ORDINAL)
    begin(page, live_server, sign_in, work)
    first = shown(page)
    press(page, "4", "Enter")
    wait_for_next(page, first)
    acknowledged(page)
    second = shown(page)
    let_go = hold_first(page, f"**/assignments/{first}/", "GET")
    press(page, "ArrowLeft")
    state(page, "Fetching")
    press(page, "Escape", "3")
    assert page.is_checked("[name=value-quality][value='3']")
    let_go()
    page.wait_for_timeout(300)
    assert shown(page) == second
    assert page.is_checked("[name=value-quality][value='3']")


# -- judgments


def test_judgment_refused_after_the_next_item_came_is_gone_back_to(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    """The form let it pass and the server doesn't: 422, with the answers and what is wrong."""
    work = make_work(3, ORDINAL)
    begin(page, live_server, sign_in, work)
    ready_ahead(page)
    first = shown(page)
    press(page, "4", "r")
    page.keyboard.type("kept words")
    page.evaluate("document.querySelector('[name=value-quality]:checked').value = '77'")
    press(page, "Control+Enter")
    wait_for_next(page, first)
    page.get_by_text("A judgment was not accepted as it is").wait_for()
    assert Judgment.objects.count() == 0
    page.get_by_role("button", name="Go to it").click()
    page.wait_for_selector(f"#judge[data-assignment='{first}']")
    assert page.input_value("#rationale") == "kept words"
    assert page.locator("#question-quality .field-error").count() == 1
    press(page, "2", "Control+Enter")
    wait_for_next(page, first)
    acknowledged(page)
    assert Judgment.objects.get().ratings.get().value == 2
    assert page.get_by_role("button", name="Not accepted").count() == 0


def test_judgment_made_elsewhere_meanwhile_is_shown_beside_the_own_one(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    """409 after the next item came."""
    work = make_work(3, ORDINAL)
    begin(page, live_server, sign_in, work)
    ready_ahead(page)
    first = shown(page)
    other = page.context.new_page()
    other.goto(live_server.url + f"/projects/{work.round.project.slug}/assignments/{first}/")
    on_screen(other)
    press(other, "2", "Enter")
    acknowledged(other)
    while not Judgment.objects.exists():
        page.wait_for_timeout(20)
    press(page, "5", "Enter")
    wait_for_next(page, first)
    page.get_by_role("button", name="Go to it").click()
    page.get_by_text("This was judged meanwhile").wait_for()
    assert page.is_checked("[name=value-quality][value='5']")
    assert Judgment.objects.get().ratings.get().value == 2
    press(page, "Enter")
    wait_for_next(page, first)
    acknowledged(page)
    assert Judgment.objects.get(assignment__public_id=first).ratings.get().value == 5


def test_judgment_is_sent_again_later_and_later_while_the_service_is_busy(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(3, ORDINAL)
    begin(page, live_server, sign_in, work)
    ready_ahead(page)
    first = shown(page)
    times = fail_first(page, f"**/assignments/{first}/", 429, 503, 502)
    press(page, "4", "Enter")
    wait_for_next(page, first)
    state(page, "1 waiting in this browser")
    state(page, "Reload only when the connection is back")
    page.wait_for_timeout(100)
    acknowledged(page)
    gaps = [later - sooner for sooner, later in pairwise(times)]
    assert len(times) == 3
    assert 400 < gaps[0] < 2500
    assert gaps[1] > 900
    assert JudgmentRevision.objects.count() == 1
    state(page, "receipt")


def test_judgment_whose_answer_was_lost_is_stored_once_with_the_same_receipt(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(3, ORDINAL)
    begin(page, live_server, sign_in, work)
    ready_ahead(page)
    first = shown(page)
    dropped = drop_answers(page, f"**/assignments/{first}/", 1)
    press(page, "4", "Enter")
    wait_for_next(page, first)
    acknowledged(page)
    assert dropped == [200]
    revision = JudgmentRevision.objects.get()
    state(page, str(revision.receipt))


def test_judgment_that_takes_thirty_seconds_leaves_the_page_usable(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(4, ORDINAL)
    page.clock.install()
    begin(page, live_server, sign_in, work)
    ready_ahead(page)
    first = shown(page)
    let_go = hold_first(page, f"**/assignments/{first}/")
    press(page, "4", "Enter")
    wait_for_next(page, first)
    page.clock.fast_forward(30_000)
    second = shown(page)
    press(page, "2", "Enter")
    wait_for_next(page, second)
    press(page, "3")
    assert page.is_checked("[name=value-quality][value='3']")
    let_go()
    acknowledged(page)
    found = Judgment.objects.order_by("pk").values_list("assignment__public_id", "revision")
    assert list(found) == [(first, 1), (second, 1)]


def test_judgment_submitted_twice_is_one(page: Any, live_server: Any, sign_in: Any) -> None:
    """By double click and by two Enters, of which the second must not judge the next item."""
    work = make_work(4, ORDINAL)
    begin(page, live_server, sign_in, work)
    ready_ahead(page)
    first = shown(page)
    press(page, "4")
    page.locator("[data-submit]").dblclick()
    wait_for_next(page, first)
    acknowledged(page)
    second = shown(page)
    assert Judgment.objects.count() == 1
    press(page, "2", "Enter", "Enter")
    wait_for_next(page, second)
    acknowledged(page)
    page.wait_for_timeout(200)
    assert list(JudgmentRevision.objects.values_list("number", flat=True)) == [1, 1]


def test_judgment_is_not_submitted_by_the_enter_of_an_input_method(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(2, ORDINAL)
    begin(page, live_server, sign_in, work)
    press(page, "4", "r")
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": "に", "selectionStart": 1, "selectionEnd": 1})
    for kind in ("keyDown", "keyUp"):
        key = {"type": kind, "key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229}
        session.send("Input.dispatchKeyEvent", {**key, "modifiers": 2})
    session.send("Input.insertText", {"text": "日"})
    page.wait_for_timeout(300)
    assert page.input_value("#rationale") == "日"
    assert Judgment.objects.count() == 0
    assert answers_kept(page) == [] or ":draft:" in answers_kept(page)[0]


# -- ends


def test_sign_out_sends_what_is_unsent_when_asked_to(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(1, ORDINAL)
    begin(page, live_server, sign_in, work)
    page.route("**/assignments/**", lambda route: route.abort())
    press(page, "4", "Enter")
    state(page, "Waiting for the connection")
    page.click(".site-tools summary")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Some of your work is not sent yet").wait_for()
    page.unroute("**/assignments/**")
    page.get_by_role("button", name="Send and sign out").click()
    page.wait_for_url("**/account/login/**")
    assert Judgment.objects.get().ratings.get().value == 4
    assert page.evaluate("localStorage.length") == 0


def test_unsent_work_waits_for_its_account_and_shows_another_nothing(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work, other = make_work(2, ORDINAL), make_work(2, ORDINAL)
    begin(page, live_server, sign_in, work)
    page.route("**/assignments/**", lambda route: route.abort())
    press(page, "4", "r")
    page.keyboard.type("only mine")
    page.wait_for_timeout(1500)
    page.unroute("**/assignments/**")
    begin(page, live_server, sign_in, other)
    assert page.input_value("#rationale") == ""
    assert "only mine" not in page.content()
    press(page, "2", "Enter")
    acknowledged(page)
    assert Judgment.objects.get().rater.user == other.user
    sign_in(page, work.user)
    page.goto(live_server.url + work.url)
    on_screen(page)
    page.wait_for_function("() => document.getElementById('rationale').value === 'only mine'")


@pytest.mark.parametrize("ending", ["revoked", "paused", "closed"])
def test_work_that_ends_while_somebody_types_is_not_lost(
    page: Any, live_server: Any, sign_in: Any, ending: str
) -> None:
    work = make_work(2, ORDINAL, CATEGORICAL)
    begin(page, live_server, sign_in, work)
    ready_ahead(page, 1)
    first = shown(page)
    press(page, "4", "1", "r")
    page.keyboard.type("half a thought")
    state(page, "Draft saved")
    if ending == "revoked":
        Assignment.objects.filter(public_id=first).update(state=AssignmentState.REVOKED)
    else:
        work.round.state = RoundState.PAUSED if ending == "paused" else RoundState.CLOSED
        work.round.closed_at = timezone.now() if ending == "closed" else None
        work.round.save(update_fields=["state", "closed_at"])
    page.keyboard.type(" and the rest")
    press(page, "Control+Enter")
    page.wait_for_timeout(1500)
    stored = Judgment.objects.filter(assignment__public_id=first).first()
    if stored is not None:
        assert stored.rationale == "half a thought and the rest"
        return
    page.get_by_role("button", name="Not accepted: 1").click()
    assert "half a thought and the rest" in page.inner_text("[data-outbox-list]")


def test_judgment_opened_again_before_it_arrived_keeps_what_is_changed(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(3, ORDINAL)
    begin(page, live_server, sign_in, work)
    ready_ahead(page)
    first = shown(page)
    let_go = hold_first(page, f"**/assignments/{first}/")
    press(page, "4", "Enter")
    wait_for_next(page, first)
    press(page, "u")
    page.wait_for_selector(f"#judge[data-assignment='{first}']")
    press(page, "5", "r")
    page.keyboard.type("on second thought")
    let_go()
    page.wait_for_selector("#judge[data-judge='edit']")
    page.wait_for_function(
        "() => document.getElementById('rationale').value === 'on second thought'"
    )
    press(page, "Control+Enter")
    wait_for_next(page, first)
    acknowledged(page)
    judgment = Judgment.objects.get()
    assert (judgment.revision, judgment.ratings.get().value) == (2, 5)


def test_marks_and_parts_come_back_when_their_scripts_come_late(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(1, ORDINAL, *(each for each in EVERY_KIND if each["key"] in LATE))
    begin(page, live_server, sign_in, work)
    page.route("**/draft/", lambda route: route.abort())
    press(page, "4")
    page.evaluate(FILL_LATE)
    state(page, "Draft kept in this browser")
    before = page.evaluate(ANSWERS)
    assert "long" in before
    page.unroute("**/draft/")

    def late(route: Any) -> None:
        page.wait_for_timeout(700)
        route.continue_()

    page.route(re.compile(r"/js/(marks|question_)"), late)
    page.reload()
    page.wait_for_load_state("networkidle")
    state(page, "Draft saved")
    assert page.evaluate(ANSWERS) == before
    assert len(Draft.objects.get().body["ratings"]) == 4
