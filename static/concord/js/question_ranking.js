// Rankings: rows moved by pointer or keyboard, and best and worst. Lists and radios hold the answer.

const fill = (phrase, values) => phrase.replace(/%\((\w+)\)s/g, (_, key) => values[key]);
const isPlain = (event) => !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.matches("input[type=text], .input, textarea, select");

class Ranking {
  constructor(list) {
    this.list = list;
    this.question = list.closest("[data-question]");
    this.rows = [...list.querySelectorAll("[data-rank]")];
    this.status = this.question.querySelector("[data-rank-status]");
    for (const shown of this.question.querySelectorAll("[data-with-script], [data-rank-moves], [data-rank-place]")) shown.hidden = false;
    for (const hidden of this.question.querySelectorAll("[data-without-script], [data-rank-select]")) hidden.hidden = true;
    this.rows.forEach((row) => { row.tabIndex = 0; });
    list.setAttribute("data-is-moved", "");
    list.addEventListener("pointerdown", (event) => this.grab(event));
    list.addEventListener("pointermove", (event) => this.drag(event));
    list.addEventListener("pointerup", () => this.drop());
    list.addEventListener("pointercancel", () => this.cancel());
    list.addEventListener("click", (event) => this.clicked(event));
    this.question.addEventListener("keydown", (event) => this.pressed(event));
    this.question.addEventListener("change", () => this.show());
    this.question.form.addEventListener("answers-restored", () => this.show());
    this.show();
  }

  place(row) {
    return Number(row.querySelector("select").value) || 0;
  }

  setPlace(row, place) {
    row.querySelector("select").value = place || "";
  }

  get order() {
    return [...this.list.querySelectorAll("[data-rank]")];
  }

  /** Rows with places first, in their order; the rest as the item has them. */
  show() {
    const last = this.rows.length + 1;
    const sorted = this.rows.toSorted((a, b) => (this.place(a) || last) - (this.place(b) || last));
    if (sorted.some((row, n) => row !== this.order[n])) {
      const focused = document.activeElement;
      this.list.append(...sorted);
      if (this.list.contains(focused)) focused.focus({ preventScroll: true });
    }
    for (const row of this.rows) {
      row.querySelector("[data-rank-place]").textContent = this.place(row) || "–";
      row.setAttribute("aria-label", this.said(row));
    }
  }

  said(row) {
    const name = row.querySelector("[data-rank-name]").textContent;
    const phrase = this.place(row) ? this.list.dataset.placed : this.list.dataset.unplaced;
    return fill(phrase, { name, place: this.place(row), n: this.rows.length });
  }

