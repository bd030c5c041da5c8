// The draft of the item on the screen: in this browser at every change, on the server a moment
// later. Saving renews the lease; so does reading, while somebody is there.

import { absence, ask, clock, csrfToken, draftKey, store } from "./kept.js";

const SAVE_AFTER = 1200;
const BEAT = 60000;
const IDLE = 60000;
const NOT_ANSWERS = ["csrfmiddlewaretoken", "base_revision", "seconds_spent"];
// Saves whose answer never came that are told to the server: one of them may be what it has.
const MOST_UNCONFIRMED = 5;

// Of each item that this tab showed: when the server last confirmed a draft of it, which is later
// than a page fetched before knows; what was sent without an answer; and the save under way.
const saves = new Map();

function savesOf(key, draftAt) {
  const known = saves.get(key) ?? { at: draftAt, unconfirmed: [], underWay: null };
  if (draftAt > known.at) Object.assign(known, { at: draftAt, unconfirmed: [] });
  saves.set(key, known);
  return known;
}

export class Draft {
  /** `say(phrase, values, tone)` tells the person what state the draft is in; `ahead`: what else
   *  is leased for this page; `onBeat(answer)` hears what became of that. */
  constructor(root, form, { user, say, ahead, onBeat }) {
    Object.assign(this, { root, form, user, say, ahead, onBeat });
    this.key = draftKey(user, root.dataset.assignment);
    this.saves = savesOf(this.key, root.dataset.draftAt);
    this.seconds = Number(form.elements.seconds_spent.value);
    this.last = Date.now();
    this.wasActive = false;
    this.isPaused = false;
    this.ending = new AbortController();
    const { signal } = this.ending;
    for (const type of ["pointermove", "pointerdown", "keydown", "wheel", "touchstart"]) {
      document.addEventListener(type, () => this.active(), { signal, passive: true });
    }
    form.addEventListener("input", () => this.changed(), { signal });
    addEventListener("pagehide", () => this.keep(), { signal });
    this.beats = setInterval(() => this.beat(), BEAT);
  }

  /** Time since the last sign of life counts, unless it was a pause. */
  active() {
    if (this.isPaused) return;
    const gap = Date.now() - this.last;
    if (gap > 0 && gap < IDLE && !document.hidden) this.seconds += gap / 1000;
    this.last += gap;
    this.wasActive = true;
    this.form.elements.seconds_spent.value = this.seconds.toFixed(1);
  }

  /** No time counts and no lease is renewed until resume(). */
  pause() {
    this.active();
    this.isPaused = true;
  }

  resume() {
    this.last = Date.now();
    this.isPaused = false;
  }

  entries() {
    return [...new FormData(this.form)].filter(([name]) => !NOT_ANSWERS.includes(name));
  }

  /** The form as it is, in this browser. `based`: the draft of the server that it goes on from. */
  keep(isForced = false) {
    if (this.isSettled || !(this.isDirty || isForced)) return;
    const based = this.saves.at;
    this.kept = JSON.stringify({ at: Date.now(), based, entries: this.entries() });
    store.set(this.key, this.kept);
  }

