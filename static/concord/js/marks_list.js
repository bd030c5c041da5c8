// The list of marks of one question: its rows are the answer, and what is drawn follows them.

import { toast } from "./app.js";
import { colourOf } from "./marks_paint.js";

const MOST = 500;
const FIELDS = ["quote", "label", "severity", "side", "start", "end"];
const SHOWN = 300; // characters of a passage that its row shows

export class MarkList {
  constructor(list, { texts, paint, signal }) {
    Object.assign(this, { list, texts, paint });
    this.question = list.closest("[data-question]");
    this.bar = this.question.querySelector("[data-mark-bar]");
    this.enter = this.question.querySelector("[data-mark-enter]");
    this.said = this.question.querySelector("[data-mark-said]");
    this.tags = [...this.bar.querySelectorAll("[data-tag]")].map((tag) => tag.dataset.tag);
    const blank = this.list.lastElementChild;
    this.severities = [...(field(blank, "severity")?.options ?? [])].map((option) => option.value);
    this.severity = this.severities[0] ?? "";
    this.blank = blank.cloneNode(true);
    if (!texts.length) return;
    this.question.dataset.scripted = "";
    for (const node of [this.enter, this.question.querySelector("[data-mark-hint]")]) node.hidden = false;
    this.enter.dataset.commandTarget = "mark_words";
    list.addEventListener("click", (event) => this.clicked(event), { signal });
    list.addEventListener("change", (event) => this.draw(event.target.closest(".mark")), { signal });
    list.addEventListener("keydown", (event) => this.pressed(event), { signal });
    list.addEventListener("focusin", (event) => paint.choose(event.target.closest(".mark")), { signal });
    list.addEventListener("focusout", () => paint.choose(null), { signal });
    list.closest("form").addEventListener("concord:restored", () => this.drawAll(), { signal });
    this.drawAll();
  }

  get rows() {
    return [...this.list.children].filter((row) => field(row, "quote").value);
  }

  drawAll() {
    for (const row of [...this.paint.ranges.keys()]) if (!row.isConnected) this.paint.erase(row);
    for (const row of this.list.children) this.draw(row);
  }

  /** A row's words, colour and letter, and its mark in the text. */
  draw(row) {
    if (!row) return;
    const words = field(row, "quote").value;
    row.toggleAttribute("data-blank", !words);
    if (!words) return this.paint.erase(row);
    const colour = this.tags.indexOf(field(row, "label").value);
    row.querySelector("[data-mark-quote]").textContent = words.length > SHOWN ? `${words.slice(0, SHOWN)}…` : words;
    row.querySelector("[data-mark-colour]").dataset.markColour = Math.max(0, colour) % 9;
    for (const button of row.querySelectorAll("[data-mark-show], [data-mark-remove]")) button.hidden = false;
    const side = row.querySelector("[data-mark-side]");
    if (side) {
      side.hidden = false;
      side.textContent = field(row, "side").selectedOptions[0]?.textContent ?? "";
    }
    const [text, start, end] = this.placeOf(row);
    return this.paint.draw(row, text?.range(start, end), colourOf(colour));
  }

  placeOf(row) {
    const side = field(row, "side")?.value || this.texts[0].side;
    const text = this.texts.find((each) => each.side === side);
    return [text, Number(field(row, "start").value), Number(field(row, "end").value)];
  }

  add({ text, start, end }, tag) {
    const values = { quote: text.words(start, end), label: tag, severity: this.severity, side: text.side, start, end };
    // The same words under the same tag are one mark: a second time only its severity changes.
    const isSame = (row) => ["label", "side", "start", "end"].every((name) => (field(row, name)?.value ?? "") === String(values[name]));
    const known = this.rows.find(isSame);
    if (!known && this.rows.length >= MOST) return this.say("full");
    const row = known ?? this.blank.cloneNode(true);
    for (const name of FIELDS) if (field(row, name)) field(row, name).value = values[name];
    if (!known) this.list.insertBefore(row, this.list.lastElementChild);
    this.draw(row);
    const none = this.question.querySelector("[data-none]");
    if (none) none.checked = false;
    this.changed(row);
    row.scrollIntoView({ block: "nearest" });
    this.flash(row);
    return this.say("marked", { tag: this.labelOf(tag), words: values.quote });
  }

  labelOf(tag) {
    const button = this.bar.querySelector(`[data-tag="${CSS.escape(tag)}"] [dir]`);
    return button?.textContent ?? "";
  }

  remove(row) {
    const after = row.nextElementSibling;
    this.paint.erase(row);
    row.remove();
    this.changed(this.list.firstElementChild);
    this.say("removed");
    const next = this.rows.includes(after) ? after : this.rows.at(-1);
    (next?.querySelector("[data-mark-show]") ?? this.question).focus({ preventScroll: true });
    const run = () => {
      if (!this.list.isConnected) return;
      this.list.insertBefore(row, after?.parentNode === this.list ? after : this.list.lastElementChild);
      this.draw(row);
      this.changed(row);
    };
    toast(this.phrase("removed"), { label: this.phrase("undo"), run });
  }

