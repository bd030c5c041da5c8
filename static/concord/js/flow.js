// From one item to the next: the outbox goes out in the background, what was fetched ahead is
// shown at once.

import { toast } from "./app.js";
import { Outbox, clock, draftKey, fragment, store } from "./kept.js";
import { StateLine } from "./state_line.js";
import { Visit } from "./visit.js";

const RETRY = 1000;
const LONGEST_RETRY = 60000;

/** What a page with the next item says of the judgment before, where that page comes too late. */
const newsIn = (node) => ({
  receipt: node.dataset.receipt,
  saved_at: node.dataset.savedAt,
  stamp: node.dataset.stamp,
  progress: node.querySelector("[data-progress]")?.innerHTML,
});

export class Flow {
  /** `page()`: what is on the screen, {root, form, draft, html}; `show(node, html)` swaps;
   *  `prepare(node)` loads what an item needs before it is shown. */
  constructor({ user, page, show, prepare, fill }) {
    Object.assign(this, { user, page, show, prepare, fill, tries: 0 });
    this.outbox = new Outbox(user);
    this.returned = new Map();
    this.visit = new Visit(this);
    this.line = new StateLine(this);
    addEventListener("online", () => {
      this.send();
      // What could not be fetched without a connection.
      this.idle();
    });
    for (const type of ["focus", "pageshow"]) addEventListener(type, () => this.outbox.waiting.length && this.send());
    addEventListener("storage", () => this.deliveredElsewhere());
    addEventListener("pagehide", () => this.ahead?.giveBack());
    addEventListener("beforeunload", (event) => {
      if (this.outbox.waiting.length || store.isFull) event.preventDefault();
    });
  }

  say(...words) {
    this.line.say(...words);
  }

  announce(text) {
    this.line.announce(text);
  }

  // -- a new page on the screen

  /** Take hold of what was swapped in; the line before goes on being said. */
  arrived() {
    const { root } = this.page();
    this.line.arrived(root.dataset);
    // What was asked for ahead and given as the next one meanwhile is one and the same.
    this.ahead?.forget(root.dataset.assignment);
    this.leadBack(root);
    if (this.inHand?.url === root.dataset.ownUrl) this.inHand = null;
    if (root.dataset.judge === "judge") this.inHand = { url: root.dataset.ownUrl, html: this.page().html };
    this.idle();
  }

  /** A page that was fetched ahead does not know yet what was judged meanwhile. */
  leadBack(root) {
    if (root.dataset.judge !== "judge" || !this.last) return;
    for (const link of root.querySelectorAll("[data-last]")) {
      link.href = this.last.url;
      link.hidden = false;
    }
  }

  /** When nothing else is to be done: what comes after this item is fetched. */
  idle() {
    const when = globalThis.requestIdleCallback ?? ((work) => setTimeout(work, 200));
    when(async () => {
      if (this.page().root.dataset.judge === "start") return;
      if (!this.ahead) {
        const module = await import("./ahead.js").catch(() => null);
        // No connection: tried again when there is one.
        if (!module) return;
        this.ahead ??= new module.Ahead(this);
      }
      await this.ahead.settleIn();
      if (!this.outbox.waiting.length) await this.ahead.fetchMore();
    });
  }

  // -- submitting

  /** The answer is in this browser before anything else happens; then the next item is shown. */
  submit(button) {
    const { root, form, draft, html } = this.page();
    draft.active();
    const body = new URLSearchParams(new FormData(form));
    body.delete("csrfmiddlewaretoken");
    if (button?.name) body.set(button.name, button.value);
    const isSkipped = button?.name === "give-back";
    const entry = this.outbox.put({
      id: crypto.randomUUID?.() ?? String(Date.now() + Math.random()),
      assignment: root.dataset.assignment,
      url: root.dataset.ownUrl,
      body: isSkipped ? "give-back=1" : String(body),
      at: new Date().toISOString(),
    });
    draft.settle(true);
    if (!isSkipped) this.last = { assignment: entry.assignment, url: entry.url, html };
    this.returned.delete(entry.assignment);
    this.line.forget("draft");
    const next = root.dataset.judge === "judge" ? this.ahead?.take() : null;
    if (next) this.show(next.node, next.html);
    else this.hold(true);
    this.say("sent", store.isFull ? "unkept" : "sending", {}, store.isFull ? "warn" : "");
    return this.send();
  }

  /** While an answer waits and nothing is there to go on with, its form stays as it was sent. */
  hold(isHeld) {
    const page = this.page();
    page.isHeld = isHeld;
    const answers = page.form?.querySelector("[data-answers]");
    if (answers) answers.disabled = isHeld;
    page.form?.querySelector("[data-submit]")?.setAttribute("aria-disabled", String(isHeld));
  }

  /** Change what waits on the screen to be sent. True when there was such. */
  takeBack() {
    if (!this.page().isHeld) return false;
    this.hold(false);
    this.page().draft.settle(false);
    return true;
  }

  /** Somebody waits already for what just came. */
  arrivedAhead() {
    const { root, isHeld } = this.page();
    if (!isHeld || root.dataset.judge !== "judge") return;
    const next = this.ahead.take();
    if (next) this.show(next.node, next.html);
  }

  /** What the server needs to know besides the answer: whether the page has its next item. */
  headers(entry) {
    const { root, isHeld } = this.page();
    const isAwaited = isHeld && root.dataset.judge === "judge" && entry.assignment === root.dataset.assignment;
    if (!isAwaited) return { "X-Concord-Next": "ready" };
    return { "X-Concord-Holding": (this.ahead?.elsewhere ?? []).join(" ") };
  }

