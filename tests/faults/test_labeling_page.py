"""A round judged in a real browser, by keyboard only, through every outage of the labeling page.

The checker reads what the page was told and the database, never the page's own counters.
"""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.faults.ledger import Acknowledged, findings
from tests.faults.test_kill import Server

RECEIPT = re.compile(r'data-receipt="([^"]+)"')
SUBMISSION = re.compile(r"/assignments/([^/]+)/$")
WAITING = "() => Object.keys(localStorage).filter((key) => key.includes(':outbox:')).length"
AHEAD = """async () => {
    const { held } = await navigator.locks.query();
    return held.filter((lock) => lock.name.includes(":ahead:")).length === 2;
}"""
COOKIE = "sessionid"


class Person:
    """Judges by keyboard; knows what was pressed, and what the server acknowledged to the page."""

    def __init__(self, context: Any, server: Server, study: dict[str, Any]) -> None:
        self.context, self.server, self.study = context, server, study
        self.pressed: dict[str, str] = {}
        self.answers: list[Any] = []
        self.told: list[Acknowledged] = []
        self.sign_in(0)
        context.on("response", self._heard)
        self.page = context.new_page()

    def sign_in(self, session: int) -> None:
        value = self.study["sessions"][session]
        self.context.add_cookies([{"name": COOKIE, "value": value, "url": self.server.url}])

    def _heard(self, response: Any) -> None:
        if response.request.method == "POST" and SUBMISSION.search(response.url):
            self.answers.append(response)

    def start(self) -> None:
        self.page.goto(self.server.url + self.study["path"])
        self.page.locator("[data-start]:focus").wait_for()
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector("#judgment")
        self.page.wait_for_load_state("load")

    def judge(self, page: Any = None, *, waits: bool = True) -> str:
        """One item: a scale, a choice, a comment that names it; waits for another to be shown."""
        page = page or self.page
        item = page.get_attribute("#judge", "data-assignment")
        said = f"comment {len(self.pressed)}"
        self.pressed[item] = said
        for key in ("4", "1", "r"):
            page.keyboard.press(key)
        page.keyboard.type(said)
        page.keyboard.press("Control+Enter")
        if waits:
            page.wait_for_function(
                "old => document.getElementById('judge').dataset.assignment !== old", arg=item
            )
        return item

    def all_sent(self) -> None:
        try:
            self.page.wait_for_function(f"() => ({WAITING})() === 0", timeout=90_000)
        except PlaywrightTimeout:
            kept = self.page.evaluate("Object.entries(localStorage)")
            heard = [(each.status, each.url) for each in self.answers]
            pytest.fail(f"{self.page.inner_text('[data-state]')} {kept} {heard}")
        self.write_down()

    def ready_ahead(self) -> None:
        """Until the two items that come next are fetched and all is sent."""
        self.all_sent()
        while not self.page.evaluate(AHEAD):
            self.page.wait_for_timeout(20)

    def write_down(self) -> None:
        """What the server acknowledged, as the browser received it."""
        while self.answers:
            response = self.answers.pop(0)
            item = SUBMISSION.search(response.url)
            receipt = _receipt(response.body().decode()) if response.status == 200 else ""
            if item and receipt:
                self.told.append(Acknowledged(item[1], receipt, self.pressed[item[1]]))


def _receipt(text: str) -> str:
    if text.startswith("{"):
        return str(json.loads(text).get("receipt", ""))
    found = RECEIPT.search(text)
    return found[1] if found else ""


def offline_for_ten_minutes(person: Person) -> None:
    person.ready_ahead()
    person.context.set_offline(True)
    for _ in range(2):
        person.judge()
    person.judge(waits=False)
    state = person.page.locator("[data-state]")
    state.get_by_text("3 waiting in this browser").wait_for()
    state.get_by_text("Waiting for the connection").wait_for()
    held = person.page.get_attribute("#judge", "data-assignment")
    person.page.clock.fast_forward(600_000)
    person.context.set_offline(False)
    person.page.wait_for_function(
        "old => document.getElementById('judge').dataset.assignment !== old", arg=held
    )
    person.all_sent()