  tell(row) {
    this.show();
    this.status.textContent = this.said(row);
    row.dispatchEvent(new Event("input", { bubbles: true }));
    row.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /** What stands in the list is the order: once a row was moved, every row has its place. */
  number(row) {
    this.order.forEach((each, n) => this.setPlace(each, n + 1));
    this.tell(row);
  }

  /** A number is the place of a row; without ties who had it takes the row's former one. */
  give(row, place) {
    const holder = this.rows.find((other) => other !== row && this.place(other) === place);
    if (holder && "noTies" in this.list.dataset) this.setPlace(holder, this.place(row));
    this.setPlace(row, place);
    this.tell(row);
  }

  move(row, by) {
    const order = this.order;
    const other = order[order.indexOf(row) + by];
    if (!other) return;
    if (by < 0) other.before(row);
    else other.after(row);
    row.focus();
    this.number(row);
  }

  pressed(event) {
    const row = event.target.closest("[data-rank]");
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (row && event.altKey && by) this.move(row, by);
    else if (event.altKey || !isPlain(event)) return;
    else if (row && by && this.order[this.order.indexOf(row) + by]) this.order[this.order.indexOf(row) + by].focus();
    else if (row && (event.key === "Backspace" || event.key === "Delete")) this.give(row, 0);
    else if (/^[1-9]$/.test(event.key) && Number(event.key) <= this.rows.length && (row || event.target === this.question)) {
      this.next(row, Number(event.key));
    } else return;
    event.preventDefault();
  }

  /** Number after number places row after row; then the next question is due. */
  next(row, place) {
    const open = () => this.rows.find((each) => !this.place(each));
    this.give(row ?? open() ?? this.rows[0], place);
    const following = open();
    if (following) following.focus();
    else this.question.dispatchEvent(new CustomEvent("concord:answered", { bubbles: true }));
  }

  clicked(event) {
    const button = event.target.closest("[data-rank-up], [data-rank-down]");
    if (button) this.move(button.closest("[data-rank]"), "rankUp" in button.dataset ? -1 : 1);
  }

  // -- by pointer

  grab(event) {
    const row = event.target.closest("[data-rank]");
    const isTouch = event.pointerType !== "mouse";
    if (!row || event.button || event.target.closest("button, select") || (isTouch && !event.target.closest("[data-rank-place]"))) return;
    event.preventDefault();
    row.focus({ preventScroll: true });
    this.held = { row, from: this.order, y: event.clientY, isMoved: false };
    this.list.setPointerCapture(event.pointerId);
    row.setAttribute("data-held", "");
  }

  drag(event) {
    if (!this.held) return;
    if (Math.abs(event.clientY - this.held.y) > 4) this.held.isMoved = true;
    const { row } = this.held;
    const middle = (each) => each.getBoundingClientRect().top + each.offsetHeight / 2;
    const below = this.order.find((each) => each !== row && middle(each) > event.clientY);
    if (below && row.nextElementSibling !== below) below.before(row);
    else if (!below && this.list.lastElementChild !== row) this.list.append(row);
  }

  drop() {
    if (!this.held) return;
    const { row, isMoved } = this.held;
    row.removeAttribute("data-held");
    this.held = null;
    row.focus({ preventScroll: true });
    if (isMoved) this.number(row);
  }

  cancel() {
    if (!this.held) return;
    this.held.row.removeAttribute("data-held");
    this.list.append(...this.held.from);
    this.held = null;
  }
}

function bindBestWorst(frame) {
  const question = frame.closest("[data-question]");
  const radios = (end) => [...frame.querySelectorAll(`[data-${end}] input`)];
  const chosen = (end) => radios(end).findIndex((input) => input.checked);
  const choose = (end, at) => {
    const input = radios(end)[at];
    input.checked = true;
    for (const type of ["input", "change"]) input.dispatchEvent(new Event(type, { bubbles: true }));
  };
  frame.addEventListener("change", (event) => {
    const [end, other] = event.target.closest("[data-best]") ? ["best", "worst"] : ["worst", "best"];
    const same = radios(other)[chosen(end)];
    if (same?.checked) same.checked = false;
    // Of two, who is not the one is the other.
    if (radios(end).length === 2 && chosen(other) < 0) choose(other, 1 - chosen(end));
  });
  question.addEventListener("keydown", (event) => {
    const at = Number(event.key) - 1;
    if (!isPlain(event) || !/^[1-9]$/.test(event.key) || !radios("best")[at]) return;
    if (event.target.closest("[data-reasons]")) return;
    event.preventDefault();
    const isOver = chosen("best") >= 0 && chosen("worst") >= 0;
    if (isOver) for (const input of [...radios("best"), ...radios("worst")]) input.checked = false;
    if (chosen("best") < 0) choose("best", at);
    else if (chosen("best") !== at) choose("worst", at);
    if (chosen("best") >= 0 && chosen("worst") >= 0) question.dispatchEvent(new CustomEvent("concord:answered", { bubbles: true }));
  });
}

export function bind(form) {
  form.querySelectorAll("[data-ranking]").forEach((list) => new Ranking(list));
  form.querySelectorAll("[data-best-worst]").forEach(bindBestWorst);
}
