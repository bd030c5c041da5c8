// Behaviour every page shares, bound by data attribute. Pages work without it.

/** Show a short message; says it to screen readers too. `action`: {label, run} adds a button. */
export function toast(text, action) {
  const region = document.getElementById("toasts");
  const note = document.createElement("div");
  note.className = "toast";
  const words = document.createElement("span");
  words.textContent = text;
  note.append(words);
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-small";
    button.textContent = action.label;
    button.addEventListener("click", () => {
      note.remove();
      action.run();
    });
    note.append(button);
  }
  region?.append(note);
  setTimeout(() => note.remove(), action ? 15000 : 6000);
  return note;
}

function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
}

// One listener on the document serves every button, also those swapped in later.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) openDialog(opener.dataset.opens);
  if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
  for (const menu of document.querySelectorAll("[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("[data-menu][open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// A confirmation is an open dialog inside <details>; with script it becomes a modal one.
function bindConfirmations(root) {
  for (const details of root.querySelectorAll("[data-confirm]:not([data-bound])")) {
    details.dataset.bound = "";
    const dialog = details.querySelector("dialog");
    dialog.removeAttribute("open");
    dialog.querySelector("[data-closes]").hidden = false;
    dialog.addEventListener("close", () => { details.open = false; });
    details.addEventListener("toggle", () => {
      if (details.open && !dialog.open) dialog.showModal();
    });
  }
}

function bindFileDrops(root) {
  for (const area of root.querySelectorAll("[data-file-drop]:not([data-bound])")) {
    area.dataset.bound = "";
    const input = area.querySelector("input[type=file]");
    const over = (isOver) => area.toggleAttribute("data-over", isOver);
    area.addEventListener("dragover", (event) => {
      event.preventDefault();
      over(true);
    });
    area.addEventListener("dragleave", () => over(false));
    area.addEventListener("drop", (event) => {
      event.preventDefault();
      over(false);
      if (!event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
}

// The theme lives in a cookie, so that the server writes it and the page never flashes.
function bindThemes(root) {
  for (const group of root.querySelectorAll("[data-themes]")) {
    group.hidden = false;
    const mark = () => {
      const current = document.documentElement.dataset.theme ?? "";
      for (const choice of group.children) {
        choice.setAttribute("aria-pressed", String(choice.dataset.themeChoice === current));
      }
    };
    mark();
    group.addEventListener("click", (event) => {
      const choice = event.target.closest("[data-theme-choice]");
      if (!choice) return;
      const theme = choice.dataset.themeChoice;
      if (theme) document.documentElement.dataset.theme = theme;
      else delete document.documentElement.dataset.theme;
      document.cookie = `theme=${theme};path=/;max-age=${theme ? 31536000 : 0};samesite=lax`;
      mark();
    });
  }
}

// Signing out looks for unsent work first; what does that is fetched only then.
document.addEventListener("submit", async (event) => {
  if (!event.target.matches("form[data-signout]") || "ready" in event.target.dataset) return;
  event.preventDefault();
  const { leave } = await import("./signout.js");
  if (await leave(document.body.dataset.user)) {
    event.target.dataset.ready = "";
    event.target.requestSubmit();
  }
});

// htmx swallows failed requests; say that nothing was saved.
for (const name of ["htmx:sendError", "htmx:responseError"]) {
  document.addEventListener(name, () => {
    toast(document.body.dataset.failed ?? "That did not work. Nothing was changed.");
  });
}

export function bind(root) {
  bindConfirmations(root);
  bindFileDrops(root);
}

bindThemes(document);
bind(document);
document.addEventListener("htmx:afterSwap", (event) => bind(event.target));
