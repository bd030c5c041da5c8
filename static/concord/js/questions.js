// The questions of the form: which one is active, which are asked, which are answered.

import { isTyping } from "./keys.js";

const CHOICE = "input[type=radio], input[type=checkbox]";
const BOX = `.question-answer :is([data-rank][tabindex], textarea, input:not([type=checkbox], [type=radio], [type=range]), select),
  #rationale`;

// What only some kinds of questions need: fetched when there is one.
const KINDS = [
  ["[data-parts]", () => import("./question_parts.js")],
  ["[data-taxonomy]", () => import("./question_taxonomy.js")],
  ["[data-ranking], [data-best-worst]", () => import("./question_ranking.js")],
  ["[data-slider]", () => import("./question_slider.js")],
  ["[data-correction], [data-counted]", () => import("./question_text.js")],
];

/** Fetch what the questions of `node` need, before there is no connection. */
export const prepare = (node) => Promise.all(KINDS.map(([selector, load]) => node.querySelector(selector) && load()));

export class Questions {
  constructor(form) {
    this.form = form;
    this.all = [...form.querySelectorAll("[data-question]")];
    form.addEventListener("focusin", (event) => this.mark(event.target.closest("[data-question]")));
    form.addEventListener("change", (event) => this.changed(event.target));
    form.addEventListener("input", (event) => event.target.matches(CHOICE) || this.refresh());
    form.addEventListener("click", (event) => this.clicked(event));
    form.addEventListener("concord:answered", (event) => this.advance(event.target));
    this.refresh();
    for (const [selector, load] of KINDS) {
      if (form.querySelector(selector)) load().then((kind) => kind.bind(form), () => {});
    }
  }

  get asked() {
    return this.all.filter((question) => !question.hidden && !question.closest("[data-block][hidden], [data-lines]:disabled"));
  }

  get active() {
    return this.asked.find((question) => "active" in question.dataset);
  }

