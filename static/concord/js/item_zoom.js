// Images open larger in a dialog, step by step up to eight times the frame.

const STEPS = [1, 1.5, 2, 3, 4, 6, 8];

export function bindZoom(item) {
  const dialog = item.querySelector("#zoom");
  const image = dialog.querySelector("[data-zoomed]");
  let step = 0;
  const show = () => {
    image.style.inlineSize = `${STEPS[step] * 100}%`;
    dialog.querySelector("[data-zoom=out]").disabled = step === 0;
    dialog.querySelector("[data-zoom=in]").disabled = step === STEPS.length - 1;
  };
  dialog.addEventListener("click", (event) => {
    const way = event.target.closest("[data-zoom]")?.dataset.zoom;
    if (!way) return;
    step = Math.max(0, Math.min(STEPS.length - 1, step + (way === "in" ? 1 : -1)));
    show();
  });
  item.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-zooms]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const small = link.querySelector("img");
    image.src = link.href;
    image.alt = small.alt;
    dialog.querySelector("[data-zoom-caption]").textContent = small.alt;
    step = 0;
    show();
    dialog.showModal();
  });
}
