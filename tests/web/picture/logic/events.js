// Builders of events for the tests.

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

let made = 0;

/** An event at an ISO moment, with attributes if there are any. */
export function event(type, at, attributes) {
  made += 1;
  const timestamp = typeof at === "number" ? at : Date.parse(at);
  return { id: `e${made}`, timestamp, type, label: `${type} ${made}`, details: type, ...(attributes && { attributes }) };
}

/** A generator of numbers in [0, 1), the same in every run. */
export function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
