// Humane pace on the labeling page: time of the day, pause, rest reminder, and one question after
// a very fast answer. Only the person's own figures, and nothing here ever loses an answer.

const TICK = 5000;
const BREAK = 5 * 60;
const SNOOZE = 10 * 60;
const key = `concord:${document.body.dataset.user}:worked`;

// What was worked in this tab since its page was loaded, beyond what the server counted then.
let today = null;
let isPaused = false;

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(key));
    return kept && Date.now() - kept.at < BREAK * 1000 ? kept.seconds : 0;
  } catch {
    return 0;
  }
}

function write(seconds) {
  try {
    localStorage.setItem(key, JSON.stringify({ seconds, at: Date.now() }));
  } catch {
    // Then a reload begins to count anew.
  }
}

const words = (element, values) =>
  element.dataset.phrase.replace(/%\((\w+)\)s/g, (_, name) => values[name] ?? "");

export function bind({ root, form, signal, flow }) {
  const strip = root.querySelector("[data-pace]");
  const spent = () => Number(form?.elements.seconds_spent?.value ?? 0);
  const own = { strip, root, form, signal, flow, spent, counted: spent() };
  today ??= Number(strip.dataset.today);
  signal.addEventListener("abort", () => count(own));
  const every = setInterval(() => tick(own), TICK);
  signal.addEventListener("abort", () => clearInterval(every));
  bindPause(own);
  bindRest(own);
  if (strip.dataset.leastSeconds && root.dataset.judge === "judge") bindFast(own);
  tick(own);
}

/** Active time since the last look goes to the day and to the stretch without a break. */
function count(own) {
  const now = own.spent();
  const more = Math.max(0, now - own.counted);
  own.counted = now;
  if (!more) return;
  today += more;
  write(read() + more);
}

function tick(own) {
  count(own);
  const minutes = Math.floor(today / 60);
  const values = { hours: Math.floor(minutes / 60), minutes: String(minutes % 60).padStart(2, "0") };
  own.strip.querySelector("[data-pace-time]").textContent = words(own.strip, values);
  remind(own);
}

// -- pause

function bindPause(own) {
  const { strip, signal } = own;
  const cover = strip.querySelector("[data-pause-cover]");
  const button = strip.querySelector("[data-pause]");
  button.hidden = false;
  button.addEventListener("click", () => pause(own, cover));
  cover.addEventListener("click", (event) => event.target.closest("[data-resume]") && cover.close());
  cover.addEventListener("keydown", (event) => {
    if (["Tab", "Shift", "Control", "Alt", "Meta"].includes(event.key) || event.repeat) return;
    event.preventDefault();
    event.stopPropagation();
    cover.close();
  });
  cover.addEventListener("close", () => resume(own, button), { signal });
  // Another item came while the person was away: it stays hidden too.
  if (isPaused) pause(own, cover);
}

function pause(own, cover) {
  own.flow.page().draft?.pause();
  own.flow.page().draft?.keep();
  isPaused = true;
  hideNotes(own.root);
  if (!cover.open) cover.showModal();
}

function resume(own, button) {
  isPaused = false;
  own.flow.page().draft?.resume();
  write(0);
  const question = own.flow.page().questions?.active;
  (question ?? button).focus({ preventScroll: true });
}

function hideNotes(root) {
  for (const note of root.querySelectorAll(".pace-note")) note.hidden = true;
}

// -- rest

function bindRest(own) {
  const note = own.strip.querySelector("[data-rest]");
  note?.querySelector("[data-rest-pause]").addEventListener("click", () => {
    own.strip.querySelector("[data-pause]").click();
  });
  note?.querySelector("[data-rest-later]").addEventListener("click", () => {
    write(Math.max(0, limit(own) - SNOOZE));
    note.hidden = true;
    own.flow.page().questions?.active?.focus({ preventScroll: true });
  });
}

const limit = (own) => Number(own.strip.dataset.restMinutes) * 60;

function remind(own) {
  const note = own.strip.querySelector("[data-rest]");
  if (!note || isPaused || !note.hidden || read() < limit(own)) return;
  note.hidden = false;
  own.flow.announce(note.querySelector(".callout-body").firstElementChild.textContent);
}

// -- very fast answers

/** Asked once an item, before it is sent; the second submission goes through. */
function bindFast(own) {
  const { root, form, strip, signal, flow } = own;
  const note = strip.querySelector("[data-too-fast]");
  const title = note.querySelector("[data-phrase]");
  let wasAsked = false;
  root.addEventListener(
    "submit",
    (event) => {
      const button = event.submitter;
      const isOther = ["abstain-all", "give-back"].includes(button?.name) || button?.hasAttribute("formaction");
      if (event.target !== form || isOther || wasAsked || flow.page().questions?.missing().length) return;
      flow.page().draft?.active();
      const seconds = own.spent();
      if (seconds >= Number(strip.dataset.leastSeconds)) return;
      event.preventDefault();
      event.stopPropagation();
      wasAsked = true;
      title.textContent = words(title, { n: Math.round(seconds) });
      note.hidden = false;
      flow.announce(note.querySelector(".callout-body").textContent.replace(/\s+/g, " "));
    },
    { capture: true, signal },
  );
  note.querySelector("[data-submit-anyway]").addEventListener("click", () => {
    form.requestSubmit(form.querySelector("[data-submit]"));
  });
  note.querySelector("[data-look-again-now]").addEventListener("click", () => {
    note.hidden = true;
    flow.page().questions?.active?.focus({ preventScroll: true });
  });
}
