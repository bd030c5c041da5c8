"""What raters and leads say to each other, tried in a real browser."""

from typing import Any

import pytest

from accounts.choices import Role
from annotation.choices import Basis
from annotation.models import ClarificationRead, Flag, Judgment, Rating, Return
from annotation.services.clarifications import publish_clarification
from annotation.services.flags import answer_flag
from annotation.services.returns import return_judgment
from tests.browser.labeling import Work, begin, make_work, on_screen, press, shown, wait_for_next
from tests.factories import ORDINAL, member

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def work() -> Work:
    return make_work(5, ORDINAL, responses=1)


@pytest.fixture
def lead(work: Work) -> Any:
    return member(work.round.project, Role.LEAD)


def asked(page: Any, text: str) -> None:
    press(page, "f")
    page.wait_for_selector("#flag-question:focus")
    page.keyboard.type(text)
    press(page, "Control+Enter")


def stored(page: Any, n: int) -> None:
    """Until the server has `n` judgments: the next item is shown before."""
    for _ in range(100):
        if Judgment.objects.count() == n:
            return
        page.wait_for_timeout(100)
    pytest.fail(f"{Judgment.objects.count()} judgments instead of {n}")


def test_question_by_keyboard_its_answer_and_back(
    page: Any, live_server: Any, sign_in: Any, work: Work, lead: Any, browser: Any
) -> None:
    begin(page, live_server, sign_in, work)
    first = shown(page)
    press(page, "4")
    asked(page, "Is a typo a fault?")
    page.wait_for_function(
        "() => document.querySelector('[data-ask-state]').textContent.includes('Sent')"
    )
    assert shown(page) == first
    assert page.is_checked("input[name='value-quality'][value='4']")
    flag = Flag.objects.get()
    assert flag.question == "Is a typo a fault?"

    other = browser.new_context().new_page()
    sign_in(other, lead)
    other.goto(f"{live_server.url}/projects/{work.round.project.slug}/flags/")
    other.click("text=Is a typo a fault?")
    other.fill("#id_answer", "No, leave it out.")
    other.click("form button:has-text('Answer')")
    other.wait_for_selector("text=Does everybody need to know?")
    other.context.close()

    press(page, "Enter")
    wait_for_next(page, first)
    on_screen(page)
    press(page, "3", "Enter")
    page.wait_for_selector("[data-answer]")
    assert "No, leave it out." in page.inner_text("[data-answer]")
    page.wait_for_timeout(500)
    page.focus("[data-answer] button")
    press(page, "Enter")
    page.wait_for_selector("[data-answer]", state="detached")
    assert Flag.objects.get().read_at is not None
    assert page.evaluate("() => document.activeElement.closest('[data-question]') !== null")


def test_question_survives_an_outage_and_a_reload(
    page: Any, live_server: Any, sign_in: Any, work: Work
) -> None:
    begin(page, live_server, sign_in, work)
    page.context.set_offline(True)
    asked(page, "Asked while away?")
    page.wait_for_function(
        "() => document.querySelector('[data-ask-state]').textContent.includes('kept')"
    )
    press(page, "f")
    page.keyboard.type("Half typed")
    page.context.set_offline(False)
    page.reload()
    on_screen(page)
    page.wait_for_function(
        "() => !localStorage.getItem(`concord:${document.body.dataset.user}:asked`)"
    )
    assert [flag.question for flag in Flag.objects.all()] == ["Asked while away?"]
    assert page.input_value("#flag-question") == "Half typed"


def test_question_without_script_loses_no_answer(
    browser: Any, live_server: Any, sign_in: Any, work: Work
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, work.user)
    page.goto(live_server.url + work.url)
    page.click("button[data-start]")
    page.check("input[name='value-quality'][value='2']")
    page.click("[data-ask] summary")
    page.fill("#flag-question", "Without script?")
    page.click("[data-ask-send]")
    assert page.is_checked("input[name='value-quality'][value='2']")
    assert "Your question is with the lead" in page.inner_text("main")
    assert not Judgment.objects.exists()
    context.close()


def test_clarification_comes_before_the_next_item_also_when_that_was_fetched_ahead(
    page: Any, live_server: Any, sign_in: Any, work: Work, lead: Any
) -> None:
    begin(page, live_server, sign_in, work)
    first = shown(page)
    page.wait_for_load_state("networkidle")
    told = publish_clarification(
        round_=work.round, text="Count *typos*.", author=lead, criterion_key="quality"
    )
    # What is on the screen is not taken away.
    assert page.is_visible("#judgment")
    press(page, "4", "Enter")
    page.wait_for_selector("[data-clarification]")
    assert "Count typos." in page.inner_text("[data-clarification]")
    assert Judgment.objects.get().assignment.public_id == first
    page.wait_for_timeout(800)
    press(page, "Enter")
    on_screen(page)
    assert ClarificationRead.objects.get().clarification == told
    assert shown(page) != first
    assert "Count typos." in page.inner_text("[data-question='quality'] .clarified")
    second = shown(page)
    press(page, "4", "Enter")
    wait_for_next(page, second)
    on_screen(page)
    stored(page, 2)


def test_returned_judgment_is_found_changed_and_marked(
    page: Any, live_server: Any, sign_in: Any, work: Work, lead: Any
) -> None:
    begin(page, live_server, sign_in, work)
    first = shown(page)
    press(page, "4", "Enter")
    wait_for_next(page, first)
    page.wait_for_function(
        "() => document.querySelector('[data-sent]').textContent.includes('receipt')"
    )
    return_judgment(judgment=Judgment.objects.get(), comment="Read the end again.", actor=lead)
    page.goto(live_server.url + work.list_url)
    page.click("text=Look at it")
    on_screen(page)
    assert "Read the end again." in page.inner_text("#judgment")
    press(page, "2", "Enter")
    page.wait_for_function("() => !document.body.innerText.includes('Read the end again.')")
    assert Return.objects.get().resolution == "revised"
    assert Rating.objects.get(judgment__revision=2).basis == Basis.RETURNED


def test_returned_judgment_stands(
    page: Any, live_server: Any, sign_in: Any, work: Work, lead: Any
) -> None:
    begin(page, live_server, sign_in, work)
    first = shown(page)
    press(page, "4", "Enter")
    wait_for_next(page, first)
    page.wait_for_function(
        "() => document.querySelector('[data-sent]').textContent.includes('receipt')"
    )
    return_judgment(judgment=Judgment.objects.get(), comment="Read the end again.", actor=lead)
    page.goto(f"{live_server.url}/projects/{work.round.project.slug}/assignments/{first}/")
    on_screen(page)
    page.click("text=I stand by my judgment")
    page.fill("#stand-note", "I read it twice.")
    page.click("text=Leave it as it is")
    page.wait_for_load_state("load")
    assert Return.objects.get().note == "I read it twice."
    assert Rating.objects.get().basis == Basis.INDEPENDENT


def test_answer_is_shown_to_nobody_else(
    page: Any, live_server: Any, sign_in: Any, work: Work, lead: Any
) -> None:
    begin(page, live_server, sign_in, work)
    asked(page, "Only mine?")
    page.wait_for_function(
        "() => document.querySelector('[data-ask-state]').textContent.includes('Sent')"
    )
    answer_flag(flag=Flag.objects.get(), answer="Only yours.", actor=lead)
    page.goto(f"{live_server.url}/projects/{work.round.project.slug}/questions/")
    assert "Only yours." in page.inner_text("main")
    page.click("text=Read")
    page.wait_for_load_state("load")
    assert Flag.objects.get().read_at is not None
