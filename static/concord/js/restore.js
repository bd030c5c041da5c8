// Puts a kept draft back into the form. Fetched only when there is one.

function addMarkRows(form, entries) {
  for (const list of form.querySelectorAll("[data-marks]")) {
    const name = list.querySelector("textarea").name;
    const wanted = entries.filter(([other]) => other === name).length;
    while (list.children.length < wanted) list.append(list.lastElementChild.cloneNode(true));
  }
}

/** `entries`: [[name, value], ...] as FormData lists them; names repeat for lists. */
export function restore(form, entries) {
  addMarkRows(form, entries);
  const left = new Map();
  for (const [name, value] of entries) left.set(name, [...(left.get(name) ?? []), value]);
  for (const field of form.elements) {
    if (!field.name || ["csrfmiddlewaretoken", "base_revision", "seconds_spent"].includes(field.name)) continue;
    if (field.type === "radio" || field.type === "checkbox") {
      field.checked = (left.get(field.name) ?? []).includes(field.value);
    } else if (left.get(field.name)?.length) {
      field.value = left.get(field.name).shift();
    }
  }
  form.dispatchEvent(new Event("change", { bubbles: true }));
}
