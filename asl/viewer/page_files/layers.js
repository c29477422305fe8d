// A scope's boxes, labels and lines in layers, and where each stands. Boxes are in even layers, labels in odd ones; a
// line that passes a layer has a place there too, and lines to one state share it: so they run together.
import { spread } from "./spread.js";

/**
 * @typedef {import("./scopes.js").Edge} Edge
 * @typedef {import("./scopes.js").Ranked} Ranked
 *
 * @typedef {object} Item
 * @property {"box" | "label" | "lane"} kind
 * @property {string} key
 * @property {number} layer
 * @property {number} w
 * @property {number} h
 * @property {number} side
 * @property {boolean} usual
 * @property {Item | undefined} beside The box that it has to stand next to.
 * @property {Item[]} above
 * @property {Item[]} below
 * @property {Item | undefined} next What a line or label leads to.
 * @property {import("./routes.js").Link | undefined} onward The line to that.
 * @property {number} place Its number in the layer.
 * @property {number} x Its middle.
 * @property {string[]} lines
 *
 * @typedef {object} Chain What an edge runs through: to its last box, or to where it meets another line to that.
 * @property {Edge} edge
 * @property {Item[]} items
 * @property {Item} to
 */

const SWEEPS = 24;
const MANY = 600;
const APART = { box: 26, label: 14, lane: 12 };

/**
 * @param {Ranked} ranked
 * @param {(id: string) => { w: number, h: number }} size
 * @param {(edge: Edge) => { w: number, h: number, lines: string[] }} label
 */
export function layered(ranked, size, label) {
  /** @type {Item[][]} */
  const layers = [];
  /** @type {Map<string, Item>} */
  const items = new Map();

  /** @type {(key: string, layer: number, given: Partial<Item>) => Item} */
  const item = (key, layer, given) => {
    const known = items.get(key);
    if (known) return known;
    const made = {
      kind: /** @type {Item["kind"]} */ ("lane"), key, layer, w: 0, h: 0, side: 0, usual: false, beside: undefined,
      above: [], below: [], next: undefined, onward: undefined, place: 0, x: 0, lines: [], ...given,
    };
    items.set(key, made);
    while (layers.length <= layer) layers.push([]);
    layers[layer]?.push(made);
    return made;
  };

  const boxes = new Map(
    [...ranked.ranks].map(([id, rank]) => {
      const side = ranked.sides.get(id) ?? 0;
      const { w, h } = size(id);
      return [id, item(`box ${id}`, 2 * rank, { kind: "box", side, usual: side === 0, w, h })];
    }),
  );
  /** @type {Chain[]} */
  const chains = [];
  /** @type {Map<string, number>} */
  const turns = new Map();
  for (const edge of ranked.edges) {
    const from = boxes.get(edge.from);
    const to = boxes.get(edge.to);
    if (!from || !to) continue;
    chains.push({ edge, items: edge.back ? upward(edge, from, to) : downward(edge, from, to), to });
  }
  arrange(layers);
  place(layers);
  return { layers, boxes, chains };

  /** @type {(edge: Edge, from: Item, to: Item) => Item[]} */
  function downward(edge, from, to) {
    const chain = [from];
    const side = edge.usual ? 0 : to.side || from.side || (edge.kind === "catch" ? 1 : -1);
    const group = edge.usual ? "usual" : edge.kind === "catch" ? "catch" : "way";
    const given = { side, usual: edge.usual };
    let above = from;
    for (let layer = from.layer + 1; layer < to.layer; layer++) {
      const labelled = edge.label && layer === from.layer + 1;
      const key = labelled ? `label ${edge.from} ${edge.to} ${edge.kind} ${edge.mark}` : `${group} ${edge.to} ${layer}`;
      const near = labelled ? { side: edge.usual ? 0 : from.side || side } : {};
      const meets = items.has(key);
      const one = item(key, layer, labelled ? { kind: "label", ...given, ...near, ...label(edge) } : given);
      chain.push(one);
      join(above, one);
      above.next = one;
      if (meets) return chain;
      above = one;
    }
    join(above, to);
    above.next = to;
    return [...chain, to];
  }

  /** Beside its first box, up past all that is between, and beside its last. @type {(edge: Edge, from: Item, to: Item) => Item[]} */
  function upward(edge, from, to) {
    const turn = turns.get(edge.from) ?? 0;
    turns.set(edge.from, turn + 1);
    const side = (from.side > 0 ? 1 : -1) * (turn % 2 ? -1 : 1);
    const chain = [from];
    /** @type {Item | undefined} */
    let below;
    for (let layer = from.layer; layer >= to.layer; layer--) {
      const first = layer === from.layer;
      const beside = first ? from : layer === to.layer ? to : undefined;
      const key = first ? `back ${edge.from} ${edge.to} ${edge.kind}` : `back ${side} ${edge.to} ${layer}`;
      const meets = items.has(key);
      const one = item(key, layer, first && edge.label ? { kind: "label", side, beside, ...label(edge) } : { side, beside });
      chain.push(one);
      if (below) {
        join(one, below);
        below.next = one;
      }
      if (meets) return chain;
      below = one;
    }
    if (below) below.next = to;
    return [...chain, to];
  }

  /** @type {(above: Item, below: Item) => void} */
  function join(above, below) {
    above.below.push(below);
    below.above.push(above);
  }
}

