// The heights of layers, and the lines between them: down, across in a track of its own, and down again.
import { spread } from "./spread.js";

/**
 * @typedef {import("./layers.js").Item} Item
 * @typedef {import("./layers.js").Chain} Chain
 *
 * @typedef {object} Link One line between two layers.
 * @property {number} channel
 * @property {number} top Its place at the upper layer.
 * @property {number} bottom
 * @property {Item} lower
 * @property {number} track
 */

const ROOM = 11;
const TRACK = 8;
const ARROW = 9;
const PORT = 16;

/**
 * @param {Item[][]} layers
 * @param {Chain[]} chains
 */
export function routed(layers, chains) {
  const ports = portsOf(chains);
  const ways = chains.map((chain) => ({ chain, links: linksOf(chain, ports) }));
  const tracks = assign(ways.flatMap(({ links }) => links));
  const tops = heights(layers, tracks);
  return {
    tops,
    height: (tops.at(-1)?.bottom ?? 0) + 2,
    lines: ways.map(({ chain, links }) => ({ edge: chain.edge, points: points(chain, links, ports, tops) })),
  };
}

/** @typedef {Map<string, number>} Ports Where a line leaves or reaches a box, by the box, the end and the next item. */

/** @type {(box: Item, end: string, next: Item | undefined) => string} */
const portKey = (box, end, next) => `${box.key}|${end}|${next?.key}`;

/**
 * @param {Chain[]} chains
 * @returns {Ports}
 */
function portsOf(chains) {
  /** @type {Map<string, { box: Item, key: string, wanted: number, weight: number }[]>} */
  const ends = new Map();
  const seen = new Set();
  /** @type {(box: Item, end: string, next: Item | undefined, usual: boolean) => void} */
  const add = (box, end, next, usual) => {
    const key = portKey(box, end, next);
    if (seen.has(key) || !next) return;
    seen.add(key);
    const side = `${box.key}|${end}`;
    const reach = Math.max(0, box.w / 2 - 9);
    const wanted = usual ? box.x : Math.min(box.x + reach, Math.max(box.x - reach, next.x));
    ends.set(side, [...(ends.get(side) ?? []), { box, key, wanted, weight: usual ? 1e6 : 1 }]);
  };
  for (const { edge, items, to } of chains)
    if (!edge.back) {
      if (items[0]) add(items[0], "out", items[1], edge.usual);
      if (items.at(-1) === to) add(to, "in", items.at(-2), edge.usual);
    }
  /** @type {Ports} */
  const found = new Map();
  for (const lines of ends.values()) {
    lines.sort((a, b) => a.wanted - b.wanted);
    const width = Math.max(0, (lines[0]?.box.w ?? 0) - 20);
    const apart = Math.min(PORT, width / Math.max(1, lines.length - 1));
    const at = spread(lines.map((line) => line.wanted), lines.map((line) => line.weight), () => apart);
    lines.forEach((line, index) => {
      found.set(line.key, at[index] ?? line.wanted);
    });
  }
  return found;
}

/**
 * @param {Chain} chain
 * @param {Ports} ports
 */
function linksOf({ edge, items, to }, ports) {
  const inner = edge.back ? items.slice(1).filter((one) => one !== to) : items;
  return inner.slice(1).map((one, index) => {
    const other = /** @type {Item} */ (inner[index]);
    const [upper, lower] = one.layer > other.layer ? [other, one] : [one, other];
    const top = upper.kind === "box" && !edge.back ? ports.get(portKey(upper, "out", lower)) : upper.x;
    const bottom = lower.kind === "box" && !edge.back ? ports.get(portKey(lower, "in", upper)) : lower.x;
    const made = { channel: upper.layer, top: top ?? upper.x, bottom: bottom ?? lower.x, lower, track: -1 };
    if (other.kind !== "box") other.onward = made;
    return made;
  });
}

/**
 * Gives each line that goes across a track in which no other one is; lines that meet share theirs.
 * @param {Link[]} links
 * @returns {Map<number, number>} How many tracks each channel has.
 */
