"""Every kind of question in a real browser: by keyboard alone, and by pointer and touch."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from accounts.choices import Role
from annotation.models import Assignment, Judgment, Rating
from annotation.parts import part_in_item_order
from rubrics.choices import Kind, Level
from rubrics.services.versions import load_rubric
from rubrics.yaml_form import parse
from tests.browser.labeling import Work, acknowledged, begin, make_work, press, shown, wait_for_next
from tests.factories import (
    CATEGORICAL,
    ORDINAL,
    PAIRWISE,
    make_items,
    make_project,
    make_rater,
    make_round,
    member,
)

pytestmark = pytest.mark.django_db(transaction=True)

STRONG = {**PAIRWISE, "options": {"strengths": 3}}
ORDER = {"key": "order", "kind": Kind.RANKING, "level": Level.ORDINAL}
NUMBER = {
    "key": "score",
    "kind": Kind.NUMERIC,
    "level": Level.INTERVAL,
    "options": {"min": 0, "max": 100, "step": 5},
    "anchors": [0, 50, 100],
}
TEXT = {"key": "better", "kind": Kind.TEXT, "level": Level.NOMINAL}
LABELS = {
    "key": "faults",
    "kind": Kind.MULTI_LABEL,
    "level": Level.SET,
    "anchors": [
        f"{group}/fault_{n}" for group in ("tools", "facts", "tone", "form") for n in range(50)
    ],
}


@pytest.fixture
def started(page: Any, live_server: Any, sign_in: Any) -> Any:
    """Begins a round of the given criteria; says its work."""

    def start(*criteria: dict[str, Any], responses: int = 2, n_items: int = 1) -> Work:
        work = make_work(n_items, *criteria, responses=responses)
        begin(page, live_server, sign_in, work)
        page.wait_for_load_state("networkidle")
        return work

    return start


def submit(page: Any) -> Judgment:
    assignment = shown(page)
    press(page, "Control+Enter")
    wait_for_next(page, assignment)
    acknowledged(page)
    return Judgment.objects.get(assignment__public_id=assignment)


def values(judgment: Judgment) -> dict[str, Any]:
    return {r.criterion.key: r.value for r in judgment.ratings.select_related("criterion")}


def own_names(judgment: Judgment, *letters: str) -> list[str]:
    """What the item calls the responses shown under these letters."""
    order = judgment.assignment.side_order
    return [f"response_{order['ABC'.index(letter)] + 1}" for letter in letters]


def active(page: Any) -> str:
    return str(page.get_attribute("[data-active]", "data-question"))


def test_strength_is_said_by_one_key_or_by_the_letter_again(page: Any, started: Any) -> None:
    started(STRONG, ORDINAL)
    press(page, "b", "b")
    assert page.is_checked("[name=value-preference][value='response_2:2']")
    assert active(page) == "preference", "a letter may be said again"
    press(page, "7")
    assert active(page) == "quality"
    press(page, "4")
    rating = submit(page).ratings.get(criterion__key="preference")
    (b,) = own_names(rating.judgment, "B")
    assert rating.value == {"choice": b, "strength": 3}
    assert rating.number == (3 if b == "response_2" else -3)


def test_ranking_by_numbers_and_arrows(page: Any, started: Any) -> None:
    started(ORDER, responses=3)
    page.wait_for_selector("[data-is-moved]")
    press(page, "2", "1", "1")
    assert [row.inner_text().split("\n")[0] for row in page.locator("[data-rank-place]").all()] == [
        "1",
        "1",
        "2",
    ]
    page.locator("[data-rank=response_1]").focus()
    press(page, "Alt+ArrowUp")
    assert "place 2 of 3" in page.inner_text("[data-rank-status]")
    b, a, c = own_names(judgment := submit(page), "B", "A", "C")
    assert values(judgment) == {"order": [b, a, c]}


def test_ranking_by_drag_is_what_the_server_gets(page: Any, started: Any) -> None:
    started({**ORDER, "options": {"ties": False}}, responses=3)
    page.wait_for_selector("[data-is-moved]")
    _drag(page, "[data-rank=response_3]", "[data-rank=response_1]")
    places = [page.input_value(f"[name=place-order-response_{n}]") for n in (1, 2, 3)]
    assert places == ["2", "3", "1"]
    c, a, b = own_names(judgment := submit(page), "C", "A", "B")
    assert values(judgment) == {"order": [c, a, b]}


def _drag(page: Any, source: str, target: str) -> None:
    start, end = page.locator(source).bounding_box(), page.locator(target).bounding_box()
    page.mouse.move(start["x"] + 60, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + 60, end["y"] + 20, steps=5)
    page.mouse.move(end["x"] + 60, end["y"] + 2, steps=3)
    page.mouse.up()


def test_best_and_worst_take_two_keys(page: Any, started: Any) -> None:
    started({**ORDER, "options": {"style": "best_worst"}}, ORDINAL, responses=3)
    press(page, "3", "1")
    assert active(page) == "quality"
    press(page, "2")
    c, b, a = own_names(judgment := submit(page), "C", "B", "A")
    assert values(judgment) == {"order": [c, b, a], "quality": 2}


def test_slider_answers_nothing_until_it_is_touched(page: Any, started: Any) -> None:
    started(NUMBER)
    page.wait_for_selector(".slider:not([hidden])")
    press(page, "Enter")
    assert Judgment.objects.count() == 0
    assert page.get_attribute(".slider input", "data-unset") == ""
    page.locator(".slider input").focus()
    press(page, "ArrowRight")
    assert page.input_value("[name=value-score]") == "55"
    page.fill("[name=value-score]", "80")
    assert page.input_value(".slider input") == "80"
    assert page.locator("[data-near]").inner_text().startswith("50")
    assert values(submit(page)) == {"score": 80}


def test_number_is_typed_on_its_question(page: Any, started: Any) -> None:
    started(NUMBER)
    page.wait_for_selector(".slider:not([hidden])")
    page.keyboard.type("45")
    assert page.input_value(".slider input") == "45"
    assert values(submit(page)) == {"score": 45}


def test_taxonomy_of_two_hundred_labels_by_keyboard(page: Any, started: Any) -> None:
    started(LABELS, n_items=2)
    page.wait_for_selector("[data-taxonomy-search]:not([hidden])")
    press(page, "Enter")
    page.keyboard.type("facts fault_7")
    assert page.locator("[data-taxonomy-label]:visible").count() == 1
    press(page, "Enter")
    page.keyboard.type("tone")
    press(page, "ArrowDown", "ArrowDown", "Space", "ArrowDown", "Enter")
    assert page.locator("[data-chips] button").all_inner_texts() == [
        "Label facts/fault_7",
        "Label tone/fault_1",
        "Label tone/fault_2",
    ]
    page.locator("[data-chips] button").nth(1).click()
    judgment = submit(page)
    assert values(judgment) == {"faults": ["facts/fault_7", "tone/fault_2"]}
    page.wait_for_selector("[data-taxonomy-group][data-recent]")
    first = page.locator("[data-taxonomy-group][data-recent] input").evaluate_all(
        "all => all.map((each) => each.value)"
    )
    assert set(first) == {"facts/fault_7", "tone/fault_1", "tone/fault_2"}


def test_none_of_these_takes_back_what_was_chosen(page: Any, started: Any) -> None:
    started(LABELS)
    page.wait_for_selector("[data-taxonomy-search]:not([hidden])")
    press(page, "1", "n")
    assert page.locator("[data-taxonomy] [name=value-faults]:checked").count() == 0
    assert page.locator("[data-chips] button").count() == 0
    assert values(submit(page)) == {"faults": []}


def test_correction_shows_what_changes_and_unchanged_is_no_answer(page: Any, started: Any) -> None:
    started({**TEXT, "options": {"corrects": True, "per": "response"}}, responses=1)
    press(page, "Control+Enter")
    assert "missing: 1" in page.inner_text("[data-missing-count]")
    press(page, "Enter")
    text = page.input_value("textarea[name=value-better--response_1]")
    page.keyboard.press("End")
    page.keyboard.type(" and more")
    assert page.locator("[data-correction-difference] ins").inner_text().strip() == "and more"
    assert page.locator("[data-correction-difference] del").count() == 0
    assert values(submit(page)) == {"better": f"{text} and more"}


def test_no_correction_needed_is_one_key(page: Any, started: Any) -> None:
    started({**TEXT, "options": {"corrects": True}}, responses=1)
    text = page.input_value("textarea[name=value-better]")
    press(page, "n")
    assert values(submit(page)) == {"better": text}


PER = {**ORDINAL, "options": {"per": "response"}}
PER_TOO = {**CATEGORICAL, "options": {"per": "response"}}


def test_parts_are_questions_of_their_own(page: Any, started: Any) -> None:
    started(PER, PER_TOO, responses=3)
    page.evaluate(
        "window.parts = [];"
        "document.addEventListener('concord:part', (event) => parts.push(event.detail.part))"
    )
    press(page, "4", "3")
    assert active(page) == "quality--response_3"
    assert page.evaluate("parts") == ["response_2", "response_3"]
    assert page.inner_text("[data-parts-progress] >> nth=0") == "2 of 3"
    assert page.locator("[data-folded]").count() == 2
    page.evaluate(
        "document.dispatchEvent(new CustomEvent('concord:ask', {detail: {part: 'response_1'}}))"
    )
    assert active(page) == "verdict--response_1"
    press(page, "1", "2", "3")
    page.locator("#question-quality--response_3").focus()
    press(page, "5")
    judgment = submit(page)
    order = Assignment.objects.get().side_order
    found = {(r.criterion.key, r.part): r.value for r in Rating.objects.select_related("criterion")}
    said = {"quality": [4, 3, 5], "verdict": ["yes", "no", "unsure"]}
    assert judgment.ratings.count() == 6
    assert found == {
        (key, part_in_item_order(f"response_{n}", order)): value
        for key, given in said.items()
        for n, value in enumerate(given, start=1)
    }


def test_abstaining_from_all_parts_leaves_none_missing(page: Any, started: Any) -> None:
    started(PER, responses=3)
    page.check("[name=abstain-quality]")
    page.fill("[name=reason-quality]", "not mine")
    rating = submit(page).ratings.get()
    assert (rating.part, rating.is_abstention, rating.abstention_reason) == ("", True, "not mine")


def test_condition_comes_and_goes_and_keeps_what_was_typed(page: Any, started: Any) -> None:
    why = {**TEXT, "key": "why", "show_if": {"quality": [1, 2]}}
    then = {**CATEGORICAL, "key": "then", "show_if": {"verdict": ["no"]}}
    verdict = {**CATEGORICAL, "show_if": {"quality": [1]}}
    started(ORDINAL, why, then, verdict)
    press(page, "1")
    assert "why?" in page.inner_text("[data-asked-status]")
    page.fill("[name=value-why]", "because")
    page.check("[name=value-verdict][value=no]")
    assert page.is_visible("#question-then")
    page.check("[name=value-quality][value='4']")
    assert [page.is_visible(f"#question-{key}") for key in ("why", "verdict", "then")] == [
        False
    ] * 3
    page.check("[name=value-quality][value='1']")
    assert page.input_value("[name=value-why]") == "because"
    assert page.is_visible("#question-then")
    page.check("[name=value-quality][value='5']")
    assert values(submit(page)) == {"quality": 5}


def test_abstaining_from_what_others_depend_on_hides_them(page: Any, started: Any) -> None:
    started(ORDINAL, {**CATEGORICAL, "show_if": {"quality": [1]}})
    press(page, "1")
    assert page.is_visible("#question-verdict")
    page.locator("#question-quality").focus()
    press(page, "0")
    page.keyboard.type("cut off")
    assert not page.is_visible("#question-verdict")
    assert submit(page).ratings.get().abstention_reason == "cut off"


def test_reason_is_asked_for_where_the_rubric_wants_one(page: Any, started: Any) -> None:
    started({**ORDINAL, "options": {"rationale_on": ["1"]}})
    press(page, "1", "Enter")
    assert active(page) == "rationale"
    assert page.is_visible("[data-if-required]")
    press(page, "Enter")
    page.keyboard.type("it is wrong")
    assert submit(page).rationale == "it is wrong"


def test_reasons_for_not_judging_are_listed(page: Any, started: Any) -> None:
    started({**ORDINAL, "options": {"abstain_reasons": ["Cut off", "Not my language"]}})
    press(page, "0", "2", "Control+Enter")
    page.get_by_role("heading", name="You have judged everything here").wait_for()
    acknowledged(page)
    assert Rating.objects.get().abstention_reason == "Not my language"


def test_optional_answer_is_taken_back_by_its_key(page: Any, started: Any) -> None:
    started({**CATEGORICAL, "is_required": False}, ORDINAL)
    press(page, "2", "ArrowUp", "2")
    assert page.locator("[name=value-verdict]:checked").count() == 0
    assert active(page) == "verdict"
    press(page, "1", "3")
    assert values(submit(page)) == {"verdict": "yes", "quality": 3}


SCALE = """
key: scale
title: Scale
criteria:
  - key: quality
    question: How good is it?
    kind: ordinal
    anchors:
      - {value: 1, label: Poor, description: It fails., examples: ["Fits: so.", "Does not fit: not so."]}
      - {value: 2, label: Good, description: It works., examples: [As it should be.]}
