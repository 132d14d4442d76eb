// Pointer, touch and keyboard on the marks: the details of what is pointed at, and one tab stop that moves among them.

import { moved } from "./keyboard.js";
import { tooltipIn } from "./tooltip.js";

/** What is pointed at in a picture. The listeners go with the picture's root. */
export class Pointing {
  constructor(picture) {
    this.picture = picture;
    this.tip = tooltipIn(picture.root);
    this.at = null; // {day, key} of the tab stop.
    const { root } = picture;
    root.addEventListener("pointermove", (event) => this._hover(event));
    root.addEventListener("pointerleave", () => this._leave());
    root.addEventListener("focusin", (event) => this._focus(event.target));
    root.addEventListener("focusout", () => this.tip.hide());
    root.addEventListener("click", (event) => this._tap(event));
    root.addEventListener("keydown", (event) => this._key(event));
  }

  /** The row that holds the focus and must stay in the document, or -1. */
  pinnedRow() {
    return this.at !== null && this._isHeld() ? this.picture.rowOfDay.get(this.at.day) ?? -1 : -1;
  }

  /** Before a drawing. What it gives is called after it: the focus and the details are where they were. */
  hold() {
    const isHeld = this._isHeld();
    const { target } = this.tip;
    return () => this._settle(isHeld, target);
  }

  _isHeld() {
    const active = document.activeElement;
    return active !== null && this.picture.sheet.contains(active) && active.matches("[data-key]");
  }

  /** One mark is the tab stop; if its lane was drawn anew, it has the focus again. */
  _settle(isHeld, pointed) {
    const { sheet } = this.picture;
    let stop = this.at && this._find(this.at.day, this.at.key);
    if (!stop) {
      this.at = null;
      stop = [...(sheet.querySelector(".np-lane:has(button)")?.querySelectorAll("button") ?? [])].at(-1);
    }
    for (const other of sheet.querySelectorAll('button[tabindex="0"]')) if (other !== stop) other.tabIndex = -1;
    if (stop) stop.tabIndex = 0;
    if (isHeld && stop && document.activeElement !== stop) stop.focus({ preventScroll: true });
    else if (pointed) this._showAgain(pointed);
  }

  _showAgain(pointed) {
    const found = this._itemOf(pointed);
    const mark = found && this._find(found.day, found.item.key);
    if (mark && this._isInView(mark)) this.tip.show(this.picture.voice, found.item, mark);
    else this.tip.hide();
  }

  _isInView(mark) {
    const { top, bottom } = mark.getBoundingClientRect();
    const port = this.picture.port.getBoundingClientRect();
    return bottom > port.top + this.picture.axis.offsetHeight && top < port.bottom;
  }

  _find(day, key) {
    return this.picture.root.querySelector(`button[data-day="${day}"][data-key="${CSS.escape(key)}"]`);
  }

  _itemOf(target) {
    const mark = target instanceof Element ? target.closest("[data-key]") : null;
    if (!mark) return null;
    const day = Number(mark.dataset.day);
    const row = this.picture.rowOfDay.get(day);
    const items = row === undefined ? [] : this.picture.shownAt(row).items;
    const index = items.findIndex(({ key }) => key === mark.dataset.key);
    return index < 0 ? null : { mark, day, row, index, item: items[index] };
  }

  _hover(event) {
    const found = this._itemOf(nearest(event));
    if (!found) {
      if (!this.tip.box.contains(event.target)) this._leave();
    } else if (found.mark !== this.tip.target) this.tip.show(this.picture.voice, found.item, found.mark);
  }

  /** The pointer left: back to what has the focus. */
  _leave() {
    if (document.activeElement !== this.tip.target) this.tip.hide();
  }

  _focus(target) {
    const found = this._itemOf(target);
    if (!found) return;
    this.at = { day: found.day, key: found.item.key };
    this._settle(false, null);
    this.tip.show(this.picture.voice, found.item, found.mark);
  }

  /** A tap shows; Safari gives no focus to a button that is tapped. */
  _tap(event) {
    const found = this._itemOf(nearest(event));
    if (found) this._go(found.row, found.index);
    else if (!this.tip.box.contains(event.target)) this.tip.hide();
  }

  _key(event) {
    if (event.key === "Escape") {
      this.tip.hide();
      return;
    }
    const found = this._itemOf(event.target);
    if (!found || event.altKey || event.ctrlKey || event.metaKey) return;
    const { picture } = this;
    const itemsAt = (row) => picture.shownAt(row)?.items ?? [];
    const next = moved(event.key, found, picture.rows.length, itemsAt, picture.isMirrored);
    if (!next) return;
    event.preventDefault();
    this._go(next.row, next.index);
  }

  _go(row, index) {
    const { picture } = this;
    const { day, items } = picture.shownAt(row);
    this.at = { day: day.day, key: items[index].key };
    picture.scroller.reveal(row, picture.axis.offsetHeight);
    this._find(this.at.day, this.at.key)?.focus({ preventScroll: true });
  }
}

/** Of marks that lie over each other, the one whose middle is nearest to the pointer; a click by keyboard has none. */
function nearest({ target, clientX, clientY, detail, type }) {
  if (!(target instanceof Element) || !target.closest("[data-key]") || (type === "click" && detail === 0)) return target;
  const marks = document.elementsFromPoint(clientX, clientY).filter((under) => under.matches("button[data-key]"));
  const distance = (mark) => {
    const { left, top, width, height } = mark.getBoundingClientRect();
    return Math.hypot(clientX - left - width / 2, clientY - top - height / 2);
  };
  return marks.reduce((best, mark) => (distance(mark) < distance(best) ? mark : best), marks[0] ?? target);
}