  /** The question that keys speak to; the examples key opens its examples. */
  mark(question) {
    if (!question || "active" in question.dataset) return;
    for (const other of this.all) delete other.dataset.active;
    question.dataset.active = "";
    for (const other of this.form.querySelectorAll("[data-examples]")) delete other.dataset.commandTarget;
    const examples = question.closest("[data-block]")?.querySelector("[data-examples]");
    if (examples) examples.dataset.commandTarget = "examples";
    question.dispatchEvent(new CustomEvent("concord:active", { bubbles: true }));
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

  isAnswered(question, data = new FormData(this.form)) {
    const { question: name, kind } = question.dataset;
    const has = (field) => data.getAll(field).some((value) => value.trim());
    if (data.has(`abstain-${name}`)) return has(`reason-${name}`) || has(`reason-${name}-listed`);
    if (kind === "confidence" || kind === "rationale") return has(kind);
    if (data.has(`none-${name}`) || data.has(`same-${name}`)) return true;
    if (kind === "ranking" && question.querySelector("[data-best]")) return has(`best-${name}`) && has(`worst-${name}`);
    if (kind === "ranking") return [...question.querySelectorAll("select")].every((s) => s.value);
    if (kind === "span") return has(`mark-${name}-quote`);
    const originals = [...question.querySelectorAll("template[data-original]")].map((each) => each.content.textContent);
    return has(`value-${name}`) && !originals.includes(data.get(`value-${name}`).replaceAll("\r\n", "\n"));
  }

  missing(data = new FormData(this.form)) {
    return this.asked.filter((question) => "required" in question.dataset && !this.isAnswered(question, data));
  }

  /** Press the answer whose key this is: in the active question, for letters in any. */
  choose(key) {
    const listed = document.activeElement?.closest("[data-reasons]")?.querySelectorAll("input")[key - 1];
    if (listed) return this.press(listed.closest("[data-question]"), listed);
    const places = /\d/.test(key) ? [this.active ?? this.asked[0]] : [this.active, ...this.asked];
    for (const question of places) {
      const strengths = [...(question?.querySelectorAll(`[data-cycle="${CSS.escape(key)}"]`) ?? [])];
      const input = strengths.length ? stronger(strengths) : question?.querySelector(`[data-key="${CSS.escape(key)}" i]`);
      const isThere = input && !input.disabled && !input.closest("[hidden]");
      if (isThere && input.closest("[data-question]") === question) {
        return this.press(question, input, strengths.length < 2);
      }
    }
    return false;
  }

  /** `isFinal`: the same key says nothing more about this question. */
  press(question, input, isFinal = true) {
    const takesBack = input.checked && input.type === "radio" && isFinal && !("required" in question.dataset);
    input.checked = input.type === "checkbox" ? !input.checked : !takesBack;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
    if ("abstain" in input.dataset && input.checked) {
      question.querySelector(`[data-reasons] input, [name="reason-${question.dataset.question}"]`)?.focus();
      this.mark(question);
    } else if (!input.closest("[data-reasons]")) {
      this.go(question);
      if (input.type === "radio" && input.checked && isFinal) this.advance(question);
    }
    return true;
  }

  /** After a choice: on to the next question without an answer, if there is one further down. */
  advance(question) {
    const asked = this.asked;
    const rest = asked.slice(asked.indexOf(question) + 1);
    const data = new FormData(this.form);
    const isOpen = (other) => !this.isAnswered(other, data) && (other.dataset.kind !== "rationale" || "required" in other.dataset);
    this.go(rest.find(isOpen));
  }

  /** Enter: into a text answer, on to what is missing, or true when all is there. */
  isComplete(target) {
    const active = this.active;
    const box = active?.querySelector(BOX);
    const isAside = active?.dataset.kind === "rationale" && !("required" in active.dataset);
    if (target === active && box && !isAside && !this.isAnswered(active)) {
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

  clicked(event) {
    const button = event.target.closest("[data-clear], button[data-examples]");
    const question = event.target.closest("[data-question]");
    if (button && "clear" in button.dataset) this.clear(question);
    else if (button) toggleExamples(question, button);
    // A click leaves the focus on its question, so that arrows still move between questions.
    else if (event.detail > 0 && event.target.matches("[type=radio]")) question?.focus({ preventScroll: true });
  }

  clear(question) {
    for (const input of question.querySelectorAll(CHOICE)) input.checked = false;
    for (const box of question.querySelectorAll(".question-answer :is([type=number], .place-input)")) box.value = "";
    question.dispatchEvent(new Event("input", { bubbles: true }));
    question.dispatchEvent(new Event("change", { bubbles: true }));
    this.go(question);
  }

  changed(target) {
    const question = target.closest("[data-question]");
    const isAnswer = /^(value|best|worst)-/.test(target.name ?? "");
    const untick = (selector) => question?.querySelectorAll(selector).forEach((box) => { box.checked = false; });
    if ("none" in target.dataset && target.checked) {
      for (const other of question.querySelectorAll(".question-answer [name^=value-]")) other.checked = false;
    } else if (isAnswer && target.matches(CHOICE) && target.checked) untick("[data-none]");
    if (isAnswer && target.type === "radio") untick("[data-abstain]");
    question?.querySelector(".question-errors")?.replaceChildren();
    this.refresh(target !== this.form);
  }

  /** What follows from the answers: which questions are asked, answered and required. */
  refresh(isSaid = false) {
    if (this.form.querySelector("[data-answers]")?.disabled) return;
    const { changes, data } = this.showAsked();
    for (const lines of this.form.querySelectorAll("[data-lines]")) {
      lines.disabled = lines.parentElement.querySelector(":scope > .question-beside [data-abstain]")?.checked ?? false;
    }
    for (const question of this.all) question.toggleAttribute("data-answered", this.isAnswered(question, data));
    this.askReason(data);
    const count = this.form.querySelector("[data-missing-count]");
    if (count && !count.hidden) this.countMissing(count, this.missing(data).length);
    if (isSaid) this.sayChanges(changes);
  }

  /** Conditions, until nothing changes: a question that is not asked answers nothing, and what
   *  was typed in it waits for it to come back. */
  showAsked() {
    const blocks = [...this.form.querySelectorAll("[data-show-if]")];
    const before = new Map(blocks.map((block) => [block, block.hidden]));
    const pass = (data) => blocks.filter((block) => {
      const isAsked = Object.entries(JSON.parse(block.dataset.showIf)).every(([key, wanted]) =>
        given(data, key).some((value) => [wanted].flat().some((each) => isSame(each, value))));
      const isNew = block.hidden === isAsked;
      block.hidden = block.disabled = !isAsked;
      return isNew;
    }).length;
    let data = new FormData(this.form); // with many marks the dearest step of all
    for (let n = 0; n <= blocks.length && pass(data); n += 1) data = new FormData(this.form);
    return { changes: blocks.filter((block) => before.get(block) !== block.hidden), data };
  }

  sayChanges(blocks) {
    const status = this.form.querySelector("[data-asked-status]");
    if (!status || !blocks.length) return;
    const said = (block) => status.dataset[block.hidden ? "gone" : "appeared"]
      .replace("%(question)s", block.querySelector("[data-asks]")?.textContent ?? "");
    status.textContent = blocks.map(said).join(" ");
  }

  /** Some answers are only taken with a reason. */
  askReason(data) {
    const rationale = this.all.find((question) => question.dataset.kind === "rationale");
    if (!rationale) return;
    const asks = (question) => {
      const values = data.getAll(`value-${question.dataset.question}`).map(plain);
      const wanted = JSON.parse(question.dataset.rationaleOn);
      return !data.has(`abstain-${question.dataset.question}`) && values.some((value) => wanted.some((each) => isSame(each, value)));
    };
    const isAsked = this.asked.some((question) => question.dataset.rationaleOn && asks(question));
    rationale.toggleAttribute("data-required", isAsked);
    rationale.querySelector("[data-if-required]").hidden = !isAsked;
    rationale.querySelector("[data-if-optional]").hidden = isAsked;
  }

  countMissing(shown, n) {
    shown.hidden = !n;
    shown.textContent = shown.dataset.phrase.replace("%(n)s", n);
  }

  /** Say beside each missing answer that it is missing, and how many are; go to the first. */
  sayMissing(phrases) {
    const missing = this.missing();
    for (const question of missing) {
      const abstained = question.querySelector("[data-abstain]")?.checked;
      const note = document.createElement("p");
      note.className = "field-error";
      note.textContent = abstained ? phrases.reason : phrases.missing;
      question.querySelector(".question-errors")?.replaceChildren(note);
    }
    const count = this.form.querySelector("[data-missing-count]");
    if (count) this.countMissing(count, missing.length);
    this.go(missing[0]);
  }

  /** Bring the focus out of a text box to its question. */
  leave(target) {
    if (!isTyping(target)) return false;
    return this.go(target.closest("[data-question]") ?? this.active ?? this.asked[0]);
  }
}

/** `response_1:2` is the second strength of a preference. */
const plain = (value) => value.replace(/^(response_\d+):\d$/, "$1");
const isSame = (wanted, value) => String(wanted) === value || (value.trim() !== "" && Number(wanted) === Number(value));

/** The values given to a criterion, in any of its parts, where they were not taken back. */
function given(data, key) {
  const isOf = (name) => name === `value-${key}` || name.startsWith(`value-${key}--`);
  const isJudged = (name) => !data.has(name.replace("value-", "abstain-")) && !data.has(`abstain-${key}`);
  return [...data].filter(([name]) => isOf(name) && isJudged(name)).map(([, value]) => plain(value));
}

/** Of one side's buttons the one after the chosen one, from the weakest on and round again. */
function stronger(buttons) {
  const ordered = buttons.toSorted((a, b) => a.value.localeCompare(b.value));
  return ordered[(ordered.findIndex((button) => button.checked) + 1) % ordered.length];
}

function toggleExamples(question, button) {
  const all = [...question.querySelectorAll(".choice-examples")];
  const isOpen = !all.every((each) => each.open);
  for (const each of all) each.open = isOpen;
  button.setAttribute("aria-expanded", String(isOpen));
}
