"""The labeling page in real Chromium, while eight other raters work on the same machine.

    python -m benchmarks.labeling_page [--items 60] [--raters 8] [--pause 1]

A new SQLite database with full sync gets a study; gunicorn serves it with two workers of four
threads. Other raters judge over the API with a pause between judgments, far faster than people.
Measured in the page itself: from the key that submits until the next item is on the screen with
its first question ready for keys, fetched ahead and not; what a first load costs and when it is
ready; how long a key takes on an item of 50 kB with 200 marked passages.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.labeling_load import REPOSITORY, Rater, _await, _environment, _latency

# The peers' first pages, measured once on two other cores; not measured again in this run.
PEERS = {
    "label-studio": {"megabytes": 8.0, "requests": 34, "interactive_ms": 2000},
    "doccano": {"megabytes": 0.75, "interactive_ms": 1150},
    "potato": {"megabytes": 1.5, "interactive_ms": 530},
}
# The page's own clock: from keydown to the first frame in which the answer to it is drawn.
CLOCK = """
window.measured = [];
window.pressedAt = 0;
window.await_ = (isThere, started) => {
  const look = () => isThere()
    ? requestAnimationFrame(() => window.measured.push(performance.now() - started))
    : setTimeout(look, 1);
  look();
};
addEventListener("keydown", (event) => {
  const old = document.getElementById("judge")?.dataset.assignment;
  const started = performance.now();
  const isNext = () => {
    const { assignment } = document.getElementById("judge").dataset;
    return assignment !== old && document.querySelector("[data-active]");
  };
  if (event.key === "Enter" && event.ctrlKey) window.await_(isNext, started);
  else if (window.isKeyMeasured) {
    const drawn = () => window.measured.push(performance.now() - started);
    requestAnimationFrame(() => setTimeout(drawn));
  }
}, true);
const first = setInterval(() => {
  if (!document.querySelector("[data-active]")) return;
  clearInterval(first);
  window.interactiveAt = performance.now();
}, 2);
"""


class Colleague(Rater):
    """A rater who takes a moment for each item."""

    pause = 1.0

    def _call(self, connection: Any, method: str, path: str, body: str) -> tuple[float, Any]:
        if method == "PUT":
            time.sleep(self.pause)
        return super()._call(connection, method, path, body)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=60)
    parser.add_argument("--raters", type=int, default=8)
    parser.add_argument("--pause", type=float, default=1.0)
    parser.add_argument("--chromium", default="")
    given = parser.parse_args(sys.argv[1:] if __name__ == "__main__" else [])
    Colleague.pause = given.pause
    with tempfile.TemporaryDirectory() as folder:
        environment = _environment(folder, "")
        for command in (["manage.py", "migrate", "-v0"], ["manage.py", "collectstatic", "-v0"]):
            subprocess.run(
                [sys.executable, *command, "--no-input"],
                cwd=REPOSITORY,
                env=environment,
                check=True,
            )
        others = _printed(environment, "tests.faults.prepare", given.raters, 5000, 1)
        own = _printed(environment, "tests.faults.prepare_page", 2 * given.items + 8)
        large = _printed(environment, "benchmarks.large_item")
        with _served(environment) as port:
            print(json.dumps(_measured(port, others, own, large, given), indent=1))


def _printed(environment: dict[str, str], module: str, *sizes: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, sizes)],
        cwd=REPOSITORY, env=environment, check=True, text=True, stdout=subprocess.PIPE,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextmanager
def _served(environment: dict[str, str]) -> Iterator[int]:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--workers", "2"]
    command += ["--threads", "4", "--bind", f"127.0.0.1:{port}", "--log-level", "error"]
    server = subprocess.Popen(
        [*command, "--worker-class", "gthread", "--keep-alive", "30"],
        cwd=REPOSITORY, env=environment, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _await(port)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=30)


def _measured(
    port: int, others: Any, own: Any, large: Any, given: argparse.Namespace
) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    from tests.conftest import CHROMIUM_ARGS, chromium_path

    end = time.monotonic() + 3600
    colleagues = [Colleague(port, others["round"], token, end) for token in others["tokens"]]
    for colleague in colleagues:
        colleague.start()
    with sync_playwright() as playwright:
        path = given.chromium or chromium_path()
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGS)
        url = f"http://127.0.0.1:{port}"
        figures = {
            "first_load": _first_load(browser, url, own),
            "submit_to_next_fetched_ahead": _cycles(browser, url, own, given.items, ahead=True),
            "submit_to_next_cold": _cycles(browser, url, own, given.items, ahead=False),
            "key_on_50_kB_with_200_marks": _keys(browser, url, large),
            "judgments_of_others": sum(len(each.submit_seconds) for each in colleagues),
            "peers": PEERS,
            "load_average": os.getloadavg()[0],
        }
        browser.close()
    for colleague in colleagues:
        colleague._end = 0
        colleague.join()
    return figures


def _context(browser: Any, url: str, study: Any) -> Any:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": study["sessions"][0], "url": url}])
    context.add_init_script(CLOCK)
    return context


def _started(context: Any, url: str, study: Any) -> Any:
    page = context.new_page()
    page.goto(url + study["path"])
    if page.locator("[data-start]").count():
        page.locator("[data-start]").click()
    page.wait_for_selector("[data-active]")
    return page


def _first_load(browser: Any, url: str, study: Any) -> dict[str, Any]:
    _started(_context(browser, url, study), url, study).context.close()
    times = []
    for _run in range(5):
        context = _context(browser, url, study)
        page = context.new_page()
        sizes: list[int] = []
        devtools = context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.on(
            "Network.loadingFinished", lambda event, to=sizes: to.append(event["encodedDataLength"])
        )
        page.goto(url + study["path"], wait_until="load")
        page.wait_for_function("() => window.interactiveAt")
        times.append(page.evaluate("window.interactiveAt"))
        page.wait_for_timeout(1500)
        context.close()
    times.sort()
    return {
        "kilobytes": round(sum(sizes) / 1000, 1),
        "requests": len(sizes),
        "interactive_ms": round(times[len(times) // 2]),
    }


def _cycles(browser: Any, url: str, study: Any, n: int, *, ahead: bool) -> dict[str, float]:
    context = _context(browser, url, study)
    if not ahead:
        context.route(re.compile("/ahead/$"), lambda route: route.abort())
    page = _started(context, url, study)
    for done in range(n):
        page.wait_for_timeout(1200)  # a person at their fastest: one judgment in about a second
        for key in ("4", "1"):
            page.keyboard.press(key)
        page.keyboard.press("Control+Enter")
        page.wait_for_function("n => window.measured.length > n", arg=done)
    figures = _latency([each / 1000 for each in page.evaluate("window.measured")])
    context.close()
    return figures


def _keys(browser: Any, url: str, study: Any) -> dict[str, float]:
    context = _context(browser, url, study)
    page = _started(context, url, study)
    page.wait_for_timeout(3000)
    page.evaluate("window.isKeyMeasured = true")
    for n in range(60):
        page.keyboard.press(str(1 + n % 5))
        page.keyboard.press("ArrowUp")
        page.wait_for_function("n => window.measured.length > n", arg=2 * n + 1)
    figures = _latency([each / 1000 for each in page.evaluate("window.measured")])
    figures["marks"] = page.locator("[data-marks] > *").count()
    context.close()
    return figures


if __name__ == "__main__":
    main()
