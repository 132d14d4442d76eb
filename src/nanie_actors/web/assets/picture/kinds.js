// What kind of mark an event is: the care kinds, or the type itself for timelines of other extractors. Pure.

/** The kinds that the care extractor's events have, in the order in which they are shown. */
const CARE = ["feeding", "sleeping", "waking_up", "diaper", "bath", "medicine", "temperature", "measure", "other"];

const CARE_TYPES = new Set(["feeding", "sleeping", "waking_up", "diaper", "bath"]);
const BANDS = 3;
const GOLDEN_ANGLE = 137.508; // Degrees: any number of hues in a row are as far apart as they can be.

/** The attributes of an event, as docs/extraction.md names them. */
export function factsOf(event) {
  const facts = event.attributes;
  return facts && typeof facts === "object" ? facts : {};
}

/** The kind of an event. A medicine, a temperature and a measure are `other` with a fact. */
export function kindOf(event) {
  const type = typeof event.type === "string" && event.type ? event.type : "other";
  if (type !== "other") return type;
  const facts = factsOf(event);
  if ("medicine" in facts) return "medicine";
  if ("temperatureC" in facts) return "temperature";
  return "pumpedMl" in facts || "weightKg" in facts ? "measure" : "other";
}

/**
 * The kinds of a timeline: `{isCare, list: [{kind, count, band, hue}]}`.
 *
 * `band` is the line within a lane (0 is the upper one); `hue` in degrees is null where the style sheet knows the
 * kind. Hues go by the alphabet, so that a type keeps its own while the counts change.
 */
export function kindsOf(counts) {
  const isCare = [...counts.keys()].some((kind) => CARE_TYPES.has(kind));
  const known = (kind) => isCare && CARE.includes(kind);
  const foreign = [...counts.keys()].filter((kind) => !known(kind)).sort();
  const rank = [...foreign].sort((a, b) => counts.get(b) - counts.get(a) || (a < b ? -1 : 1));
  const list = CARE.filter((kind) => isCare && counts.has(kind)).map((kind) => ({
    kind, count: counts.get(kind), band: kind === "feeding" ? 0 : 2, hue: null,
  }));
  for (const kind of rank) {
    const band = isCare ? BANDS - 1 : Math.min(rank.indexOf(kind), BANDS - 1);
    const hue = Math.round((30 + foreign.indexOf(kind) * GOLDEN_ANGLE) % 360);
    list.push({ kind, count: counts.get(kind), band, hue });
  }
  return { isCare, list, of: new Map(list.map((entry) => [entry.kind, entry])) };
}
