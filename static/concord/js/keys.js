// Keys of the labeling page. The list in the help dialog is the registry: its rows name the keys.

const TYPING = "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=range], [type=button], [type=submit])";
const REPEATING = new Set(["next", "previous", "page_down", "page_up"]);

export const isTyping = (element) => Boolean(element?.matches?.(TYPING));

/** The spellings of a pressed key, the likeliest first: what it writes ("Control+Enter", "a", "?"),
 *  then, where it writes no Latin letter or digit, what stands at its place on a Latin keyboard:
 *  A and 1 are where they are in Hebrew, Arabic, Russian or on a French row of digits. */
function spellings(event) {
  const control = event.ctrlKey || event.metaKey ? "Control+" : "";
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const [, letter, digit] = /^(?:Key([A-Z])|(?:Digit|Numpad)(\d))$/.exec(event.code ?? "") ?? [];
  const found = [key];
  if (letter && !/^[ -~]$/.test(key)) found.push(letter.toLowerCase());
  if (digit && !event.shiftKey && !/^\d$/.test(key)) found.push(digit);
  if (event.shiftKey && (key === "؟" || event.code === "Slash")) found.push("?");
  return found.map((each) => control + each);
}

export const spelled = (event) => spellings(event)[0];

/** {key: {command, whileTyping}} from rows like <li data-command="next" data-key="ArrowDown">. */
function readKeymap(list) {
  const keymap = new Map();
  for (const row of list?.querySelectorAll("[data-command]") ?? []) {
    const keys = row.dataset.key.split(" ").flatMap((key) => (key === "1-9" ? [..."123456789"] : key));
    const entry = { command: row.dataset.command, whileTyping: "typing" in row.dataset };
    for (const key of keys) if (key) keymap.set(key, entry);
  }
  return keymap;
}

/** The switch in the dialog; on or off is kept with the account, for every device. */
function bindSwitch() {
  const isOn = document.querySelector("[data-keys-on]");
  if (!isOn) return () => true;
  isOn.addEventListener("change", () => {
    const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
    const body = new URLSearchParams({ on: isOn.checked ? "1" : "" });
    // Without a connection it holds until the page is left.
    fetch(isOn.dataset.switchUrl, { method: "POST", headers: { "X-CSRFToken": token }, body }).catch(() => undefined);
  });
  return () => isOn.checked;
}

/** Call `run(command, key, event)` for each pressed key that means something here.
 *  `run` returns true when it acted; only then is the browser kept from acting too. */
export function listen(run) {
  const keymap = readKeymap(document.querySelector("[data-keymap]"));
  const isOn = bindSwitch();
  document.addEventListener("keydown", (event) => {
    // 229: an input method is composing, also where the browser doesn't say so.
    if (event.isComposing || event.keyCode === 229 || event.altKey || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]")) return;
    const key = spellings(event).find((each) => keymap.has(each));
    const entry = keymap.get(key);
    // Single keys can be switched off; what needs Control, and leaving a text box, can stay.
    if (!entry || (!isOn() && !entry.whileTyping)) return;
    if (isTyping(event.target) && !entry.whileTyping) return;
    if (event.repeat && !REPEATING.has(entry.command)) return;
    if (yields(entry.command, event.target)) return;
    if (run(entry.command, key, event)) event.preventDefault();
  });
}

// Where a key already has a meaning of its own, that meaning stays.
function yields(command, target) {
  if (command === "commit") return target.matches("a, button, summary, select, [role=button], [role=slider]");
  if (["next", "previous", "back", "onward", "page_down", "page_up"].includes(command)) {
    return target.matches("input, select, audio, video, [role=region], [role=group][tabindex], [role=slider], pre") || Boolean(target.closest("[data-own-keys], [data-menu][open]"));
  }
  return false;
}
