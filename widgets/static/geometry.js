// @ts-check
/** Which line of a chart a pointer means. */

/**
 * Distance of a point from a stretch of line.
 * @param {number[]} p @param {number[]} a @param {number[]} b
 */
function distance(p, a, b) {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const length = dx * dx + dy * dy;
  const t = length ? Math.min(1, Math.max(0, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length)) : 0;
  return Math.hypot(p[0] - a[0] - t * dx, p[1] - a[1] - t * dy);
}

/**
 * The nearest line within reach, or null.
 * @param {{number: number, points: number[][]}[]} lines
 * @param {number[]} p
 * @param {number} [reach] in the drawing's units
 * @returns {number | null} its trial's number
 */
export function nearest(lines, p, reach = 14) {
  let best = null;
  let least = reach;
  for (const { number, points } of lines)
    for (let k = 0; k < points.length; k++) {
      const d = distance(p, points[Math.max(0, k - 1)], points[k]);
      if (d < least) [best, least] = [number, d];
    }
  return best;
}

/**
 * The points of a `points` attribute.
 * @param {string} text
 * @returns {number[][]}
 */
export function readPoints(text) {
  return text.trim().split(/\s+/).filter(Boolean).map((pair) => pair.split(",").map(Number));
}

/**
 * The number before or after one in a list, going round; the first or last when none is held.
 * @param {number[]} numbers @param {number | null} held @param {1 | -1} by
 * @returns {number | null}
 */
export function step(numbers, held, by) {
  if (!numbers.length) return null;
  const k = held === null ? -1 : numbers.indexOf(held);
  if (k < 0) return by > 0 ? numbers[0] : numbers[numbers.length - 1];
  return numbers[(k + by + numbers.length) % numbers.length];
}
