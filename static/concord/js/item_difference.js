// What differs between two texts, word by word, as <ins> and <del>: bounded whatever is compared.

const MAX_WORDS = 20000; // of each text; what follows is left out, and the view says so
const MAX_EDITS = 1200; // beyond it a stretch counts as replaced as a whole
const NEAR = 3; // so few words alike between two changes are noise, not agreement
const KEPT = 25; // words shown around a change; longer stretches alike are folded
const BLOCKS = "p, li, pre, blockquote, h1, h2, h3, h4, h5, h6, tr, hr, br, div, ul, ol, table, summary";

/** The text that people read, one line for each block. */
function plain(element) {
  const lines = [];
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) lines.push(node.data);
    else if (node.matches(BLOCKS)) lines.push("\n");
    else if (node.matches("td, th")) lines.push("\t");
  }
  return lines.join("").replace(/[ \t]*\n\s*/g, "\n").trim();
}

/** Words with the space after them; where scripts write without spaces, each sign is one. */
const words = (text) =>
  text.match(/\n|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}][ \t]*|[\p{L}\p{N}\p{M}_'’-]+[ \t]*|[^\s][ \t]*|[ \t]+/gu) ?? [];

const same = (a, b) => a === b || a.trimEnd() === b.trimEnd() && a !== "\n" && b !== "\n";

/** Runs [kind, from, to]: "=" and "-" count in `a`, "+" in `b` (Myers 1986). */
export function runs(a, b) {
  let start = 0;
  while (start < a.length && start < b.length && same(a[start], b[start])) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && same(a[a.length - 1 - end], b[b.length - 1 - end])) end += 1;
  const middle = trace(a.slice(start, a.length - end), b.slice(start, b.length - end));
  const found = [];
  const add = (kind, from, to) => to > from && found.push([kind, from, to]);
  add("=", 0, start);
  for (const [kind, from, to] of middle) add(kind, from + start, to + start);
  add("=", a.length - end, a.length);
  return found;
}

function trace(a, b) {
  const [n, m] = [a.length, b.length];
  if (!n || !m) return [["-", 0, n], ["+", 0, m]];
  const most = Math.min(n + m, MAX_EDITS);
  const reach = new Int32Array(2 * most + 3);
  const history = [];
  for (let d = 0; d <= most; d += 1) {
    history.push(reach.slice(most - d, most + d + 3));
    for (let k = -d; k <= d; k += 2) {
      const at = most + 1 + k;
      let x = k === -d || (k !== d && reach[at - 1] < reach[at + 1]) ? reach[at + 1] : reach[at - 1] + 1;
      while (x < n && x - k < m && same(a[x], b[x - k])) x += 1;
      reach[at] = x;
      if (k === n - m && x >= n) return walkBack(history, n, m);
    }
  }
  return [["-", 0, n], ["+", 0, m]];
}

function walkBack(history, n, m) {
  const steps = [];
  let [x, y] = [n, m];
  for (let d = history.length - 1; d >= 0; d -= 1) {
    const reach = history[d];
    const k = x - y;
    const at = k + d + 1;
    const isDown = k === -d || (k !== d && reach[at - 1] < reach[at + 1]);
    const fromX = d === 0 ? 0 : isDown ? reach[at + 1] : reach[at - 1];
    const fromY = d === 0 ? 0 : fromX - (isDown ? k + 1 : k - 1);
    const begin = d === 0 ? 0 : isDown ? fromX : fromX + 1;
    if (x > begin) steps.push(["=", begin, x]);
    if (d > 0) steps.push(isDown ? ["+", fromY, fromY + 1] : ["-", fromX, fromX + 1]);
    [x, y] = [fromX, fromY];
  }
  return steps.reverse();
}

/** Changes in a row stand together, first what went and then what came; see NEAR. */
function settled(found, a) {
  const blocks = []; // { same: words } or { old: words, fresh: words }
  for (let n = 0; n < found.length; n += 1) {
    const [kind, from, to] = found[n];
    const last = blocks.at(-1);
    const isNoise = kind === "=" && to - from < NEAR && n > 0 && n < found.length - 1 && !a.slice(from, to).includes("\n");
    if (kind === "=" && !isNoise) blocks.push({ same: [from, to] });
    else if (last?.changes) last.changes.push(found[n]);
    else blocks.push({ changes: [found[n]] });
  }
  return blocks;
}

function changed(changes, a, b) {
  const [old, fresh] = [[], []];
  for (const [kind, from, to] of changes) {
    if (kind !== "+") old.push(...a.slice(from, to));
    if (kind === "+") fresh.push(...b.slice(from, to));
    else if (kind === "=") fresh.push(...a.slice(from, to));
  }
  const piece = document.createDocumentFragment();
  for (const [tag, list] of [["del", old], ["ins", fresh]]) {
    if (!list.length) continue;
    const element = document.createElement(tag);
    element.textContent = list.join("").replace(/\n/g, "⏎\n");
    piece.append(element);
  }
  return piece;
}

function alike(list, { isFirst, isLast }, data) {
  const room = KEPT * (2 - isFirst - isLast);
  if (list.length <= room + KEPT) return document.createTextNode(list.join(""));
  const piece = document.createDocumentFragment();
  if (!isFirst) piece.append(list.slice(0, KEPT).join(""));
  const hidden = list.slice(isFirst ? 0 : KEPT, isLast ? undefined : -KEPT);
  const rest = document.createElement("button");
  rest.type = "button";
  rest.className = "button button-small button-quiet";
  rest.textContent = data.hidden.replace("%(n)s", hidden.length);
  rest.addEventListener("click", () => rest.replaceWith(hidden.join("")));
  piece.append("\n", rest, "\n");
  if (!isLast) piece.append(list.slice(-KEPT).join(""));
  return piece;
}

/** The difference between what two elements show, as a fragment. `data`: phrases. */
export function difference(old, fresh, data) {
  const [all, others] = [words(plain(old)), words(plain(fresh))];
  const [a, b] = [all.slice(0, MAX_WORDS), others.slice(0, MAX_WORDS)];
  const blocks = settled(runs(a, b), a);
  const result = document.createDocumentFragment();
  if (!blocks.some((block) => block.changes)) result.append(note(data.same));
  blocks.forEach((block, n) => {
    if (block.changes) result.append(changed(block.changes, a, b));
    else result.append(alike(a.slice(...block.same), { isFirst: n === 0, isLast: n === blocks.length - 1 }, data));
  });
  if (all.length > a.length || others.length > b.length) result.append(note(data.cut));
  return result;
}

function note(text) {
  const line = document.createElement("p");
  line.className = "muted";
  line.textContent = text;
  return line;
}
