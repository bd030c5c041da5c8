// A panel that asks for itself again while somebody looks at it. htmx does the asking and the swapping.

const panel = () => document.querySelector("[data-live]");
let last = Date.now();
const opened = new Set();

function tick() {
  const shown = panel();
  if (!shown || document.hidden) return;
  if (Date.now() - last < Number(shown.dataset.live) * 1000) return;
  last = Date.now();
  shown.dispatchEvent(new CustomEvent("live"));
}

// What somebody opened stays open, and the keyboard stays where it was.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.target !== panel()) return;
  opened.clear();
  for (const details of event.target.querySelectorAll("[data-keep-open][open]")) opened.add(details.id);
  const held = event.target.contains(document.activeElement) ? document.activeElement : null;
  opened.focus = held?.id || held?.getAttribute("href");
});
document.addEventListener("htmx:afterSwap", () => {
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
  const { focus } = opened;
  if (!focus) return;
  const again = document.getElementById(focus) ?? panel()?.querySelector(`a[href="${CSS.escape(focus)}"]`);
  again?.focus({ preventScroll: true });
});

document.addEventListener("visibilitychange", tick);
setInterval(tick, 1000);
