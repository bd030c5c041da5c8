"""The main job from end to end, as the people who do it would: in the browser, role by role."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from accounts.choices import JobState, Role
from accounts.models import Job, Project, User
from accounts.services.jobs import run_job
from annotation.models import Assignment, Batch, Judgment, Round
from exports.models import GoldRelease
from tests.browser.labeling import on_screen, press, shown, wait_for_next
from tests.factories import make_project, make_vendor, member

pytestmark = pytest.mark.django_db(transaction=True)
SOURCE = "larch-9-secret"
RUBRIC = """\
key: choice
title: Which answer is better
guidelines: |
  Read both. **Judge help**, not length.
criteria:
  - key: better
    question: Which response helps more?
    kind: pairwise
    level: nominal
    tier: critical
  - key: quality
    question: How good is the better one?
    kind: ordinal
    level: ordinal
    anchors:
      - {value: 1, label: Poor}
      - {value: 2, label: Fair}
      - {value: 3, label: Good}
  - key: topic
    question: What is it about?
    kind: categorical
    level: nominal
    anchors:
      - {value: city, label: A city}
      - {value: river, label: A river}
  - key: note
    question: Anything else?
    kind: text
    level: nominal
    required: false
"""


def _delivery(folder: Path) -> Path:
    rows: list[dict[str, Any]] = [
        {
            "item_id": f"q{n}",
            "prompt": f"Question {n}?",
            "responses": [
                {"model": SOURCE, "text": f"First {n}"},
                {"model": "m2", "text": f"Second {n}"},
            ],
        }
        for n in range(4)
    ]
    rows.append({"item_id": "broken", "prompt": "No responses?"})
    path = folder / "delivery.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def _worker() -> None:
    """What the worker beside the web process does."""
    for job in Job.objects.filter(state=JobState.QUEUED):
        run_job(job_id=job.pk)


@pytest.fixture
def people() -> dict[str, User]:
    project = make_project("loop", name="The loop")
    vendor = make_vendor("deliverers")
    return {
        "vendor": member(project, Role.VENDOR, vendor),
        "lead": member(project, Role.LEAD),
        "ann": member(project, Role.ANNOTATOR),
        "bob": member(project, Role.ANNOTATOR),
        "adjudicator": member(project, Role.ADJUDICATOR),
        "admin": member(project, Role.ADMIN),
    }


def test_whole_loop_from_delivery_to_gold(
    page: Page, live_server: Any, sign_in: Any, people: dict[str, User], tmp_path: Path
) -> None:
    home = f"{live_server.url}/projects/loop/"

    def enter(name: str) -> None:
        page.context.clear_cookies()
        page.goto("about:blank")
        sign_in(page, people[name])
        page.goto(home)

    enter("vendor")
    _upload(page, tmp_path)
    enter("lead")
    _publish_rubric(page)
    _open_round(page)
    enter("ann")
    _judge_all(page, {"q0": "a"}, quality="3")
    enter("bob")
    _judge_all(page, {"q0": "b"}, quality="3")
    enter("lead")
    _close_and_read_reliability(page)
    enter("adjudicator")
    _decide(page)
    enter("admin")
    _release(page, tmp_path)


def _upload(page: Page, folder: Path) -> None:
    page.get_by_role("link", name="All deliveries").click()
    page.get_by_role("link", name=re.compile("Upload")).first.click()
    page.locator("input[type=file]").set_input_files(_delivery(folder))
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url(re.compile(r"/batches/\w{22}/"))
    _worker()
    expect(page.get_by_text("Some rows were not accepted.")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="responses")).to_contain_text("5")
    batch = Batch.objects.get()
    assert (batch.n_created, batch.n_rejected, batch.vendor is not None) == (4, 1, True)


def _publish_rubric(page: Page) -> None:
    page.get_by_role("link", name="Rubrics", exact=True).click()
    page.get_by_role("link", name="New rubric").first.click()
    page.get_by_label("Title").fill("Which answer is better")
    page.get_by_label("Key").fill("choice")
    page.get_by_role("button", name="Start writing").click()
    page.get_by_role("link", name=re.compile("YAML")).first.click()
    page.get_by_label("The whole rubric").fill(RUBRIC)
    page.get_by_role("button", name="Save", exact=True).click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Preview").click()
    preview = opened.value
    expect(preview.get_by_text("Which response helps more?")).to_be_visible()
    assert SOURCE not in preview.content()
    preview.close()
    page.get_by_role("button", name=re.compile("ublish…")).click()
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Published. Rounds can use this version now.")).to_be_visible()


def _open_round(page: Page) -> None:
    page.get_by_role("link", name="Rounds", exact=True).click()
    page.get_by_role("link", name="New round").first.click()
    page.get_by_label("Name").fill("June")
    page.get_by_label("Kind").select_option("production")
    page.get_by_label("Rubric version").select_option(index=1)
    page.get_by_label("A fixed number of raters").check()
    page.get_by_label("Judgments an item").fill("2")
    page.get_by_role("button", name="Open the round").click()
    expect(page.get_by_role("heading", name="June")).to_be_visible()
    assert Round.objects.get().slots.count() == 8


def _judge_all(page: Page, differs: dict[str, str], *, quality: str) -> None:
    """Every item by keyboard: response 1 of the item is better, unless `differs` says so."""
    page.get_by_role("link", name="Judge", exact=True).click()
    page.get_by_role("button", name=re.compile("Start|Go on")).press("Enter")
    for _ in range(4):
        on_screen(page)
        assert SOURCE not in page.content()
        assignment = Assignment.objects.select_related("item").get(public_id=shown(page))
        wanted = {"a": 0, "b": 1}[differs.get(assignment.item.external_id, "a")]
        side = "ab"[assignment.side_order.index(wanted)]
        press(page, side, quality, "1", "Control+Enter")
        wait_for_next(page, assignment.public_id)


def _close_and_read_reliability(page: Page) -> None:
    assert Judgment.objects.count() == 8
    page.get_by_role("link", name="June").click()
    page.locator("[data-confirm=close] summary").click()
    page.locator("dialog#close").get_by_role("button", name="Close").click()
    expect(page.locator(".badge").filter(has_text="Closed")).to_be_visible()
    _worker()
    page.goto(page.url.split("?")[0] + "reliability/")
    table = page.get_by_role("region", name="Figures of each criterion")
    row = table.get_by_role("row").filter(has_text="better")
    # Three of four items agreed on: p_o .75; alpha 1 - 7 * (1/4) / (2 * 7 * 1 / 8) = 0.
    expect(row).to_contain_text(".75")
    expect(row).to_contain_text(".00")
    row.get_by_role("link", name=".75").click()
    expect(page.get_by_text("q0").first).to_be_visible()


def _decide(page: Page) -> None:
    page.get_by_role("link", name="Adjudication").click()
    page.get_by_role("button", name="Decide the next case").click()
    page.wait_for_url(re.compile(r"/cases/\w{22}/"))
    assert "R01" not in page.content()
    page.keyboard.press("a")
    page.get_by_role("button", name=re.compile("Store and see")).click()
    expect(page.get_by_role("heading", name="What the raters answered")).to_be_visible()
    expect(page.get_by_text("R01")).to_be_visible()
    page.wait_for_load_state("load")
    page.keyboard.press("a")
    page.get_by_label("A rater made a mistake").check()
    page.get_by_label("Reason for the decision").fill("The first one answers the question.")
    page.get_by_role("button", name=re.compile("Decide and go on")).click()
    expect(page.get_by_role("heading", name="No case waits for you")).to_be_visible()


def _release(page: Page, folder: Path) -> None:
    page.get_by_role("link", name="Gold", exact=True).click()
    page.get_by_role("link", name=re.compile("Cut")).first.click()
    page.get_by_label(re.compile("June")).check()
    page.get_by_role("button", name="Look").click()
    page.locator("[data-confirm=cut-release] summary").click()
    page.get_by_role("button", name="Cut it").click()
    expect(page.get_by_role("heading", name="Gold release 1")).to_be_visible()
    labels = _download(page, "JSONL", folder)
    decided = [
        row for row in map(json.loads, labels.splitlines()) if row["origin"] == "adjudicated"
    ]
    assert len(labels.splitlines()) == GoldRelease.objects.get().n_labels == 12
    assert [(row["item_id"], row["criterion"]) for row in decided] == [("q0", "better")]
    assert decided[0]["decision_rationale"] == "The first one answers the question."
    assert decided[0]["rubric_version"] == 1
    assert set(decided[0]["raters"].values()) == {"response_1", "response_2"}
    for name in ("CSV", "XLSX"):
        assert _download(page, name, folder)


def _download(page: Page, name: str, folder: Path) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("button", name=name, exact=True).click()
    path = folder / name
    download.value.save_as(path)
    return path.read_bytes()


def test_context_of_one_role_shows_nothing_of_another(
    browser: Any, live_server: Any, sign_in: Any, people: dict[str, User]
) -> None:
    """After signing out, the Back button shows no page of the person before (T11)."""
    context: BrowserContext = browser.new_context()
    page = context.new_page()
    sign_in(page, people["lead"])
    page.goto(f"{live_server.url}/projects/loop/people/")
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    context.clear_cookies()
    page.goto(f"{live_server.url}/account/login/")
    page.go_back()
    expect(page.get_by_role("heading", name="People")).to_have_count(0)
    context.close()
    assert Project.objects.filter(slug="loop").exists()
