// Where every box, line and label stands: each scope by itself, and those inside a Parallel or Map within its box.
import { layered } from "./layers.js";
import { routed } from "./routes.js";
import { START, ranked } from "./scopes.js";
import { cut, wrapped } from "./words.js";

/**
 * @typedef {import("./types.d.ts").Box} Box
 * @typedef {import("./types.d.ts").Graph} Graph
 * @typedef {import("./types.d.ts").Laid} Laid
 * @typedef {import("./types.d.ts").LaidBox} LaidBox
 * @typedef {import("./types.d.ts").Measure} Measure
 */

export const FONT = '"Open Sans", system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
export const NAME_FONT = `600 13px ${FONT}`;
export const SMALL_FONT = `11px ${FONT}`;
export const LINE = { name: 17, small: 15 };
export const ICON = 30;
const PAD = { x: 12, y: 9 };
const WIDEST = { name: 190, small: 200, label: 150 };
const HEADER = 34;
const INSET = 14;
const DOT = 14;
/** What the button that folds a box takes of its width. */
const FOLD = 24;

/**
 * @param {Graph} graph
 * @param {ReadonlySet<string>} closed The boxes that are drawn without what is inside them.
 * @param {Measure} measure
 * @param {ReadonlyMap<string, number>} [counts] How often each transition was taken, by the ids of its ends.
 * @returns {Laid}
 */
export function layOut(graph, closed, measure, counts = new Map()) {
  return scope(graph, { closed, measure, counts }, 0);
}

/** @typedef {{ closed: ReadonlySet<string>, measure: Measure, counts: ReadonlyMap<string, number> }} Given */

/**
 * @param {Graph} graph
 * @param {Given} given
 * @param {number} depth
 * @returns {Laid}
 */
function scope(graph, given, depth) {
  const found = ranked(graph, depth === 0, given.counts);
  const leaving = new Set(graph.arrows.filter((one) => one.kind !== "catch").map((one) => one.from));
  const drawn = new Map(graph.boxes.map((box) => [box.id, sized(box, given, depth)]));
  const size = (/** @type {string} */ id) => drawn.get(id) ?? { w: DOT, h: DOT };
  const { layers, boxes, chains } = layered(found, size, (edge) => labelled(edge.label, edge.kind, given.measure));
  const { tops, height, lines } = routed(layers, chains);

  const items = layers.flat();
  const left = Math.min(0, ...items.map((one) => one.x - one.w / 2)) - 2;
  const right = Math.max(0, ...items.map((one) => one.x + one.w / 2)) + 2;
  /** @type {Laid} */
  const laid = { width: right - left, height, boxes: [], frames: [], edges: [], labels: [] };
  for (const [id, item] of boxes) {
    const { top, bottom } = tops[item.layer] ?? { top: 0, bottom: 0 };
    const [x, y] = [item.x - left - item.w / 2, (top + bottom - item.h) / 2];
    const own = drawn.get(id);
    if (!own) laid.boxes.push(dot(x, y));
    else {
      const ends = !leaving.has(id) && !["Fail", "Succeed"].includes(own.box.type);
      laid.boxes.push({ ...own, x, y, ends, depth });
      for (const inner of own.inner) put(laid, inner.laid, x + inner.x, y + inner.y, inner.framed);
    }
  }
  for (const { edge, points } of lines) {
    const { from, to, kind, mark } = edge;
    laid.edges.push({ from, to, kind, mark, points: points.map(([x, y]) => [x - left, y]) });
  }
  for (const { edge, items } of chains) {
    const item = items.find((one) => one.kind === "label");
    if (!item) continue;
    const { top, bottom } = tops[item.layer] ?? { top: 0, bottom: 0 };
    laid.labels.push({
      x: item.x - left - item.w / 2, y: (top + bottom - item.h) / 2, w: item.w, h: item.h,
      lines: item.lines, text: edge.label, kind: edge.kind, from: edge.from, to: edge.to,
    });
  }
  return laid;
}

/** @type {(x: number, y: number) => LaidBox} */
function dot(x, y) {
  const box = { id: START, name: "Start", type: "Start", path: "" };
  return { box, x, y, w: DOT, h: DOT, lines: [], below: [], open: false, depth: 0, ends: false };
}

