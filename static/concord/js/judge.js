// The labeling page: binds keys, questions, draft and outbox, and swaps in what comes next.

import { toast } from "./app.js";
import { Draft, Outbox } from "./kept.js";
import { listen } from "./keys.js";
import { Questions } from "./questions.js";

const phrases = document.getElementById("phrases").dataset;
const outbox = new Outbox(document.body.dataset.user);
let page = null;

// What only some items need: fetched when the selector finds something on the page. Each module
// exports bind({ root, form, fill, signal }); `signal` aborts when the next item is swapped in.
const PARTS = [
  ["[data-marks]", () => import("./marks.js")],
  ["[data-item]", () => import("./item.js")],
];

const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";

function fill(name, values = {}) {
  return (phrases[name] ?? "").replace(/%\((\w+)\)s/g, (_, key) => values[key] ?? "");
}

function say(name, values, tone = "") {
  const state = document.querySelector("[data-state]");
  if (!state) return;
  state.dataset.tone = tone;
  state.textContent = fill(name, values);
}

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
function bind() {
  const root = document.getElementById("judge");
  const form = root.querySelector("form#judgment");
  page = { root, form, skew: Date.parse(root.dataset.now) - Date.now(), leaving: new AbortController() };
  showLease();
  bindParts();
  if (!form || root.dataset.judge === "closed") return;
  page.questions = new Questions(form);
  page.draft = new Draft(root, form, say);
  form.addEventListener("submit", submit);
  // A new item begins at its top, also where the questions lie below it; an error is brought into view.
  const wrong = form.querySelector(".question .field-error")?.closest("[data-question]");
  page.questions.go(wrong ?? page.questions.asked[0], Boolean(wrong));
}

function bindParts() {
  const { root, form, leaving } = page;
  for (const [selector, load] of PARTS) {
    if (root.querySelector(selector)) load().then((part) => part.bind({ root, form, fill, signal: leaving.signal }));
  }
}

function swap(html) {
  const next = new DOMParser().parseFromString(html, "text/html").getElementById("judge");
  if (!next) return location.reload();
  page.draft?.end();
  page.leaving.abort();
  document.getElementById("judge").replaceWith(document.importNode(next, true));
  scrollTo(0, 0);
  bind();
  if (page.questions) return undefined;
  return document.querySelector("[data-start], h1")?.focus();
}

function submit(event) {
  const button = event.submitter;
  if (button?.name === "give-back") return;
  event.preventDefault();
  if (page.isSending) return;
  if (button?.name !== "abstain-all" && page.questions.missing().length) {
    page.questions.sayMissing(phrases);
    return;
  }
  page.draft.active();
  const body = new URLSearchParams(new FormData(page.form));
  body.delete("csrfmiddlewaretoken");
  if (button?.name) body.set(button.name, button.value);
  outbox.put({
    id: crypto.randomUUID?.() ?? String(Date.now() + Math.random()),
    assignment: page.root.dataset.assignment,
    url: page.form.action,
    body: String(body),
    at: new Date().toISOString(),
  });
  send();
}

/** While an answer waits, its form stays as it was sent. */
function hold(isHeld) {
  page.isSending = isHeld;
  page.draft?.settle(isHeld);
  const answers = page.form?.querySelector("[data-answers]");
  if (answers) answers.disabled = isHeld;
  page.form?.querySelector("[data-submit]")?.setAttribute("aria-disabled", String(isHeld));
}

async function send() {
  const own = page.root.dataset.assignment;
  const isOwn = outbox.waiting.some((entry) => entry.assignment === own);
  if (isOwn) {
    hold(true);
    say("sending");
  }
  const outcome = await outbox.drain(token, onAnswer);
  if (outcome === "sent") return;
  if (isOwn) say(outcome === "signed out" ? "signin" : "waiting", {}, "warn");
  else say(outcome === "signed out" ? "signin" : "offline", { n: outbox.waiting.length }, "warn");
}

function onAnswer(entry, answer) {
  localStorage.removeItem(outbox.key.replace(/outbox$/, `draft:${entry.assignment}`));
  const isOwn = entry.assignment === page.root.dataset.assignment;
  if (isOwn && answer.html) return swap(answer.html);
  if (answer.state === "stored") return undefined;
  if (isOwn) hold(false);
  const why = answer.why ?? "";
  toast(fill("refused", { why }), { label: fill("show"), run: showOutbox });
  return undefined;
}

async function showOutbox() {
  const { listOutbox } = await import("./outbox_list.js");
  listOutbox(outbox, fill("drop"));
}

const commands = {
  choose: (key) => page.questions?.choose(key),
  next: () => page.questions?.step(1),
  previous: () => page.questions?.step(-1),
  leave: (key, event) => page.questions?.leave(event.target),
  rationale: () => focusOn("#rationale"),
  commit: (key, event) => {
    if (!page.questions || event.target.matches(".questions input:not([type=radio], [type=checkbox])")) return false;
    if (page.questions.isComplete(event.target)) page.form.requestSubmit(page.form.querySelector("[data-submit]"));
    return true;
  },
  submit: () => {
    page.form?.requestSubmit(page.form.querySelector("[data-submit]"));
    return Boolean(page.form);
  },
};

function focusOn(selector) {
  const target = page.root.querySelector(selector);
  target?.focus();
  return Boolean(target);
}

/** Other commands press the control that is marked with their name. */
function press(command) {
  const target = page.root.querySelector(`[data-command-target="${command}"]`);
  if (target?.matches("details")) target.open = !target.open;
  else target?.click();
  return Boolean(target);
}

listen((command, key, event) => commands[command]?.(key, event) ?? press(command));
document.querySelector("[data-outbox-send]")?.addEventListener("click", () => {
  outbox.retry();
  document.getElementById("outbox").close();
  send();
});
document.addEventListener("click", (event) => {
  // Leaving for another page: what is in the form is kept and sent first.
  if (event.target.closest("a[data-command-target]")) page.draft?.keep();
});
addEventListener("online", send);
setInterval(showLease, 5000);
setInterval(() => outbox.waiting.length && send(), 15000);
addEventListener("beforeunload", (event) => {
  if (outbox.waiting.length) event.preventDefault();
});

bind();
if (outbox.waiting.length) send();
