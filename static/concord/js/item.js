// What an item can do: fold and filter, citations there and back, parts that questions ask about.
// Comparing and enlarging are modules of their own, fetched when there is something to compare.

import { bindCitations } from "./item_citations.js";

const CURRENT = "part-current";
const MORE = [
  ["[data-difference], .responses-compared", () => import("./item_compare.js").then((module) => module.bindCompared)],
  ["[data-zooms]", () => import("./item_zoom.js").then((module) => module.bindZoom)],
];

/** Fetch what the item in `node` needs, before there is no connection. */
export const prepare = (node) => Promise.all(MORE.map(([selector, load]) => node.querySelector(selector) && load()));

/** Open what is folded around `target`, bring it into view and mark it. */
export function reveal(target, { marks = true, focuses = false } = {}) {
  for (let each = target; each; each = each.parentElement?.closest("details")) {
    if (each.matches("details")) each.open = true;
  }
  if (marks) {
    for (const old of document.querySelectorAll(`.${CURRENT}`)) {
      old.classList.remove(CURRENT);
      old.removeAttribute("aria-current");
    }
    target.classList.add(CURRENT);
    target.setAttribute("aria-current", "true");
  }
  if (focuses) target.focus({ preventScroll: true });
  target.scrollIntoView({ block: "start", inline: "nearest" });
}

/** Each of several parts that the form asks about gets a button that leads to its questions. */
function bindRating(item, form) {
  const asked = new Set([...form?.querySelectorAll("[data-part]") ?? []].map((line) => line.dataset.part));
  if (asked.size < 2) return;
  for (const part of item.querySelectorAll("[data-part]")) {
    if (!asked.has(part.dataset.part)) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-small button-quiet part-rate";
    button.textContent = item.dataset.rate;
    button.addEventListener("click", (event) => {
      event.preventDefault(); // in a summary it would also fold the part
      reveal(part);
      document.dispatchEvent(new CustomEvent("concord:ask", { detail: { part: part.dataset.part } }));
    });
    (part.querySelector(":scope > .turn-role, :scope > summary") ?? part).append(button);
  }
}

function bindFolding(item) {
  item.addEventListener("click", (event) => {
    const button = event.target.closest("[data-open-all], [data-fold-all]");
    if (!button) return;
    const selector = button.dataset.openAll ?? button.dataset.foldAll;
    const opens = "openAll" in button.dataset;
    for (const each of item.querySelectorAll(`details${selector}`)) each.open = opens;
  });
  item.addEventListener("click", (event) => {
    const target = document.getElementById(event.target.closest("a[data-jump]")?.hash.slice(1));
    if (!target) return;
    event.preventDefault();
    reveal(target, { marks: false, focuses: true });
  });
}

/** Only contexts that hold every word that was typed. */
function bindFilter(item) {
  const box = item.querySelector("[data-filter-contexts]");
  if (!box) return;
  const rows = [...item.querySelectorAll(".context-list > li")];
  const count = item.querySelector("[data-filter-count]");
  box.addEventListener("input", () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = words.length ? row.textContent.toLowerCase() : "";
      row.hidden = !words.every((word) => text.includes(word));
      shown += !row.hidden;
    }
    const said = words.length ? count.dataset.count : "";
    count.textContent = said.replace("%(shown)s", shown).replace("%(all)s", rows.length);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}

export function bind({ root, form, signal }) {
  const item = root.querySelector("[data-item]");
  for (const tools of item.querySelectorAll("[data-scripted]")) tools.hidden = false;
  bindFolding(item);
  bindFilter(item);
  bindCitations(item, reveal);
  bindRating(item, form);
  document.addEventListener("concord:part", (event) => {
    const part = item.querySelector(`[data-part="${CSS.escape(event.detail?.part ?? "")}"]`);
    if (part) reveal(part);
  }, { signal });
  for (const [selector, load] of MORE) {
    if (item.querySelector(selector)) load().then((bindIt) => signal?.aborted || bindIt(item), () => {});
  }
}
