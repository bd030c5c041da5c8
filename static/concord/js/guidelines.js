// The rubric beside the item: remembered open or closed, searchable, with contents when it is
// long; what changed and what was decided before are fetched into the same column on demand.

const LONG = 3;
const key = `concord:${document.body.dataset.user}:guidelines`;

export function bind({ root, signal, fill, flow }) {
  const panel = root.querySelector("[data-guidelines]");
  const text = panel.querySelector("[data-guidelines-text]");
  remember(panel);
  if (text.textContent.length > 1500) bindSearch(panel, text);
  bindContents(panel, text);
  bindBeside(root, signal, () => flow.announce(fill("needsConnection")));
  root.querySelector("[data-news-read]")?.addEventListener("click", (event) => read(event, root));
}

function remember(panel) {
  try {
    panel.open = localStorage.getItem(key) === "open";
    panel.addEventListener("toggle", () => localStorage.setItem(key, panel.open ? "open" : "closed"));
  } catch {
    // Then it begins closed on every page.
  }
}

function bindContents(panel, text) {
  const headings = [...text.querySelectorAll("h1, h2, h3, h4, h5, h6")];
  if (headings.length < LONG) return;
  const list = document.createElement("ol");
  for (const heading of headings) {
    heading.tabIndex = -1;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-small button-quiet";
    button.dir = "auto";
    button.textContent = heading.textContent;
    button.addEventListener("click", () => heading.focus());
    const entry = document.createElement("li");
    entry.append(button);
    list.append(entry);
  }
  const contents = panel.querySelector("[data-guidelines-contents]");
  contents.hidden = false;
  contents.replaceChildren(list);
}

function bindSearch(panel, text) {
  panel.querySelector("[data-guidelines-tools]").hidden = false;
  const original = text.innerHTML;
  const hits = panel.querySelector("[data-guidelines-hits]");
  const box = panel.querySelector("[data-guidelines-search]");
  box.addEventListener("input", (event) => {
    // A search is no answer: neither draft nor clock of the judgment hears of it.
    event.stopPropagation();
    text.innerHTML = original;
    const words = box.value.trim();
    const n = words.length > 1 ? mark(text, words.toLocaleLowerCase()) : 0;
    hits.textContent = words.length > 1 ? hits.dataset.phrase.replace("%(n)s", n) : "";
    text.querySelector("mark")?.scrollIntoView({ block: "nearest" });
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}

/** Puts <mark> around every place that says `words`; returns how many. */
function mark(text, words) {
  const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  let n = 0;
  for (const node of nodes) {
    let rest = node;
    let at = rest.data.toLocaleLowerCase().indexOf(words);
    while (at >= 0) {
      const found = rest.splitText(at);
      rest = found.splitText(Math.min(words.length, found.data.length));
      const wrap = document.createElement("mark");
      found.replaceWith(wrap);
      wrap.append(found);
      n += 1;
      at = rest.data.toLocaleLowerCase().indexOf(words);
    }
  }
  return n;
}

// -- what is fetched into the column

function bindBeside(root, signal, failed) {
  const beside = root.querySelector("[data-beside]");
  const content = beside.querySelector("[data-beside-content]");
  let opener = null;
  const load = async (address, name) => {
    const answer = await fetch(address, { headers: { "X-Concord-Fragment": "1" }, signal }).catch(() => null);
    if (!answer?.ok) return failed();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.querySelector(`[data-${name}]`);
    if (!found) return failed();
    // The column lies inside the judgment's form, where no other form can stand.
    for (const form of found.querySelectorAll("form")) unwrap(form);
    content.replaceChildren(document.importNode(found, true));
    beside.hidden = false;
    content.querySelector("input, h3, p")?.focus();
    return undefined;
  };
  root.addEventListener("click", (event) => {
    const link = event.target.closest("[data-loads]");
    if (link && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      opener = link;
      if (!beside.hidden && content.querySelector(`[data-${link.dataset.loads}]`)) close();
      else load(link.href, link.dataset.loads);
    }
    if (event.target.closest("[data-beside-close]")) close();
    if (event.target.closest("[data-precedents-form] button")) {
      event.preventDefault();
      search();
    }
  }, { signal });
  const close = () => {
    beside.hidden = true;
    opener?.focus();
  };
  const search = () => {
    const form = content.querySelector("[data-precedents-form]");
    const asked = new URLSearchParams();
    for (const field of form.querySelectorAll("input, select")) asked.set(field.dataset.name, field.value);
    load(`${form.dataset.action}?${asked}`, "precedents");
  };
  // Searching here changes no answer and sends none.
  for (const type of ["input", "change"]) {
    beside.addEventListener(type, (event) => event.stopPropagation(), { signal });
  }
  beside.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input")) {
      event.preventDefault();
      event.stopPropagation();
      search();
    }
  }, { signal });
}

function unwrap(form) {
  const part = document.createElement("div");
  part.className = form.className;
  part.dataset.precedentsForm = "";
  part.dataset.action = form.getAttribute("action");
  part.setAttribute("role", "search");
  part.append(...form.childNodes);
  for (const field of part.querySelectorAll("[name]")) {
    field.dataset.name = field.name;
    field.removeAttribute("name");
  }
  form.replaceWith(part);
}

async function read(event, root) {
  event.preventDefault();
  event.stopPropagation();
  const body = new URLSearchParams();
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
  const headers = { "X-Concord-Fragment": "1", "X-CSRFToken": token };
  const answer = await fetch(event.target.getAttribute("formaction"), { method: "POST", headers, body }).catch(() => null);
  if (answer?.ok) root.querySelector("[data-news]").remove();
}
