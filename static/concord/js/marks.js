// Marked passages: the words selected in a response become one row of the list.

/** Where in `text` the selection begins, counted in occurrences before it. */
function selectedIn(response) {
  const selection = getSelection();
  if (!selection.rangeCount || !response.contains(selection.anchorNode)) return "";
  return selection.toString().trim();
}

function emptyRow(list) {
  const rows = [...list.children];
  const found = rows.find((row) => !row.querySelector("textarea").value.trim());
  if (found) return found;
  const row = rows.at(-1).cloneNode(true);
  for (const field of row.querySelectorAll("textarea, input[type=hidden]")) field.value = "";
  list.append(row);
  return row;
}

/** Buttons beside span questions, hidden where there is no script. */
export function bind({ form, fill }) {
  for (const button of form.querySelectorAll("[data-mark-selection]")) {
    button.hidden = false;
    // Pressing the button would clear the selection it is about.
    button.addEventListener("pointerdown", (event) => event.preventDefault());
    button.addEventListener("click", () => {
      const question = button.closest("[data-question]");
      const responses = [...document.querySelectorAll("[data-response]")];
      const response = responses.find((each) => selectedIn(each));
      if (!response) {
        question.querySelector(".question-errors").textContent = fill("unselected");
        return;
      }
      const row = emptyRow(question.querySelector("[data-marks]"));
      const box = row.querySelector("textarea");
      box.value = selectedIn(response);
      const side = row.querySelector("select[name$=-side]");
      if (side) side.value = response.dataset.response;
      box.dispatchEvent(new Event("input", { bubbles: true }));
      row.querySelector("select").focus();
    });
  }
}
