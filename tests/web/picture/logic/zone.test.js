import assert from "node:assert/strict";
import { test } from "node:test";

import { HOUR, chance } from "./events.js";
import { DAY, clockOf, isMoment, piecesIn, placeIn } from "./zone.js";

const at = (iso) => Date.parse(iso);
const ZONES = ["UTC", "Asia/Jerusalem", "America/New_York", "Pacific/Kiritimati", "Asia/Kathmandu", "America/Sao_Paulo",
  "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca", "America/Havana", "Pacific/Apia"];

test("a day is from midnight to midnight on the household's clock", () => {
  const clock = clockOf("Asia/Jerusalem");
  const day = clock.dayAt(clock.dayOf(at("2026-03-20T22:30:00Z")));
  assert.equal(new Date(day.start).toISOString(), "2026-03-20T22:00:00.000Z");
  assert.equal(new Date(day.end).toISOString(), "2026-03-21T22:00:00.000Z");
});

test("the days on which the clocks change have 23 and 25 hours", () => {
  const clock = clockOf("Europe/Berlin");
  const hours = (iso) => {
    const { start, end } = clock.dayAt(clock.dayOf(at(iso)));
    return (end - start) / HOUR;
  };
  assert.deepEqual(["2026-03-28T12:00Z", "2026-03-29T12:00Z", "2026-10-25T12:00Z"].map(hours), [24, 23, 25]);
});

test("a day whose midnight does not exist begins at its first moment", () => {
  const clock = clockOf("America/Sao_Paulo"); // 2018-11-04: from 23:59:59 to 01:00.
  const day = clock.dayAt(at("2018-11-04T00:00Z") / DAY);
  assert.equal(new Date(day.start).toISOString(), "2018-11-04T03:00:00.000Z");
  assert.equal((day.end - day.start) / HOUR, 23);
  assert.equal(placeIn(day, day.start), 1 / 24);
});

test("days follow each other without gap or overlap, and every moment is on its day, in any zone", () => {
  const random = chance(7);
  for (const zone of ZONES) {
    const clock = clockOf(zone);
    const first = at("2009-06-01T00:00Z") / DAY;
    for (let day = first; day < first + 800; day += 1) assert.equal(clock.dayAt(day).end, clock.dayAt(day + 1).start);
    for (let n = 0; n < 500; n += 1) {
      const ms = Math.floor(at("2008-01-01T00:00Z") + random() * 6000 * DAY);
      const { start, end } = clock.dayAt(clock.dayOf(ms));
      assert.ok(start <= ms && ms < end, `${zone} ${new Date(ms).toISOString()}`);
    }
  }
});

test("the hand goes by the clock: seven in the morning is at one place on every day", () => {
  const clock = clockOf("Europe/Berlin");
  for (const iso of ["2026-03-28T06:00Z", "2026-03-29T05:00Z", "2026-10-25T06:00Z"]) {
    assert.equal(placeIn(clock.dayAt(clock.dayOf(at(iso))), at(iso)), 7 / 24);
  }
});

test("a span over the repeated hour is two pieces, and none runs backwards", () => {
  const clock = clockOf("Europe/Berlin");
  const day = clock.dayAt(clock.dayOf(at("2026-10-25T12:00Z")));
  const pieces = piecesIn(day, at("2026-10-24T23:30Z"), at("2026-10-25T02:00Z")); // 01:30 to 03:00 on the clock.
  assert.deepEqual(pieces.map(({ from, to }) => [from * 24, to * 24]), [[1.5, 3], [2, 3]]);
});

test("a span over midnight has its part on each day", () => {
  const clock = clockOf("UTC");
  const [start, end] = [at("2026-01-01T19:00Z"), at("2026-01-02T06:00Z")];
  const day = clock.dayOf(start);
  assert.deepEqual(piecesIn(clock.dayAt(day), start, end), [{ from: 19 / 24, to: 1 }]);
  assert.deepEqual(piecesIn(clock.dayAt(day + 1), start, end), [{ from: 0, to: 0.25 }]);
  assert.deepEqual(piecesIn(clock.dayAt(day + 2), start, end), []);
});

test("moments that no calendar has are none", () => {
  assert.ok([0, -1, 8e15].every(isMoment));
  assert.ok(![8.64e15, 1e30, NaN, Infinity, 1.5, "1", null, undefined].some(isMoment));
  const clock = clockOf("Asia/Kathmandu");
  for (const ms of [-8.63e15, 8.63e15]) assert.ok(clock.dayAt(clock.dayOf(ms)).start <= ms);
});
