// The draft of the item on the screen: in this browser at every change, on the server a moment
// later. Saving renews the lease; so does reading, while somebody is there.

import { absence, ask, clock, csrfToken, draftKey, store } from "./kept.js";

const SAVE_AFTER = 1200;
const BEAT = 60000;
const IDLE = 60000;
const NOT_ANSWERS = ["csrfmiddlewaretoken", "base_revision", "seconds_spent"];

export class Draft {
  /** `say(phrase, values, tone)` tells the person what state the draft is in; `ahead`: what else
   *  is leased for this page; `onBeat(answer)` hears what became of that. */
  constructor(root, form, { user, say, ahead, onBeat }) {
    Object.assign(this, { root, form, user, say, ahead, onBeat });
    this.key = draftKey(user, root.dataset.assignment);
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
    const based = this.root.dataset.draftAt;
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
    if (this.isDirty) body.set("draft_at", this.root.dataset.draftAt);
    else body.set("beat", "1");
    for (const waiting of this.ahead()) body.append("ahead", waiting);
    return body;
  }

  /** Changes and nothing else are saved; without any the lease is renewed. */
  async save() {
    // One at a time: an earlier one that arrived later would look like another tab's.
    if (this.isSettled || this.isSaving) return;
    const [wasDirty, sent] = [this.isDirty, JSON.stringify(this.entries())];
    this.isSaving = true;
    const response = await ask(this.root.dataset.draftUrl, { method: "POST", body: this.body() });
    this.isSaving = false;
    if (this.ending.signal.aborted || this.isSettled) return;
    const absent = absence(response, this.user);
    if (absent === "signed out") this.say("signin", {}, "warn", true);
    else if (absent === "other person") this.say("otherperson", {}, "warn");
    else if (!absent && response.ok) this.saved(await response.json(), wasDirty, sent);
    else if (wasDirty) this.say(store.isFull ? "unkept" : "local", { time: clock(new Date()) }, "warn");
  }

  saved(answer, wasDirty, sent) {
    this.root.dataset.leaseEnds = answer.lease_expires_at;
    this.onBeat(answer);
    if (!wasDirty) return;
    this.root.dataset.draftAt = answer.saved_at;
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

  /** What this browser kept and the server never confirmed goes back into the form, `refused`
   *  (a body that was not accepted) before all; of two drafts the newer one. */
  async restore(refused) {
    const kept = store.get(this.key);
    if (!kept && !refused) return;
    const { isNewer, offerOther, restore } = await import("./restore.js");
    const draft = refused ? { entries: [...new URLSearchParams(refused)] } : JSON.parse(kept);
    if (!refused && !isNewer(draft, this.root.dataset)) {
      offerOther(this, "olddraft", { at: new Date(draft.at), entries: draft.entries });
      store.remove(this.key);
      return;
    }
    restore(this.form, draft.entries);
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

/** Before a form goes out as a plain page: the token may be older than the session. */
export function freshToken(form) {
  for (const field of form.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = csrfToken();
}
