// The questions of the form: which one is active, which are asked, which are answered.

import { isTyping } from "./keys.js";

const CHOICE = "input[type=radio], input[type=checkbox]";

export class Questions {
  constructor(form) {
    this.form = form;
    this.all = [...form.querySelectorAll("[data-question]")];
    form.addEventListener("focusin", (event) => this.mark(event.target.closest("[data-question]")));
    form.addEventListener("change", (event) => this.changed(event.target));
    // A click leaves the focus on its question, so that arrows still move between questions.
    form.addEventListener("click", (event) => {
      if (event.detail > 0 && event.target.matches("[type=radio]")) {
        event.target.closest("[data-question]")?.focus({ preventScroll: true });
      }
    });
    this.showAsked();
  }

  get asked() {
    return this.all.filter((question) => !question.hidden);
  }

  get active() {
    return this.asked.find((question) => "active" in question.dataset);
  }

  mark(question) {
    if (!question) return;
    for (const other of this.all) delete other.dataset.active;
    question.dataset.active = "";
  }

  /** Make `question` the one that keys speak to; `isShown`: bring it into view. */
  go(question, isShown = true) {
    if (!question) return false;
    this.mark(question);
    question.focus({ preventScroll: true });
    if (isShown) question.scrollIntoView({ block: "nearest" });
    return true;
  }

  step(by) {
    const asked = this.asked;
    const at = asked.indexOf(this.active);
    const next = at < 0 ? (by > 0 ? 0 : asked.length - 1) : at + by;
    return this.go(asked[Math.min(Math.max(next, 0), asked.length - 1)]);
  }

  values(question) {
    const data = new FormData(this.form);
    return data.getAll(`value-${question.dataset.question}`).map(String);
  }

  isAnswered(question) {
    const { question: key, kind } = question.dataset;
    const data = new FormData(this.form);
    if (data.has(`abstain-${key}`)) return data.get(`reason-${key}`).trim() !== "";
    if (kind === "confidence") return data.has("confidence");
    if (data.has(`none-${key}`)) return true;
    if (kind === "ranking") return [...question.querySelectorAll("select")].every((s) => s.value);
    if (kind === "span") return data.getAll(`mark-${key}-quote`).some((quote) => quote.trim());
    return this.values(question).some((value) => value.trim() !== "");
  }

  missing() {
    return this.asked.filter((question) => "required" in question.dataset && !this.isAnswered(question));
  }

  /** Press the answer whose key this is: in the active question, for letters in any. */
  choose(key) {
    const selector = `[data-key="${CSS.escape(key)}" i]`;
    const places = /\d/.test(key) ? [this.active ?? this.asked[0]] : [this.active, ...this.asked];
    for (const question of places) {
      const input = question?.querySelector(selector);
      if (input && !input.disabled && input.closest("[data-question]") === question) {
        return this.press(question, input);
      }
    }
    return false;
  }

  press(question, input) {
    input.checked = input.type === "checkbox" ? !input.checked : true;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
    if ("abstain" in input.dataset && input.checked) {
      question.querySelector(`[name="reason-${question.dataset.question}"]`)?.focus();
      this.mark(question);
    } else {
      this.go(question);
      if (input.type === "radio") this.advance(question);
    }
    return true;
  }

  /** After a choice: on to the next question without an answer, if there is one further down. */
  advance(question) {
    const asked = this.asked;
    const rest = asked.slice(asked.indexOf(question) + 1);
    this.go(rest.find((other) => !this.isAnswered(other)));
  }

  /** Enter: into a text answer, on to what is missing, or true when all is there. */
  isComplete(target) {
    const active = this.active;
    const box = active?.querySelector(".question-answer :is(textarea, input:not([type=checkbox], [type=radio]), select)");
    if (target === active && box && !this.isAnswered(active)) {
      box.focus();
      return false;
    }
    const missing = this.missing();
    if (!missing.length) return true;
    const asked = this.asked;
    const after = missing.find((question) => asked.indexOf(question) > asked.indexOf(active));
    this.go(after ?? missing[0]);
    return false;
  }

  changed(target) {
    const question = target.closest("[data-question]");
    if (question && "none" in target.dataset && target.checked) {
      for (const other of question.querySelectorAll(".choice input")) other.checked = other === target;
    } else if (question && target.matches(CHOICE) && target.name.startsWith("value-") && target.checked) {
      const none = question.querySelector("[data-none]");
      if (none) none.checked = false;
    }
    if (question && target.type === "radio" && target.name.startsWith("value-")) {
      const abstain = question.querySelector("[data-abstain]");
      if (abstain) abstain.checked = false;
    }
    question?.querySelector(".question-errors")?.replaceChildren();
    this.showAsked();
  }

  /** Conditions in the order of the rubric: a question that is not asked answers nothing. */
  showAsked() {
    for (const question of this.all) {
      const conditions = Object.entries(JSON.parse(question.dataset.showIf ?? "{}"));
      const isAsked = conditions.every(([key, wanted]) => {
        const other = this.all.find((each) => each.dataset.question === key);
        const values = other && !other.hidden ? this.values(other) : [];
        return [wanted].flat().some((value) => values.includes(String(value)));
      });
      question.hidden = !isAsked;
      question.disabled = !isAsked;
    }
  }

  /** Say beside each missing answer that it is missing; go to the first. */
  sayMissing(phrases) {
    for (const question of this.missing()) {
      const abstained = question.querySelector("[data-abstain]")?.checked;
      const note = document.createElement("p");
      note.className = "field-error";
      note.textContent = abstained ? phrases.reason : phrases.missing;
      question.querySelector(".question-errors")?.replaceChildren(note);
    }
    this.go(this.missing()[0]);
  }

  /** Bring the focus out of a text box to its question. */
  leave(target) {
    if (!isTyping(target)) return false;
    return this.go(target.closest("[data-question]") ?? this.active ?? this.asked[0]);
  }
}
