// Marked passages of responses: selected by mouse, touch or keyboard, tagged, drawn and listed.

import { Caret } from "./marks_caret.js";
import { MarkList } from "./marks_list.js";
import { Paint } from "./marks_paint.js";
import { MarkedText } from "./marks_text.js";

const TYPING = "textarea, select, input:not([type=radio], [type=checkbox])";
const SETTLED = 250; // milliseconds after which a selection by touch is taken to be meant

export function bind({ root, form, signal }) {
  const texts = [...root.querySelectorAll("[data-marked]:has(> template[data-source])")].map((each) => new MarkedText(each));
  const paint = new Paint(signal);
  const lists = [...form.querySelectorAll("[data-marks]")].map((list) => new MarkList(list, { texts, paint, signal }));
  if (!texts.length || !lists.length) return;
  new Marking({ root, form, texts, lists, paint, signal }).listen();
}

/** Browsers drag links and don't select their words: while it is pressed, a link is plain text. */
function releaseLink(link) {
  if (!link) return;
  const address = link.getAttribute("href");
  link.draggable = false;
  link.removeAttribute("href");
  const back = new AbortController();
  for (const type of ["pointerup", "pointercancel"]) {
    document.addEventListener(type, () => {
      link.setAttribute("href", address);
      back.abort();
    }, { signal: back.signal, capture: true });
  }
}

/** What is selected now, and the question whose tags it may take. */
class Marking {
  constructor(parts) {
    Object.assign(this, parts);
    this.list = this.lists[0];
    const say = (name) => this.current().say(name);
    const moved = (range) => this.offer(range, false);
    this.caret = new Caret({ root: this.root, say, leave: () => this.leave(), moved, signal: this.signal });
  }

  listen() {
    const { signal } = this;
    const on = (target, type, run, options = {}) => target.addEventListener(type, run, { signal, ...options });
    on(document, "pointerdown", (event) => {
      this.isDown = event.pointerType === "mouse";
      this.isMouse = this.isDown;
    });
    on(document, "pointerup", () => {
      this.isDown = false;
      if (this.isMouse) setTimeout(() => this.look());
    });
    on(document, "selectionchange", () => {
      clearTimeout(this.timer);
      if (!this.isDown && !this.caret.isIn) this.timer = setTimeout(() => this.look(), this.isMouse ? 0 : SETTLED);
    });
    on(document, "keydown", (event) => this.pressed(event), { capture: true });
    for (const text of this.texts) {
      on(text.element, "click", (event) => this.clicked(text, event));
      on(text.element, "pointerdown", (event) => releaseLink(event.target.closest("a[href]")), { capture: true });
    }
    for (const list of this.lists) this.bindList(list, on);
  }

  bindList(list, on) {
    on(list.bar, "pointerdown", (event) => event.preventDefault()); // it would clear the selection
    on(list.bar, "click", (event) => {
      const tag = event.target.closest("[data-tag]");
      if (tag) this.tag(tag);
      if (event.target.closest("[data-mark-severity]")) list.nextSeverity();
      if (event.target.closest("[data-mark-cancel]")) this.cancel();
    });
    on(list.enter, "click", () => this.begin(list));
    on(list.question, "focusin", () => { this.list = list; });
  }

  /** The question that is asked and was touched last. */
  current() {
    const isAsked = (list) => !list.question.disabled && !list.question.closest("[hidden]");
    if (!isAsked(this.list)) this.list = this.lists.find(isAsked) ?? this.list;
    return this.list;
  }

  /** A selection was made or changed by other means than the caret. */
  look() {
    if (this.caret.isIn) return;
    const selection = getSelection();
    const range = selection.rangeCount && !selection.isCollapsed ? selection.getRangeAt(0) : null;
    if (range && this.textOf(range)) this.offer(range, this.isMouse);
    else if (!this.current().bar.contains(document.activeElement)) this.withdraw();
  }

