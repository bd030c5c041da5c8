"""A lead writes a rubric, tries it, publishes it and opens a round, without leaving the browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.choices import Role
from annotation.models import Round, Slot
from rubrics.models import RubricVersion
from rubrics.selectors import form_of
from rubrics.services.versions import create_rubric, save_draft
from tests.factories import make_items, make_project, member
from tests.rubrics.conftest import a_form

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def project(transactional_db):
    project = make_project("alpha")
    make_items(project, 4)
    for _ in range(3):
        member(project, Role.ANNOTATOR)
    return project


@pytest.fixture
def lead(project, page, sign_in):
    lead = member(project, Role.LEAD, email="lead@example.org", name="Lena")
    sign_in(page, lead)
    return lead


def settled(page: Page) -> None:
    """Until nothing is under way between the page and the server."""
    page.wait_for_load_state("networkidle")
    expect(page.locator(".htmx-request")).to_have_count(0)


def edit_address(live_server, version) -> str:
    return f"{live_server.url}/projects/alpha/rubrics/versions/{version.public_id}/edit/"


def test_from_an_empty_page_to_an_open_round(page: Page, live_server, project, lead):
    page.goto(f"{live_server.url}/projects/alpha/rubrics/")
    page.get_by_role("link", name="New rubric").click()
    page.get_by_label("Title").fill("Tone of the answer")
    page.get_by_label("Key").fill("tone")
    page.get_by_role("button", name="Start writing").click()

    page.get_by_label("Guidelines").fill("Judge **tone** only.")
    page.get_by_role("button", name="Add a criterion").click()
    question = page.locator("#id_criteria-0-question")
    expect(question).to_be_focused()
    question.fill("How friendly is it?")
    page.locator("#id_criteria-0-key").fill("friendly")
    for place, label in enumerate(["Cold", "Neutral", "Warm"]):
        page.locator(f"#id_criteria-0-anchors-{place}-label").fill(label)
    page.get_by_role("button", name="Add a point").click()
    expect(page.locator("#id_criteria-0-anchors-3-value")).to_have_value("4")
    expect(page.locator("#id_criteria-0-anchors-3-label")).to_be_focused()
    page.locator("#id_criteria-0-anchors-3-label").fill("Gushing")

    page.get_by_role("button", name="Add a criterion").click()
    page.locator("#id_criteria-1-question").fill("What makes it cold?")
    page.locator("#id_criteria-1-kind").select_option("text")
    expect(page.locator("#id_criteria-1-option_max_length")).to_be_visible()
    page.locator("#id_criteria-1-key").fill("why")
    page.locator("#criterion-1").get_by_text("Ask only when").click()
    page.get_by_label("1 Cold").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#saved")).to_contain_text("Ready to be published.")

    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Preview").click()
    preview = opened.value
    expect(preview.get_by_text("How friendly is it?")).to_be_visible()
    expect(preview.get_by_text("Gushing")).to_be_visible()
    preview.close()

    page.get_by_role("button", name="Publish…").click()
    expect(page.get_by_text("This freezes everything below")).to_be_visible()
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Published. Rounds can use this version now.")).to_be_visible()
    version = RubricVersion.objects.get()
    assert [(c.key, c.kind, dict(c.show_if)) for c in form_of(version).criteria] == [
        ("friendly", "ordinal", {}),
        ("why", "text", {"friendly": (1,)}),
    ]

    page.get_by_role("link", name="Open a round").click()
    page.get_by_label("Name").fill("Calibration 1")
    page.get_by_label("Name").press("Tab")
    expect(page.locator("#plan")).to_contain_text("= 4 × 3")
    page.get_by_label("A fixed number of raters").check()
    page.get_by_label("Judgments an item").fill("5")
    page.get_by_label("Judgments an item").press("Tab")
    expect(page.locator("#plan")).to_contain_text("but only 3 raters")
    page.get_by_label("Judgments an item").fill("2")
    page.get_by_label("Judgments an item").press("Tab")
    expect(page.locator("#plan")).to_contain_text("= 4 × 2")
    page.get_by_role("button", name="Open the round").click()
    expect(page.get_by_role("heading", name="Calibration 1")).to_be_visible()
    assert Slot.objects.filter(round=Round.objects.get()).count() == 8


def test_what_is_typed_is_saved_by_itself(page: Page, live_server, project, lead):
    version = create_rubric(project=project, form=a_form(), actor=lead)
    page.goto(edit_address(live_server, version))
    page.locator("#id_criteria-0-question").press("End")
    page.locator("#id_criteria-0-question").press_sequentially(" Really?")
    expect(page.locator("#saved")).to_contain_text(re.compile(r"Saved \d\d:\d\d:\d\d"))
    assert form_of(version).criteria[0].question == "Is it good? Really?"
    # The page knows the next revision, so that going on writing is no conflict with oneself.
    page.locator("#id_title").fill("Another title")
    expect(page.locator("#revision")).to_have_value("3")
    version.refresh_from_db()
    assert (version.title, version.revision) == ("Another title", 3)


def test_criteria_are_moved_by_keyboard(page: Page, live_server, project, lead):
    version = create_rubric(project=project, form=a_form(), actor=lead)
    page.goto(edit_address(live_server, version))
    page.get_by_role("button", name="Move criterion 2 up").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#id_criteria-0-key")).to_have_value("why")
    expect(page.get_by_role("button", name="Move criterion 1 down")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#id_criteria-0-key")).to_have_value("good")
    settled(page)
    assert [c.key for c in form_of(version).criteria] == ["good", "why"]


def test_two_leads_never_overwrite_each_other_silently(page: Page, live_server, project, lead):
    version = create_rubric(project=project, form=a_form(), actor=lead)
    page.goto(edit_address(live_server, version))
    other = member(project, Role.LEAD, name="Otto")
    save_draft(version=version, form=a_form(question="Otto's?"), expected_revision=1, actor=other)
    page.locator("#id_criteria-0-question").fill("Lena's?")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Not saved: the draft has changed")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Otto")).to_be_visible()
    expect(page.locator("#id_criteria-0-question")).to_have_value("Lena's?")
    assert form_of(version).criteria[0].question == "Otto's?"
    page.get_by_role("button", name="Save mine all the same").first.click()
    expect(page.locator("#saved")).to_contain_text("Ready to be published.")
    assert form_of(version).criteria[0].question == "Lena's?"


def test_error_stands_at_its_field_and_nothing_typed_is_lost(
    page: Page, live_server, project, lead
):
    version = create_rubric(project=project, form=a_form(), actor=lead)
    page.goto(edit_address(live_server, version))
    page.locator("#id_criteria-1-key").fill("good")
    page.get_by_role("button", name="Save", exact=True).click()
    field = page.locator("#id_criteria-1-key")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("good")
    expect(page.locator("#criterion-1")).to_contain_text("is used twice")
    assert [c.key for c in form_of(version).criteria] == ["good", "why"]


@pytest.mark.parametrize("width", [360, 1280])
def test_pages_fit_their_width(page: Page, live_server, project, lead, width):
    version = create_rubric(project=project, form=a_form(), actor=lead)
    page.set_viewport_size({"width": width, "height": 800})
    below = f"rubrics/versions/{version.public_id}/"
    for path in ("rubrics/", "rubrics/new/", below, below + "edit/", below + "yaml/",
                 below + "publish/", below + "preview/", "rounds/", "rounds/new/"):  # fmt: skip
        page.goto(f"{live_server.url}/projects/alpha/{path}")
        room = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(room) <= 0, path
