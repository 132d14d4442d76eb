// Where the keyboard goes among the marks. Pure: `itemsAt(row)` gives a row's items, ascending, each with a `place`.

/** Rows that the Page keys pass over. */
const PAGE = 7;

/**
 * The item that a key leads to from `{row, index}`, as `{row, index}`, or null if the key is none of ours or leads
 * nowhere. Rows go from the newest day down; `isMirrored` where time runs from right to left.
 */
export function moved(key, from, rowCount, itemsAt, isMirrored) {
  const forward = isMirrored ? "ArrowLeft" : "ArrowRight";
  const back = isMirrored ? "ArrowRight" : "ArrowLeft";
  const items = itemsAt(from.row);
  switch (key) {
    case forward: return from.index + 1 < items.length ? { row: from.row, index: from.index + 1 } : edge(from.row, -1, rowCount, itemsAt);
    case back: return from.index > 0 ? { row: from.row, index: from.index - 1 } : edge(from.row, 1, rowCount, itemsAt);
    case "Home": return { row: from.row, index: 0 };
    case "End": return { row: from.row, index: items.length - 1 };
    case "ArrowUp": return beside(from, -1, 1, rowCount, itemsAt);
    case "ArrowDown": return beside(from, 1, 1, rowCount, itemsAt);
    case "PageUp": return beside(from, -1, PAGE, rowCount, itemsAt);
    case "PageDown": return beside(from, 1, PAGE, rowCount, itemsAt);
    default: return null;
  }
}

/** The next day's first item, or the last one of the day before. */
function edge(row, step, rowCount, itemsAt) {
  const found = filledRow(row + step, step, rowCount, itemsAt);
  if (found === null) return null;
  return { row: found, index: step < 0 ? 0 : itemsAt(found).length - 1 };
}

/** The item nearest in time of day in the row so many steps away, or in the first one behind it that has any. */
function beside(from, step, rows, rowCount, itemsAt) {
  const place = placeOf(itemsAt(from.row)[from.index]);
  const wanted = Math.min(rowCount - 1, Math.max(0, from.row + step * rows));
  const found = filledRow(wanted, step, rowCount, itemsAt) ?? filledRow(wanted, -step, rowCount, itemsAt);
  if (found === null || found === from.row) return null;
  const distances = itemsAt(found).map((item) => Math.abs(placeOf(item) - place));
  return { row: found, index: distances.indexOf(Math.min(...distances)) };
}

function filledRow(row, step, rowCount, itemsAt) {
  for (let at = row; at >= 0 && at < rowCount; at += step) if (itemsAt(at).length) return at;
  return null;
}

/** Where an item begins within its lane. */
function placeOf(item) {
  return item.pieces ? item.pieces[0].from : item.place;
}
