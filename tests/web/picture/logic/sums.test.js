import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Days } from "./days.js";
import { HOUR, MINUTE, event } from "./events.js";
import { sleepOf, spansWithin } from "./sleep.js";
import { Ledger, lastsOf } from "./sums.js";
import { clockOf } from "./zone.js";

const clock = clockOf("UTC");
const BASE = Date.parse("2026-03-01T00:00Z");
const NAMES = { s: "sleeping", w: "waking_up" };

for (const { says, events, now, spans } of JSON.parse(readFileSync(new URL("./sleep_cases.json", import.meta.url), "utf-8"))) {
  test(`sleep: ${says}`, () => {
    const told = events.map(([type, minute, lasted]) =>
      event(NAMES[type], BASE + minute * MINUTE, lasted === undefined ? undefined : { durationMin: lasted }));
    const found = sleepOf(told, BASE + now * MINUTE);
    assert.deepEqual(found.map(({ start, end, state }) => [(start - BASE) / MINUTE, (end - BASE) / MINUTE, state]), spans);
  });
}

test("the spans of a day are those that touch it", () => {
  const spans = [[0, 10], [10, 20], [20, 20], [25, 40], [50, 60]].map(([start, end]) => ({ start, end }));
  const touching = (start, end) => spansWithin(spans, start, end).map((span) => span.start);
  assert.deepEqual(touching(10, 20), [10]);
  assert.deepEqual(touching(20, 30), [20, 25]);
  assert.deepEqual(touching(30, 35), [25]);
  assert.deepEqual(touching(40, 50), []);
});

function ledgerOf(events, now) {
  const days = new Days(clock);
  days.replace(events);
  return { days, ledger: new Ledger(days, sleepOf(days.sleep, now)) };
}

test("a day's sums are feeds, what amounts were told, diapers, and the sleep that fell on it", () => {
  const { ledger } = ledgerOf([
    event("sleeping", "2026-02-28T20:00Z"), event("waking_up", "2026-03-01T06:30Z"),
    event("feeding", "2026-03-01T07:00Z", { amountMl: 120 }), event("feeding", "2026-03-01T10:00Z", { method: "breast" }),
    event("feeding", "2026-03-01T13:00Z", { amountMl: 90 }), event("diaper", "2026-03-01T13:10Z"),
    event("sleeping", "2026-03-01T23:00Z"),
  ], Date.parse("2026-03-02T01:00Z"));
  const { feeds, ml, diapers, sleepMs } = ledger.of(BASE / 86_400_000);
  assert.deepEqual([feeds, ml, diapers, sleepMs / HOUR], [3, 210, 1, 7.5]);
});

test("usual is the mean of the seven days before, without the days on which nobody wrote", () => {
  const { ledger } = ledgerOf([
    event("feeding", "2026-02-21T10:00Z", { amountMl: 500 }), // Eight days before.
    event("feeding", "2026-02-22T10:00Z", { amountMl: 100 }),
    event("feeding", "2026-02-27T10:00Z", { amountMl: 50 }), event("feeding", "2026-02-27T11:00Z", { amountMl: 70 }),
    event("diaper", "2026-02-28T10:00Z"), event("feeding", "2026-03-01T10:00Z"),
  ], BASE);
  const usual = ledger.usualFor(BASE / 86_400_000);
  assert.deepEqual([usual.days, usual.feeds, usual.ml, usual.diapers], [3, 1, 110, 1 / 3]);
  assert.equal(ledger.usualFor(0).feeds, null);
});

test("the last of each kind is told up to now, and whether the child sleeps", () => {
  const events = [
    event("diaper", BASE), event("feeding", BASE + HOUR), event("sleeping", BASE + 2 * HOUR), event("feeding", BASE + 9 * HOUR),
  ];
  const at = (hours) => {
    const now = BASE + hours * HOUR;
    const { state, lasts } = lastsOf(events, sleepOf(events, now), now);
    return [state && [state.asleep, (now - state.since) / HOUR], lasts.map(({ kind, event: { timestamp } }) => [kind, (timestamp - BASE) / HOUR])];
  };
  assert.deepEqual(at(3), [[true, 1], [["feeding", 1], ["diaper", 0]]]);
  assert.deepEqual(at(10), [[true, 8], [["feeding", 9], ["diaper", 0]]]);
  assert.deepEqual(at(30)[0], null);
});
