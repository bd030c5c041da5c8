// An item as raters see it, for leads: its parts and the questions behave, nothing is sent.

import { bind as bindItem } from "./item.js";

const root = document.querySelector("#judge, [data-item-page]");
const form = root?.querySelector("form#judgment");
const phrases = document.getElementById("phrases")?.dataset ?? {};
const fill = (name, values = {}) =>
  (phrases[name] ?? "").replace(/%\((\w+)\)s/g, (_, key) => values[key] ?? "");

if (root?.querySelector("[data-item]")) {
  const { signal } = new AbortController();
  bindItem({ root, form, signal });
  if (form) {
    form.addEventListener("submit", (event) => event.preventDefault());
    import("./questions.js").then(({ Questions }) => new Questions(form));
    if (root.querySelector("[data-marks]")) {
      import("./marks.js").then((marks) => marks.bind({ root, form, fill, signal }));
    }
  }
}
