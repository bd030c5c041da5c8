// Keys of the labeling page. The list in the help dialog is the registry: its rows name the keys.

const TYPING = "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=range], [type=button], [type=submit])";

export const isTyping = (element) => Boolean(element?.matches?.(TYPING));

/** One spelling of a pressed key: "Control+Enter", "ArrowDown", "a". Meta counts as Control. */
function spelled(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return event.ctrlKey || event.metaKey ? `Control+${key}` : key;
}

/** {key: {command, whileTyping}} from rows like <li data-command="next" data-key="ArrowDown">. */
function readKeymap(list) {
  const keymap = new Map();
  for (const row of list?.querySelectorAll("[data-command]") ?? []) {
    const keys = row.dataset.key === "1-9" ? [..."123456789"] : row.dataset.key.split(" ");
    const entry = { command: row.dataset.command, whileTyping: "typing" in row.dataset };
    for (const key of keys) keymap.set(key, entry);
  }
  return keymap;
}

/** Call `run(command, key, event)` for each pressed key that means something here.
 *  `run` returns true when it acted; only then is the browser kept from acting too. */
export function listen(run) {
  const list = document.querySelector("[data-keymap]");
  const keymap = readKeymap(list);
  const user = document.body.dataset.user;
  const isOn = document.querySelector("[data-keys-on]");
  const setting = `concord:${user}:keys`;
  if (isOn) {
    isOn.checked = localStorage.getItem(setting) !== "off";
    isOn.addEventListener("change", () => {
      if (isOn.checked) localStorage.removeItem(setting);
      else localStorage.setItem(setting, "off");
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.defaultPrevented) return;
    if (isOn && !isOn.checked) return;
    if (document.querySelector("dialog[open]")) return;
    const key = spelled(event);
    const entry = keymap.get(key);
    if (!entry || (isTyping(event.target) && !entry.whileTyping)) return;
    if (event.repeat && entry.command !== "next" && entry.command !== "previous") return;
    if (yields(entry.command, event.target)) return;
    if (run(entry.command, key, event)) event.preventDefault();
  });
}

// Where a key already has a meaning of its own, that meaning stays.
function yields(command, target) {
  if (command === "commit") return target.matches("a, button, summary, select");
  if (command === "next" || command === "previous") {
    return target.matches("input, select, [role=region], pre");
  }
  if (command === "undo" || command === "onward") return target.matches("input, [role=region], pre");
  return false;
}
