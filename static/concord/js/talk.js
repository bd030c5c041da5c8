// What a rater and the lead say to each other on the labeling page: questions go out without leaving
// the item, answers are put away, a clarification is read before the next item.

const LOOK_FOR = 15000;
// A key still held from the submission before must not count as having read.
const LEAST_LOOK = 700;

const user = () => document.body.dataset.user;
const queueKey = () => `concord:${user()}:asked`;
const read = () => JSON.parse(localStorage.getItem(queueKey()) ?? "[]");
const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";

function write(entries) {
  if (entries.length) localStorage.setItem(queueKey(), JSON.stringify(entries));
  else localStorage.removeItem(queueKey());
}

function post(url, body, headers = {}) {
  return fetch(url, {
    method: "POST",
    body,
    redirect: "manual",
    signal: AbortSignal.timeout(30000),
    headers: { "X-CSRFToken": token(), "X-Concord-Fragment": "1", ...headers },
  });
}

/** {state: "sent" | "offline" | "signin" | "refused", why?} of one question. */
async function deliver(entry) {
  let response;
  try {
    response = await post(entry.url, new URLSearchParams(entry.fields), { "Idempotency-Key": entry.id });
  } catch {
    return { state: "offline" };
  }
  const other = response.headers.get("X-Concord-User") ?? user();
  if (response.type === "opaqueredirect" || [401, 403].includes(response.status) || other !== user()) return { state: "signin" };
  if (response.status >= 500 || response.status === 429) return { state: "offline" };
  if (response.ok) return { state: "sent" };
  const { detail } = await response.json().catch(() => ({}));
  return { state: "refused", why: detail ?? String(response.status) };
}

/** Send what waits, oldest first, one tab at a time; `onAnswer(entry, answer)` for each. */
export function sendQuestions(onAnswer = () => {}) {
  const work = async () => {
    for (const entry of read()) {
      const answer = await deliver(entry);
      if (answer.state === "sent" || answer.state === "refused") write(read().filter(({ id }) => id !== entry.id));
      onAnswer(entry, answer);
      if (answer.state === "offline" || answer.state === "signin") return;
    }
  };
  return navigator.locks ? navigator.locks.request(queueKey(), work) : work();
}

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
  const keep = () => (text.value ? localStorage.setItem(key, text.value) : localStorage.removeItem(key));
  const close = () => {
    box.open = false;
    box.querySelector("summary").focus();
  };
  const onAnswer = (entry, answer) => {
    if (entry.assignment !== root.dataset.assignment) return;
    if (answer.state === "refused") {
      text.value = entry.fields["flag-question"];
      keep();
      box.open = true;
    }
    const said = { sent: box.dataset.sent, offline: box.dataset.waiting, signin: box.dataset.signin, refused: answer.why };
    say(said[answer.state], answer.state === "sent" ? "" : "warn");
  };
  const send = () => {
    if (!text.value.trim()) {
      say(box.dataset.empty, "warn");
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

  text.value = localStorage.getItem(key) ?? "";
  box.querySelector("[data-ask-close]").hidden = false;
  box.querySelector("[data-ask-close]").addEventListener("click", close);
  box.addEventListener("toggle", () => box.open && text.focus());
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
function bindAnswer(form, root) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await post(form.action, new URLSearchParams(new FormData(form))).catch(() => null);
    if (!answer?.ok) return form.submit();
    form.remove();
    return (root.querySelector("[data-answer] button") ?? root.querySelector("[data-question], h1"))?.focus();
  });
}

/** Read, then the next thing: the fragment that the answer leads to takes this one's place. */
function bindClarification(form, root) {
  const shown = performance.now();
  let isSending = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isSending || performance.now() - shown < LEAST_LOOK) return;
    isSending = true;
    try {
      const headers = { "X-CSRFToken": token(), "X-Concord-Fragment": "1" };
      const response = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers });
      if (!response.ok || !response.headers.has("X-Concord-Fragment")) throw new Error(String(response.status));
      root.dispatchEvent(new CustomEvent("concord:show", { detail: await response.text(), bubbles: true }));
    } catch {
      form.submit();
    }
  });
}

export function bind({ root, signal }) {
  const box = root.querySelector("[data-ask]");
  if (box) bindAsk(box, root, signal);
  for (const form of root.querySelectorAll("[data-answer]")) bindAnswer(form, root);
  const reading = root.querySelector("form[data-read]");
  if (reading) bindClarification(reading, root);
}
