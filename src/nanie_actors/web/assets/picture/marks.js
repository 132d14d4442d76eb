// The marks of one day: events of a kind that lie close together become one mark. Pure.

import { factsOf, kindOf } from "./kinds.js";
import { spansWithin } from "./sleep.js";
import { amountOf } from "./sums.js";
import { DAY, MINUTE, piecesIn, placeIn } from "./zone.js";

/** The column of a feed is as high as its line from this amount on. */
export const FULL_ML = 240;

/**
 * The marks of a day, ascending: `{key, kind, band, at, place, width, events, ml, form}`.
 *
 * `slotMinutes` is the time within which events of a kind are one mark, so that a day has a bounded number of marks
 * however many events it has. `width` is how much of the lane a feed lasted, or a slot where a mark is a column of counts; `form` tells wet from dirty, breast from
 * bottle. The two ends of sleep that are parts of a bar are no marks: the bar is.
 */
export function marksOf(events, day, kinds, slotMinutes) {
  const marks = new Map();
  for (const event of events) {
    const kind = kindOf(event);
    if (kinds.isCare && (kind === "sleeping" || kind === "waking_up")) continue;
    const slot = Math.floor((event.timestamp - day.start) / (slotMinutes * MINUTE));
    const key = `${kind}/${slot}`;
    const mark = marks.get(key);
    if (mark) mark.events.push(event);
    else marks.set(key, { key, kind, slot, at: event.timestamp, events: [event] });
  }
  return [...marks.values()].map((mark) => (kinds.isCare ? careMark(mark, day, kinds) : column(mark, day, kinds, slotMinutes)));
}

function column({ slot, ...mark }, day, kinds, slotMinutes) {
  const { band, hue } = kinds.of.get(mark.kind);
  const place = placeIn(day, day.start + slot * slotMinutes * MINUTE);
  return { ...mark, band, hue, place, width: (slotMinutes * MINUTE) / DAY, ml: null, form: "" };
}

function careMark({ slot, ...mark }, day, kinds) {
  const { band, hue } = kinds.of.get(mark.kind);
  const amounts = mark.events.map(amountOf).filter((amount) => amount !== null);
  const minutes = mark.events.reduce((sum, event) => sum + (factsOf(event).durationMin || 0), 0);
  return {
    ...mark, band, hue,
    place: placeIn(day, mark.at),
    width: mark.kind === "feeding" ? Math.min(1, (minutes * MINUTE) / DAY) : 0,
    ml: amounts.length ? amounts.reduce((a, b) => a + b, 0) : null,
    form: formOf(mark),
  };
}

function formOf({ kind, events }) {
  const said = new Set(events.map((event) => factsOf(event)[kind === "diaper" ? "diaper" : "method"]));
  if (kind === "diaper") {
    if (said.has("both") || (said.has("wet") && said.has("dirty"))) return "both";
    return said.has("dirty") ? "dirty" : "wet";
  }
  return kind === "feeding" && said.size === 1 ? ([...said][0] ?? "") : "";
}

/**
 * Which marks of the lower band step aside, so that none hides its neighbour: by key, -1 for up and 1 for down. Marks
 * nearer to each other than `space`, a share of the lane, take turns.
 */
export function liftsOf(marks, space) {
  const lifts = new Map();
  let previous = null;
  for (const mark of marks.filter(({ band, kind }) => band === 2 && kind !== "sleep")) {
    if (previous && mark.place - previous.place < space) {
      if (!lifts.has(previous.key)) lifts.set(previous.key, -1);
      lifts.set(mark.key, -lifts.get(previous.key));
    }
    previous = mark;
  }
  return lifts;
}

/**
 * The bars of sleep on a day, ascending: `{key, kind: "sleep", at, span, pieces, fromBefore, toAfter}`; a span of which
 * only one end is known has one piece without width.
 */
export function barsOf(spans, day) {
  return spansWithin(spans, day.start, day.end).map((span) => {
    const pieces = piecesIn(day, span.start, span.end);
    const place = placeIn(day, span.start);
    return {
      key: `sleep/${(span.asleep ?? span.awake).id}`, kind: "sleep", band: 1, span,
      at: Math.max(span.start, day.start),
      pieces: pieces.length ? pieces : [{ from: place, to: place }],
      fromBefore: span.start < day.start,
      toAfter: span.end > day.end,
    };
  });
}
