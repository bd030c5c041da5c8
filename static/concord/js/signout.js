// Signing out: unsent work is offered to be sent or dropped, then everything kept here is purged.

import { Outbox } from "./kept.js";

const PREFIX = "concord:";

function unsent(user) {
  const drafts = Object.keys(localStorage).filter((key) => key.startsWith(`${PREFIX}${user}:draft:`));
  return drafts.length + new Outbox(user).read().length;
}

function purge() {
  for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
}

async function ask(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  return dialog.returnValue;
}

/** True when the person may leave: nothing was unsent, all was sent, or they chose to drop it. */
export async function leave(user) {
  const dialog = document.getElementById("unsent");
  while (user && unsent(user)) {
    const choice = await ask(dialog);
    if (choice === "drop") break;
    if (choice !== "send") return false;
    const token = () => document.querySelector("[name=csrfmiddlewaretoken]").value;
    await new Outbox(user).drain(token, () => {});
    // What is still here is a draft, or can't be delivered now: ask again.
  }
  purge();
  return true;
}
