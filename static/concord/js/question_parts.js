// Criteria about each part of an item: answered lines fold, and the item and its lines find each other.

const words = (line) => {
  const chosen = [...line.querySelectorAll(".question-answer input:checked")].map((input) => input.closest("label").textContent);
  const boxes = [...line.querySelectorAll(".question-answer :is(textarea, [type=number], select)")].map((box) => box.value);
  const reasons = line.querySelector("[data-abstain]")?.checked
    ? [...line.querySelectorAll(".abstain label:first-child, [data-reasons] label:has(:checked)")].map((each) => each.textContent)
    : [];
  // Badges of keys are not part of what was said.
  const said = [...(reasons.length ? reasons : [...chosen, ...boxes])];
  return said.map((text) => text.replace(/^\s*\w\s(?=\S)/, "").trim()).filter(Boolean).join(", ");
};

function fold(line) {
  const isFolded = "answered" in line.dataset && !("active" in line.dataset) && !line.querySelector(".field-error");
  const answer = line.querySelector("[data-unfold]");
  line.toggleAttribute("data-folded", isFolded);
  answer.hidden = !isFolded;
  if (isFolded) answer.textContent = words(line);
}

function show(form) {
  for (const group of form.querySelectorAll("[data-parts]")) {
    const lines = [...group.querySelectorAll("[data-part]")];
    lines.forEach(fold);
    const progress = group.querySelector("[data-parts-progress]");
    const done = lines.filter((line) => "answered" in line.dataset).length;
    progress.textContent = progress.dataset.phrase.replace("%(done)s", done).replace("%(n)s", lines.length);
  }
}

export function bind(form) {
  const showSoon = () => queueMicrotask(() => show(form));
  for (const type of ["input", "change", "concord:active"]) form.addEventListener(type, showSoon);
  let wasAsked = false;
  form.addEventListener("concord:active", (event) => {
    const { part } = event.target.dataset;
    if (part && !wasAsked) document.dispatchEvent(new CustomEvent("concord:part", { detail: { part } }));
  });
  form.addEventListener("click", (event) => {
    event.target.closest("[data-unfold]")?.closest("[data-question]").focus();
  });
  const answerAsk = ({ detail }) => {
    // The form was swapped for that of the next item.
    if (!form.isConnected) return document.removeEventListener("concord:ask", answerAsk);
    const lines = [...form.querySelectorAll(`[data-part="${CSS.escape(detail.part)}"]`)].filter((line) => !line.closest("[hidden], :disabled"));
    const line = lines.find((each) => !("answered" in each.dataset)) ?? lines[0];
    if (!line) return undefined;
    wasAsked = true;
    line.focus({ preventScroll: true });
    line.scrollIntoView({ block: "nearest" });
    wasAsked = false;
    return undefined;
  };
  document.addEventListener("concord:ask", answerAsk);
  show(form);
}
