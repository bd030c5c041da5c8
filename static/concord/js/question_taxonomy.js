// Long lists of answers: type to find, what was used recently first, what is chosen as chips.

const MOST_RECENT = 8;
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

class Taxonomy {
  constructor(frame) {
    this.frame = frame;
    this.question = frame.closest("[data-question]");
    this.search = frame.querySelector("[data-taxonomy-search]");
    this.list = frame.querySelector("[data-taxonomy-list]");
    this.labels = [...frame.querySelectorAll("[data-taxonomy-label]")];
    this.texts = new Map(this.labels.map((label) => [label, plain(this.textOf(label))]));
    this.store = `concord:${document.body.dataset.user}:recent:${frame.dataset.taxonomy}`;
    this.search.hidden = false;
    this.bringRecent();
    this.search.addEventListener("input", (event) => {
      event.stopPropagation(); // Searching is no answer.
      this.find();
    });
    this.search.addEventListener("change", (event) => event.stopPropagation());
    frame.addEventListener("keydown", (event) => this.pressed(event));
    // After the questions have seen to what one answer does to another.
    this.question.form.addEventListener("change", (event) => this.changed(event.target));
    this.question.form.addEventListener("answers-restored", () => this.showChosen());
    this.showChosen();
    this.number();
  }

  /** Words by which a label is found: its own and its group's. */
  textOf(label) {
    const text = label.querySelector(".choice-text").textContent;
    return `${label.closest("[data-taxonomy-group]").dataset.taxonomyGroup} ${text} ${this.input(label).value}`;
  }

  input(label) {
    return label.querySelector("input");
  }

  get visible() {
    return [...this.list.querySelectorAll("[data-taxonomy-label]:not([hidden])")];
  }

  get recent() {
    try {
      return JSON.parse(localStorage.getItem(this.store) ?? "[]");
    } catch {
      return [];
    }
  }

  /** Only when the page comes: a list that moves under the hand is worse than none. */
  bringRecent() {
    const used = this.recent.map((value) => this.labels.find((label) => this.input(label).value === value)).filter(Boolean);
    if (!used.length || this.labels.length <= MOST_RECENT) return;
    const group = document.createElement("div");
    const title = document.createElement("div");
    group.className = "taxonomy-group";
    Object.assign(group.dataset, { taxonomyGroup: "", recent: "" });
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", this.frame.dataset.recent);
    title.className = "taxonomy-title";
    title.textContent = this.frame.dataset.recent;
    group.append(title, ...used);
    this.list.prepend(group);
  }

  remember(value) {
    const values = [value, ...this.recent.filter((each) => each !== value)].slice(0, MOST_RECENT);
    try {
      localStorage.setItem(this.store, JSON.stringify(values));
    } catch {
      // A full browser remembers nothing new.
    }
  }

  find() {
    const wanted = plain(this.search.value).split(/\s+/).filter(Boolean);
    for (const label of this.labels) label.hidden = !wanted.every((word) => this.texts.get(label).includes(word));
    for (const group of this.list.querySelectorAll("[data-taxonomy-group]")) {
      group.hidden = !group.querySelector("[data-taxonomy-label]:not([hidden])");
    }
    this.frame.querySelector("[data-taxonomy-found]").textContent = this.frame.dataset.found.replace("%(n)s", this.visible.length);
    this.number();
  }

  /** The first nine that are seen have the keys 1 to 9. */
  number() {
    const visible = this.visible;
    for (const label of this.labels) {
      const at = visible.indexOf(label);
      const key = at >= 0 && at < 9 ? String(at + 1) : "";
      let badge = label.querySelector("kbd");
      if (!badge && key) {
        badge = document.createElement("kbd");
        badge.setAttribute("aria-hidden", "true");
        this.input(label).after(badge);
      }
      if (badge) [badge.textContent, badge.hidden] = [key, !key];
      if (key) this.input(label).dataset.key = key;
      else delete this.input(label).dataset.key;
    }
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const label = event.target.closest("[data-taxonomy-label]");
    const acts = event.target === this.search ? this.pressedInSearch(event) : label && this.pressedOn(label, event);
    if (acts) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  pressedInSearch(event) {
    if (event.key === "ArrowDown") return this.goTo(this.visible[0]);
    if (event.key === "Enter" && this.search.value.trim()) return this.toggle(this.visible[0], true);
    if (event.key === "Escape" && this.search.value) return this.empty();
    const last = this.frame.querySelector("[data-chips] li:last-child button");
    if (event.key === "Backspace" && !this.search.value && last) return this.goToElement(last);
    return false;
  }

  pressedOn(label, event) {
    const visible = this.visible;
    const at = visible.indexOf(label);
    if (event.key === "ArrowDown") return this.goTo(visible[at + 1] ?? label);
    if (event.key === "ArrowUp") return at ? this.goTo(visible[at - 1]) : this.goToElement(this.search);
    if (event.key === "Enter") return this.toggle(label);
    if (/^[\p{L}]$/u.test(event.key)) {
      this.search.focus();
      this.search.value += event.key;
      this.find();
      return true;
    }
    return false;
  }

  goTo(label) {
    return label ? this.goToElement(this.input(label)) : true;
  }

  goToElement(element) {
    element.focus();
    element.scrollIntoView({ block: "nearest" });
    return true;
  }

  empty() {
    this.search.value = "";
    this.find();
    return true;
  }

  toggle(label, isFound = false) {
    if (!label) return true;
    const input = this.input(label);
    input.checked = input.type === "radio" ? true : !input.checked;
    for (const type of ["input", "change"]) input.dispatchEvent(new Event(type, { bubbles: true }));
    if (isFound) this.empty();
    if (input.type === "radio") this.question.dispatchEvent(new CustomEvent("concord:answered", { bubbles: true }));
    return true;
  }

  changed(target) {
    if (!this.question.contains(target)) return;
    if (target.checked && target.name?.startsWith("value-")) this.remember(target.value);
    this.showChosen();
  }

  showChosen() {
    const chips = this.frame.querySelector("[data-chips]");
    const chosen = this.labels.filter((label) => this.input(label).checked);
    chips.hidden = !chosen.length;
    chips.replaceChildren(...chosen.map((label) => this.chip(label)));
  }

  chip(label) {
    const row = document.createElement("li");
    const button = document.createElement("button");
    const name = label.querySelector(".choice-label").textContent;
    Object.assign(button, { type: "button", className: "chip", dir: "auto", textContent: name });
    button.setAttribute("aria-label", this.frame.dataset.removes.replace("%(label)s", name));
    button.addEventListener("click", () => {
      const at = [...row.parentElement.children].indexOf(row);
      this.input(label).checked = false;
      for (const type of ["input", "change"]) this.input(label).dispatchEvent(new Event(type, { bubbles: true }));
      const left = this.frame.querySelectorAll("[data-chips] button");
      (left[Math.min(at, left.length - 1)] ?? this.search).focus();
    });
    row.append(button);
    return row;
  }
}

export function bind(form) {
  form.querySelectorAll("[data-taxonomy]").forEach((frame) => new Taxonomy(frame));
}