  async send() {
    clearTimeout(this.timer);
    if (!this.outbox.waiting.length) return;
    const outcome = await this.outbox.drain((entry, answer) => this.answered(entry, answer), (entry) => this.headers(entry));
    if (outcome.state === "sent") {
      this.tries = 0;
      if (this.line.warns("sent")) this.say("sent", "");
      this.deliveredElsewhere();
      this.idle();
      return;
    }
    this.sayWaiting(outcome.state);
    clearTimeout(this.timer);
    // Not all at once when a service comes back: each at its own moment.
    const wait = Math.min(LONGEST_RETRY, RETRY * 2 ** this.tries++) * (0.5 + Math.random() / 2);
    this.timer = setTimeout(() => this.send(), Math.max(wait, 1000 * (outcome.after ?? 0)));
  }

  /** Another tab had the outbox and sent what this page waits for. */
  deliveredElsewhere() {
    const { root, isHeld } = this.page();
    if (!isHeld || this.outbox.of(root.dataset.assignment)) return;
    this.say("sent", "stored");
    this.goOn();
  }

  sayWaiting(state) {
    const n = this.outbox.waiting.length;
    if (state !== "offline") return this.say("sent", state === "signed out" ? "signin" : "otherperson", {}, "warn");
    this.say("sent", "offline", { n }, "warn");
    if (this.page().isHeld) this.say("draft", "waiting", {}, "warn");
    return undefined;
  }

  async answered(entry, answer) {
    const { root } = this.page();
    const isOwn = entry.assignment === root.dataset.assignment;
    if (answer.state !== "stored") return this.sentBack(entry, answer, isOwn);
    store.remove(draftKey(this.user, entry.assignment));
    this.returned.delete(entry.assignment);
    if (isOwn && this.page().isHeld) this.page().draft?.settle(true);
    const node = answer.html && fragment(answer.html);
    if (node && isOwn && this.page().isHeld) return this.show(node, answer.html);
    const news = node ? newsIn(node) : answer;
    this.sayStored(news);
    // Opened again before it had arrived: now it is there to be changed.
    if (isOwn && !this.page().isHeld) return this.open(entry.url);
    if (isOwn) return this.goOn();
    if (news.stamp && root.dataset.stamp !== news.stamp) return this.outOfDate();
    const progress = root.querySelector("[data-progress]");
    if (progress && news.progress) progress.textContent = fragment(`<p id="judge">${news.progress}</p>`).textContent;
    return undefined;
  }

  sayStored({ receipt, saved_at: savedAt }) {
    if (receipt) this.say("sent", "saved", { time: clock(new Date(savedAt)), receipt }, "", true);
    else this.say("sent", "givenback", {}, "", true);
  }

  /** A lead told the round something meanwhile: what was fetched before is fetched again. */
  outOfDate() {
    const { draft, root } = this.page();
    this.ahead?.forgetPages();
    if (draft && !draft.isDirty) this.open(root.dataset.ownUrl);
  }

  /** Not accepted as it is. It stays in the outbox until it is submitted again or dropped. */
  sentBack(entry, answer, isOwn) {
    if (isOwn) this.hold(false);
    if (isOwn && answer.html) return this.show(fragment(answer.html), answer.html);
    if (isOwn) this.page().draft?.settle(false);
    if (answer.html) this.returned.set(entry.assignment, answer.html);
    this.say("sent", "");
    const text = answer.html ? this.fill("look") : this.fill("refused", { why: this.why(answer.why) });
    const run = answer.html ? () => this.open(entry.url, entry.assignment) : () => this.list();
    toast(text, { label: this.fill(answer.html ? "back" : "show"), run });
    return undefined;
  }

  why(status) {
    if (status === "404" || status === "410" || status === "403") return this.fill("gone");
    if (status === "413") return this.fill("toolarge");
    return status === "400" ? this.fill("notunderstood") : status;
  }

  // -- going elsewhere without leaving the page

  /** After a judgment: what is ready, else what the server gives. */
  async goOn() {
    const { root } = this.page();
    if (root.dataset.judge === "edit" && this.inHand) return this.open(this.inHand.url);
    const next = this.ahead?.take() ?? (await this.ahead?.askFor(this.ahead.elsewhere));
    if (next) return this.show(next.node, next.html);
    return this.open(`${root.dataset.judgeUrl}?nothing=1`);
  }

  /** In place of an item that another tab shows too. */
  async another() {
    const found = await this.ahead.another();
    if (found) this.show(found.node, found.html);
    else this.open(`${this.page().root.dataset.judgeUrl}?nothing=1`);
  }

  /** Show the page at `url`; without a connection what this tab still has of it. */
  open(url, assignment) {
    this.page().draft?.keep(this.page().draft.isTouched);
    const kept = this.returned.get(assignment) ?? this.unsent(url);
    return kept ? this.show(fragment(kept), kept) : this.visit.open(url);
  }

  /** The last item, while its answer has not reached the server. */
  unsent(url) {
    const entry = this.last && this.outbox.of(this.last.assignment);
    return entry && entry.url === url ? this.last.html : "";
  }

  async list() {
    const { listOutbox } = await import("./outbox_list.js");
    listOutbox(this);
  }

  /** Another answer is stored already, and the person leaves it so. */
  keepStored() {
    const { root, draft } = this.page();
    this.outbox.dropFor(root.dataset.assignment);
    draft.settle(true);
    return this.open(`${root.dataset.judgeUrl}?nothing=1`);
  }
}
