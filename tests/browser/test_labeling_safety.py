"""The labeling page is light, accessible, and inert whatever an item holds."""

import gzip
import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from annotation.models import Item
from rubrics.choices import Kind, Level
from tests.annotation.hostile import HOSTILE
from tests.browser.labeling import begin, make_work, on_screen, press
from tests.factories import CATEGORICAL, ORDINAL, PAIRWISE

pytestmark = pytest.mark.django_db(transaction=True)

EVERY_KIND = (
    ORDINAL,
    CATEGORICAL,
    PAIRWISE,
    {"key": "amount", "kind": Kind.NUMERIC, "level": Level.RATIO, "options": {"min": 0, "max": 9}},
    {"key": "flaws", "kind": Kind.MULTI_LABEL, "level": Level.SET, "anchors": ["long", "rude"]},
    {"key": "note", "kind": Kind.TEXT, "level": Level.NOMINAL, "is_required": False},
    {"key": "order", "kind": Kind.RANKING, "level": Level.ORDINAL},
    {"key": "errors", "kind": Kind.SPAN, "level": Level.SET, "anchors": ["major", "minor"]},
)


# The page's own places in an item; nothing of what the item holds.
OUR_IDS = re.compile(
    r"part-(response|turn|step|context)_[\d_a-z]+|context-\d+|difference(-old|-new)?"
)


def violations(page: Any) -> list[tuple[str, list[str]]]:
    found = Axe().run(page).response["violations"]
    return [(each["id"], [node["html"][:160] for node in each["nodes"]]) for each in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_labeling_page_has_no_accessibility_violation(
    browser: Any, live_server: Any, sign_in: Any, scheme: str, width: int
) -> None:
    work = make_work(2, *EVERY_KIND)
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    sign_in(page, work.user)
    for path in ("/", work.list_url, work.url):
        page.goto(live_server.url + path)
        assert (path, violations(page)) == (path, [])
    page.locator("[data-start]").click()
    on_screen(page)
    assert violations(page) == []
    press(page, "3", "Control+Enter")
    assert page.locator(".field-error").count() > 0
    for details in page.locator("details:not([data-menu])").all():
        details.evaluate("each => { each.open = true }")
    assert violations(page) == []
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0
    press(page, "Escape", "?")
    page.wait_for_selector("#keys[open]")
    assert violations(page) == []
    context.close()


def test_labeling_page_is_light(
    browser: Any, page: Any, live_server: Any, sign_in: Any, settings: Any
) -> None:
    bundle = "config.static_bundle.BundleFinder"
    if bundle not in settings.STATICFILES_FINDERS:
        settings.STATICFILES_FINDERS = [bundle, *settings.STATICFILES_FINDERS]
    work = make_work(1)
    begin(page, live_server, sign_in, work)
    fresh = browser.new_context()
    cold = fresh.new_page()
    sign_in(cold, work.user)
    loaded: list[str] = []
    cold.on("request", lambda request: loaded.append(request.url))
    cold.goto(live_server.url + work.url, wait_until="networkidle")
    sizes = {url: len(gzip.compress(fresh.request.get(url).body())) for url in loaded}
    fresh.close()
    assert len(sizes) <= 10, list(sizes)
    assert sum(sizes.values()) < 60_000


def test_labeling_page_stays_inert_whatever_the_item_holds(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    work = make_work(1, ORDINAL, PAIRWISE)
    item = Item.objects.get()
    text = "\n\n".join(HOSTILE)
    item.content = {
        "messages": [{"role": text, "content": text}],
        "responses": [
            {"text": text, "tool_calls": [{"name": text, "arguments": text, "result": text}]},
            {"text": text},
        ],
        "contexts": [{"id": text, "text": text}],
    }
    item.save()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    begin(page, live_server, sign_in, work)
    page.wait_for_timeout(500)
    assert dialogs == []
    assert [url for url in requests if not url.startswith(live_server.url)] == []
    assert [url for url in requests if "/api/" in url] == []
    region = page.locator(".judge-item .item")
    forbidden = "script, style, iframe, object, embed, form, input, img, svg, base, meta, [onload]"
    assert region.locator(forbidden).count() == 0
    assert region.locator("[style], [hx-get], [onerror], [onclick]").count() == 0
    ids = region.locator("[id]").evaluate_all("all => all.map((each) => each.id)")
    assert [each for each in ids if not OUR_IDS.fullmatch(each)] == []
    press(page, "4", "a", "Enter")
    page.get_by_role("heading", name="You have judged everything here").wait_for()


def test_labeling_page_tells_nothing_of_sources_in_either_order(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    """With equal texts the page is the same byte for byte, whichever side came first (T02)."""
    from annotation.models import Assignment

    work = make_work(1, PAIRWISE)
    item = Item.objects.get()
    item.content = item.content | {"responses": [{"text": "same"}, {"text": "same"}]}
    item.save()
    begin(page, live_server, sign_in, work)
    pages = []
    for order in ([0, 1], [1, 0]):
        Assignment.objects.update(side_order=order)
        page.reload()
        pages.append(page.inner_html(".judge-columns .judge-item") + _questions(page))
    assert pages[0] == pages[1]
    assert "model-0" not in page.content()


def _questions(page: Any) -> str:
    return str(page.inner_html(".questions")).split('name="seconds_spent"')[0]
