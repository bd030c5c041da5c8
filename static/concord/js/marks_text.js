// A response as it is shown, against its source: every piece of text says where it stands.
// Places are code points of the source from 0, ends exclusive.

const HIDDEN = "hidden-char";
const WIDE = /[\ud800-\udbff][\udc00-\udfff]/g;

/** Code points in the first `end` units of `text`. */
const points = (text, end = text.length) => end - (text.slice(0, end).match(WIDE)?.length ?? 0);

/** Units of the first `count` code points. */
function units(text, count) {
  let at = 0;
  for (let n = 0; n < count && at < text.length; n += 1) at += text.codePointAt(at) > 0xffff ? 2 : 1;
  return at;
}

/** The pieces inside a leaf: [node, how many code points]. A mark of a hidden character is one. */
function* pieces(leaf) {
  const walker = document.createTreeWalker(leaf, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) =>
    node.nodeType === 3 && node.parentNode.className === HIDDEN ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.nodeType === 3) yield [node, points(node.data)];
    else if (node.className === HIDDEN) yield [node, 1];
  }
}

export class MarkedText {
  constructor(element) {
    this.element = element;
    this.side = element.closest("[data-response]").dataset.response;
    this.source = element.querySelector("template[data-source]").content.textContent;
    this.leaves = [...element.querySelectorAll("[data-at]")].map((node) => this.read(node));
    this.byNode = new Map(this.leaves.map((leaf) => [leaf.node, leaf]));
  }

  read(node) {
    const at = Number(node.dataset.at);
    if ("len" in node.dataset) return { node, at, end: at + Number(node.dataset.len), isWhole: true };
    let length = 0;
    for (const [, count] of pieces(node)) length += count;
    return { node, at, end: at + length, isWhole: false };
  }

  get firstPlace() {
    return this.leaves[0]?.at ?? 0;
  }

  get lastPlace() {
    return this.leaves.at(-1)?.end ?? 0;
  }

  words(start, end) {
    this.isWide ??= /[\ud800-\udfff]/.test(this.source);
    if (!this.isWide) return this.source.slice(start, end);
    this.characters ??= [...this.source];
    return this.characters.slice(start, end).join("");
  }

  /** {start, end} of what is selected, or null where nothing of it has a place. */
  placeOf(range) {
    const start = this.place(range.startContainer, range.startOffset, false);
    const end = this.place(range.endContainer, range.endOffset, true);
    return start === null || end === null || start >= end ? null : this.trimmed(start, end);
  }

  /** Without the space at its ends, which a mouse takes in or not as the system has it and keys
   *  always do: the same words are the same mark. Nothing but space may be meant. */
  trimmed(start, end) {
    const words = this.words(start, end);
    if (!words.trim()) return { start, end };
    const before = words.length - words.trimStart().length;
    const after = words.length - words.trimEnd().length;
    return { start: start + before, end: end - after };
  }

  place(node, offset, isEnd) {
    if (!this.element.contains(node)) return isEnd ? this.lastPlace : this.firstPlace;
    const owner = (node.nodeType === 3 ? node.parentElement : node).closest("[data-at]");
    const leaf = this.byNode.get(owner);
    return leaf ? this.inside(leaf, node, offset, isEnd) : this.between(node, offset, isEnd);
  }

  /** Code points of the leaf before a position in it. */
  inside(leaf, node, offset, isEnd) {
    const position = new Range();
    position.setStart(node, offset);
    let before = 0;
    for (const [piece, count] of pieces(leaf.node)) {
      const isText = piece.nodeType === 3;
      if (piece === node && isText) {
        before += points(node.data, offset);
        break;
      }
      if (!isText && piece.contains(node)) {
        before += offset > 0 && (isEnd || offset >= (node.data ?? node.childNodes).length) ? 1 : 0;
        break;
      }
      if (position.comparePoint(piece, 0) >= 0) break;
      before += count;
    }
    if (!leaf.isWhole) return leaf.at + before;
    let all = 0;
    for (const [, count] of pieces(leaf.node)) all += count;
    if (before === 0) return leaf.at;
    return isEnd || before >= all ? leaf.end : leaf.at;
  }

  /** Outside of every leaf: a selection begins with the next one and ends with the one before. */
  between(node, offset, isEnd) {
    const position = new Range();
    position.setStart(node, offset);
    let [low, high] = [0, this.leaves.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (position.comparePoint(this.leaves[middle].node, 0) < 0) low = middle + 1;
      else high = middle;
    }
    if (isEnd) return low > 0 ? this.leaves[low - 1].end : null;
    return low < this.leaves.length ? this.leaves[low].at : null;
  }

  /** The range on the page from `start` to `end`, or null where nothing of it is shown. */
  range(start, end) {
    const first = this.leaves[this.find((leaf) => leaf.end > start)];
    const last = this.leaves[this.find((leaf) => leaf.at >= end) - 1];
    if (!first || !last || first.at >= end || last.end <= start) return null;
    const range = new Range();
    range.setStart(...this.point(first, Math.max(start - first.at, 0), false));
    range.setEnd(...this.point(last, Math.min(end, last.end) - last.at, true));
    return range;
  }

  /** The first leaf for which `test` holds; it holds for all that follow. */
  find(test) {
    let [low, high] = [0, this.leaves.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (test(this.leaves[middle])) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  point(leaf, count, isEnd) {
    if (leaf.isWhole) return [leaf.node, isEnd ? leaf.node.childNodes.length : 0];
    let left = count;
    let place = [leaf.node, 0];
    for (const [piece, size] of pieces(leaf.node)) {
      if (left < size || (isEnd && left === size)) {
        if (piece.nodeType === 3) return [piece, units(piece.data, left)];
        const index = [...piece.parentNode.childNodes].indexOf(piece);
        return [piece.parentNode, index + (left ? 1 : 0)];
      }
      left -= size;
      place = [piece.nodeType === 3 ? piece : piece.parentNode, piece.nodeType === 3 ? piece.data.length : 0];
    }
    return place;
  }
}
