// Another page in place of this one: fetched, waited for visibly, or not waited for any longer.

import { absence, ask, fragment } from "./kept.js";

const SHORT_WAIT = 300;
const MOST_QUEUED = 9;
// While a page is fetched: keys that lead further from there, and keys that harm nothing here.
const GOING = new Set(["back", "onward", "undo", "in_hand", "raw"]);
const STILL = new Set(["next", "previous", "page_down", "page_up", "help", "guidelines"]);

export class Visit {
  constructor(flow) {
    Object.assign(this, { flow, queue: [], opening: null });
  }

  async open(url) {
    const { flow } = this;
    const from = flow.page();
    const answer = await this.waitFor(url, from.root);
    // Who went on meanwhile, or changed their mind, is not taken away from there.
    if (!answer || flow.page() !== from) return this.forget();
    const { absent, html } = answer;
    const node = html && fragment(html);
    if (node) flow.show(node, html);
    else if (absent && url === flow.inHand?.url) flow.show(fragment(flow.inHand.html), flow.inHand.html);
    else return this.sayUnreached(absent);
    return this.queue.shift()?.();
  }

  /** {absent, html}; null when the page is not wanted any more. */
  async waitFor(url, root) {
    this.opening?.abort();
    const opening = new AbortController();
    this.opening = opening;
    root.setAttribute("aria-busy", "true");
    const slow = setTimeout(() => this.flow.say("draft", "opening", {}, "", true), SHORT_WAIT);
    const stopped = new Promise((resolve) => opening.signal.addEventListener("abort", () => resolve(null)));
    const answer = await Promise.race([this.fetch(url), stopped]);
    clearTimeout(slow);
    if (this.opening !== opening) return null;
    this.opening = null;
    root.removeAttribute("aria-busy");
    return answer;
  }

  async fetch(url) {
    const response = await ask(url);
    const absent = absence(response, this.flow.user);
    return { absent, html: absent ? "" : await response.text().catch(() => "") };
  }

  /** Keys that lead further wait for the page; others would answer what is being left, and do
   *  nothing. True when the key is dealt with. */
  holdsKey(command, run) {
    if (!this.opening || STILL.has(command)) return false;
    if (command === "leave") this.stop();
    else if (GOING.has(command) && this.queue.length < MOST_QUEUED) this.queue.push(run);
    return true;
  }

  stop() {
    this.opening.abort();
    this.opening = null;
    this.queue = [];
    this.flow.page().root.removeAttribute("aria-busy");
    this.flow.say("draft", "");
  }

  forget() {
    if (!this.opening) this.queue = [];
  }

  sayUnreached(absent) {
    this.forget();
    const phrase = { "signed out": "signin", "other person": "otherperson" }[absent] ?? "needsConnection";
    this.flow.say("draft", phrase, {}, "warn");
  }
}
