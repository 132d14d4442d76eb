// A timeline as a picture: one lane a day, newest first. The only module that others import.
//
//   import { mount } from "./picture/picture.js";      (and a link to picture/picture.css)
//   const picture = mount(element, { events, zone, now, direction, locale });
//   picture.update({ events, now });                   (a new state of the whole timeline, or only another moment)
//   picture.destroy();
//
// `events` are the protocol's timeline events, `zone` an IANA name, `now` milliseconds since 1970, `direction` "ltr" or
// "rtl", `locale` a BCP 47 tag. It keeps no clock: whoever mounts it tells the time, once a minute or more often. Light or
// dark goes by the CSS property `color-scheme` of the element, the height of the lanes by `--np-height`. Throws RangeError
// for a zone or a locale that there is not.

import { Days, isSame, rowsOf } from "./days.js";
import { element } from "./elements.js";
import { axisOf, cardsOf, legendOf } from "./heading.js";
import { kindsOf } from "./kinds.js";
import { gapOf, laneOf } from "./lane.js";
import { barsOf, marksOf } from "./marks.js";
import { Pointing } from "./pointing.js";
import { Scroller } from "./scroller.js";
import { sleepOf, spansWithin } from "./sleep.js";
import { voiceOf } from "./speech.js";
import { Ledger, lastsOf } from "./sums.js";
import { clockOf, MINUTE } from "./zone.js";

const WIDE_PX = 560; // A track of so many pixels has room for a mark every quarter of an hour.

/** Draw a timeline into an element. Gives `{update, destroy}`. */
export function mount(host, options) {
  const picture = new Picture(host, options);
  return { update: (news) => picture.update(news), destroy: () => picture.destroy() };
}

class Picture {
  constructor(host, { events = [], zone, now, direction = "ltr", locale = "en" }) {
    this.clock = clockOf(zone);
    this.voice = voiceOf(locale, zone);
    this.days = new Days(this.clock);
    this._shown = new Map();
    this._tokens = new Map();
    this._build(host, direction, locale);
    this.pointing = new Pointing(this);
    this.scroller = new Scroller(this.port, this.sheet, (index) => this._draw(index), this.pointing);
    this.sizes = new ResizeObserver(() => this._resize());
    this.update({ events, now });
    this.sizes.observe(this.root);
    this._onPrint = ({ type }) => this._print(type === "beforeprint");
    for (const type of ["beforeprint", "afterprint"]) window.addEventListener(type, this._onPrint);
  }

  /** Show a new state of the timeline, another moment, or both. What is looked at stays where it is. */
  update({ events, now = this.now }) {
    const changed = events !== undefined && this.days.replace(events);
    if (!changed && this.now === now && this.rows) return;
    this.now = now;
    this.today = this.clock.dayAt(this.clock.dayOf(now));
    this.spans = sleepOf(this.days.sleep, now);
    this.ledger = new Ledger(this.days, this.spans);
    this.kinds = kindsOf(this.days.counts);
    this._shown.clear();
    this._head();
    this._layOut(rowsOf(this.days.numbers, this.today.day));
  }

  destroy() {
    for (const type of ["beforeprint", "afterprint"]) window.removeEventListener(type, this._onPrint);
    this.sizes.disconnect();
    this.scroller.destroy();
    this.root.remove();
  }

  /** What a row shows: `{day, items, sums, usual}`, or null for a row of many days. */
  shownAt(index) {
    const row = this.rows[index];
    return row && row.kind === "day" ? this._shownOn(row.day) : null;
  }

  _build(host, direction, locale) {
    const { words } = this.voice;
    this.cards = element("dl", { class: "np-cards" });
    this.legend = element("ul", { class: "np-legend" });
    this.track = element("div", { class: "np-axis-track" }, axisOf(this.voice));
    this.axis = element("div", { class: "np-axis", attributes: { "aria-hidden": "true" } }, [this.track]);
    this.sheet = element("div", { class: "np-sheet" });
    this.port = element("div", { class: "np-port" }, [this.axis, this.sheet]);
    this.probe = element("i", { class: "np-probe" });
    this.root = element("div", {
      class: "np", attributes: { dir: direction, lang: locale, role: "group", "aria-label": words.title },
    }, [element("p", { class: "np-help", text: words.help }), this.cards, this.port, this.legend, this.probe]);
    host.append(this.root);
    this.isMirrored = direction === "rtl";
  }

