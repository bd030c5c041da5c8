// Marking by keyboard: a caret in the response, moved and stretched as in any text.

const MOVES = {
  ArrowLeft: ["left", "character", "word"],
  ArrowRight: ["right", "character", "word"],
  ArrowUp: ["backward", "line", "paragraph"],
  ArrowDown: ["forward", "line", "paragraph"],
  Home: ["backward", "lineboundary", "document"],
  End: ["forward", "lineboundary", "document"],
};

export class Caret {
  /** `say(name)` announces; `leave()` goes back to the question; `moved(range)` after each step. */
  constructor({ root, say, leave, moved, signal }) {
    Object.assign(this, { root, say, leave, moved });
    this.last = new Map();
    this.drawn = document.createElement("span");
    this.drawn.className = "mark-caret";
    this.drawn.hidden = true;
    root.append(this.drawn);
    document.addEventListener("selectionchange", () => this.draw(), { signal });
    document.addEventListener("scroll", () => this.draw(), { signal, capture: true, passive: true });
  }

  get isIn() {
    return Boolean(this.text) && document.activeElement === this.text.element;
  }

  enter(text) {
    this.text = text;
    const { element } = text;
    if (!element.hasAttribute("tabindex")) element.tabIndex = -1;
    element.dataset.caret = "";
    element.dataset.ownKeys = "";
    element.focus({ preventScroll: true });
    const kept = this.last.get(element);
    const range = kept ?? text.range(text.firstPlace, text.lastPlace);
    if (range) getSelection().collapse(range.startContainer, range.startOffset);
    element.addEventListener("blur", () => this.end(), { once: true });
    this.draw();
    this.say("entered");
  }

  end() {
    if (!this.text) return;
    delete this.text.element.dataset.caret;
    delete this.text.element.dataset.ownKeys;
    this.text = null;
    this.drawn.hidden = true;
  }

  /** A key pressed in the response; true when it was one of the caret's. */
  press(event) {
    if (event.key === "Escape") {
      getSelection().removeAllRanges();
      this.leave();
      return true;
    }
    const move = MOVES[event.key];
    if (!move) return false;
    const [direction, step, far] = move;
    const isFar = event.ctrlKey || event.altKey || event.metaKey;
    this.move(event.shiftKey ? "extend" : "move", direction, isFar ? far : step);
    return true;
  }

  move(kind, direction, step) {
    const selection = getSelection();
    const [node, offset] = [selection.focusNode, selection.focusOffset];
    if (step === "document") this.jump(kind, direction);
    else selection.modify(kind, direction, step);
    const { focusNode } = selection;
    const isInside = focusNode && this.text.element.contains(focusNode) && !focusNode.parentElement?.closest("template");
    if (!isInside && node) {
      if (kind === "extend") selection.extend(node, offset);
      else selection.collapse(node, offset);
    }
    this.keep();
    this.draw();
    this.moved(selection.rangeCount ? selection.getRangeAt(0) : null);
  }

  jump(kind, direction) {
    const all = this.text.range(this.text.firstPlace, this.text.lastPlace);
    if (!all) return;
    const at = direction === "forward" ? [all.endContainer, all.endOffset] : [all.startContainer, all.startOffset];
    if (kind === "extend") getSelection().extend(...at);
    else getSelection().collapse(...at);
  }

  keep() {
    const selection = getSelection();
    if (!selection.focusNode) return;
    const range = new Range();
    range.setStart(selection.focusNode, selection.focusOffset);
    this.last.set(this.text.element, range);
  }

  /** Where the caret stands; browsers draw none in text that can't be edited. */
  draw() {
    const { focusNode, focusOffset } = getSelection() ?? {};
    if (!this.text || !focusNode || !this.text.element.contains(focusNode)) {
      this.drawn.hidden = true;
      return;
    }
    const box = boxAt(focusNode, focusOffset);
    this.drawn.hidden = !box;
    if (!box) return;
    Object.assign(this.drawn.style, { left: `${box.left}px`, top: `${box.top}px`, height: `${box.height}px` });
    if (box.top < 0 || box.bottom > innerHeight) (focusNode.parentElement ?? focusNode).scrollIntoView({ block: "nearest" });
  }
}

function boxAt(node, offset) {
  const range = new Range();
  range.setStart(node, offset);
  const [own] = range.getClientRects();
  if (own) return own;
  if (node.nodeType !== 3) return (node.childNodes[offset] ?? node.childNodes[offset - 1] ?? node).getBoundingClientRect?.();
  if (offset < node.length) range.setEnd(node, offset + 1);
  else if (offset) range.setStart(node, offset - 1);
  return range.getClientRects()[0];
}
