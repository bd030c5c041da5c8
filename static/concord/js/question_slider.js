// Numbers: a slider in step with its box. The box is the answer; an untouched slider is none.

function tick(slider, at, anchors) {
  const { min, max } = slider;
  const share = (value) => `${((value - min) / (max - min)) * 100}%`;
  return anchors.filter((anchor) => Number.isFinite(Number(anchor.dataset.at))).map((anchor) => {
    const mark = document.createElement("span");
    mark.textContent = anchor.dataset.at;
    mark.style.insetInlineStart = share(Number(anchor.dataset.at));
    at.append(mark);
    return anchor;
  });
}

function bindOne(number) {
  const frame = number.querySelector(".slider");
  const slider = frame.querySelector("[type=range]");
  const box = number.querySelector("[type=number]");
  const question = number.closest("[data-question]");
  const anchors = [...question.querySelectorAll("[data-number-anchors] [data-at]")];
  tick(slider, frame.querySelector(".slider-ticks"), anchors);
  frame.hidden = false;
  const show = () => {
    const isSet = box.value.trim() !== "";
    slider.toggleAttribute("data-unset", !isSet);
    if (isSet) slider.value = box.value;
    else slider.value = (Number(slider.min) + Number(slider.max)) / 2;
    slider.setAttribute("aria-valuetext", isSet ? box.value : "–");
    const below = isSet ? anchors.filter((anchor) => Number(anchor.dataset.at) <= Number(box.value)) : [];
    const near = below.toSorted((a, b) => b.dataset.at - a.dataset.at)[0];
    for (const anchor of anchors) anchor.toggleAttribute("data-near", anchor === near);
  };
  const take = (value) => {
    box.value = value;
    show();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };
  slider.addEventListener("input", (event) => {
    event.stopPropagation();
    take(slider.value);
  });
  // A press that leaves the slider where it stood, or Enter on it, means that value.
  slider.addEventListener("pointerup", () => "unset" in slider.dataset && take(slider.value));
  slider.addEventListener("change", (event) => {
    event.stopPropagation();
    box.dispatchEvent(new Event("change", { bubbles: true }));
  });
  box.addEventListener("input", show);
  question.addEventListener("change", show);
  question.closest("form").addEventListener("answers-restored", show);
  for (const anchor of anchors) anchor.addEventListener("click", () => {
    take(anchor.dataset.at);
    box.dispatchEvent(new Event("change", { bubbles: true }));
  });
  // Digits on the question itself are typed into its box.
  question.addEventListener("keydown", (event) => {
    if (event.target === question && /^[1-9.-]$/.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.stopPropagation();
      box.focus();
      box.select();
    }
  });
  show();
}

export function bind(form) {
  form.querySelectorAll("[data-slider]").forEach(bindOne);
}