  textOf(range) {
    return this.texts.find(({ element }) => element.contains(range.startContainer) || element.contains(range.endContainer));
  }

  offer(range, isFocused) {
    const text = range && !range.collapsed && this.textOf(range);
    const place = text && text.placeOf(range);
    const list = this.current();
    if (!place) {
      if (text && range.toString().trim()) list.say("outside");
      this.withdraw();
      return;
    }
    this.pending = { text, ...place };
    list.show(this.pending, range, this.caret.isIn);
    if (isFocused) list.question.focus({ preventScroll: true });
  }

  withdraw() {
    this.pending = null;
    for (const list of this.lists) list.hide();
  }

  cancel() {
    getSelection().removeAllRanges();
    this.withdraw();
    if (!this.caret.isIn) this.current().question.focus({ preventScroll: true });
  }

  begin(list) {
    this.list = list;
    this.caret.enter(this.recent ?? this.texts[0]);
  }

  leave() {
    this.withdraw();
    this.current().question.focus();
  }

  tag(button) {
    const { pending } = this;
    if (!pending) return;
    const wasIn = this.caret.isIn;
    this.recent = pending.text;
    const list = this.current();
    list.add(pending, button.dataset.tag);
    getSelection().collapseToEnd?.();
    this.withdraw();
    if (!wasIn && this.back) this.begin(list);
    else if (!wasIn) list.question.focus({ preventScroll: true });
    this.back = false;
  }

  /** Keys come here before the page's own; what is not ours goes on to them. */
  pressed(event) {
    if (event.isComposing || document.querySelector("dialog[open]")) return;
    const isInBar = this.current().bar.contains(event.target);
    if (!isInBar && event.target.matches?.(TYPING)) return;
    if (this.takes(event, isInBar)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  takes(event, isInBar) {
    const list = this.current();
    const isPlain = !(event.ctrlKey || event.metaKey || event.altKey);
    if (this.pending && isPlain && this.areKeysOn(isInBar)) {
      const tag = list.bar.querySelector(`[data-tag-key="${CSS.escape(event.key)}"]`);
      if (tag) return this.tag(tag) ?? true;
      if (event.key.toLowerCase() === "s" && list.severities.length) return list.nextSeverity() ?? true;
    }
    if (isInBar && event.key === "Escape") return this.backToText() ?? true;
    if (isInBar && /^Arrow(Left|Right)$/.test(event.key)) return list.step(event) ?? true;
    if (this.caret.isIn) return this.inText(event, list);
    if (this.pending && event.key === "Escape") return this.cancel() ?? true;
    if (this.pending && event.key === "Enter" && !event.target.matches("button, a, summary")) return list.focusTags() ?? true;
    return false;
  }

  inText(event, list) {
    if (event.key === "Enter") {
      this.back = Boolean(this.pending);
      if (this.pending) list.focusTags();
      return true;
    }
    if (event.key === "Tab" && !event.shiftKey && list.rows.length) {
      list.rows[0].querySelector("[data-mark-show]").focus();
      return true;
    }
    return this.caret.press(event);
  }

  backToText() {
    if (!this.back) return this.cancel();
    this.withdraw();
    return this.begin(this.current());
  }

  areKeysOn(isInBar) {
    return isInBar || document.querySelector("[data-keys-on]")?.checked !== false;
  }

  /** A click on marked words chooses their rows. */
  clicked(text, event) {
    const isSelected = !getSelection().isCollapsed;
    if (isSelected && event.target.closest("a")) event.preventDefault();
    if (isSelected || event.target.closest("a, button, summary")) return;
    const position = document.caretPositionFromPoint?.(event.clientX, event.clientY);
    const range = position ? null : document.caretRangeFromPoint?.(event.clientX, event.clientY);
    const [node, offset] = position ? [position.offsetNode, position.offset] : [range?.startContainer, range?.startOffset];
    if (!node) return;
    const place = text.place(node, offset, false);
    for (const list of this.lists) list.chooseAt(text, place);
  }
}
