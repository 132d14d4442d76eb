// One lane: a day from midnight to midnight, its marks, and its sums beside it.

import { element, percent } from "./elements.js";
import { FULL_ML, liftsOf } from "./marks.js";
import { daySaid, itemSaid, shortOf } from "./speech.js";
import { tallyOf } from "./tally.js";
import { filled } from "./words.js";
import { DAY, MINUTE, placeIn } from "./zone.js";

const LETTER_PX = 7; // A digit of the short texts beside marks, with some air.
const SHAPE_PX = 13; // The widest of the marks below.
const MARK_PX = 20; // A mark and what is free around it.
const LONG_PX = 9; // A feed that lasted is drawn as long as it was, from so many pixels on.
const FULL_COUNT = 32; // A column of a foreign kind is full from so many events in one slot on.

/**
 * The lane of a day. `scene` is what is the same for all lanes of one drawing: `{voice, kinds, today, now, width}`,
 * `width` in pixels of the track; `shown` is `{day, items, sums, usual}`.
 */
export function laneOf(scene, shown) {
  const { voice, today } = scene;
  const isToday = shown.day.day === today.day;
  const { name, date } = voice.day(shown.day, today);
  return element("div", {
    class: `np-lane${isToday ? " np-today" : ""}`,
    attributes: { role: "group", "aria-label": daySaid(voice, shown.day, shown.sums, shown.items), "data-day": shown.day.day },
  }, [
    element("div", { class: "np-day", attributes: { "aria-hidden": "true" } }, [
      element("strong", { text: name }),
      element("span", { text: date }),
      clockNote(voice, shown.day),
    ]),
    trackOf(scene, shown, isToday),
    tallyOf(voice, scene.kinds, shown.sums, shown.usual),
  ]);
}

/** A row that stands for many days without an event. */
export function gapOf({ voice }, row) {
  const text = voice.count("gap", row.to - row.from + 1);
  return element("div", { class: "np-lane np-gap", attributes: { role: "group", "aria-label": text } }, [
    element("p", { text, attributes: { "aria-hidden": "true" } }),
  ]);
}

function clockNote(voice, day) {
  if (day.end - day.start === DAY) return null;
  const hours = voice.number((day.end - day.start) / (60 * MINUTE));
  return element("em", { text: filled(voice.words.hours, { n: hours }) });
}

function trackOf(scene, shown, isToday) {
  const track = element("div", { class: "np-track" });
  if (isToday) {
    const now = percent(placeIn(shown.day, scene.now));
    track.append(element("i", { class: "np-ahead", style: { "inset-inline-start": now } }));
    track.append(element("i", { class: "np-nowline", style: { "inset-inline-start": now } }));
  }
  const lower = shown.items.filter(({ band }) => band === 2).map(({ place }) => place * scene.width);
  const lifts = liftsOf(scene.kinds.isCare ? shown.items : [], SHAPE_PX / scene.width);
  let edge = 0;
  for (const item of shown.items) {
    if (item.kind === "sleep") {
      track.append(...barOf(scene, shown.day, item));
      continue;
    }
    const text = shortOf(scene.voice, item);
    const [from, to] = spaceOf(item, text, scene.width);
    const isFree = item.band === 0 ? from >= edge : !lower.some((at) => at > from && at < to);
    if (isFree && item.band === 0) edge = to;
    track.append(markOf(scene, shown.day, item, isFree ? text : "", lifts.get(item.key)));
  }
  return track;
}

/** The pixels that a short text takes: over a feed, beside any other mark. */
function spaceOf(item, text, width) {
  const at = item.place * width;
  const room = text.length * LETTER_PX;
  return item.band === 0 ? [at - room / 2, at + room / 2] : [at, at + room + MARK_PX];
}

function barOf(scene, day, item) {
  const { span } = item;
  const half = span.state === "no-end" || span.state === "no-start";
  return item.pieces.map((piece, index) => {
    const isLast = index === item.pieces.length - 1;
    const room = (piece.to - piece.from) * scene.width;
    const text = scene.voice.length(span.end - span.start);
    const ends = [
      item.fromBefore && index === 0 ? "np-from-before" : "",
      item.toAfter && isLast ? "np-to-after" : "",
      span.state === "open" && isLast ? "np-open" : "",
      half ? `np-${span.state}` : "",
    ];
    return target(scene, day, item, index === 0, {
      class: `np-bar ${ends.filter(Boolean).join(" ")}`,
      text: !half && room > text.length * LETTER_PX ? text : "",
      style: { "inset-inline-start": percent(piece.from), "inline-size": half ? null : percent(piece.to - piece.from) },
    });
  });
}

function markOf(scene, day, item, text, lift = null) {
  const known = item.hue === null;
  const isLong = !scene.kinds.isCare || item.width * scene.width > LONG_PX;
  const mark = target(scene, day, item, true, {
    class: `np-mark np-band-${item.band} ${known ? `np-${item.kind}` : "np-foreign"}${isLong ? " np-long" : ""}`,
    style: {
      "inset-inline-start": percent(item.place),
      "inline-size": isLong ? percent(item.width) : null,
      "--np-share": known ? feedShare(item) : countShare(item),
      "--np-hue": item.hue,
      "--np-band": item.band,
      "--np-lift": lift,
    },
  });
  mark.dataset.form = item.form;
  const many = item.band === 2 && scene.kinds.isCare && item.events.length > 1 ? scene.voice.number(item.events.length) : "";
  mark.append(element("i", { class: "np-shape" }), element("b", { text: text || many }));
  return mark;
}

const feedShare = ({ ml }) => (ml === null ? 0.5 : Math.min(1, Math.max(0.2, ml / FULL_ML))).toFixed(3);

const countShare = ({ events }) =>
  Math.min(1, 0.4 + (0.6 * Math.log2(events.length)) / Math.log2(FULL_COUNT)).toFixed(3);

/** What can be pointed at. Only the first piece of a bar is for the keyboard and for screen readers. */
function target({ voice }, day, item, isMain, options) {
  const attributes = isMain
    ? { type: "button", tabindex: "-1", "aria-label": itemSaid(voice, item) }
    : { "aria-hidden": "true" };
  attributes["data-key"] = item.key;
  attributes["data-day"] = day.day;
  return element(isMain ? "button" : "span", { ...options, attributes });
}
