// Shows what is not sent yet or not accepted, so that nothing waits unseen and no text is lost.
// Fetched only when somebody looks.

import { toast } from "./app.js";

/** The answers as lines of text: name, value. */
function asText(entry) {
  const answers = [...new URLSearchParams(entry.body)].filter(([name, value]) => value && !/^(seconds_spent|base_revision|confidence)$/.test(name));
  return answers.map(([name, value]) => `${name.replace(/^value-/, "")}: ${value}`).join("\n");
}

function button(label, run, variant = "") {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `button button-small ${variant}`;
  made.textContent = label;
  made.addEventListener("click", run);
  return made;
}

async function copy(entry, flow) {
  await navigator.clipboard.writeText(asText(entry));
  toast(flow.fill("copied"));
}

function download(entry) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([asText(entry)], { type: "text/plain" }));
  link.download = `judgment-${entry.at.slice(0, 19).replace(/\D/g, "")}.txt`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function row(entry, flow, dialog) {
  const made = document.createElement("li");
  made.className = "stack stack-tight";
  const state = document.createElement("p");
  state.className = "small muted";
  const isLooked = entry.refused === "shown";
  state.textContent = entry.refused ? (isLooked ? flow.fill("look") : flow.fill("refused", { why: flow.why(entry.refused) })) : flow.fill("tosend");
  const text = document.createElement("pre");
  text.dir = "auto";
  text.tabIndex = 0;
  text.textContent = asText(entry);
  const buttons = document.createElement("div");
  buttons.className = "row";
  const goTo = () => {
    dialog.close();
    flow.open(entry.url, entry.assignment);
  };
  const drop = () => {
    flow.outbox.drop(entry.key);
    made.remove();
    flow.line.show();
  };
  if (isLooked) buttons.append(button(flow.fill("back"), goTo, "button-primary"));
  buttons.append(button(flow.fill("copy"), () => copy(entry, flow)), button(flow.fill("download"), () => download(entry)));
  buttons.append(button(flow.fill("drop"), drop, "button-danger"));
  made.append(state, text, buttons);
  return made;
}

/** Fill and open the dialog. */
export function listOutbox(flow) {
  const dialog = document.getElementById("outbox");
  const rows = flow.outbox.read().map((entry) => row(entry, flow, dialog));
  dialog.querySelector("[data-outbox-list]").replaceChildren(...rows);
  if (!dialog.open) dialog.showModal();
}
