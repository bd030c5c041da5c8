// What a rater and the lead say to each other on the labeling page: questions go out without leaving
// the item, answers are put away, a clarification is read before the next item.

import { absence, ask, store } from "./kept.js";

const LOOK_FOR = 15000;
// A key still held from the submission before must not count as having read.
const LEAST_LOOK = 700;

const user = () => document.body.dataset.user;
const queueKey = () => `concord:${user()}:asked`;

const read = () => {
  try {
    return JSON.parse(store.get(queueKey())) ?? [];
  } catch {
    return [];
  }
};

function write(entries) {
  if (entries.length) store.set(queueKey(), JSON.stringify(entries));
  else store.remove(queueKey());
}

/** {state: "sent" | "refused" | why it could not be delivered, why?} of one question. */
async function deliver(entry) {
  const body = new URLSearchParams(entry.fields);
  const response = await ask(entry.url, { method: "POST", body, headers: { "Idempotency-Key": entry.id } });
  const absent = absence(response, user());
  if (absent) return { state: absent };
  if (response.ok) return { state: "sent" };
  const { detail } = await response.json().catch(() => ({}));
  return { state: "refused", why: detail ?? String(response.status) };
}

/** Send what waits, oldest first, one tab at a time; `onAnswer(entry, answer)` for each. */
export function sendQuestions(onAnswer = () => {}) {
  const work = async () => {
    for (const entry of read()) {
      const answer = await deliver(entry);
      const isDone = ["sent", "refused"].includes(answer.state);
      if (isDone) write(read().filter(({ id }) => id !== entry.id));
      onAnswer(entry, answer);
      if (!isDone) return;
    }
  };
  return navigator.locks ? navigator.locks.request(queueKey(), work) : work();
}

export const unsentQuestions = () => read().length;

/** The box for a question: what is typed stays in this browser until it is sent. */
function bindAsk(box, root, signal) {
  const text = box.querySelector("[data-ask-text]");
  const about = box.querySelector("[data-ask-about]");
  const state = box.querySelector("[data-ask-state]");
  const key = `concord:${user()}:ask:${root.dataset.assignment}`;
  const say = (words, tone = "") => {
    state.textContent = words;
    state.dataset.tone = tone;
  };
  const keep = () => (text.value ? store.set(key, text.value) : store.remove(key));
  // Back to where the keyboard was, so that the judgment goes on as if nothing had been asked.
  let before = null;
  const close = () => {
    box.open = false;
    (before?.isConnected ? before : box.querySelector("summary")).focus();
  };
  // At once, and not with the toggle event a moment later: what is typed next belongs in the box.
  const opened = new MutationObserver(() => {
    if (!box.open || box.contains(document.activeElement) && document.activeElement !== box.querySelector("summary")) return;
    before = document.activeElement === document.body ? null : document.activeElement;
    text.focus();
  });
  opened.observe(box, { attributeFilter: ["open"] });
  signal.addEventListener("abort", () => opened.disconnect());
  const onAnswer = (entry, answer) => {
    if (entry.assignment !== root.dataset.assignment) return;
    if (answer.state === "refused") {
      text.value = entry.fields["flag-question"];
      keep();
      box.open = true;
    }
    const { whenSent, whenWaiting, whenSignin } = box.dataset;
    const said = { sent: whenSent, offline: whenWaiting, refused: answer.why };
    say(said[answer.state] ?? whenSignin, answer.state === "sent" ? "" : "warn");
  };
  const send = () => {
    if (!text.value.trim()) {
      say(box.dataset.whenEmpty, "warn");
      text.focus();
      return;
    }
    const fields = { "flag-question": text.value, "flag-criterion": about.value };
    const id = crypto.randomUUID?.() ?? String(Date.now() + Math.random());
    write([...read(), { id, assignment: root.dataset.assignment, url: box.dataset.askUrl, fields }]);
    text.value = "";
    keep();
    close();
    sendQuestions(onAnswer);
  };

  text.value = store.get(key) ?? "";
  box.querySelector("[data-ask-close]").hidden = false;
  box.querySelector("[data-ask-close]").addEventListener("click", close);
  // The question is no part of the judgment: its draft need not hear of it.
  for (const type of ["input", "change"]) box.addEventListener(type, (event) => event.stopPropagation());
  text.addEventListener("input", keep);
  box.querySelector("[data-ask-send]").addEventListener("click", (event) => {
    event.preventDefault();
    send();
  });
  box.addEventListener("keydown", (event) => {
    if (!box.open || event.isComposing) return;
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  addEventListener("online", () => sendQuestions(onAnswer), { signal });
  const beats = setInterval(() => read().length && sendQuestions(onAnswer), LOOK_FOR);
  signal.addEventListener("abort", () => clearInterval(beats));
  if (read().length) sendQuestions(onAnswer);
}

/** An answer that was read goes away, and the keyboard is back at the questions. */
function bindAnswer(form, { root, flow }) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const response = await ask(form.action, { method: "POST" });
    if (absence(response, user())) return flow.say("draft", "needsConnection", {}, "warn");
    form.remove();
    const next = ["[data-answer] button", "[data-question]", "h1"].map((each) => root.querySelector(each)).find(Boolean);
    return next?.focus();
  });
}

/** Read, then the item that it stands before, or the next clarification. */
function bindClarification(form, { root, flow }) {
  const shown = performance.now();
  let isSending = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isSending || performance.now() - shown < LEAST_LOOK) return;
    isSending = true;
    const response = await ask(form.action, { method: "POST" });
    isSending = false;
    if (absence(response, user())) flow.say("draft", "needsConnection", {}, "warn");
    else flow.open(root.dataset.ownUrl);
  });
}

export function bind({ root, signal, flow }) {
  const box = root.querySelector("[data-ask]");
  if (box) bindAsk(box, root, signal);
  for (const form of root.querySelectorAll("[data-answer]")) bindAnswer(form, { root, flow });
  const reading = root.querySelector("form[data-read]");
  if (reading) bindClarification(reading, { root, flow });
}