  _head() {
    this.cards.replaceChildren(...cardsOf(this.voice, this.kinds, lastsOf(this.days.events, this.spans, this.now), this.now));
    const legend = legendOf(this.voice, this.kinds);
    this.legend.replaceChildren(...legend);
    this.root.style.setProperty("--np-bands", Math.max(1, ...this.kinds.list.map(({ band }) => band + 1)));
    this.root.classList.toggle("np-care", this.kinds.isCare);
    this.root.classList.toggle("np-nothing", this.days.events.length === 0);
    this.sheet.dataset.nothing = this.voice.words.nothing;
  }

  /** Take over new rows; the one at the upper edge stays there, unless that is the newest. */
  _layOut(rows) {
    const { scrollTop } = this.port;
    const top = scrollTop > 0 && this.rows ? Math.floor(scrollTop / this.scroller.rowHeight) : 0;
    const kept = top > 0 ? keyOf(this.rows[Math.min(top, this.rows.length - 1)]) : null;
    this.rows = rows;
    this.rowOfDay = new Map(rows.map((row, index) => [row.day, index]));
    this._resize();
    const moved = kept === null ? -1 : rows.findIndex((row) => keyOf(row) === kept);
    if (moved >= 0 && moved !== top) {
      this.port.scrollTop = scrollTop + (moved - top) * this.scroller.rowHeight;
      this.scroller.render();
    }
  }

  _resize() {
    const width = this.track.clientWidth;
    const slot = width >= WIDE_PX ? 15 : 30;
    if (slot !== this.slot) this._shown.clear();
    this.slot = slot;
    const looks = { kinds: this.kinds.list.map(({ count, ...look }) => look), today: this.today.day, width };
    if (!isSame(looks, this._looks)) this._looks = looks;
    this.scene = { voice: this.voice, kinds: this.kinds, today: this.today, now: this.now, width };
    this.scroller.resize(this.rows.length, this.probe.offsetHeight);
  }

  _print(isPrinting) {
    this.scroller.all = isPrinting;
    this._resize();
  }

  _draw(index) {
    const row = this.rows[index];
    if (row.kind === "gap") {
      return { key: keyOf(row), version: `${row.from}`, make: () => gapOf(this.scene, row) };
    }
    const shown = this._shownOn(row.day);
    return { key: keyOf(row), version: this._versionOf(row.day, shown), make: () => laneOf(this.scene, shown) };
  }

  _shownOn(number) {
    let shown = this._shown.get(number);
    if (!shown) {
      const day = this.clock.dayAt(number);
      const bars = this.kinds.isCare ? barsOf(spansWithin(this.spans, day.start, day.end), day) : [];
      const items = [...bars, ...marksOf(this.days.of(number), day, this.kinds, this.slot)];
      items.sort((a, b) => a.at - b.at);
      shown = { day, items, sums: this.ledger.of(number), usual: this.ledger.usualFor(number) };
      this._shown.set(number, shown);
    }
    return shown;
  }

  /** The same object as long as a lane would look the same. */
  _versionOf(number, shown) {
    const minute = number === this.today.day ? Math.floor(this.now / MINUTE) : 0;
    const seen = this._tokens.get(number);
    const isOld = seen && seen.looks === this._looks && seen.minute === minute;
    if (isOld && (seen.shown === shown || isSame(seen.shown, shown))) {
      seen.shown = shown;
      return seen;
    }
    const token = { looks: this._looks, minute, shown };
    this._tokens.set(number, token);
    return token;
  }
}

/** What makes a row the same one after an update. */
const keyOf = (row) => (row.kind === "gap" ? `gap ${row.to}` : `day ${row.day}`);
