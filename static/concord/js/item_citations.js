// From a citation to its passage, and back to where one was.

let origin = null; // { link, places }: where the person came from

/** How far each scrolling frame around `element` stood. */
function placesAround(element) {
  const places = [[document.scrollingElement, document.scrollingElement.scrollTop]];
  for (let each = element.parentElement; each; each = each.parentElement) {
    if (each.scrollHeight > each.clientHeight) places.push([each, each.scrollTop]);
  }
  return places;
}

function clear(item) {
  for (const each of item.querySelectorAll(".is-cited")) each.classList.remove("is-cited");
  item.querySelector(".context-back")?.remove();
}

function goBack(event, item) {
  event.preventDefault();
  clear(item);
  if (!origin) return;
  const { link, places } = origin;
  origin = null;
  link.classList.add("is-cited");
  link.focus({ preventScroll: true });
  for (const [frame, top] of places) frame.scrollTop = top;
  link.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function backLink(link, item) {
  const back = document.createElement("a");
  back.className = "context-back button button-small";
  back.href = `#${link.id}`;
  back.textContent = item.querySelector("[data-back]").dataset.back;
  back.addEventListener("click", (event) => goBack(event, item));
  return back;
}

export function bindCitations(item, reveal) {
  item.addEventListener("click", (event) => {
    const link = event.target.closest("a.citation");
    const passage = link && document.getElementById(link.hash.slice(1));
    if (!passage || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    clear(item);
    origin = { link, places: placesAround(link) };
    const row = passage.closest("li");
    if (row) row.hidden = false; // a filter may have hidden it
    passage.classList.add("is-cited");
    const back = backLink(link, item);
    passage.prepend(back);
    reveal(passage, { marks: false });
    back.focus({ preventScroll: true });
  });
}
