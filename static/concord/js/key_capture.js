// The page on which people choose their keys: a field takes the key that is pressed in it.

import { spelled } from "./keys.js";

// Keys that only accompany others, and Tab, which must lead out of the field again.
const PASSED = ["Tab", "Shift", "Control", "Meta", "Alt", "AltGraph", "CapsLock", "Dead", "Process"];

document.addEventListener("keydown", (event) => {
  if (!event.target.matches("[data-key-capture]") || PASSED.includes(event.key)) return;
  if (event.isComposing || event.altKey) return;
  event.preventDefault();
  event.target.value = spelled(event);
});
