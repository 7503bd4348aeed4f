// @ts-check
/** Arithmetic of a data grid: where a key leads, and which rows a scrolled window needs. No page is touched. */

/** @typedef {{row: number, column: number}} Cell row 0 is the header */

/**
 * The cell that a key leads to, or null when the key is not the grid's.
 * @param {string} key
 * @param {boolean} control whether Control (or Command) is held
 * @param {Cell} from
 * @param {{rows: number, columns: number}} size rows: of data, the header not counted
 * @param {number} [page] rows a PageUp or PageDown moves
 * @returns {Cell | null}
 */
export function leadsTo(key, control, from, size, page = 10) {
  const last = { row: size.rows, column: size.columns - 1 };
  /** @param {number} row @param {number} column @returns {Cell} */
  const at = (row, column) => ({ row: Math.min(Math.max(row, 0), last.row), column: Math.min(Math.max(column, 0), last.column) });
  switch (key) {
    case "ArrowUp": return at(from.row - 1, from.column);
    case "ArrowDown": return at(from.row + 1, from.column);
    case "ArrowLeft": return at(from.row, from.column - 1);
    case "ArrowRight": return at(from.row, from.column + 1);
    case "Home": return control ? at(0, 0) : at(from.row, 0);
    case "End": return control ? at(last.row, last.column) : at(from.row, last.column);
    case "PageUp": return at(Math.max(from.row - page, 1), from.column);
    case "PageDown": return at(from.row + page, from.column);
    default: return null;
  }
}

/**
 * First row of the window to ask for, so that what is seen stands in its middle.
 * @param {number} firstSeen
 * @param {number} seen how many rows are visible
 * @param {number} size rows a window holds
 * @param {number} total rows there are
 */
export function windowStart(firstSeen, seen, size, total) {
  const margin = Math.floor((size - seen) / 2);
  return Math.max(0, Math.min(firstSeen - margin, total - size));
}

/**
 * Whether a window still covers what is seen.
 * @param {{start: number, rows: number}} held
 * @param {number} firstSeen
 * @param {number} seen
 * @param {number} total
 */
export function covers(held, firstSeen, seen, total) {
  return held.start <= firstSeen && held.start + held.rows >= Math.min(firstSeen + seen, total);
}