function assign(links) {
  /** @type {Map<number, Map<string, Link[]>>} */
  const channels = new Map();
  for (const link of links) {
    if (Math.abs(link.top - link.bottom) < 1) continue;
    const nets = channels.get(link.channel) ?? new Map();
    channels.set(link.channel, nets);
    const key = `${link.lower.key}|${Math.round(link.bottom)}`;
    nets.set(key, [...(nets.get(key) ?? []), link]);
  }
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (const [channel, nets] of channels) {
    const spans = [...nets.values()].map((lines) => {
      const ends = lines.flatMap((line) => [line.top, line.bottom]);
      const right = (lines[0]?.bottom ?? 0) > (lines[0]?.top ?? 0);
      return { lines, left: Math.min(...ends), end: Math.max(...ends), right };
    });
    // Of lines to the right the rightmost is the highest, of lines to the left the leftmost: so they do not cross.
    spans.sort((a, b) => Number(a.right) - Number(b.right) || (a.right ? b.left - a.left : a.end - b.end));
    /** @type {{ left: number, end: number }[][]} */
    const tracks = [];
    for (const span of spans) {
      const free = tracks.findIndex((track) => track.every((one) => one.end + 6 < span.left || span.end + 6 < one.left));
      const track = free < 0 ? tracks.push([]) - 1 : free;
      tracks[track]?.push(span);
      for (const line of span.lines) line.track = track;
    }
    counts.set(channel, tracks.length);
  }
  return counts;
}

/**
 * @param {Item[][]} layers
 * @param {Map<number, number>} tracks
 */
function heights(layers, tracks) {
  let y = 2;
  return layers.map((layer, index) => {
    const top = y;
    const bottom = top + Math.max(0, ...layer.map((one) => one.h));
    const ends = index % 2 ? ARROW : 0;
    y = bottom + ROOM + TRACK * Math.max(0, (tracks.get(index) ?? 0) - 1) + ends;
    return { top, bottom };
  });
}

/**
 * @param {Chain} chain
 * @param {Link[]} links
 * @param {Ports} ports
 * @param {{ top: number, bottom: number }[]} tops
 * @returns {[number, number][]}
 */
function points({ edge, items, to }, links, ports, tops) {
  const first = /** @type {Item} */ (items[0]);
  const second = /** @type {Item} */ (items[1]);
  // What it meets leads on to the same box.
  const all = [...links];
  let last = /** @type {Item} */ (items.at(-1) === to ? items.at(-2) : items.at(-1));
  for (; items.at(-1) !== to && last.next && last.next !== to; last = last.next) if (last.onward) all.push(last.onward);
  if (items.at(-1) !== to && last.onward && !edge.back) all.push(last.onward);
  const middle = (/** @type {Item} */ one) => ((tops[one.layer]?.top ?? 0) + (tops[one.layer]?.bottom ?? 0)) / 2;
  /** @type {(link: Link) => [number, number][]} */
  const crossing = (link) => {
    const y = (tops[link.channel]?.bottom ?? 0) + ROOM / 2 + 1 + link.track * TRACK;
    return link.track < 0 ? [] : [[link.top, y], [link.bottom, y]];
  };
  if (edge.back) {
    const out = first.x + (second.x < first.x ? -first.w / 2 : first.w / 2);
    const into = to.x + (last.x < to.x ? -to.w / 2 : to.w / 2);
    const up = all.flatMap((link) => crossing(link).reverse());
    const reaches = middle(to) + (first === to ? -first.h / 4 : 0);
    return [[out, middle(first)], [second.x, middle(first)], ...up, [last.x, reaches], [into, reaches]];
  }
  const leaves = ports.get(portKey(first, "out", second)) ?? first.x;
  const reaches = ports.get(portKey(to, "in", last)) ?? to.x;
  return [[leaves, middle(first) + first.h / 2], ...all.flatMap(crossing), [reaches, middle(to) - to.h / 2]];
}
