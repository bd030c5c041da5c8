// What comes after the item on the screen, fetched while somebody works on it: each under its own
// lease, in memory only. Tabs tell each other by locks what they show and what they keep ready.

import { absence, ask, csrfToken } from "./kept.js";

const WANTED = 2;
const SECOND_LOOK = 1000;

export class Ahead {
  constructor(flow) {
    this.flow = flow;
    this.ready = [];
    this.elsewhere = [];
    this.own = new Map();
  }

  get ids() {
    return this.ready.map((each) => each.assignment);
  }

  // -- other tabs

  name(kind, assignment) {
    return `concord:${this.flow.user}:${kind}:${assignment}`;
  }

  /** Hold a lock until let go; false when another tab holds it. `lost` hears when it is stolen. */
  claim(name, { lost = () => {}, steal = false } = {}) {
    if (!navigator.locks || this.own.has(name)) return Promise.resolve(true);
    return new Promise((resolve) => {
      const options = steal ? { steal } : { ifAvailable: true };
      const held = navigator.locks.request(name, options, (lock) => {
        resolve(Boolean(lock));
        return lock && new Promise((release) => this.own.set(name, release));
      });
      held.catch(() => {
        this.own.delete(name);
        lost();
      });
    });
  }

  letGo(name) {
    this.own.get(name)?.();
    this.own.delete(name);
  }

  /** Assignments of which another tab holds the lock `kind`. */
  async others(kind) {
    const prefix = this.name(kind, "");
    const { held } = (await navigator.locks?.query()) ?? { held: [] };
    const names = held.map((lock) => lock.name).filter((name) => name.startsWith(prefix) && !this.own.has(name));
    return names.map((name) => name.slice(prefix.length));
  }

  /** The item on the screen is this tab's; if another tab shows it too, say so. */
  async settleIn() {
    const { root } = this.flow.page();
    const name = this.name("shown", root.dataset.assignment);
    for (const held of [...this.own.keys()]) {
      if (held.startsWith(this.name("shown", "")) && held !== name) this.letGo(held);
    }
    if (root.dataset.judge === "judge" && !(await this.claim(name))) {
      // A page that is just being left by a reload holds its lock a moment longer.
      await new Promise((resolve) => setTimeout(resolve, SECOND_LOOK));
      if (root.isConnected && !(await this.claim(name))) root.querySelector("[data-elsewhere]").hidden = false;
    }
    this.elsewhere = await this.others("shown");
  }

  // -- fetching

  async fetchMore() {
    if (this.isFetching || this.flow.page().root.dataset.judge !== "judge") return;
    this.isFetching = true;
    try {
      while (this.ready.length < WANTED && (await this.fetchOne()));
    } finally {
      this.isFetching = false;
    }
  }

  async fetchOne() {
    const kept = [...(await this.others("shown")), ...(await this.others("ahead"))];
    const found = await this.askFor(kept);
    if (!found || this.isKnown(found.assignment)) return false;
    await this.flow.prepare(found.node);
    const lost = () => this.forget(found.assignment);
    if (!(await this.claim(this.name("ahead", found.assignment), { lost }))) return false;
    // Meanwhile it may have come to the screen by another way.
    if (this.isKnown(found.assignment)) {
      this.letGo(this.name("ahead", found.assignment));
      return false;
    }
    this.ready.push(found);
    this.flow.arrivedAhead();
    return true;
  }

  isKnown(assignment) {
    return this.ids.includes(assignment) || this.flow.page().root.dataset.assignment === assignment;
  }

  /** An item that is not among `kept` or this tab's; null when there is none, or no connection. */
  async askFor(kept) {
    const { root } = this.flow.page();
    // Behind a clarification nothing is fetched: it would come again in front of the item.
    if (!root.dataset.aheadUrl) return null;
    const waiting = this.flow.outbox.waiting.map((entry) => entry.assignment);
    const body = new URLSearchParams();
    for (const each of new Set([root.dataset.assignment, ...this.ids, ...waiting, ...kept])) body.append("holding", each);
    const response = await ask(root.dataset.aheadUrl, { method: "POST", body });
    if (absence(response, this.flow.user) || response.status !== 200) return null;
    const html = await response.text().catch(() => "");
    const node = new DOMParser().parseFromString(html, "text/html").getElementById("judge");
    if (!node) return null;
    const { assignment, leaseEnds, now } = node.dataset;
    const lasts = Date.parse(leaseEnds) - Date.parse(now);
    return { assignment, html, node, lasts, until: Date.now() + lasts };
  }

  /** In place of an item that another tab shows: one that none shows, be it kept ready there. */
  async another() {
    const found = await this.askFor(await this.others("shown"));
    if (!found) return null;
    await this.claim(this.name("shown", found.assignment), { steal: true });
    // Whoever kept it ready loses it.
    await this.claim(this.name("ahead", found.assignment), { steal: true });
    this.letGo(this.name("ahead", found.assignment));
    return found;
  }

  // -- using

  /** The next item; null when there is none whose lease holds. */
  take() {
    while (this.ready.length) {
      const next = this.ready.shift();
      this.letGo(this.name("ahead", next.assignment));
      // Without a connection its lease can't be asked about; late work is kept anyway.
      if (Date.now() < next.until || !navigator.onLine) return next;
    }
    return null;
  }

  forget(assignment) {
    this.ready = this.ready.filter((each) => each.assignment !== assignment);
    this.letGo(this.name("ahead", assignment));
  }

  /** What is ready is out of date: the leases stay, the pages are fetched again. */
  forgetPages() {
    for (const assignment of this.ids) this.forget(assignment);
  }

  /** The server renewed what waits, except what is somebody else's by now. */
  renewed({ gone }) {
    for (const assignment of gone) this.forget(assignment);
    for (const each of this.ready) each.until = Date.now() + each.lasts;
  }

  /** The page is left: what nobody saw goes back at once. */
  giveBack() {
    const { giveBackUrl } = this.flow.page().root.dataset;
    if (!this.ready.length || !giveBackUrl) return;
    const body = new URLSearchParams({ csrfmiddlewaretoken: csrfToken() });
    for (const assignment of this.ids) body.append("assignment", assignment);
    navigator.sendBeacon(giveBackUrl, body);
    this.forgetPages();
  }
}