  /** The draft and the questions hear of changes as of any other field's. */
  changed(row) {
    field(row, "quote").dispatchEvent(new Event("input", { bubbles: true }));
  }

  clicked(event) {
    const row = event.target.closest(".mark");
    if (event.target.closest("[data-mark-remove]")) this.remove(row);
    else if (event.target.closest("[data-mark-show]")) this.showInText(row);
  }

  pressed(event) {
    const row = event.target.closest(".mark");
    const isPlain = !(event.ctrlKey || event.metaKey || event.altKey);
    if (!row || event.target.matches("select, textarea") || !isPlain) return;
    const severity = field(row, "severity");
    const tag = this.bar.querySelector(`[data-tag-key="${CSS.escape(event.key)}"]`);
    if (event.key === "Delete" || event.key === "Backspace") this.remove(row);
    else if (event.key.toLowerCase() === "s" && severity) this.set(severity, this.severities[(severity.selectedIndex + 1) % this.severities.length]);
    else if (tag) this.set(field(row, "label"), tag.dataset.tag);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  set(select, value) {
    select.value = value;
    for (const type of ["input", "change"]) select.dispatchEvent(new Event(type, { bubbles: true }));
    this.tell(select.selectedOptions[0]?.textContent ?? "");
  }

  showInText(row) {
    const [text, start, end] = this.placeOf(row);
    const range = text?.range(start, end);
    const node = range?.startContainer;
    (node?.nodeType === 3 ? node.parentElement : node)?.scrollIntoView({ block: "center" });
    this.paint.choose(row);
  }

  flash(row) {
    this.paint.choose(row);
    clearTimeout(this.flashing);
    this.flashing = setTimeout(() => this.paint.choose(null), 900);
  }

  /** A place in the text was pressed: its marks are chosen in the list. */
  chooseAt(text, place) {
    let first = null;
    for (const row of this.list.children) {
      const [own, start, end] = field(row, "quote").value ? this.placeOf(row) : [];
      const isHit = own === text && start <= place && place < end;
      row.toggleAttribute("data-chosen", isHit);
      if (isHit) first ??= row;
    }
    first?.scrollIntoView({ block: "nearest" });
    if (first) this.flash(first);
  }

  // -- the tags for what is selected

  show({ text, start, end }, range, isCaret) {
    const words = text.words(start, end);
    this.bar.querySelector("[data-mark-words]").textContent = words.length > 80 ? `${words.slice(0, 40)} … ${words.slice(-30)}` : words;
    if (!this.bar.matches(":popover-open")) this.bar.showPopover?.();
    this.put(range, isCaret);
    this.say("selected", { words });
  }

  /** Beside the words on a wide screen, above them while a caret goes on down; on a narrow one the
   *  style sheet puts it below. */
  put(range, isCaret) {
    const isWide = matchMedia("(min-width: 48rem) and (pointer: fine)").matches;
    this.bar.toggleAttribute("data-floating", isWide);
    if (!isWide) return;
    const boxes = [...range.getClientRects()];
    const last = boxes.at(-1) ?? range.getBoundingClientRect();
    const { width, height } = this.bar.getBoundingClientRect();
    const above = (isCaret ? (boxes[0] ?? last) : last).top - height - 8;
    const below = last.bottom + 8;
    const isBelow = isCaret ? above < 8 : below + height < innerHeight;
    this.bar.style.left = `${Math.max(8, Math.min(last.left, innerWidth - width - 8))}px`;
    this.bar.style.top = `${Math.max(8, Math.min(isBelow ? below : above, innerHeight - height - 8))}px`;
  }

  hide() {
    if (this.bar.matches(":popover-open")) this.bar.hidePopover();
  }

  focusTags() {
    this.bar.querySelector("button").focus();
  }

  step(event) {
    const buttons = [...this.bar.querySelectorAll("button")];
    const isForward = (event.key === "ArrowRight") === (getComputedStyle(this.bar).direction === "ltr");
    const at = buttons.indexOf(document.activeElement) + (isForward ? 1 : -1);
    buttons[(at + buttons.length) % buttons.length].focus();
  }

  nextSeverity() {
    const at = this.severities.indexOf(this.severity);
    this.severity = this.severities[(at + 1) % this.severities.length];
    this.bar.querySelector("[data-severity-now]").textContent = this.severity;
    this.tell(this.severity);
  }

  phrase(name, values = {}) {
    const words = this.list.dataset[`said${name[0].toUpperCase()}${name.slice(1)}`] ?? "";
    return words.replace(/%\((\w+)\)s/g, (_, key) => values[key] ?? "");
  }

  say(name, values) {
    this.tell(this.phrase(name, values));
    const isProblem = name === "outside" || name === "full";
    if (isProblem) this.question.querySelector(".question-errors").textContent = this.phrase(name);
    else if (name === "selected") this.question.querySelector(".question-errors").replaceChildren();
  }

  /** To screen readers, once a movement has come to rest. */
  tell(words) {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => { this.said.textContent = words.slice(0, 300); }, 150);
  }
}

const field = (row, name) => row.querySelector(`[name$="-${name}"]`);
