// Places on a line: as near as can be to where each wants to be, in their order, and none on another.

/**
 * @param {number[]} wanted
 * @param {number[]} weights
 * @param {(left: number, right: number) => number} apart How far the middles of two neighbours are apart at least.
 * @returns {number[]} The places of which the weighted squares of their distances to what is wanted are least.
 */
export function spread(wanted, weights, apart) {
  /** @type {number[]} */
  const offsets = [];
  for (let i = 0; i < wanted.length; i++) offsets.push(i ? (offsets[i - 1] ?? 0) + apart(i - 1, i) : 0);
  // Without what has to be between them the places only have to rise: neighbours that would not are pooled.
  /** @type {{ sum: number, weight: number, count: number }[]} */
  const pools = [];
  for (let i = 0; i < wanted.length; i++) {
    const weight = weights[i] ?? 1;
    let pool = { sum: ((wanted[i] ?? 0) - (offsets[i] ?? 0)) * weight, weight, count: 1 };
    for (let last = pools.at(-1); last && last.sum / last.weight >= pool.sum / pool.weight; last = pools.at(-1)) {
      pools.pop();
      pool = { sum: pool.sum + last.sum, weight: pool.weight + last.weight, count: pool.count + last.count };
    }
    pools.push(pool);
  }
  return pools.flatMap((pool) => Array(pool.count).fill(pool.sum / pool.weight)).map((x, i) => x + (offsets[i] ?? 0));
}
