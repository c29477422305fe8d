// A loop's rounds as one: a history of 25,000 events is often a few states that come again and again.

const LONGEST = 12;
const FEWEST = 3;

/**
 * @template Row
 * @typedef {object} Run Rows one after another: `times` rounds of `rows`, or one of a single row.
 * @property {Row[]} rows The first round.
 * @property {Row} last
 * @property {number} times
 */

/**
 * @template Row
 * @param {Row[]} rows
 * @param {(row: Row) => string} likeness What rows have in common that are told as one.
 * @returns {Run<Row>[]}
 */
export function inRounds(rows, likeness) {
  const likes = rows.map(likeness);
  /** @type {Run<Row>[]} */
  const runs = [];
  for (let at = 0; at < rows.length; ) {
    let [length, times] = [1, 1];
    for (let tried = 1; tried <= LONGEST; tried++) {
      const found = repeats(likes, at, tried);
      if (found >= FEWEST && tried * found > length * times) [length, times] = [tried, found];
    }
    const next = at + length * times;
    runs.push({ rows: rows.slice(at, at + length), last: /** @type {Row} */ (rows[next - 1]), times });
    at = next;
  }
  return runs;
}

/** @type {(likes: string[], at: number, length: number) => number} How often what begins there comes one after another. */
function repeats(likes, at, length) {
  let end = at + length;
  while (end < likes.length && likes[end] === likes[end - length]) end++;
  return Math.floor((end - at) / length);
}
