"""Marking passages in a real browser: to the character, by mouse and by keyboard, kept and drawn."""

import json
from typing import Any

import pytest

from annotation.models import Draft, Item, Rating
from rubrics.choices import Kind, Level
from tests.browser.labeling import Work, begin, make_work, on_screen, press

pytestmark = pytest.mark.django_db(transaction=True)

SPANS = {
    "key": "errors",
    "kind": Kind.SPAN,
    "level": Level.NOMINAL,
    "anchors": ["wrong", "rude", "unclear"],
    "options": {"severities": ["minor", "major"]},
}
SOURCE = (
    "Some **bold words** and a [link *here*](https://x.example), `code & <b>`, 5 \\* 6, &copy; then "
    "👩\u200d💻 and 日本語.\r\n\r\n> Quoted *text*\n> goes on.\n\n- one\n- two **three**\n"
)
RIGHT_TO_LEFT = "ריצה **מהירה** היא טובה.\n\nهذا نص *عربي* قصير.\n"


def showing(*texts: str, criteria: tuple[dict[str, Any], ...] = (SPANS,)) -> Work:
    work = make_work(1, *criteria, responses=len(texts))
    item = Item.objects.get(slots__round=work.round)
    item.content = item.content | {"responses": [{"text": text} for text in texts]}
    item.save()
    return work


# The place on the screen of the n-th character of some words in the n-th response.
POINT = """([words, atEnd, response]) => {
  const text = document.querySelectorAll("[data-marked]")[response];
  const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const at = walker.currentNode.data.indexOf(words);
    if (at < 0) continue;
    const range = new Range();
    range.setStart(walker.currentNode, atEnd ? at + words.length - 1 : at);
    range.setEnd(walker.currentNode, atEnd ? at + words.length : at + 1);
    range.startContainer.parentElement.scrollIntoView({ block: "center" });
    const box = range.getBoundingClientRect();
    const isRight = atEnd !== (getComputedStyle(walker.currentNode.parentElement).direction === "rtl"
      || /[\\u0590-\\u06ff]/.test(words));
    return [isRight ? box.right - 0.5 : box.left + 0.5, box.top + box.height / 2];
  }
  return null;
}"""


def drag(page: Any, first: str, last: str, response: int = 0) -> None:
    """Select with the mouse from before `first` to after `last`."""
    page.wait_for_selector("[data-question][data-scripted]")
    page.evaluate(POINT, [first, False, response])
    begin_at = page.evaluate(POINT, [first, False, response])
    page.mouse.move(*begin_at)
    page.mouse.down()
    page.mouse.move(*page.evaluate(POINT, [last, True, response]), steps=4)
    page.mouse.up()
    page.locator("[data-mark-bar]:popover-open").wait_for()


def rows(page: Any) -> list[tuple[str, str, str, int, int]]:
    """The marks in the form: (words, tag, severity, begin, end)."""
    found = page.evaluate(
        """() => [...document.querySelectorAll(".mark")].map((row) =>
             ["quote", "label", "severity", "start", "end"].map((name) =>
               row.querySelector(`[name$="-${name}"]`)?.value ?? ""))"""
    )
    return [(q, tag, sev, int(at), int(end)) for q, tag, sev, at, end in found if q]


def submitted(page: Any) -> list[dict[str, Any]]:
    page.click("[data-submit]")
    page.get_by_role("heading", name="You have judged everything here").wait_for()
    value = Rating.objects.get().value
    assert isinstance(value, list)
    return value


def drawn(page: Any) -> dict[str, int]:
    """How many passages each highlight holds."""
    counts = page.evaluate("() => [...CSS.highlights].map(([name, all]) => [name, all.size])")
    return {name: n for name, n in counts if n and name != "mark-chosen"}


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("bold", "words", "bold words"),
        ("Some", "bold", "Some **bold"),
        ("words", "link", "words** and a [link"),
        ("here", "code", "here*](https://x.example), `code"),
        ("& <b>", "5", "& <b>`, 5"),
        ("*", "6", "\\* 6"),
        ("©", "then", "&copy; then"),
        ("then", "日本", "then 👩\u200d💻 and 日本"),
        ("日本語", "goes", "日本語.\r\n\r\n> Quoted *text*\n> goes"),
        ("on.", "one", "on.\n\n- one"),
        ("three", "three", "three"),
    ],
)
def test_words_selected_with_the_mouse_are_stored_to_the_character(
    page: Any, live_server: Any, sign_in: Any, first: str, last: str, words: str
) -> None:
    work = showing(SOURCE)
    begin(page, live_server, sign_in, work)
    drag(page, first, last)
    press(page, "2")
    start = SOURCE.index(words)
    assert [row[3:] for row in rows(page)] == [(start, start + len(words))]
    assert submitted(page) == [
        {
            "start": start,
            "end": start + len(words),
            "text": words,
            "label": "rude",
            "severity": "minor",
            "side": "response_1",
        }
    ]


