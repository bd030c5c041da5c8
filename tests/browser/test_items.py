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
    changed = [shown.locator(tag).first.inner_text().strip() for tag in ("del", "ins")]
    assert set(changed) == {"four", "two"}
    section.get_by_label("From").select_option(label="Reference answer")
    assert "four" in shown.inner_text()
    section.get_by_label("to", exact=True).select_option(label="Reference answer")
    assert "say the same" in shown.inner_text()
    press(page, "d")
    assert not section.is_visible()


def test_citations_lead_to_their_passage_and_back_by_keyboard(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    contexts = [{"id": f"doc-{n}", "text": f"Passage {n}. {PARAGRAPH}"} for n in range(1, 201)]
    text = f"{long_text(6)}\n\nSo it is [doc-150], `x[3]`."
    begin(
        page, live_server, sign_in, showing({"contexts": contexts, "responses": [{"text": text}]})
    )
    page.locator("[data-filter-contexts]").fill("passage 137.")
    assert page.locator(".context-list > li:visible").count() == 1
    citation = page.locator("a.citation")
    assert citation.count() == 1
    citation.focus()
    press(page, "Enter")
    passage = page.locator("#context-150")
    passage.get_by_text("Passage 150.").wait_for()
    assert passage.locator("..").get_attribute("open") is not None
    assert page.evaluate("() => document.activeElement.textContent") == "Back to the text"
    press(page, "Enter")
    assert page.evaluate("() => document.activeElement.className").startswith("citation")
    assert page.locator(".context-back").count() == 0


def test_steps_fold_and_parts_answer_to_the_form(page: Any, live_server: Any, sign_in: Any) -> None:
    calls = [{"name": "search", "arguments": {"q": n}, "result": {"n": n}} for n in range(3)]
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Search."},
        {"role": "assistant", "content": "", "tool_calls": calls},
        *({"role": "user", "content": f"{n}: {PARAGRAPH}"} for n in range(200)),
    ]
    begin(page, live_server, sign_in, showing({"messages": messages}))
    page.get_by_role("button", name="Open all").click()
    assert page.locator("details.call[open]").count() == 3
    page.get_by_role("button", name="Fold all").click()
    assert page.locator("details.call[open]").count() == 0
    page.get_by_role("link", name="Last turn").click()
    page.locator("#part-turn_203").filter(visible=True).wait_for()
    assert page.evaluate("() => document.activeElement.id") == "part-turn_203"
    for part in ("turn_1", "step_2"):
        page.evaluate(
            "part => document.dispatchEvent(new CustomEvent('concord:part', {detail: {part}}))",
            part,
        )
        current = page.locator("[aria-current=true]")
        assert current.get_attribute("data-part") == part
        assert current.get_attribute("open") is not None


def test_an_item_of_a_megabyte_keeps_its_controls_and_asks_nobody(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    hostile = "\u202e<script>alert(1)</script> ![x](https://evil.example/x.png) " * 40
    work = showing(
        {
            "messages": [
                {"role": "referee", "content": hostile},
                *({"role": "user", "content": "turn"} for _ in range(299)),
            ],
            "responses": [{"text": "```\n" + "long words " * 90_000}, {"text": hostile}],
            "contexts": [{"text": hostile}] * 200,
        },
        responses=2,
    )
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    begin(page, live_server, sign_in, work)
    page.locator("[data-toggle-difference]").wait_for()
    submit = page.locator("[data-submit]").first
    for width in (1280, 768):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 1280, "height": 800})
    assert submit.evaluate(
        "e => { const b = e.getBoundingClientRect();"
        " return b.bottom <= innerHeight && document.elementFromPoint(b.x + 5, b.y + 5) === e }"
    )
    page.set_viewport_size({"width": 360, "height": 800})
    page.get_by_role("link", name="To the questions").click()
    assert page.locator("#judgment").evaluate("e => e.getBoundingClientRect().top < innerHeight")
    assert {url.split("/")[2] for url in asked} == {live_server.url.split("/")[2]}