"""


def test_examples_open_at_the_point_of_choice_by_key(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    project = make_project()
    user = member(project, Role.ANNOTATOR)
    version = load_rubric(project=project, form=parse(SCALE), actor=user)
    items, raters = make_items(project, 1), [make_rater(project, user)]
    work = Work(user, make_round(project, version=version, items=items, raters=raters))
    begin(page, live_server, sign_in, work)
    assert page.locator(".example:visible").count() == 0
    press(page, "x")
    assert page.locator(".example:visible").all_inner_texts() == [
        "Fits so.",
        "Does not fit not so.",
        "As it should be.",
    ]
    press(page, "x")
    assert page.locator(".example:visible").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_kind_of_question(page: Any, started: Any, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    best = {**ORDER, "key": "best", "options": {"style": "best_worst"}}
    fix = {**TEXT, "options": {"corrects": True, "max_length": 500}}
    reasons = {**CATEGORICAL, "options": {"abstain_reasons": ["Cut off"], "rationale_on": ["no"]}}
    started(STRONG, ORDER, best, NUMBER, LABELS, PER, fix, reasons)
    page.wait_for_selector("[data-is-moved]")
    page.locator("#question-faults").focus()
    press(page, "1")
    page.fill("[name=value-better]", "Something else.")
    page.check("[name=abstain-verdict]")
    page.locator("#question-quality--response_1").focus()
    press(page, "2")
    press(page, "Control+Enter")
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found] == []


@pytest.mark.parametrize("responses", [3])
def test_every_kind_fits_a_phone(page: Any, started: Any, responses: int) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    best = {**ORDER, "key": "best", "options": {"style": "best_worst"}}
    fix = {**TEXT, "options": {"corrects": True, "max_length": 500}}
    started(ORDER, best, NUMBER, LABELS, PER, fix, responses=responses)
    page.wait_for_selector("[data-is-moved]")
    page.locator("[data-rank=response_2] [data-rank-up]").click()
    assert [page.input_value(f"[name=place-order-response_{n}]") for n in (1, 2, 3)] == [
        "2",
        "1",
        "3",
    ]
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360
