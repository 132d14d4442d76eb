// Sleep as spans, out of what was told of falling asleep and waking up. Pure. The rules are in docs/export.md.

import { factsOf } from "./kinds.js";
import { MINUTE } from "./zone.js";

/** Nobody sleeps longer without anybody noticing: past it, a waking or an end was not told. */
const LONGEST = 16 * 60 * MINUTE;

/** Two who tell of the same falling asleep, or waking, do so within this. */
const SAME = 30 * MINUTE;

/**
 * Spans `{start, end, state, asleep, awake}`, ascending, none over another, from events in ascending order.
 *
 * `state` is `whole`, `open` (still asleep at `now`), `no-end` or `no-start`: then only one end is known and the span
 * has no length. `asleep` and `awake` are the events that tell of its ends, or null.
 */
export function sleepOf(events, now) {
  const spans = [];
  let open = null;
  for (const event of events) {
    if (event.type === "sleeping") open = fallAsleep(spans, open, event);
    else if (event.type === "waking_up") open = wakeUp(spans, open, event);
  }
  if (open && now - open.timestamp <= LONGEST) {
    add(spans, open.timestamp, Math.max(open.timestamp, now), "open", open, null);
  } else abandon(spans, open);
  return spans;
}

/** What is open after somebody fell asleep. */
function fallAsleep(spans, open, event) {
  const at = event.timestamp;
  const again = open !== null && at - open.timestamp <= SAME;
  const minutes = factsOf(event).durationMin;
  const length = Number.isFinite(minutes) ? minutes * MINUTE : 0;
  if (length > 0 && length <= LONGEST) {
    if (!again) abandon(spans, open);
    add(spans, at, at + length, "whole", event, null);
    return null;
  }
  if (again) return open;
  abandon(spans, open);
  return event;
}

/** What is open after somebody woke up: nothing. */
function wakeUp(spans, open, event) {
  const at = event.timestamp;
  if (open !== null && at - open.timestamp <= LONGEST) {
    add(spans, open.timestamp, at, "whole", open, event);
    return null;
  }
  const last = spans.at(-1);
  if (open === null && last && last.state !== "no-end" && at - last.end <= SAME) {
    if (last.awake === null) Object.assign(last, { awake: event, end: at });
    return null;
  }
  abandon(spans, open);
  add(spans, at, at, "no-start", null, event);
  return null;
}

function abandon(spans, open) {
  if (open !== null) add(spans, open.timestamp, open.timestamp, "no-end", open, null);
}

function add(spans, start, end, state, asleep, awake) {
  const last = spans.at(-1);
  if (last && last.end > start) last.end = start;
  spans.push({ start, end, state, asleep, awake });
}

/** The spans that touch `[start, end)`; a span without length belongs to the day of its one end. */
export function spansWithin(spans, start, end) {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spans[middle].end < start) low = middle + 1;
    else high = middle;
  }
  const found = [];
  for (let at = low; at < spans.length && spans[at].start < end; at += 1) {
    if (spans[at].end > start || spans[at].start >= start) found.push(spans[at]);
  }
  return found;
}
