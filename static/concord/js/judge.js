// The labeling page: binds keys, questions, draft and flow to the item on the screen.

import { Draft, freshToken } from "./draft.js";
import { Flow } from "./flow.js";
import { listen } from "./keys.js";
import { Questions } from "./questions.js";

const { user } = document.body.dataset;
const phrases = document.getElementById("phrases").dataset;
const PLACE = "concord:place";
let page = null;

// What only some items need: fetched when the selector finds something on the page. Each module
// exports bind({ root, form, fill, signal }); `signal` aborts when the next item is swapped in.
const PARTS = [
  ["[data-item]", () => import("./item.js")],
  ["[data-marks]", () => import("./marks.js")],
  ["[data-guidelines]", () => import("./guidelines.js")],
  ["[data-pace]", () => import("./pace.js")],
  ["[data-look-again]", () => import("./look_again.js")],
  ["[data-ask], [data-answer], [data-clarification]", () => import("./talk.js")],
];

function fill(name, values = {}) {
  return (phrases[name] ?? "").replace(/%\((\w+)\)s/g, (_, key) => values[key] ?? "");
}

const flow = new Flow({ user, fill, page: () => page, show: swap, prepare });

/** Time left by the server's clock; only a hint, the server decides. */
function showLease() {
  const shown = page.root.querySelector("[data-lease]");
  if (!shown) return;
  const left = Date.parse(page.root.dataset.leaseEnds) - Date.now() - page.skew;
  shown.hidden = false;
  shown.querySelector("[data-lease-left]").textContent =
    left > 0 ? fill("minutes", { n: Math.ceil(left / 60000) }) : fill("expired");
}

/** Take hold of what is on the page now; safe after every swap. */
function bind(html) {
  const root = document.getElementById("judge");
  const form = root.querySelector("form#judgment");
  page = { root, form, html: html ?? root.outerHTML, leaving: new AbortController() };
  page.skew = Date.parse(root.dataset.now) - Date.now();
  showLease();
  if (form && root.dataset.judge !== "closed") bindForm();
  bindParts();
  flow.arrived();
}

function bindForm() {
  const { root, form } = page;
  page.questions = new Questions(form);
  const say = (...words) => flow.say("draft", ...words);
  const ahead = () => flow.ahead?.ids ?? [];
  page.draft = new Draft(root, form, { user, say, ahead, onBeat: (answer) => flow.ahead?.renewed(answer) });
  page.draft.restore(flow.outbox.of(root.dataset.assignment));
  form.addEventListener("submit", submit);
  root.querySelector("[data-keep-stored]")?.toggleAttribute("hidden", false);
  // A new item begins at its top, also where the questions lie below it; an error is brought into view.
  const wrong = form.querySelector(".question .field-error")?.closest("[data-question]");
  page.questions.go(wrong ?? page.questions.asked[0], Boolean(wrong));
}

function bindParts() {
  const { root, form, leaving } = page;
  for (const [selector, load] of PARTS) {
    if (!root.matches(selector) && !root.querySelector(selector)) continue;
    load().then(
      (part) => !leaving.signal.aborted && part.bind({ root, form, fill, signal: leaving.signal, flow }),
      () => flow.announce(fill("partMissing")),
    );
  }
}

/** An item that waits to be shown gets its modules now: there may be no connection then. */
function prepare(node) {
  const needed = PARTS.filter(([selector]) => node.querySelector(selector)).map(([, load]) => load());
  const parts = [import("./questions.js"), ...needed].map((loading) => loading.then((part) => part.prepare?.(node)));
  return Promise.allSettled([...parts, import("./restore.js"), import("./outbox_list.js")]);
}

function swap(node, html) {
  if (!node) return location.reload();
  page.draft?.end();
  page.leaving.abort();
  document.getElementById("judge").replaceWith(document.importNode(node, true));
  scrollTo(0, 0);
  // Reloading shows what is on the screen now, in this tab.
  const { ownUrl, judgeUrl } = node.dataset;
  history.replaceState(null, "", ownUrl ?? judgeUrl);
  bind(html);
  if (page.questions) return undefined;
  const way = node.dataset.judge === "start" && document.querySelector("[data-start]");
  return (way || document.querySelector("h1"))?.focus();
}

