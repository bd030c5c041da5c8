// Signing out: unsent work is offered to be sent or dropped, then everything kept here is purged.

import { Outbox, draftKey, purge, store } from "./kept.js";
import { sendQuestions, unsentQuestions } from "./talk.js";

function unsent(user) {
  return store.keys(draftKey(user, "")).length + new Outbox(user).read().length + unsentQuestions();
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
    await new Outbox(user).drain(() => {}, () => ({ "X-Concord-Next": "ready" }));
    await sendQuestions();
    // What is still here is a draft, or can't be delivered now: ask again.
  }
  purge();
  return true;
}
