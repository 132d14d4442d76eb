// Events put into days, once; and the rows that the picture shows, newest first. Pure.

import { kindOf } from "./kinds.js";
import { isMoment } from "./zone.js";

/** More days in a row without an event than this become one row that says so. */
const LONGEST_GAP = 7;

/**
 * The events of a timeline by day. `replace` takes a new state of the whole timeline and puts into days again only
 * what lies behind the first event that differs.
 */
export class Days {
  constructor(clock) {
    this.clock = clock;
    this.events = [];
    this.counts = new Map();
    this.sleep = [];
    this._days = new Map();
  }

  /** The day numbers that have events, ascending. */
  get numbers() {
    return [...this._days.keys()];
  }

  /** The events of a day, ascending. */
  of(day) {
    return this._days.get(day) ?? [];
  }

  /** Take in the timeline as it is now; events whose time no calendar has are left out. Says whether it changed. */
  replace(events) {
    const next = ordered(events);
    let same = 0;
    while (same < next.length && same < this.events.length && isSame(next[same], this.events[same])) same += 1;
    if (same === next.length && same === this.events.length) return false;
    const from = this._forgetFrom(same, next[same]);
    this._add(next, from);
    this.events = next;
    return true;
  }

  /** Forget whole days, from that of the first event that differs; the index of their first event. */
  _forgetFrom(index, replacement) {
    const first = Math.min(this.events[index]?.timestamp ?? Infinity, replacement?.timestamp ?? Infinity);
    const { day, start } = this.clock.dayAt(this.clock.dayOf(first));
    let from = index;
    while (from > 0 && this.events[from - 1].timestamp >= start) from -= 1;
    for (let at = from; at < this.events.length; at += 1) this._count(this.events[at], -1);
    for (const number of this.numbers) if (number >= day) this._days.delete(number);
    while (this.sleep.length && this.sleep.at(-1).timestamp >= start) this.sleep.pop();
    return from;
  }

  _add(events, from) {
    let day = null;
    let bin = null;
    for (let at = from; at < events.length; at += 1) {
      const event = events[at];
      if (day === null || event.timestamp >= day.end) {
        day = this.clock.dayAt(this.clock.dayOf(event.timestamp));
        bin = this._days.get(day.day);
        if (!bin) this._days.set(day.day, (bin = []));
      }
      bin.push(event);
      this._count(event, 1);
      if (tellsOfSleep(event)) this.sleep.push(event);
    }
  }

  _count(event, step) {
    const kind = kindOf(event);
    const count = (this.counts.get(kind) ?? 0) + step;
    if (count) this.counts.set(kind, count);
    else this.counts.delete(kind);
  }
}

/** Rows `{kind: "day", day}` and `{kind: "gap", from, to}` from the newest day to the oldest, today in any case. */
export function rowsOf(numbers, today) {
  const shown = [...new Set([...numbers, today])].sort((a, b) => b - a);
  const rows = [];
  let previous = null;
  for (const day of shown) {
    if (previous !== null && previous - day - 1 > LONGEST_GAP) {
      rows.push({ kind: "gap", from: day + 1, to: previous - 1 });
    } else {
      for (let empty = (previous ?? day) - 1; empty > day; empty -= 1) rows.push({ kind: "day", day: empty });
    }
    rows.push({ kind: "day", day });
    previous = day;
  }
  return rows;
}

const tellsOfSleep = ({ type }) => type === "sleeping" || type === "waking_up";

function ordered(events) {
  const shown = events.filter((event) => event && isMoment(event.timestamp));
  const sorted = shown.every((event, at) => at === 0 || shown[at - 1].timestamp <= event.timestamp);
  return sorted ? shown : shown.sort((a, b) => a.timestamp - b.timestamp);
}

/** Whether two JSON values say the same. */
export function isSame(a, b) {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]));
}
