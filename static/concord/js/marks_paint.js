// Marks drawn over the text without touching it: one highlight a tag, one for the chosen mark.

const COLOURS = 9;
const names = [...Array(COLOURS).keys()].map((n) => `mark-${n + 1}`);
const CHOSEN = "mark-chosen";

export const colourOf = (place) => names[Math.max(0, place) % COLOURS];

export class Paint {
  constructor(signal) {
    this.isThere = Boolean(globalThis.CSS?.highlights);
    this.ranges = new Map();
    this.blocks = new Map(); // each block of text with the marks in it
    this.far = new Set();
    // Browsers look at every highlight again at each change of the page: those far away are put aside.
    this.near = new IntersectionObserver((entries) => entries.forEach((entry) => this.seen(entry)), { rootMargin: "50% 0px" });
    signal.addEventListener("abort", () => this.clear());
    this.clear();
  }

  clear() {
    this.near.disconnect();
    if (!this.isThere) return;
    for (const name of [...names, CHOSEN]) CSS.highlights.delete(name);
    this.ranges.clear();
    this.blocks.clear();
  }

  seen({ target, isIntersecting }) {
    if (isIntersecting) this.far.delete(target);
    else this.far.add(target);
    for (const { range, colour } of this.blocks.get(target) ?? []) {
      if (isIntersecting) this.layer(colour).add(range);
      else this.layer(colour).delete(range);
    }
  }

  /** Remember the marks of a block; those that go from one into another are always drawn. */
  keep(drawn) {
    if (!drawn.block) return;
    if (!this.blocks.has(drawn.block)) {
      this.blocks.set(drawn.block, new Set());
      this.near.observe(drawn.block);
    }
    this.blocks.get(drawn.block).add(drawn);
  }

  layer(name) {
    if (!CSS.highlights.has(name)) {
      const layer = new Highlight();
      layer.priority = name === CHOSEN ? 20 : COLOURS - names.indexOf(name);
      CSS.highlights.set(name, layer);
    }
    return CSS.highlights.get(name);
  }

  /** Draw the mark of `row` in the colour of its tag, anew if it was drawn before. */
  draw(row, range, colour) {
    if (!this.isThere) return;
    this.erase(row);
    if (!range) return;
    const drawn = { range, colour, block: blockOf(range) };
    this.ranges.set(row, drawn);
    this.keep(drawn);
    if (!this.far.has(drawn.block)) this.layer(colour).add(range);
  }

  erase(row) {
    const drawn = this.ranges.get(row);
    if (!drawn) return;
    this.layer(drawn.colour).delete(drawn.range);
    this.blocks.get(drawn.block)?.delete(drawn);
    this.ranges.delete(row);
  }

  /** Show which mark is meant; none: no mark is. */
  choose(row) {
    if (!this.isThere) return;
    CSS.highlights.delete(CHOSEN);
    const drawn = row && this.ranges.get(row);
    if (drawn) this.layer(CHOSEN).add(drawn.range);
  }
}

function blockOf({ startContainer, endContainer }) {
  const [first, last] = [startContainer, endContainer].map((node) => {
    const element = node.nodeType === 3 ? node.parentElement : node;
    return element.closest(".text-part") ?? element.closest("[data-marked] > *");
  });
  return first === last ? first : null;
}
