import assert from "node:assert/strict";
import { test } from "node:test";

import { event } from "./events.js";
import { moved } from "./keyboard.js";
import { inView } from "./scroller.js";
import { daySaid, itemSaid, titleOf, voiceOf, wordsOf } from "./speech.js";
import { wordsFor } from "./words.js";
import { clockOf } from "./zone.js";

const rows = [[{ place: 0.1 }, { place: 0.9 }], [], [{ pieces: [{ from: 0.2 }] }, { place: 0.5 }, { place: 0.8 }]];
const go = (key, row, index, isMirrored = false) => {
  const next = moved(key, { row, index }, rows.length, (at) => rows[at], isMirrored);
  return next && [next.row, next.index];
};

test("arrows go through a day in time, and on into the next or the one before", () => {
  assert.deepEqual(go("ArrowRight", 0, 0), [0, 1]);
  assert.deepEqual(go("ArrowLeft", 0, 0), [2, 2]);
  assert.deepEqual(go("ArrowRight", 2, 2), [0, 0]);
  assert.equal(go("ArrowRight", 0, 1), null);
});

test("where time runs from right to left, so do the arrows", () => {
  assert.deepEqual(go("ArrowLeft", 0, 0, true), [0, 1]);
  assert.equal(go("ArrowLeft", 0, 1, true), null);
});

test("up and down find the nearest time of day, past days without marks", () => {
  assert.deepEqual(go("ArrowDown", 0, 1), [2, 2]);
  assert.deepEqual(go("ArrowDown", 0, 0), [2, 0]);
  assert.deepEqual(go("ArrowUp", 2, 1), [0, 0]);
  assert.equal(go("ArrowUp", 0, 0), null);
  assert.deepEqual(go("PageDown", 0, 1), [2, 2]);
  assert.deepEqual(go("End", 2, 0), [2, 2]);
  assert.deepEqual(go("Home", 2, 2), [2, 0]);
  assert.equal(go("x", 0, 0), null);
});

test("only the rows in view and a few around them are wanted", () => {
  assert.deepEqual(inView(0, 600, 100, 4000), [0, 9]);
  assert.deepEqual(inView(10_000, 600, 100, 4000), [97, 109]);
  assert.deepEqual(inView(999_999, 600, 100, 50), [50, 50]);
  assert.deepEqual(inView(0, 600, 100, 0), [0, 0]);
});

test("both languages say the same things", () => {
  const shape = (value) => (typeof value === "string"
    ? [...value.matchAll(/\{\w+\}/g)].map(String).sort()
    : Object.fromEntries(Object.entries(value).filter(([key]) => key !== "two").map(([key, inner]) => [key, key === "one" ? 0 : shape(inner)])));
  assert.deepEqual(shape(wordsFor("he-IL")), shape(wordsFor("en")));
  assert.notEqual(wordsFor("he").today, wordsFor("en").today);
});

test("counts go by the plural rules of the language, lengths by hours and minutes", () => {
  const [en, he] = [voiceOf("en", "UTC"), voiceOf("he", "UTC")];
  assert.deepEqual([1, 2, 1200].map((n) => en.count("feeding", n)), ["1 feed", "2 feeds", "1,200 feeds"]);
  assert.deepEqual([1, 2, 3].map((n) => he.count("feeding", n)), ["האכלה אחת", "שתי האכלות", "3 האכלות"]);
  assert.equal(en.count("constructor", 2), "2 × constructor");
  assert.deepEqual([0, 59, 60, 61, 47 * 60, 48 * 60].map((minutes) => en.length(minutes * 60_000)), ["0 min", "59 min", "1 h", "1 h 1 min", "47 h", "2 days"]);
});

test("a lane and its marks are said in a sentence each", () => {
  const voice = voiceOf("en-GB", "Asia/Jerusalem");
  const clock = clockOf("Asia/Jerusalem");
  const feed = event("feeding", "2026-03-21T05:24Z");
  const day = clock.dayAt(clock.dayOf(feed.timestamp));
  const sums = { events: 3, ml: 150, sleepMs: 5_400_000, counts: new Map([["feeding", 2], ["sleeping", 1]]) };
  assert.equal(daySaid(voice, day, sums, [1]), `${voice.fullDay(day)}: 2 feeds, 150 ml, 1 h 30 min of sleep`);
  assert.equal(daySaid(voice, day, { events: 0 }, []), `${voice.fullDay(day)}: no events`);
  assert.match(voice.fullDay(day), /Saturday.*21 March 2026/);
  assert.equal(itemSaid(voice, { kind: "feeding", events: [feed] }), `07:24 ${feed.label}`);
  assert.equal(itemSaid(voice, { kind: "feeding", events: [feed, feed] }), "07:24 2 feeds");
});

test("an event without a label goes by its kind, and words that say no more than it are not repeated", () => {
  const voice = voiceOf("en", "UTC");
  assert.equal(titleOf(voice, { type: "diaper", label: " " }), "Diaper");
  assert.equal(wordsOf(voice, { label: "on my way", details: " on my way " }), "");
  assert.equal(wordsOf(voice, { label: "Feeding", details: "fed" }), "fed");
  assert.equal(wordsOf(voice, { label: "Feeding", details: { x: 1 } }), "");
});
