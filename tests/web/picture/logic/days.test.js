import assert from "node:assert/strict";
import { test } from "node:test";

import { Days, isSame, rowsOf } from "./days.js";
import { HOUR, chance, event } from "./events.js";
import { kindOf, kindsOf } from "./kinds.js";
import { barsOf, liftsOf, marksOf } from "./marks.js";
import { sleepOf } from "./sleep.js";
import { clockOf, DAY } from "./zone.js";

const clock = clockOf("Asia/Jerusalem");
const START = Date.parse("2026-03-01T00:00Z");
const TYPES = ["feeding", "sleeping", "waking_up", "diaper", "other"];

function some(count, seed, days = 20) {
  const random = chance(seed);
  return Array.from({ length: count }, () =>
    event(TYPES[Math.floor(random() * TYPES.length)], START + Math.floor(random() * days * 24) * HOUR));
}

const contents = (days) => ({
  events: days.events, sleep: days.sleep, counts: [...days.counts].sort(), byDay: days.numbers.map((day) => [day, days.of(day)]),
});

test("however a timeline came to be, its days are those of its last state", () => {
  const random = chance(3);
  const grown = new Days(clock);
  let events = some(60, 1);
  for (let step = 0; step < 150; step += 1) {
    const at = Math.floor(random() * events.length);
    const change = Math.floor(random() * 4);
    if (change === 0) events = [...events, ...some(1, step)];
    else if (change === 1) events = events.toSpliced(at, 1 + Math.floor(random() * 3));
    else if (change === 2) events = events.with(at, { ...events[at], type: "bath" });
    else events = events.with(at, { ...events[at], timestamp: events[at].timestamp + HOUR });
    if (events.length < 20) events = [...events, ...some(30, step)];
    grown.replace(structuredClone(events));
    const fresh = new Days(clock);
    fresh.replace(events);
    assert.deepEqual(contents(grown), contents(fresh));
  }
});

test("a state that says the same changes nothing", () => {
  const days = new Days(clock);
  const events = some(50, 5);
  assert.equal(days.replace(events), true);
  assert.equal(days.replace(structuredClone(events)), false);
});

test("what comes at the end leaves the days before it as they were", () => {
  const days = new Days(clock);
  const events = some(500, 8).sort((a, b) => a.timestamp - b.timestamp);
  days.replace(events);
  const before = days.of(days.numbers[0]);
  days.replace([...structuredClone(events), event("feeding", START + 30 * DAY)]);
  assert.equal(days.of(days.numbers[0]), before);
});

test("an event whose time no calendar has is left out, and what is no event", () => {
  const days = new Days(clock);
  days.replace([event("feeding", START), { ...event("feeding", 0), timestamp: 1e30 }, null, { id: "x" }]);
  assert.equal(days.events.length, 1);
});

test("rows go from the newest day to the oldest, today is there, a long silence is one row", () => {
  assert.deepEqual(rowsOf([], 10), [{ kind: "day", day: 10 }]);
  assert.deepEqual(rowsOf([7, 9], 10).map(({ day }) => day), [10, 9, 8, 7]);
  assert.deepEqual(rowsOf([12], 10).map(({ day }) => day), [12, 11, 10]);
  assert.deepEqual(rowsOf([0, 100], 100), [{ kind: "day", day: 100 }, { kind: "gap", from: 1, to: 99 }, { kind: "day", day: 0 }]);
});

test("a remark with a fact is of the kind of its fact", () => {
  const kinds = [{ medicine: "iron" }, { temperatureC: 38 }, { weightKg: 4 }, { pumpedMl: 60 }, {}, undefined]
    .map((facts) => kindOf(event("other", START, facts)));
  assert.deepEqual(kinds, ["medicine", "temperature", "measure", "measure", "other", "other"]);
  assert.equal(kindOf({ type: 7 }), "other");
});

test("types of another extractor have hues far apart that counts do not change", () => {
  const kinds = kindsOf(new Map([["run", 1], ["swim", 5], ["row", 2]]));
  assert.equal(kinds.isCare, false);
  assert.deepEqual(kinds.list.map(({ kind, band }) => [kind, band]), [["swim", 0], ["row", 1], ["run", 2]]);
  const more = kindsOf(new Map([["run", 9], ["swim", 5], ["row", 2]]));
  for (const { kind, hue } of kinds.list) assert.equal(more.of.get(kind).hue, hue);
  assert.equal(new Set(kinds.list.map(({ hue }) => hue)).size, 3);
});

test("a day has no more marks than slots, however many events it has, and none of its events is left out", () => {
  const start = clock.dayAt(clock.dayOf(START)).start;
  const events = Array.from({ length: 5000 }, (_, n) => event("message", start + n * 17_000));
  const day = clock.dayAt(clock.dayOf(start));
  const marks = marksOf(events, day, kindsOf(new Map([["message", 5000]])), 15);
  assert.ok(marks.length <= 96);
  assert.equal(marks.reduce((sum, mark) => sum + mark.events.length, 0), 5000);
});

test("feeds told together are one column of all they had", () => {
  const events = [event("feeding", START, { amountMl: 60 }), event("feeding", START + 60_000, { amountMl: 30 })];
  const [mark] = marksOf(events, clock.dayAt(clock.dayOf(START)), kindsOf(new Map([["feeding", 2]])), 15);
  assert.equal(mark.ml, 90);
});

test("marks that lie over each other step aside in turns", () => {
  const marks = [["a", 0.1], ["b", 0.11], ["c", 0.115], ["d", 0.5]].map(([key, place]) => ({ key, place, band: 2 }));
  const others = [{ key: "feed", place: 0.11, band: 0 }, { key: "sleep", kind: "sleep", band: 1 }];
  assert.deepEqual([...liftsOf([...marks, ...others], 0.02)], [["a", -1], ["b", 1], ["c", -1]]);
});

test("a night is a bar on both of its days", () => {
  const night = [event("sleeping", "2026-03-01T17:00Z"), event("waking_up", "2026-03-02T04:00Z")];
  const spans = sleepOf(night, Date.parse("2026-03-02T09:00Z"));
  const [evening, morning] = [0, 1].map((after) => barsOf(spans, clock.dayAt(clock.dayOf(night[0].timestamp) + after)));
  assert.deepEqual(evening.map(({ pieces, toAfter }) => [pieces, toAfter]), [[[{ from: 19 / 24, to: 1 }], true]]);
  assert.deepEqual(morning.map(({ pieces, fromBefore }) => [pieces, fromBefore]), [[[{ from: 0, to: 0.25 }], true]]);
});

test("two values say the same if they have the same keys and values", () => {
  assert.ok(isSame({ a: [1, { b: null }] }, { a: [1, { b: null }] }));
  for (const other of [{ a: [1] }, { a: [1, { c: null }] }, { a: [1, { b: 0 }] }, null, "x"]) {
    assert.ok(!isSame({ a: [1, { b: null }] }, other));
  }
});
