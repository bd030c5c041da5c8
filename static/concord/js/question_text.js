// Texts: how long they are, and what a correction changes in the response it starts from.

const MOST_WORDS = 6000; // above this only the changed middle is shown as a whole

function count(box) {
  const shown = box.closest("[data-question]").querySelector("[data-counter]");
  if (!shown) return;
  const n = [...box.value].length;
  shown.textContent = shown.dataset.phrase.replace("%(n)s", n).replace("%(max)s", box.maxLength);
  shown.toggleAttribute("data-full", n >= box.maxLength);
}

const split = (text) => text.match(/\s+|[\p{L}\p{N}\p{M}'’]+|[^\s\p{L}\p{N}\p{M}]/gu) ?? [];

/** [[kind, text], ...] with kind "", "del" or "ins": the shortest way from one text to the other. */
export function difference(before, after) {
  const [a, b] = [split(before), split(after)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let [endA, endB] = [a.length, b.length];
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) [endA, endB] = [endA - 1, endB - 1];
  const middle = changes(a.slice(start, endA), b.slice(start, endB));
  return joined([["", a.slice(0, start).join("")], ...middle, ["", a.slice(endA).join("")]]);
}

/** By the longest common subsequence of words; the table is small, for both ends are cut off. */
function changes(a, b) {
  if (!a.length || !b.length || a.length * b.length > MOST_WORDS * 100) return [["del", a.join("")], ["ins", b.join("")]];
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] = a[i] === b[j]
        ? lengths[(i + 1) * width + j + 1] + 1
        : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  const found = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) [found[found.length], i, j] = [["", a[i]], i + 1, j + 1];
    else if (j < b.length && (i === a.length || lengths[i * width + j + 1] > lengths[(i + 1) * width + j])) [found[found.length], j] = [["ins", b[j]], j + 1];
    else [found[found.length], i] = [["del", a[i]], i + 1];
  }
  return found;
}

function joined(runs) {
  const found = [];
  for (const [kind, text] of runs) {
    if (!text) continue;
    if (found.length && found.at(-1)[0] === kind) found.at(-1)[1] += text;
    else found.push([kind, text]);
  }
  return found;
}

function bindCorrection(frame) {
  const form = frame.closest("form");
  const question = frame.closest("[data-question]");
  const box = frame.querySelector("textarea");
  const of = frame.querySelector("[data-correction-of]");
  const same = frame.querySelector("[data-same]");
  const shown = frame.querySelector("[data-correction-difference]");
  const originals = [...frame.querySelectorAll("template[data-original]")];
  const original = () => (originals.find((each) => each.dataset.original === of?.value) ?? originals[0]).content.textContent;
  const isOriginal = () => originals.some((each) => each.content.textContent === box.value);
  const show = () => {
    const isChanged = box.value !== original() && !isOriginal();
    shown.hidden = !isChanged;
    shown.replaceChildren(...(isChanged ? difference(original(), box.value) : []).map(([kind, text]) => {
      const run = document.createElement(kind || "span");
      run.textContent = text;
      return run;
    }));
  };
  const start = () => {
    box.value = original();
    show();
  };
  box.addEventListener("input", () => {
    if (box.value !== original()) same.checked = false;
    show();
  });
  same.addEventListener("change", () => same.checked && start());
  of?.addEventListener("change", () => {
    if (isOriginal()) start();
    else show();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });
  // What is preferred is what is worth correcting, as long as nothing was written.
  form.addEventListener("change", (event) => {
    const [side] = (event.target.name?.startsWith("value-") && event.target.value?.match(/^response_\d+/)) || [];
    const isPreferred = event.target.closest("[data-question]")?.dataset.kind === "pairwise" && event.target.checked;
    if (side && of && isPreferred && isOriginal()) {
      of.value = side;
      start();
    }
  });
  question.addEventListener("change", (event) => {
    if (event.target === question && !box.value) start(); // taken back
  });
  form.addEventListener("answers-restored", show);
  show();
}

export function bind(form) {
  for (const box of form.querySelectorAll("[data-counted]")) {
    box.addEventListener("input", () => count(box));
    form.addEventListener("answers-restored", () => count(box));
    count(box);
  }
  form.querySelectorAll("[data-correction]").forEach(bindCorrection);
}
