// Days and times of day on the household's clock. Pure; a day is the number of civil days since 1970-01-01.

export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;

const LAST_MOMENT = 8.64e15; // ECMA-262: no Date is further from the epoch.

/** Whether a calendar can show this moment, and the days around it. */
export function isMoment(ms) {
  return Number.isSafeInteger(ms) && Math.abs(ms) < LAST_MOMENT - 3 * DAY;
}

/** The clock of a time zone. Throws RangeError for a zone that there is not. */
export function clockOf(zone) {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone, calendar: "gregory", numberingSystem: "latn", hourCycle: "h23", era: "short",
    year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
  });
  const days = new Map();

  /** What the clock shows, as if it were UTC, minus the moment itself. */
  function offsetAt(ms) {
    const shown = {};
    for (const { type, value } of parts.formatToParts(ms)) shown[type] = value;
    const year = shown.era === "BC" ? 1 - shown.year : Number(shown.year);
    const wall = new Date(0);
    wall.setUTCFullYear(year, shown.month - 1, Number(shown.day));
    wall.setUTCHours(Number(shown.hour), Number(shown.minute), Number(shown.second));
    return wall.getTime() - Math.floor(ms / 1000) * 1000;
  }

  const civilDay = (ms) => Math.floor((ms + offsetAt(ms)) / DAY);

  /** The first moment of a day: midnight, or what follows it where the clock skips midnight. */
  function startOf(day) {
    const noon = day * DAY + DAY / 2;
    const guess = day * DAY - offsetAt(noon - offsetAt(noon) - DAY / 2);
    if (civilDay(guess) === day && civilDay(guess - 1) === day - 1) return guess;
    return firstWhere((ms) => civilDay(ms) >= day, day * DAY - DAY, day * DAY + DAY);
  }

  /** `{day, start, end, stretches}`: its moments, and the stretches in which the clock runs evenly. */
  function dayAt(day) {
    let found = days.get(day);
    if (!found) {
      const start = startOf(day);
      const end = startOf(day + 1);
      found = { day, start, end, stretches: stretchesOf(start, end) };
      days.set(day, found);
    }
    return found;
  }

  function stretchesOf(start, end) {
    const before = offsetAt(start);
    const after = offsetAt(end - 1);
    if (before === after) return [{ from: start, to: end, offset: before }];
    const change = firstWhere((ms) => offsetAt(ms) === after, start, end);
    return [{ from: start, to: change, offset: before }, { from: change, to: end, offset: after }];
  }

  /** The day that a moment belongs to. */
  function dayOf(ms) {
    const day = civilDay(ms);
    if (ms < dayAt(day).start) return day - 1;
    return ms >= dayAt(day).end ? day + 1 : day;
  }

  return { zone, dayAt, dayOf };
}

/** Where the clock's hand stands at a moment of a day: 0 at midnight, 1 at the next. */
export function placeIn(day, ms) {
  const stretch = day.stretches.findLast(({ from }) => ms >= from) ?? day.stretches[0];
  return Math.min(1, Math.max(0, (ms + stretch.offset - day.day * DAY) / DAY));
}

/** What of a span falls on a day, as pieces `{from, to}` within which the clock runs evenly, in places. */
export function piecesIn(day, start, end) {
  const pieces = [];
  for (const { from, to, offset } of day.stretches) {
    const [first, last] = [Math.max(from, start), Math.min(to, end)];
    if (first >= last) continue;
    const place = (ms) => Math.min(1, Math.max(0, (ms + offset - day.day * DAY) / DAY));
    pieces.push({ from: place(first), to: place(last) });
  }
  return pieces;
}

/** The first millisecond in (from, to] at which something that stays true is true. */
function firstWhere(isTrue, from, to) {
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isTrue(middle)) high = middle;
    else low = middle;
  }
  return high;
}