  changed() {
    this.isDirty = this.isTouched = true;
    this.keep();
    this.say(store.isFull ? "unkept" : "unsaved", { time: clock(new Date()) }, store.isFull ? "warn" : "");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), SAVE_AFTER);
  }

  beat() {
    if (!this.wasActive || this.isPaused || document.hidden) return;
    this.wasActive = false;
    this.save();
  }

  body() {
    const body = new URLSearchParams(new FormData(this.form));
    body.delete("csrfmiddlewaretoken");
    if (this.isDirty) body.set("draft_at", this.saves.at);
    else body.set("beat", "1");
    if (this.isDirty) for (const sent of this.saves.unconfirmed) body.append("unconfirmed", sent);
    for (const waiting of this.ahead()) body.append("ahead", waiting);
    return body;
  }

  /** Changes and nothing else are saved; without any the lease is renewed. One at a time, also
   *  when the item was shown anew meanwhile: an earlier save that arrived later would replace
   *  the newer one. What changes meanwhile is saved after it. */
  async save() {
    if (this.isSettled || this.isWaiting) return;
    this.isWaiting = true;
    await this.saves.underWay;
    this.isWaiting = false;
    if (this.ending.signal.aborted || this.isSettled) return;
    const saving = this.send();
    this.saves.underWay = saving.then(() => undefined);
    const { response, wasDirty, sent, answer } = await saving;
    if (this.ending.signal.aborted || this.isSettled) return;
    const absent = absence(response, this.user);
    if (absent === "signed out") this.say("signin", {}, "warn", true);
    else if (absent === "other person") this.say("otherperson", {}, "warn");
    else if (answer) this.saved(answer, wasDirty, sent);
    else if (wasDirty) this.say(store.isFull ? "unkept" : "local", { time: clock(new Date()) }, "warn");
  }

  /** What the server said to the form as it is now; kept for later pages of the item too. */
  async send() {
    const [wasDirty, sent, body] = [this.isDirty, JSON.stringify(this.entries()), this.body()];
    const response = await ask(this.root.dataset.draftUrl, { method: "POST", body });
    const answer = !absence(response, this.user) && response.ok ? await response.json().catch(() => null) : null;
    if (wasDirty && answer) Object.assign(this.saves, { at: answer.saved_at, unconfirmed: [] });
    else if (wasDirty) this.saves.unconfirmed = [...this.saves.unconfirmed, sentBefore(body)].slice(-MOST_UNCONFIRMED);
    return { response, wasDirty, sent, answer };
  }

  saved(answer, wasDirty, sent) {
    this.root.dataset.leaseEnds = answer.lease_expires_at;
    this.onBeat(answer);
    if (!wasDirty) return;
    if (answer.replaced) this.offer(answer.replaced);
    // Only what the server has is taken out of this browser; what was typed meanwhile stays.
    if (JSON.stringify(this.entries()) !== sent) {
      this.changed();
      return;
    }
    this.isDirty = false;
    if (store.get(this.key) === this.kept) store.remove(this.key);
    this.say("draft", { time: clock(new Date(answer.saved_at)) });
  }

  async offer(replaced) {
    const { entriesOf, offerOther } = await import("./restore.js");
    offerOther(this, "otherdraft", { at: new Date(replaced.saved_at), entries: entriesOf(replaced.form) });
  }

  /** What this browser kept and the server never confirmed goes back into the form: before all
   *  what was submitted (`submitted`, of the outbox) and waits or was refused; of two drafts the
   *  newer one. */
  async restore(submitted) {
    const kept = store.get(this.key);
    if (!kept && !submitted) return;
    const { isNewer, offerOther, restore } = await import("./restore.js");
    const draft = submitted ? { entries: [...new URLSearchParams(submitted.body)] } : JSON.parse(kept);
    // What the server has too is no other answer, whichever clock is ahead.
    if (!submitted && isDeepEqual(draft.entries, this.entries())) {
      store.remove(this.key);
      return;
    }
    if (!submitted && !isNewer(draft, { ...this.root.dataset, draftAt: this.saves.at })) {
      offerOther(this, "olddraft", { at: new Date(draft.at), entries: draft.entries });
      store.remove(this.key);
      return;
    }
    restore(this.form, draft.entries);
    if (this.isSettled) return;
    this.isDirty = true;
    this.keep();
    this.save();
  }

  /** The answer went to the outbox, which keeps it now; or it is back in this form to be changed. */
  settle(isSettled) {
    this.isSettled = isSettled;
    clearTimeout(this.timer);
    if (!isSettled) {
      this.isDirty = true;
      this.keep();
      return;
    }
    this.isDirty = false;
    store.remove(this.key);
  }

  /** The item leaves the screen; what is not saved stays in this browser. */
  end() {
    this.keep();
    clearTimeout(this.timer);
    clearInterval(this.beats);
    this.ending.abort();
  }
}

const isDeepEqual = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** The answers of a save, as the server is told of them later. */
function sentBefore(body) {
  const answers = new URLSearchParams(body);
  for (const name of ["draft_at", "unconfirmed", "ahead"]) answers.delete(name);
  return String(answers);
}

/** Before a form goes out as a plain page: the token may be older than the session. */
export function freshToken(form) {
  for (const field of form.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = csrfToken();
}
