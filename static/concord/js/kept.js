// What this browser keeps until the server has it: the draft of the item on the screen, and
// submissions that are not acknowledged. Both lie under the account's name and hold the answer
// and where it goes, nothing of the item.

const SAVE_AFTER = 1200;
const BEAT = 60000;
const IDLE = 60000;
const NOT_ANSWERS = ["csrfmiddlewaretoken", "base_revision", "seconds_spent"];

export const clock = (date) => date.toTimeString().slice(0, 8);

/** Saved in this browser at every change, on the server a moment later. Saving renews the lease; so
 *  does reading, while somebody is there. Active time leaves idle time out. */
export class Draft {
  /** `say(phrase, values, tone)` tells the person what state the draft is in. */
  constructor(root, form, say) {
    Object.assign(this, { root, form, say });
    this.key = `concord:${document.body.dataset.user}:draft:${root.dataset.assignment}`;
    this.seconds = Number(form.elements.seconds_spent.value);
    this.last = Date.now();
    this.wasActive = false;
    this.ending = new AbortController();
    const { signal } = this.ending;
    for (const type of ["pointermove", "pointerdown", "keydown", "wheel", "touchstart"]) {
      document.addEventListener(type, () => this.active(), { signal, passive: true });
    }
    form.addEventListener("input", () => this.changed(), { signal });
    addEventListener("pagehide", () => this.keep(), { signal });
    this.beats = setInterval(() => this.beat(), BEAT);
    this.restore();
  }

  /** Time since the last sign of life counts, unless it was a pause. */
  active() {
    const gap = Date.now() - this.last;
    if (gap > 0 && gap < IDLE && !document.hidden) this.seconds += gap / 1000;
    this.last += gap;
    this.wasActive = true;
    this.form.elements.seconds_spent.value = this.seconds.toFixed(1);
  }

  entries() {
    return [...new FormData(this.form)].filter(([name]) => !NOT_ANSWERS.includes(name));
  }

  /** The form as it is, in this browser, under the account's name. */
  keep() {
    if (this.isDirty) localStorage.setItem(this.key, JSON.stringify(this.entries()));
  }

  changed() {
    this.isDirty = true;
    this.keep();
    this.say("unsaved");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), SAVE_AFTER);
  }

  beat() {
    if (!this.wasActive || document.hidden) return;
    this.wasActive = false;
    this.save();
  }

  async save() {
    if (this.isSettled) return undefined;
    const [wasDirty, sent] = [this.isDirty, JSON.stringify(this.entries())];
    try {
      const response = await fetch(this.root.dataset.draftUrl, {
        method: "POST",
        body: new URLSearchParams(new FormData(this.form)),
        redirect: "manual",
      });
      if (this.ending.signal.aborted) return undefined;
      if (response.type === "opaqueredirect" || response.status === 403) return this.say("signin", {}, "warn");
      if (!response.ok) throw new Error(String(response.status));
      const answer = await response.json();
      this.root.dataset.leaseEnds = answer.lease_expires_at;
      if (!wasDirty) return undefined;
      // Only what the server has is taken out of this browser; what was typed meanwhile stays.
      if (JSON.stringify(this.entries()) !== sent) return undefined;
      this.isDirty = false;
      localStorage.removeItem(this.key);
      this.say("draft", { time: clock(new Date(answer.saved_at)) });
    } catch {
      if (wasDirty && this.isDirty && !this.ending.signal.aborted) this.say("local", { time: clock(new Date()) }, "warn");
    }
    return undefined;
  }

  /** What this browser kept and the server never confirmed goes back into the form. */
  async restore() {
    const kept = localStorage.getItem(this.key);
    if (!kept) return;
    const { restore } = await import("./restore.js");
    restore(this.form, JSON.parse(kept));
    this.isDirty = true;
    this.save();
  }

  /** The answer went to the outbox, which keeps it now; or it is back in this form to be changed. */
  settle(isSettled) {
    this.isSettled = isSettled;
    clearTimeout(this.timer);
    if (!isSettled) return;
    this.isDirty = false;
    localStorage.removeItem(this.key);
  }

  /** The answer was acknowledged: nothing of it is needed any more. */
  end() {
    this.settle(true);
    clearInterval(this.beats);
    this.ending.abort();
  }
}

/** Survives reload, crash and an ended session; goes out in order when the service answers. */
export class Outbox {
  constructor(user) {
    this.key = `concord:${user}:outbox`;
  }

  read() {
    return JSON.parse(localStorage.getItem(this.key) ?? "[]");
  }

  write(entries) {
    if (entries.length) localStorage.setItem(this.key, JSON.stringify(entries));
    else localStorage.removeItem(this.key);
  }

  /** One entry for each assignment: what is sent later replaces what waits. */
  put(entry) {
    this.write([...this.read().filter((other) => other.assignment !== entry.assignment), entry]);
  }

  drop(id) {
    this.write(this.read().filter((entry) => entry.id !== id));
  }

  refuse(id, why) {
    this.write(this.read().map((entry) => (entry.id === id ? { ...entry, refused: why } : entry)));
  }

  retry() {
    this.write(this.read().map(({ refused, ...entry }) => entry));
  }

  get waiting() {
    return this.read().filter((entry) => !entry.refused);
  }

  /** Send what waits, oldest first, one tab at a time. `onAnswer(entry, answer)` for each.
   *  Stops at the first that can't be delivered; returns "sent", "offline" or "signed out". */
  drain(token, onAnswer) {
    const work = () => this.sendAll(token, onAnswer);
    return navigator.locks ? navigator.locks.request(this.key, work) : work();
  }

  async sendAll(token, onAnswer) {
    for (const entry of this.waiting) {
      const answer = await send(entry, token());
      if (answer.state === "offline" || answer.state === "signed out") return answer.state;
      if (answer.state === "refused") this.refuse(entry.id, answer.why);
      else this.drop(entry.id);
      await onAnswer(entry, answer);
    }
    return "sent";
  }
}

/** {state: "stored" | "shown" | "refused" | "offline" | "signed out", html?, why?} */
async function send(entry, token) {
  let response;
  try {
    response = await fetch(entry.url, {
      method: "POST",
      body: entry.body,
      redirect: "manual",
      signal: AbortSignal.timeout(30000),
      headers: {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-CSRFToken": token,
        "X-Concord-Fragment": "1",
        "Idempotency-Key": entry.id,
      },
    });
  } catch {
    return { state: "offline" };
  }
  // A sign-in page, a stale token or another account: the answer waits for its own person.
  const other = response.headers.get("X-Concord-User") ?? document.body.dataset.user;
  if (response.type === "opaqueredirect" || [401, 403].includes(response.status)) return { state: "signed out" };
  if (other !== document.body.dataset.user) return { state: "signed out" };
  if (response.status >= 500 || response.status === 429) return { state: "offline" };
  const html = await response.text();
  if (response.ok) return { state: "stored", html };
  // 409 and 422 come as the page with what is wrong in it; the answers are in its form.
  if (response.headers.has("X-Concord-Fragment")) return { state: "shown", html };
  return { state: "refused", why: `${response.status}` };
}
