// The line below a heat map says what the cell under the pointer or the focus holds.

function tell(event) {
  const link = event.target.closest("[data-tells] a");
  if (!link) return;
  const told = document.getElementById(link.closest("[data-tells]").dataset.tells);
  if (told) told.textContent = link.querySelector(".visually-hidden").textContent;
}

document.addEventListener("pointerover", tell);
document.addEventListener("focusin", tell);