def test_overlapping_marks_keep_their_tags_and_severities_and_survive_a_reload(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = showing(SOURCE)
    begin(page, live_server, sign_in, work)
    drag(page, "Some", "words")
    press(page, "1")
    drag(page, "bold", "link")
    press(page, "s", "3")
    first, second = "Some **bold words", "bold words** and a [link"
    expected = [
        (first, "wrong", "minor", 0, len(first)),
        (second, "unclear", "major", 7, 7 + len(second)),
    ]
    assert rows(page) == expected
    assert drawn(page) == {"mark-1": 1, "mark-3": 1}
    page.wait_for_function(
        "() => document.querySelector('[data-state]').textContent.includes('saved')"
    )
    assert len(json.loads(json.dumps(Draft.objects.get().body))["ratings"]["errors"]) == 2
    page.reload()
    on_screen(page)
    page.wait_for_function("() => CSS.highlights.size >= 2")
    assert rows(page) == expected
    assert drawn(page) == {"mark-1": 1, "mark-3": 1}


def test_marks_are_made_changed_and_removed_by_keyboard_only(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = showing("First words **are** here.\n\nSecond part.")
    begin(page, live_server, sign_in, work)
    page.wait_for_selector("[data-question][data-scripted]")
    press(page, "m", "ArrowRight", "ArrowLeft", "Shift+Control+ArrowRight", "1")
    assert rows(page)[0][:2] in {("First", "wrong"), ("First ", "wrong")}
    press(page, "Home", "Shift+End", "Enter")
    assert page.evaluate("() => document.activeElement.dataset.tag") == "wrong"
    press(page, "2")
    assert rows(page)[1] == ("First words **are** here.", "rude", "minor", 0, 25)
    press(page, "Tab", "s", "3")
    assert rows(page)[0][1:3] == ("unclear", "major")
    press(page, "Delete")
    assert [row[1] for row in rows(page)] == ["rude"]
    page.get_by_role("button", name="Undo").click()
    assert [row[1] for row in rows(page)] == ["unclear", "rude"]
    press(page, "m", "Escape")
    assert page.evaluate("() => document.activeElement.dataset.question") == "errors"
    press(page, "Enter")
    page.get_by_role("heading", name="You have judged everything here").wait_for()
    assert [span["label"] for span in Rating.objects.get().value] == ["unclear", "rude"]


def test_the_same_words_are_the_same_mark_by_keyboard_and_by_mouse(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    begin(page, live_server, sign_in, showing("First words **are** here."))
    page.wait_for_selector("[data-question][data-scripted]")
    # Moving by words takes the space before them in; dragging a little far that behind them.
    press(page, "m", "Control+ArrowRight", "Shift+Control+ArrowRight", "1", "Escape")
    drag(page, "words ", "words ")
    press(page, "2")
    assert [(row[0], *row[3:]) for row in rows(page)] == [("words", 6, 11), ("words", 6, 11)]
    drag(page, "words", "words")
    press(page, "s", "2")
    assert [row[:3] for row in rows(page)] == [
        ("words", "wrong", "minor"),
        ("words", "rude", "major"),
    ]
    drag(page, " ", " ")
    press(page, "3")
    assert rows(page)[-1][3:] == (5, 6)


def test_marks_in_the_raw_text_have_the_same_places(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = showing(SOURCE)
    begin(page, live_server, sign_in, work)
    press(page, "v")
    page.wait_for_selector(".text-plain")
    drag(page, "Quoted", "goes on.")
    press(page, "1")
    words = "Quoted *text*\n> goes on."
    start = SOURCE.index(words)
    assert [row[3:] for row in rows(page)] == [(start, start + len(words))]


def test_marks_in_right_to_left_text(page: Any, live_server: Any, sign_in: Any) -> None:
    work = showing(RIGHT_TO_LEFT)
    begin(page, live_server, sign_in, work)
    drag(page, "מהירה", "מהירה")
    press(page, "1")
    drag(page, "عربي", "عربي")
    press(page, "2")
    assert [row[0] for row in rows(page)] == ["מהירה", "عربي"]


def test_marks_of_compared_responses_go_to_the_response_they_stand_in(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = showing("Alpha beta", "Alpha beta")
    begin(page, live_server, sign_in, work)
    # Compared responses take their places a moment after the item has come.
    page.wait_for_selector("[data-difference-old] option", state="attached")
    drag(page, "beta", "beta", 1)
    press(page, "1")
    order = Item.objects.get(slots__round=work.round).slots.get().assignments.get().side_order
    assert submitted(page)[0]["side"] == f"response_{order[1] + 1}"


def test_a_click_on_marked_words_chooses_their_rows_and_escape_marks_nothing(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = showing("Alpha beta gamma")
    begin(page, live_server, sign_in, work)
    drag(page, "beta", "beta")
    press(page, "Escape")
    assert rows(page) == []
    drag(page, "beta", "gamma")
    press(page, "1")
    x, y = page.evaluate(POINT, ["gamma", False, 0])
    page.mouse.click(x + 4, y)
    page.locator(".mark[data-chosen]").wait_for()


def test_digits_answer_other_questions_while_nothing_is_selected(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = showing("Alpha beta", criteria=(SPANS, {"key": "verdict", "kind": Kind.CATEGORICAL,
                   "level": Level.NOMINAL, "anchors": ["yes", "no"]}))  # fmt: skip
    begin(page, live_server, sign_in, work)
    page.wait_for_selector("[data-question][data-scripted]")
    press(page, "ArrowDown", "2")
    assert page.is_checked("[name=value-verdict][value=no]")
    assert rows(page) == []
