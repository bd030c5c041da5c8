// Several responses: scrolling together, fitted to the screen's height, and their difference.

import { difference } from "./item_difference.js";

const remembered = (name, usual) => {
  const kept = localStorage.getItem(`concord:${document.body.dataset.user}:${name}`);
  return kept === null ? usual : kept === "on";
};
const remember = (name, isOn) =>
  localStorage.setItem(`concord:${document.body.dataset.user}:${name}`, isOn ? "on" : "off");

/** A button that stays pressed, here and on the next item. */
function bindToggle(button, name, change) {
  if (!button) return;
  const set = (isOn) => {
    button.setAttribute("aria-pressed", String(isOn));
    change(isOn);
  };
  button.addEventListener("click", () => {
    const isOn = button.getAttribute("aria-pressed") !== "true";
    remember(name, isOn);
    set(isOn);
  });
  set(remembered(name, true));
}

const frames = (item) => [...item.querySelectorAll(".response-body, .response .text-long")];

/** Frames that scroll can be reached by keyboard, and only those. */
function markFrames(item) {
  for (const body of item.querySelectorAll(".response-body")) {
    const scrolls = body.scrollHeight > body.clientHeight + 1 && getComputedStyle(body).overflowY === "auto";
    if (scrolls) {
      body.tabIndex = 0;
      body.setAttribute("role", "group");
      body.setAttribute("aria-label", body.dataset.name);
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) body.removeAttribute(name);
    }
  }
}

/** In proportion: texts of different length reach their ends together. */
function follow(item, isOn) {
  const set = new Map(); // what was scrolled by us is not followed again
  return (event) => {
    const from = event.target;
    if (!isOn() || !frames(item).includes(from)) return;
    if (Math.abs((set.get(from) ?? -9) - from.scrollTop) < 2) {
      set.delete(from);
      return;
    }
    const share = from.scrollTop / Math.max(1, from.scrollHeight - from.clientHeight);
    for (const to of frames(item)) {
      const room = to.scrollHeight - to.clientHeight;
      if (to === from || room < 2 || to.contains(from) || from.contains(to)) continue;
      const top = Math.round(share * room);
      if (Math.abs(to.scrollTop - top) < 2) continue;
      to.scrollTop = top;
      set.set(to, to.scrollTop);
    }
  };
}

/** Says at which ends responses go on beyond the edge, for the style that shows it. */
function showEnds(list) {
  const room = list.scrollWidth - list.clientWidth;
  const at = Math.abs(list.scrollLeft); // less than nothing where one reads from the right
  list.toggleAttribute("data-more-start", at > 2);
  list.toggleAttribute("data-more-end", at < room - 2);
}

function bindDifference(item) {
  const section = item.querySelector("[data-difference]");
  const button = item.querySelector("[data-toggle-difference]");
  if (!section) return;
  const texts = [...item.querySelectorAll("[data-compares]")].map((holder) => [
    holder.dataset.compares,
    holder.querySelector(".text"),
  ]);
  const responses = texts.filter(([, text]) => text.closest(".response"));
  const order = [...responses, ...texts.filter((each) => !responses.includes(each))];
  const [from, to] = ["old", "new"].map((side) => section.querySelector(`[data-difference-${side}]`));
  for (const select of [from, to]) {
    order.forEach(([name], n) => select.add(new Option(name, n)));
    select.addEventListener("change", show);
  }
  if (responses.length > 1) to.value = "1";
  else [from.value, to.value] = ["1", "0"]; // from the reference to the response
  function show() {
    const [old, fresh] = [order[from.value][1], order[to.value][1]];
    const shown = section.querySelector("[data-difference-text]");
    shown.replaceChildren(difference(old, fresh, section.dataset));
  }
  button.addEventListener("click", () => {
    section.hidden = !section.hidden;
    button.setAttribute("aria-pressed", String(!section.hidden));
    if (section.hidden) return;
    show();
    section.scrollIntoView({ block: "nearest" });
    section.focus({ preventScroll: true });
  });
}

export function bindCompared(item) {
  let isTogether = true;
  bindDifference(item);
  bindToggle(item.querySelector("[data-toggle-fit]"), "fit", (isOn) => {
    item.querySelector(".responses").classList.toggle("is-fitted", isOn);
    markFrames(item);
  });
  bindToggle(item.querySelector("[data-toggle-sync]"), "sync", (isOn) => {
    isTogether = isOn;
  });
  item.addEventListener("scroll", follow(item, () => isTogether), { capture: true, passive: true });
  const list = item.querySelector(".responses-compared");
  list?.addEventListener("scroll", () => showEnds(list), { passive: true });
  const watcher = new ResizeObserver(() => {
    markFrames(item);
    if (list) showEnds(list);
  });
  for (const body of item.querySelectorAll(".response-body")) watcher.observe(body);
  item.querySelector("[data-compare-tools]").hidden = false;
}
