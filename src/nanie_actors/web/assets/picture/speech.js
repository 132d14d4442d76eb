// How moments, lengths, counts and whole days are said in a locale. Pure.

import { factsOf, kindOf } from "./kinds.js";
import { filled, wordsFor } from "./words.js";
import { DAY, MINUTE } from "./zone.js";

/** The voice of a locale and a zone. Throws RangeError for either if there is no such. */
export function voiceOf(locale, zone) {
  const words = wordsFor(locale);
  const dates = (options) => new Intl.DateTimeFormat(locale, { timeZone: zone, calendar: "gregory", ...options });
  const { hour12 } = dates({ hour: "numeric" }).resolvedOptions();
  const clock = dates({ hour: hour12 ? "numeric" : "2-digit", minute: "2-digit" });
  const weekday = dates({ weekday: "long" });
  const short = dates({ day: "numeric", month: "short" });
  const dated = dates({ day: "numeric", month: "short", year: "numeric" });
  const full = dates({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
  const hours = new Intl.DateTimeFormat(locale, { timeZone: "UTC", hour: "numeric" });
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const tenths = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const plurals = new Intl.PluralRules(locale);

  const time = (ms) => clock.format(ms);
  const number = (value) => tenths.format(value);
  const noon = ({ start, end }) => (start + end) / 2;

  /** `7 feeds`; for a kind that no language knows, `7 × run`. */
  function count(what, n) {
    const known = Object.hasOwn(words.counts, what) ? words.counts[what] : null;
    if (!known) return `${whole.format(n)} × ${what}`;
    return filled(known[plurals.select(n)] ?? known.other, { n: whole.format(n) });
  }

  /** `2 h 5 min`; days from two on. */
  function length(ms) {
    if (ms >= 2 * DAY) return count("days", Math.floor(ms / DAY));
    const minutes = Math.max(0, Math.floor(ms / MINUTE));
    const said = [];
    if (minutes >= 60) said.push(filled(words.hour, { n: whole.format(Math.floor(minutes / 60)) }));
    if (minutes % 60 || minutes < 60) said.push(filled(words.minute, { n: whole.format(minutes % 60) }));
    return said.join(" ");
  }

  /** `{name, date}`: `Today` or `Saturday`, and `21 Mar`, with the year where it is not this one. */
  function day(shown, today) {
    const near = { 0: words.today, 1: words.tomorrow, [-1]: words.yesterday }[shown.day - today.day];
    const year = (of) => new Date(of.day * DAY).getUTCFullYear();
    const date = year(shown) === year(today) ? short : dated;
    return { name: near ?? weekday.format(noon(shown)), date: date.format(noon(shown)) };
  }

  return {
    words, time, number, count, length, day,
    fullDay: (shown) => full.format(noon(shown)),
    hour: (n) => hours.format(n * 60 * MINUTE),
    kind: (kind) => (Object.hasOwn(words.kinds, kind) ? words.kinds[kind] : kind),
    last: (kind) => (Object.hasOwn(words.last, kind) ? words.last[kind] : kind),
    ml: (ml) => `${whole.format(ml)} ${words.captions.ml}`,
    sleep: (span) => sleepSaid(span, words, time, length),
  };
}

function sleepSaid(span, words, time, length) {
  if (span.state === "no-end") return words.noEnd;
  if (span.state === "no-start") return words.noStart;
  const said = span.state === "open"
    ? filled(words.openTold, { from: time(span.start) })
    : filled(words.sleepTold, { from: time(span.start), to: time(span.end) });
  return `${said} (${length(span.end - span.start)})`;
}

/** A whole day for somebody who cannot see it: its sums, then what happened, in order. */
export function daySaid(voice, day, sums, items) {
  if (!sums.events && !items.length) return `${voice.fullDay(day)}: ${voice.words.empty}`;
  const said = [];
  for (const [kind, n] of sums.counts) {
    if (kind !== "sleeping" && kind !== "waking_up") said.push(voice.count(kind, n));
  }
  if (sums.ml !== null) said.push(voice.ml(sums.ml));
  if (sums.sleepMs) said.push(filled(voice.words.sleepSum, { time: voice.length(sums.sleepMs) }));
  return `${voice.fullDay(day)}: ${said.join(", ")}`;
}

/** One mark or bar in a sentence. */
export function itemSaid(voice, item) {
  if (item.kind === "sleep") return voice.sleep(item.span);
  const [first] = item.events;
  if (item.events.length > 1) return `${voice.time(first.timestamp)} ${voice.count(item.kind, item.events.length)}`;
  return `${voice.time(first.timestamp)} ${titleOf(voice, first)}`;
}

/** What an event is called: its label, or its kind where it has none. */
export function titleOf(voice, event) {
  return typeof event.label === "string" && event.label.trim() ? event.label : voice.kind(kindOf(event));
}

/** The words an event was read from, or "" where they say no more than its title. */
export function wordsOf(voice, event) {
  const details = typeof event.details === "string" ? event.details.trim() : "";
  return details === titleOf(voice, event).trim() ? "" : details;
}

/** The few characters beside a mark, or "": millilitres of a feed, degrees of a temperature. */
export function shortOf(voice, item) {
  if (item.kind === "feeding") return item.ml === null ? "" : voice.number(item.ml);
  const degrees = item.kind === "temperature" ? factsOf(item.events.at(-1)).temperatureC : null;
  return Number.isFinite(degrees) ? `${voice.number(degrees)}°` : "";
}
