// Puts kept answers back into the form. Fetched only when there are some.

const NOT_ANSWERS = ["csrfmiddlewaretoken", "base_revision", "seconds_spent"];

function addMarkRows(form, entries) {
  for (const list of form.querySelectorAll("[data-marks]")) {
    const name = list.querySelector("textarea")?.name;
    if (!name) continue;
    const wanted = entries.filter(([other]) => other === name).length;
    while (list.children.length < wanted) list.append(list.lastElementChild.cloneNode(true));
    // Marks that the kept answer no longer has must not stay.
    while (list.children.length > Math.max(wanted, 1)) list.firstElementChild.remove();
  }
}

/** `entries`: [[name, value], ...] as FormData lists them; names repeat for lists. */
export function restore(form, entries) {
  addMarkRows(form, entries);
  const left = new Map();
  for (const [name, value] of entries) left.set(name, [...(left.get(name) ?? []), value]);
  for (const field of form.elements) {
    if (!field.name || NOT_ANSWERS.includes(field.name) || field.type === "submit" || field.localName === "button") continue;
    if (field.type === "radio" || field.type === "checkbox") {
      field.checked = (left.get(field.name) ?? []).includes(field.value);
    } else if (left.get(field.name)?.length) {
      field.value = left.get(field.name).shift();
    }
  }
  form.dispatchEvent(new CustomEvent("concord:restored", { bubbles: true }));
  form.dispatchEvent(new Event("change", { bubbles: true }));
}

/** The answers in questions that the server rendered. */
export function entriesOf(html) {
  const form = document.implementation.createHTMLDocument().createElement("form");
  form.innerHTML = html;
  return [...new FormData(form)].filter(([name]) => !NOT_ANSWERS.includes(name));
}

/** Whether a kept draft goes on from the server's one, or was made after it. Clocks may differ. */
export function isNewer(draft, { draftAt, now }) {
  if (!draftAt || draft.based === draftAt) return true;
  const skew = Date.parse(now) - Date.now();
  return draft.at + skew > Date.parse(draftAt);
}

/** Say that there are other answers; taking them offers the present ones in their place. */
export function offerOther(draft, phrase, other) {
  const note = draft.root.querySelector("[data-other-draft]");
  if (!note) return;
  const words = document.getElementById("phrases").dataset[phrase];
  note.querySelector("[data-other-draft-text]").textContent = words.replace("%(time)s", other.at.toTimeString().slice(0, 8));
  note.hidden = false;
  note.querySelector("[data-take-other]").onclick = () => {
    const present = draft.entries();
    restore(draft.form, other.entries);
    other.entries = present;
    draft.changed();
  };
}
