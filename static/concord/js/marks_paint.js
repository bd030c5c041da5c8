// Marks drawn over the text without touching it: one highlight a tag, one for the chosen mark.

const COLOURS = 9;
const names = [...Array(COLOURS).keys()].map((n) => `mark-${n + 1}`);
const CHOSEN = "mark-chosen";

export const colourOf = (place) => names[Math.max(0, place) % COLOURS];

export class Paint {
  constructor(signal) {
    this.isThere = Boolean(globalThis.CSS?.highlights);
    this.ranges = new Map();
    signal.addEventListener("abort", () => this.clear());
    this.clear();
  }

  clear() {
    if (!this.isThere) return;
    for (const name of [...names, CHOSEN]) CSS.highlights.delete(name);
    this.ranges.clear();
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
    this.ranges.set(row, { range, colour });
    this.layer(colour).add(range);
  }

  erase(row) {
    const drawn = this.ranges.get(row);
    if (!drawn) return;
    this.layer(drawn.colour).delete(drawn.range);
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