/**
 * A box with its size, and what is inside it where that is drawn.
 * @param {Box} box
 * @param {Given} given
 * @param {number} depth
 */
function sized(box, given, depth) {
  const { closed, measure } = given;
  const open = Boolean(box.groups?.length) && !closed.has(box.id);
  const lines = wrapped(box.name, WIDEST.name, 2, (text) => measure(text, NAME_FONT));
  const below = [box.service ?? "", box.target ?? "", open ? "" : insideOf(box), box.mark?.label ?? ""]
    .filter(Boolean)
    .map((text) => cut(text, WIDEST.small, (part) => measure(part, SMALL_FONT)));
  const texts = [...lines.map((text) => measure(text, NAME_FONT)), ...below.map((text) => measure(text, SMALL_FONT))];
  const w = Math.ceil(Math.max(84, ...texts) + ICON + 2 * PAD.x + (box.groups?.length ? FOLD : 0));
  const h = 2 * PAD.y + lines.length * LINE.name + below.length * LINE.small;
  if (!open) return { box, w, h, lines, below, open, inner: [] };

  const header = Math.max(HEADER, h);
  const scopes = (box.groups ?? []).map((group) => scope(group, given, depth + 1));
  const framed = scopes.length > 1;
  const room = framed ? 10 : 0;
  const widths = scopes.map((one) => one.width + 2 * room);
  const inside = widths.reduce((a, b) => a + b, 0) + INSET * (scopes.length - 1);
  const whole = Math.max(inside + 2 * INSET, w);
  const tallest = Math.max(...scopes.map((one) => one.height)) + 2 * room;
  let x = (whole - inside) / 2;
  const inner = scopes.map((laid, index) => {
    const placed = { laid, x: x + room, y: header + room, framed: framed ? { room, tallest } : undefined };
    x += (widths[index] ?? 0) + INSET;
    return placed;
  });
  return { box, w: whole, h: header + tallest + INSET, lines, below, open, inner };
}

/** @type {(box: Box) => string} */
function insideOf(box) {
  if (!box.groups?.length) return "";
  const count = box.groups.reduce((sum, group) => sum + statesIn(group), 0);
  const states = `${count} state${count === 1 ? "" : "s"}`;
  return box.groups.length > 1 ? `${box.groups.length} branches, ${states}` : states;
}

/** @type {(group: Graph) => number} */
function statesIn(group) {
  return group.boxes.reduce((sum, box) => sum + 1 + (box.groups ?? []).reduce((all, one) => all + statesIn(one), 0), 0);
}

/**
 * @param {string} text
 * @param {string} kind
 * @param {Measure} measure
 */
function labelled(text, kind, measure) {
  const shown = kind === "catch" ? text.replaceAll("States.ALL", "any error") : text;
  const lines = wrapped(shown, WIDEST.label, 3, (part) => measure(part, SMALL_FONT));
  const w = Math.ceil(Math.max(...lines.map((line) => measure(line, SMALL_FONT)))) + 12;
  return { lines, w, h: lines.length * LINE.small + 4 };
}

/**
 * Puts what is inside a box into the picture around it.
 * @param {Laid} whole
 * @param {Laid} part
 * @param {number} x
 * @param {number} y
 * @param {{ room: number, tallest: number } | undefined} framed
 */
function put(whole, part, x, y, framed) {
  const moved = (/** @type {{ x: number, y: number }} */ one) => ({ x: one.x + x, y: one.y + y });
  if (framed) {
    const { room, tallest } = framed;
    whole.frames.push({ x: x - room, y: y - room, w: part.width + 2 * room, h: tallest });
  }
  for (const one of part.frames) whole.frames.push({ ...one, ...moved(one) });
  for (const one of part.boxes) whole.boxes.push({ ...one, ...moved(one) });
  for (const one of part.labels) whole.labels.push({ ...one, ...moved(one) });
  for (const one of part.edges) whole.edges.push({ ...one, points: one.points.map(([px, py]) => [px + x, py + y]) });
}