def server_killed(person: Person) -> None:
    person.ready_ahead()
    person.server.kill_all()
    person.judge()
    person.page.locator("[data-state]", has_text="waiting in this browser").wait_for()
    # A reload shows nothing while the service is away; what waits outlives it.
    person.judge()
    person.server.start()
    person.all_sent()
    person.page.reload()
    person.page.wait_for_selector("#judgment")
    person.page.wait_for_load_state("load")


def session_expired(person: Person) -> None:
    person.ready_ahead()
    person.context.clear_cookies()
    person.judge()
    person.page.locator("[data-state]", has_text="You are signed out").wait_for()
    assert person.page.evaluate(WAITING) == 1
    person.sign_in(1)
    other = person.context.new_page()
    other.goto(person.server.url + person.study["path"].split("rounds/")[0] + "work/")
    other.close()
    person.all_sent()


def two_tabs(person: Person) -> None:
    """The same item in two tabs, then another one in each."""
    person.all_sent()
    other = person.context.new_page()
    other.goto(person.page.url)
    other.locator("[data-another]").wait_for()
    person.judge()
    person.all_sent()
    item = other.get_attribute("#judge", "data-assignment")
    for key in ("2", "1", "Control+Enter"):
        other.keyboard.press(key)
    other.get_by_text("This was judged meanwhile").wait_for()
    other.locator("[data-keep-stored]").focus()
    other.keyboard.press("Enter")
    other.wait_for_function(
        "old => document.getElementById('judge').dataset.assignment !== old", arg=item
    )
    other.locator("[data-another]").wait_for()
    other.locator("[data-another]").focus()
    other.keyboard.press("Enter")
    shown = person.page.get_attribute("#judge", "data-assignment")
    other.wait_for_function(
        "old => document.getElementById('judge').dataset.assignment !== old", arg=shown
    )
    person.judge(other, waits=False)
    person.all_sent()
    other.close()


OUTAGES = {
    0.2: offline_for_ten_minutes,
    0.4: server_killed,
    0.6: session_expired,
    0.8: two_tabs,
}


def _stored(database: Path) -> dict[str, str]:
    """{assignment: rationale} of every judgment."""
    query = """
    SELECT a.public_id, j.rationale FROM annotation_judgment j
    JOIN annotation_assignment a ON a.id = j.assignment_id
    """
    with closing(sqlite3.connect(database)) as connection:
        return dict(connection.execute(query).fetchall())


@pytest.mark.parametrize("items", [12, pytest.param(200, marks=pytest.mark.soak)])
def test_page_loses_and_doubles_nothing_through_outages(browser, run, environment, tmp_path, items):
    study = run("tests.faults.prepare_page", items)
    server = Server("config.wsgi:application", environment, tmp_path)
    server.start()
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        person = Person(context, server, study)
        person.page.clock.install()
        person.start()
        todo = {int(items * part): outage for part, outage in OUTAGES.items()}
        while person.page.locator("#judgment").count():
            due = [at for at in todo if at <= len(person.pressed)]
            if due:
                todo.pop(due[0])(person)
            elif len(person.pressed) < items - 1:
                person.judge()
            else:
                person.judge(waits=False)
                person.page.get_by_role("heading", name="You have judged everything").wait_for()
        person.all_sent()
    finally:
        context.close()
        server.kill_all()

    assert todo == {}
    database = tmp_path / "concord.sqlite3"
    assert findings(database, person.told, overlap=1) == []
    assert _stored(database) == person.pressed
    assert len(person.pressed) == items
    assert {entry.assignment for entry in person.told} == set(person.pressed)


def test_page_without_its_outbox_is_caught(browser, run, environment, tmp_path):
    """The protection off: the browser keeps nothing, and a reload loses what waited."""
    study = run("tests.faults.prepare_page", 4)
    server = Server("config.wsgi:application", environment, tmp_path)
    server.start()
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script("Storage.prototype.setItem = () => {}")
    try:
        person = Person(context, server, study)
        person.start()
        person.ready_ahead()
        context.set_offline(True)
        person.judge()
        context.set_offline(False)
        person.page.reload()
        person.page.wait_for_timeout(2000)
    finally:
        context.close()
        server.kill_all()

    assert _stored(tmp_path / "concord.sqlite3") != person.pressed
