// A day's sums beside its lane, each against what is usual, as a number over a thin scale.

import { element, percent } from "./elements.js";
import { filled } from "./words.js";
import { MINUTE } from "./zone.js";

const KINDS_SHOWN = 3;
const HEADROOM = 1.15; // The larger of value and mean does not quite fill its scale.

/** The tally of a day, for the eye: the lane's own label says the same to a screen reader. */
export function tallyOf(voice, kinds, sums, usual) {
  const cells = kinds.isCare ? careCells(voice, sums, usual) : kindCells(voice, kinds, sums, usual);
  return element("div", {
    class: "np-tally", attributes: { "aria-hidden": "true" },
  }, sums.events || sums.sleepMs ? cells.map((cell) => cellOf(voice, usual, cell)) : [
    element("span", { class: "np-empty", text: voice.words.empty }),
  ]);
}

function careCells(voice, sums, usual) {
  const { captions } = voice.words;
  return [
    { name: "feeding", value: sums.feeds, mean: usual.feeds, caption: captions.feeds },
    { name: "ml", value: sums.ml, mean: usual.ml, caption: captions.ml },
    { name: "diaper", value: sums.diapers, mean: usual.diapers, caption: captions.diapers },
    { name: "sleep", value: sums.sleepMs, mean: usual.sleepMs, caption: captions.sleep, say: clockLength },
  ];
}

function kindCells(voice, kinds, sums, usual) {
  const cells = kinds.list.slice(0, KINDS_SHOWN).map(({ kind, hue }) => ({
    name: "foreign", hue, value: sums.counts.get(kind) ?? 0, mean: usual.counts.get(kind) ?? null, caption: voice.kind(kind),
  }));
  if (kinds.list.length > 1) {
    const mean = usual.days ? [...usual.counts.values()].reduce((a, b) => a + b, 0) : null;
    cells.push({ name: "all", value: sums.events, mean, caption: voice.words.captions.events });
  }
  return cells;
}

function cellOf(voice, usual, { name, hue = null, value, mean, caption, say }) {
  const said = say ?? ((amount) => voice.number(amount >= 100 ? Math.round(amount) : amount));
  const full = Math.max(value ?? 0, mean ?? 0) * HEADROOM;
  const days = filled(voice.words.usualTold, { days: voice.count("days", usual.days) });
  return element("div", {
    class: `np-sum np-of-${name}`,
    attributes: { title: mean === null ? null : `${days}: ${said(mean)}` },
    style: { "--np-hue": hue },
  }, [
    element("strong", { text: value === null ? "–" : said(value) }),
    element("span", { text: caption, attributes: { dir: "auto" } }),
    element("i", { class: "np-scale" }, [
      element("i", { class: "np-fill", style: { "inline-size": full ? percent((value ?? 0) / full) : "0" } }),
      mean === null || !full ? null : element("i", { class: "np-mean", style: { "inset-inline-start": percent(mean / full) } }),
    ]),
  ]);
}

/** Hours and minutes as narrow as a number: `11:20`. */
function clockLength(ms) {
  const minutes = Math.round(ms / MINUTE);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}
