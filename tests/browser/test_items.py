"""Items of every kind in a real browser: comparing, citations there and back, folding, bad input."""

from typing import Any

import pytest

from annotation.models import Item
from tests.browser.labeling import Work, begin, make_work, press

pytestmark = pytest.mark.django_db(transaction=True)

PARAGRAPH = "The library is closed on Sunday, but the return box is open at all hours. " * 4


def showing(content: dict[str, Any], *, responses: int = 1, reference: str | None = None) -> Work:
    """A round of one item with this content."""
    work = make_work(1, responses=responses)
    item = Item.objects.get(slots__round=work.round)
    item.content = item.content | content
    item.reference = reference
    item.save()
    if reference is not None:
        work.round.shows_reference = True
        work.round.save()
    return work


def long_text(n: int, word: str = "") -> str:
    return "\n\n".join(f"{k}. {word} {PARAGRAPH}" for k in range(n))


def top_of(page: Any, letter: int) -> float:
    """How far down, from 0 to 1, the frame of a response stands."""
    return float(
        page.locator(".response-body")
        .nth(letter)
        .evaluate("e => e.scrollTop / Math.max(1, e.scrollHeight - e.clientHeight)")
    )


def test_responses_scroll_together_in_proportion_until_switched_off(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    responses = [{"text": long_text(12)}, {"text": long_text(30)}]
    begin(page, live_server, sign_in, showing({"responses": responses}, responses=2))
    first = page.locator(".response-body").first
    page.locator("[data-toggle-sync][aria-pressed=true]").wait_for()
    first.evaluate("e => { e.scrollTop = (e.scrollHeight - e.clientHeight) / 2 }")
    page.wait_for_function("() => document.querySelectorAll('.response-body')[1].scrollTop > 10")
    assert abs(top_of(page, 1) - 0.5) < 0.02
    page.get_by_role("button", name="Scroll together").click()
    first.evaluate("e => { e.scrollTop = 0 }")
    page.wait_for_timeout(150)
    assert abs(top_of(page, 1) - 0.5) < 0.02
    page.reload()
    page.locator("[data-toggle-sync][aria-pressed=false]").wait_for()


def test_difference_is_marked_word_by_word_and_toggled_by_a_key(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    responses = [
        {"text": "The loan lasts **four** weeks and costs nothing at all."},
        {"text": "The loan lasts two weeks and costs nothing at all, ever."},
    ]
    work = showing({"responses": responses}, responses=2, reference="The loan lasts four weeks.")
    begin(page, live_server, sign_in, work)
    page.locator("[data-toggle-difference]").wait_for()
    press(page, "d")
    section = page.locator("#difference")
    shown = section.locator("[data-difference-text]")
    assert {shown.locator("del").first.inner_text(), shown.locator("ins").first.inner_text()} == {
        "four", "two",
    }  # fmt: skip
    section.get_by_label("From").select_option(label="Reference answer")
    assert "four" in shown.inner_text()
    section.get_by_label("to", exact=True).select_option(label="Reference answer")
    assert "say the same" in shown.inner_text()
    press(page, "d")
    assert not section.is_visible()