function submit(event) {
  const button = meant(event.submitter);
  // What goes elsewhere is no judgment.
  if (button?.hasAttribute("formaction")) return;
  event.preventDefault();
  if (page.isHeld) return;
  const isWhole = ["abstain-all", "give-back"].includes(button?.name);
  if (!isWhole && page.questions.missing().length) {
    page.questions.sayMissing(phrases);
    return;
  }
  flow.submit(button);
}

/** Enter in the reason why an item can't be judged means the button beside it. */
function meant(button) {
  const isReason = document.activeElement?.name === "abstain-all-reason";
  return button?.matches("[data-default]") && isReason ? page.form.elements["abstain-all"] : button;
}

const send = () => {
  page.form?.requestSubmit(page.form.querySelector("[data-submit]"));
  return Boolean(page.form);
};

const commands = {
  choose: (key) => page.questions?.choose(key),
  next: () => page.questions?.step(1),
  previous: () => page.questions?.step(-1),
  leave: (key, event) => page.questions?.leave(event.target),
  rationale: () => focusOn("#rationale"),
  commit: (key, event) => {
    if (!page.questions) return press("start");
    if (event.target.matches(".questions input:not([type=radio], [type=checkbox])")) return false;
    if (page.questions.isComplete(event.target)) send();
    return true;
  },
  submit: send,
  undo: () => flow.takeBack() || press("undo"),
  page_down: () => scrollItem(1),
  page_up: () => scrollItem(-1),
};

function focusOn(selector) {
  const target = page.root.querySelector(selector);
  target?.focus();
  return Boolean(target);
}

function scrollItem(direction) {
  const item = page.root.querySelector(".judge-item");
  if (!item || item.scrollHeight <= item.clientHeight + 1) return false;
  item.scrollBy({ top: direction * item.clientHeight * 0.9 });
  return true;
}

/** Other commands press the control that is marked with their name. */
function press(command) {
  const target = page.root.querySelector(`[data-command-target="${command}"]`);
  if (target?.matches("details")) target.open = !target.open;
  else target?.click();
  return Boolean(target);
}

function clicked(event) {
  const link = event.target.closest("#judge a[data-go]");
  if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    flow.open(link.dataset.go === "in-hand" ? flow.inHand?.url ?? `${link.href}?nothing=1` : link.getAttribute("href"));
  }
  if (event.target.closest("[data-another]")) flow.another();
  if (event.target.closest("[data-keep-stored]")) flow.keepStored();
}

/** Where one was in the item, for a reload in this tab. */
function rememberPlace() {
  const item = page.root.querySelector(".judge-item");
  const place = { of: page.root.dataset.assignment, page: scrollY, item: item?.scrollTop, question: page.questions?.active?.id };
  try {
    sessionStorage.setItem(PLACE, JSON.stringify(place));
  } catch {
    // Then a reload begins at the top.
  }
}

function returnToPlace() {
  let place = null;
  try {
    place = JSON.parse(sessionStorage.getItem(PLACE));
  } catch {
    return;
  }
  if (!place || place.of !== page.root.dataset.assignment) return;
  page.questions?.go(document.getElementById(place.question), false);
  page.root.querySelector(".judge-item")?.scrollTo(0, place.item ?? 0);
  scrollTo(0, place.page);
}

function act(command, key, event) {
  if (flow.visit.holdsKey(command, () => act(command, key, event))) return true;
  return commands[command]?.(key, event) ?? press(command);
}

listen(act);
document.addEventListener("click", clicked);
document.addEventListener("submit", (event) => freshToken(event.target));
document.querySelector("[data-outbox-send]")?.addEventListener("click", () => {
  flow.outbox.retry();
  document.getElementById("outbox").close();
  flow.send();
});
addEventListener("pagehide", rememberPlace);
setInterval(showLease, 5000);

bind();
returnToPlace();
if (flow.outbox.waiting.some((entry) => entry.assignment === page.root.dataset.assignment)) {
  page.draft?.settle(true);
  flow.hold(true);
}
flow.send();
