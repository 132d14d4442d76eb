// What a day comes to, what is usual in a week, and when each thing happened last. Pure.

import { factsOf, kindOf } from "./kinds.js";
import { spansWithin } from "./sleep.js";

/** The days before a day that it is measured against. */
const WEEK = 7;

const LOOKED_AT = 20_000; // Events: a kind that has not come for so many is no news.

/** A day's sums: `{events, feeds, ml, diapers, sleepMs, counts}`; ml is null if no amount was told. */
function sumsOf(events, spans, day) {
  const counts = new Map();
  let ml = null;
  for (const event of events) {
    const kind = kindOf(event);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    const amount = kind === "feeding" ? amountOf(event) : null;
    if (amount !== null) ml = (ml ?? 0) + amount;
  }
  let sleepMs = 0;
  for (const { start, end } of spans) sleepMs += Math.max(0, Math.min(end, day.end) - Math.max(start, day.start));
  return {
    events: events.length, feeds: counts.get("feeding") ?? 0, ml, diapers: counts.get("diaper") ?? 0, sleepMs, counts,
  };
}

/** How many millilitres a feed had, or null if that was not told. */
export function amountOf(event) {
  const amount = factsOf(event).amountMl;
  return Number.isFinite(amount) && amount > 0 ? amount : null;
}

/**
 * The mean of several days' sums, by name, or null where there is none. A day without events is a day on which nobody
 * wrote, not one without food: it does not count; nor does a day without any amount, for the amounts.
 */
function meanOf(sums) {
  const told = sums.filter(({ events }) => events > 0);
  const mean = (values) => (values.length ? values.reduce((a, b) => a + b, 0) / values.length : null);
  const kinds = new Set(told.flatMap(({ counts }) => [...counts.keys()]));
  return {
    days: told.length,
    feeds: mean(told.map(({ feeds }) => feeds)),
    ml: mean(told.map(({ ml }) => ml).filter((ml) => ml !== null)),
    diapers: mean(told.map(({ diapers }) => diapers)),
    sleepMs: mean(told.map(({ sleepMs }) => sleepMs)),
    counts: new Map([...kinds].map((kind) => [kind, mean(told.map(({ counts }) => counts.get(kind) ?? 0))])),
  };
}

/** The sums of any day of a timeline, each made once for a state of it. */
export class Ledger {
  constructor(days, spans) {
    this._days = days;
    this._spans = spans;
    this._made = new Map();
  }

  /** The sums of a day. */
  of(number) {
    let sums = this._made.get(number);
    if (!sums) {
      const day = this._days.clock.dayAt(number);
      sums = sumsOf(this._days.of(number), spansWithin(this._spans, day.start, day.end), day);
      this._made.set(number, sums);
    }
    return sums;
  }

  /** The mean of the seven days before it. */
  usualFor(number) {
    return meanOf(Array.from({ length: WEEK }, (_, back) => this.of(number - 1 - back)));
  }
}

/**
 * `{state, lasts}` at `now`: `state` is `{asleep, since}`, or null where that is not known; `lasts` are the last of each
 * other kind, newest first, `{kind, event}`.
 */
export function lastsOf(events, spans, now) {
  const found = new Map();
  const oldest = Math.max(0, events.length - LOOKED_AT);
  for (let at = events.length - 1; at >= oldest; at -= 1) {
    const event = events[at];
    const kind = kindOf(event);
    if (event.timestamp <= now && !found.has(kind)) found.set(kind, { kind, event });
  }
  found.delete("sleeping");
  found.delete("waking_up");
  return { state: stateOf(spans, now), lasts: [...found.values()] };
}

function stateOf(spans, now) {
  const last = spans.findLast(({ start }) => start <= now);
  if (!last || last.state === "no-end") return null;
  if (last.state === "open" || last.end > now) return { asleep: true, since: last.start };
  return { asleep: false, since: last.end };
}