/**
 * Puts each layer in order: what is on one side by where it is joined to, so that few lines cross.
 * @param {Item[][]} layers
 */
function arrange(layers) {
  for (const layer of layers) order(layer, (one) => one.side);
  for (let sweep = 0; sweep < sweeps(layers); sweep++) {
    const down = sweep % 2 === 0;
    for (const layer of down ? layers : layers.toReversed())
      order(layer, (one) => middle((down ? one.above : one.below).map((other) => other.place), one.place));
  }
}

/** @type {(layers: Item[][]) => number} A picture that is too long to be seen at once need not be as tidy. */
function sweeps(layers) {
  return layers.length > MANY ? SWEEPS / 4 : SWEEPS;
}

/**
 * @param {Item[]} layer
 * @param {(item: Item) => number} wish
 */
function order(layer, wish) {
  if (layer.length < 2 && !layer[0]?.beside) return;
  const wishes = new Map(layer.map((one) => [one, wish(one)]));
  layer.sort((a, b) => a.side - b.side || (wishes.get(a) ?? 0) - (wishes.get(b) ?? 0));
  const standing = layer.filter((one) => !one.beside);
  for (const one of layer.filter((other) => other.beside)) {
    const at = standing.indexOf(/** @type {Item} */ (one.beside));
    standing.splice(one.side < 0 ? at : at + 1, 0, one);
  }
  layer.splice(0, layer.length, ...standing);
  const centre = Math.max(0, layer.findIndex((one) => one.side >= 0));
  layer.forEach((one, index) => {
    one.place = index - centre;
  });
}

/** @type {(numbers: number[], otherwise: number) => number} */
function middle(numbers, otherwise) {
  return numbers.length ? numbers.reduce((a, b) => a + b, 0) / numbers.length : otherwise;
}

/**
 * Gives each item its middle: the usual way at 0, long lines straight, everything near what it is joined to.
 * @param {Item[][]} layers
 */
function place(layers) {
  for (let sweep = 0; sweep < sweeps(layers); sweep++)
    for (const layer of sweep % 2 ? layers.toReversed() : layers) {
      const [only] = layer;
      if (only && layer.length === 1) {
        only.x = only.usual ? 0 : wish(only, sweep);
        continue;
      }
      const wanted = layer.map((one) => (one.usual ? 0 : wish(one, sweep)));
      const weights = layer.map((one) => (one.usual ? 1e6 : one.kind === "lane" ? 30 : 1));
      const at = spread(wanted, weights, (left, right) => apart(layer[left], layer[right]));
      layer.forEach((one, index) => {
        one.x = at[index] ?? 0;
      });
    }
  straighten(layers);
}

/**
 * Has each line that passes several layers stand at one place, as far as its neighbours leave room for that.
 * @param {Item[][]} layers
 */
function straighten(layers) {
  const room = new Map(layers.flatMap((layer) => layer.map((one, index) => [one, { layer, index }])));
  /** @type {(item: Item) => [number, number]} */
  const free = (item) => {
    const { layer, index } = room.get(item) ?? { layer: [], index: 0 };
    const [before, after] = [layer[index - 1], layer[index + 1]];
    return [before ? before.x + apart(before, item) : -1e9, after ? after.x - apart(item, after) : 1e9];
  };
  for (const run of runs(layers)) {
    /** @type {Item[]} */
    let straight = [];
    let [least, most] = [-1e9, 1e9];
    const settle = () => {
      const mean = middle(straight.map((one) => one.x), 0);
      for (const one of straight) one.x = Math.min(most, Math.max(least, mean));
    };
    for (const one of run) {
      const [low, high] = free(one);
      if (Math.max(low, least) > Math.min(high, most)) {
        settle();
        straight = [];
        [least, most] = [-1e9, 1e9];
      }
      [least, most] = [Math.max(low, least), Math.min(high, most)];
      straight.push(one);
    }
    settle();
  }
}

/** @type {(layers: Item[][]) => Iterable<Item[]>} The lines from layer to layer. */
function* runs(layers) {
  const onward = (/** @type {Item} */ one) => one.below.find((other) => other.kind === "lane" && !other.usual);
  const seen = new Set();
  for (const one of layers.flat()) {
    const run = [];
    /** @type {Item | undefined} */
    let item = one;
    for (; item?.kind === "lane" && !item.usual && !seen.has(item); item = onward(item)) {
      run.push(item);
      seen.add(item);
    }
    if (run.length > 1) yield run;
  }
}

/** @type {(item: Item, sweep: number) => number} */
function wish(item, sweep) {
  const joined = sweep === 0 ? item.above : [...item.above, ...item.below];
  if (item.beside && !joined.length) return item.beside.x;
  let sum = 0;
  let weight = 0;
  for (const other of joined) {
    const own = item.kind === "lane" && other.kind === "lane" ? 20 : 1;
    sum += other.x * own;
    weight += own;
  }
  return weight ? sum / weight : item.x;
}

/** @type {(left: Item | undefined, right: Item | undefined) => number} */
function apart(left, right) {
  if (!left || !right) return 0;
  return (left.w + right.w) / 2 + Math.max(APART[left.kind], APART[right.kind]);
}
