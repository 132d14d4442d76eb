// A list of which only the rows in view, and a few around them, are in the document. All rows have one height.

const AROUND = 3;
const PRINTED = 31; // Rows on paper: a month.

/** The indices in view: `[first, last)`. Pure. */
export function inView(top, height, rowHeight, count) {
  const first = Math.max(0, Math.floor(top / rowHeight) - AROUND);
  const last = Math.min(count, Math.ceil((top + height) / rowHeight) + AROUND);
  return [Math.min(first, last), last];
}

/**
 * Keeps the rows of `sheet` in view within `port`, the element that scrolls. `draw(index)` gives `{key, version, make}`:
 * a row is made again only if its version differs from the one shown. `pointing.pinnedRow()` is the index of a row that
 * stays in the document wherever it is, or -1; `pointing.hold()` is called before each drawing, and what it gives after it.
 */
export class Scroller {
  constructor(port, sheet, draw, pointing) {
    Object.assign(this, { port, sheet, _draw: draw, _pointing: pointing, count: 0, rowHeight: 1, all: false });
    this._shown = new Map();
    this._frame = 0;
    this._onScroll = () => {
      this._frame ||= requestAnimationFrame(() => this.render());
    };
    port.addEventListener("scroll", this._onScroll, { passive: true });
  }

  /** Set how many rows there are and how high each is, in pixels, and show those in view. */
  resize(count, rowHeight) {
    this.count = count;
    this.rowHeight = Math.max(1, rowHeight);
    this.sheet.style.setProperty("block-size", `${count * this.rowHeight}px`);
    this.render();
  }

  /** Bring what is shown up to date. */
  render() {
    cancelAnimationFrame(this._frame);
    this._frame = 0;
    const settle = this._pointing.hold();
    this._show(this._wanted());
    settle();
  }

  _wanted() {
    const { scrollTop, clientHeight } = this.port;
    const [first, last] = this.all
      ? [0, Math.min(this.count, PRINTED)]
      : inView(scrollTop, clientHeight, this.rowHeight, this.count);
    const wanted = new Set(Array.from({ length: last - first }, (_, at) => first + at));
    const pinned = this._pointing.pinnedRow();
    if (pinned >= 0 && pinned < this.count) wanted.add(pinned);
    return [...wanted].sort((a, b) => a - b).map((index) => ({ index, ...this._draw(index) }));
  }

  _show(rows) {
    const keys = new Set(rows.map(({ key }) => key));
    for (const [key, { element }] of this._shown) {
      if (!keys.has(key)) element.remove();
    }
    const old = this._shown;
    this._shown = new Map();
    let before = null;
    for (const row of rows) {
      const element = this._put(row, old.get(row.key));
      const next = before ? before.nextSibling : this.sheet.firstChild;
      // Moving an element that is in its place already would take the focus from it.
      if (next !== element) this.sheet.insertBefore(element, next);
      before = element;
    }
  }

  _put({ index, key, version, make }, old) {
    let shown = old;
    if (!shown || shown.version !== version) {
      shown = { version, element: make() };
      old?.element.replaceWith(shown.element);
    }
    shown.element.style.setProperty("inset-block-start", `${index * this.rowHeight}px`);
    this._shown.set(key, shown);
    return shown.element;
  }

  /** Scroll as little as it takes to have a whole row in view, below what sticks to the top. */
  reveal(index, stuck) {
    const top = index * this.rowHeight;
    const { scrollTop, clientHeight } = this.port;
    if (top < scrollTop) this.port.scrollTop = top;
    else if (top + this.rowHeight + stuck > scrollTop + clientHeight) {
      this.port.scrollTop = top + this.rowHeight + stuck - clientHeight;
    }
    this.render();
  }

  /** Let go of everything. */
  destroy() {
    cancelAnimationFrame(this._frame);
    this.port.removeEventListener("scroll", this._onScroll);
  }
}
