// The line that says what is stored: of the judgments before ("sent"), of the form ("draft").

import { clock } from "./kept.js";

export class StateLine {
  constructor(flow) {
    Object.assign(this, { flow, fill: flow.fill, parts: {} });
  }

  /** `tone`: "" or "warn"; `isAloud`: also said to who can't see it, as every warning is. */
  say(part, name, values = {}, tone = "", isAloud = false) {
    const text = name ? this.fill(name, values) : "";
    const isNews = this.parts[part]?.text !== text;
    this.parts[part] = { name, text, tone };
    this.show();
    if (isNews && (isAloud || tone === "warn")) this.announce(name === "saved" ? this.fill("stored") : text);
  }

  announce(text) {
    document.querySelector("[data-announce]").textContent = text;
  }

  forget(part) {
    delete this.parts[part];
  }

  warns(part) {
    return this.parts[part]?.tone === "warn";
  }

  /** Another page is on the screen: what was said of the judgments before goes on being said. */
  arrived({ receipt, savedAt }) {
    if (receipt) this.parts.sent = { name: "saved", text: this.fill("saved", { time: clock(new Date(savedAt)), receipt }), tone: "" };
    this.forget("draft");
    this.show();
  }

  show() {
    const state = document.querySelector("[data-state]");
    if (!state) return;
    state.dataset.tone = Object.keys(this.parts).some((part) => this.warns(part)) ? "warn" : "";
    for (const [part, { name, text }] of Object.entries(this.parts)) {
      const place = state.querySelector(`[data-${part}]`);
      place.textContent = text;
      if (name === "signin") place.append(" ", this.signInLink());
      // Whoever reloads without a connection sees the browser's error in place of the page.
      if (name === "offline") place.append(" ", this.fill("reload"));
    }
    const n = this.flow.outbox.refused.length;
    if (n) state.querySelector("[data-draft]").append(" ", this.refusedButton(n));
  }

  refusedButton(n) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-small";
    button.textContent = this.fill("unaccepted", { n });
    button.addEventListener("click", () => this.flow.list());
    return button;
  }

  signInLink() {
    const link = document.createElement("a");
    const next = encodeURIComponent(this.flow.page().root.dataset.judgeUrl);
    Object.assign(link, { target: "_blank", rel: "noopener", textContent: this.fill("signinLink") });
    link.href = `${this.fill("loginUrl").split("?")[0]}?next=${next}`;
    return link;
  }
}
