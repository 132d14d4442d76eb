// Above the lanes: how long ago each thing was, and what the marks mean.

import { element } from "./elements.js";
import { titleOf } from "./speech.js";
import { filled } from "./words.js";
import { MINUTE } from "./zone.js";

const CARDS = 5;

/** The cards: sleep or wake first, then the last of each kind, in the order of the kinds. */
export function cardsOf(voice, kinds, { state, lasts }, now) {
  const { words } = voice;
  const cards = [];
  if (state) {
    cards.push(card(voice, {
      name: state.asleep ? "sleep" : "awake", hue: null,
      length: voice.length(now - state.since),
      caption: state.asleep ? words.asleepFor : words.awakeFor,
      note: filled(words.since, { time: voice.time(state.since) }),
    }));
  }
  const found = new Map(lasts.map((last) => [last.kind, last]));
  for (const { kind, hue } of kinds.list) {
    const last = found.get(kind);
    if (!last || (kinds.isCare && kind === "other")) continue;
    const { timestamp } = last.event;
    cards.push(card(voice, {
      name: hue === null ? kind : "foreign", hue,
      length: now - timestamp < MINUTE ? words.now : filled(words.ago, { time: voice.length(now - timestamp) }),
      caption: voice.last(kind),
      note: `${voice.time(timestamp)} · ${titleOf(voice, last.event)}`,
    }));
  }
  return cards.slice(0, CARDS);
}

function card(voice, { name, hue, length, caption, note }) {
  return element("div", { class: `np-card np-of-${name}`, style: { "--np-hue": hue } }, [
    element("dt", { text: caption, attributes: { dir: "auto" } }),
    element("dd", {}, [
      element("strong", { text: length }),
      element("span", { text: note, attributes: { dir: "auto" } }),
    ]),
  ]);
}

/** The legend: each kind that the timeline has, with its mark. */
export function legendOf(voice, kinds) {
  const { legend } = voice.words;
  const entries = [];
  const add = (name, text, { hue = null, form = "", band = 2 } = {}) => entries.push(
    element("li", { style: { "--np-hue": hue } }, [sample(name, form, band), element("span", { text, attributes: { dir: "auto" } })]),
  );
  for (const { kind, hue, count } of kinds.list) {
    if (hue !== null) add("foreign", `${voice.kind(kind)} · ${voice.number(count)}`, { hue });
    else if (kind === "feeding") {
      add("feeding", `${voice.kind(kind)}: ${legend.bottle}`, { form: "bottle", band: 0 });
      add("feeding", legend.breast, { form: "breast", band: 0 });
      add("feeding", legend.solid, { form: "solid", band: 0 });
    } else if (kind === "diaper") {
      add("diaper", `${voice.kind(kind)}: ${legend.wet}`, { form: "wet" });
      add("diaper", legend.dirty, { form: "dirty" });
      add("diaper", legend.both, { form: "both" });
    } else if (kind !== "sleeping" && kind !== "waking_up") add(kind, voice.kind(kind));
    else if (kind === "sleeping" || !kinds.of.has("sleeping")) {
      add("bar", voice.kind("sleep"));
      add("bar np-no-end", legend.unknown);
    }
  }
  return entries;
}

function sample(name, form, band) {
  if (name.startsWith("bar")) return element("i", { class: `np-sample np-${name}` });
  const mark = element("i", { class: `np-sample np-mark np-band-${band} np-${name}`, style: { "--np-share": "0.8" } }, [
    element("i", { class: "np-shape" }),
  ]);
  mark.dataset.form = form;
  return mark;
}

/** The hours over the lanes, every third, and every sixth where there is little room. */
export function axisOf(voice) {
  return [0, 3, 6, 9, 12, 15, 18, 21].map((hour) => element("span", {
    class: hour % 6 ? "np-hour np-odd" : "np-hour", text: voice.hour(hour), style: { "inset-inline-start": `${(hour / 24) * 100}%` },
  }));
}
