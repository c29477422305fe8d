// The picture of a machine: boxes, lines and labels, as elements.
import { measure, svg } from "./dom.js";
import { ICON, LINE, layOut } from "./layout.js";
import { START } from "./scopes.js";
import { oneLine } from "./words.js";

/**
 * @typedef {import("./types.d.ts").Graph} Graph
 * @typedef {import("./types.d.ts").Laid} Laid
 * @typedef {import("./types.d.ts").LaidBox} LaidBox
 * @typedef {import("./types.d.ts").LaidEdge} LaidEdge
 *
 * @typedef {object} Part One element of a picture, made when it is first seen.
 * @property {import("./types.d.ts").Rectangle} at
 * @property {SVGGElement} group What it is put into.
 * @property {boolean} small It is not seen from far away.
 * @property {string} box The id of the box that it is, empty for others.
 * @property {string} line The ends and the kind of the line that it is, empty for others.
 * @property {() => SVGElement} make
 * @property {SVGElement | undefined} made
 *
 * @typedef {object} Picture
 * @property {Laid} laid
 * @property {Part[]} parts
 * @property {SVGGElement} group
 * @property {SVGGElement} lines What is not coloured.
 * @property {SVGGElement} taken What is, above it.
 */

const ROUND = 7;
const ICONS = /** @type {Record<string, string>} */ ({
  Task: "M2 3h12v10H2zM5 7h6M5 9.500h4",
  Choice: "M8 1.500 14.500 8 8 14.500 1.500 8Z",
  Wait: "M8 1.500a6.500 6.500 0 1 0 0 13a6.500 6.500 0 1 0 0-13M8 4.500V8l2.500 2",
  Pass: "M2 8h10M9 4.500 12.500 8 9 11.500",
  Succeed: "M2.500 8.500 6.500 12.500 13.500 4",
  Fail: "M3.500 3.500l9 9M12.500 3.500l-9 9",
  Parallel: "M3 2v12M8 2v12M13 2v12",
  Map: "M2 4h2M2 8h2M2 12h2M6.500 4H14M6.500 8H14M6.500 12H14",
});

/**
 * @param {Graph} graph
 * @param {ReadonlySet<string>} closed
 * @param {string} arrow The id of the arrowhead.
 * @param {{ choose: (id: string) => void, fold: (id: string) => void }} acts
 * @param {ReadonlyMap<string, number>} [counts] How often each transition was taken.
 * @returns {Picture}
 */
export function drawn(graph, closed, arrow, acts, counts) {
  const laid = layOut(graph, closed, measure, counts);
  const [lines, taken, top] = [svg("g"), svg("g"), svg("g")];
  // Frames are under everything, open boxes under what is inside them, boxes and labels above all lines.
  const open = laid.boxes.filter((one) => one.open);
  const frames = laid.frames.map(({ x, y, w, h }) => svg("rect", { class: "frame", x, y, width: w, height: h, rx: 6 }));
  const under = svg("g");
  const group = svg("g", {}, under, ...frames, lines, taken, top);
  const part = (/** @type {Partial<Part> & Pick<Part, "at" | "group" | "make">} */ given) => ({ small: false, box: "", line: "", made: undefined, ...given });
  const boxOfPart = (/** @type {LaidBox} */ one) => part({ at: around(one, 12), group: one.open ? under : top, box: one.box.id, make: () => boxOf(one, acts) });
  const edges = laid.edges.map((edge) => {
    const line = `${edge.from} ${edge.to} ${edge.kind === "catch" ? "catch" : ""}`;
    const make = () => svg("path", { class: `line ${edge.kind} ${edge.mark ?? ""}`, d: rounded(edge.points), "marker-end": `url(#${arrow})` });
    return part({ at: bounds(edge.points), group: lines, line, make });
  });
  const labels = laid.labels.map((one) => part({ at: one, group: top, small: true, make: () => labelOf(one) }));
  const parts = [...open.map(boxOfPart), ...edges, ...laid.boxes.filter((one) => !one.open).map(boxOfPart), ...labels];
  return { laid, parts, group, lines, taken };
}

/** @type {(one: import("./types.d.ts").Rectangle, by: number) => import("./types.d.ts").Rectangle} */
function around({ x, y, w, h }, by) {
  return { x: x - by, y: y - by, w: w + 2 * by, h: h + 2 * by };
}

/** @type {(points: [number, number][]) => import("./types.d.ts").Rectangle} */
function bounds(points) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return around({ x, y, w: Math.max(...xs) - x, h: Math.max(...ys) - y }, 10);
}

/** @type {(label: import("./types.d.ts").LaidLabel) => SVGGElement} */
function labelOf({ x, y, w, h, lines, text, kind }) {
  return svg(
    "g",
    { class: `label ${kind}` },
    svg("title", {}, oneLine(text)),
    svg("rect", { x, y, width: w, height: h, rx: 3 }),
    ...lines.map((line, index) =>
      svg("text", { x: x + w / 2, y: y + 13 + index * LINE.small, "text-anchor": "middle" }, line),
    ),
  );
}

/**
 * @param {LaidBox} one
 * @param {{ choose: (id: string) => void, fold: (id: string) => void }} acts
 */
function boxOf(one, acts) {
  const { box, x, y, w, h } = one;
  if (box.id === START) return svg("g", { class: "start" }, svg("circle", { cx: x + w / 2, cy: y + h / 2, r: w / 2 }));
  const head = one.open ? 18 + one.lines.length * LINE.name + one.below.length * LINE.small : h;
  const text = y + (head - one.lines.length * LINE.name - one.below.length * LINE.small) / 2;
  const folds = (box.groups?.length ?? 0) > 0;
  const made = svg(
    "g",
    {
      class: ["box", box.type, one.open && "open", box.mark?.tone].filter(Boolean).join(" "),
      role: "button", tabindex: -1, "data-id": box.id, "data-name": box.name,
      click: () => acts.choose(box.id),
    },
    svg("title", {}, spoken(one)),
    svg("rect", { class: "shape", x, y, width: w, height: h, rx: box.type === "Choice" ? 14 : 6 }),
    box.type === "Succeed" || box.type === "Fail"
      ? svg("rect", { class: "inner", x: x + 3, y: y + 3, width: w - 6, height: h - 6, rx: 4 })
      : undefined,
    svg("path", { class: "icon", d: ICONS[box.type] ?? ICONS.Task, transform: `translate(${x + 11} ${y + head / 2 - 8})` }),
    ...one.lines.map((line, index) => svg("text", { class: "name", x: x + ICON + 8, y: text + 13 + index * LINE.name }, line)),
    ...one.below.map((line, index) =>
      svg("text", { class: "small", x: x + ICON + 8, y: text + one.lines.length * LINE.name + 11 + index * LINE.small }, line),
    ),
    svg("g", { class: "badge", transform: `translate(${x + w} ${y})` }),
    one.ends ? svg("circle", { class: "end", cx: x + w / 2, cy: y + h, r: 5 }) : undefined,
  );
  if (folds) made.append(folder(one, acts));
  return made;
}

/**
 * @param {LaidBox} one
 * @param {{ fold: (id: string) => void }} acts
 */
function folder({ box, x, y, w, open }, acts) {
  const at = `translate(${x + w - 26} ${y + 12})`;
  return svg(
    "g",
    {
      class: "fold", transform: at,
      click: (event) => {
        event.stopPropagation();
        acts.fold(box.id);
      },
    },
    svg("title", {}, open ? "Collapse" : "Expand"),
    svg("rect", { width: 18, height: 18, rx: 4 }),
    svg("path", { d: open ? "M4 9h10" : "M4 9h10M9 4v10" }),
  );
}

/** @type {(one: LaidBox) => string} */
function spoken({ box, below }) {
  return [oneLine(box.name), box.type, ...below.map(oneLine)].join(", ");
}

/** @type {(points: [number, number][]) => string} A line of right angles with its corners rounded. */
export function rounded(points) {
  const kept = points.filter((point, index) => {
    const before = points[index - 1];
    return !before || Math.abs(before[0] - point[0]) > 0.1 || Math.abs(before[1] - point[1]) > 0.1;
  });
  /** @type {[number, number][]} */
  const square = [];
  for (const [x, y] of kept) {
    const last = square.at(-1);
    if (last && Math.abs(last[0] - x) > 0.1 && Math.abs(last[1] - y) > 0.1) square.push([last[0], y]);
    square.push([x, y]);
  }
  const [first, ...rest] = square;
  if (!first) return "";
  let path = `M${first[0].toFixed(1)} ${first[1].toFixed(1)}`;
  for (const [index, [x, y]] of rest.entries()) {
    const before = square[index] ?? first;
    const after = square[index + 2];
    const round = after ? Math.min(ROUND, lengthOf(before, [x, y]) / 2, lengthOf([x, y], after) / 2) : 0;
    const [ax, ay] = towards([x, y], before, round);
    path += `L${ax.toFixed(1)} ${ay.toFixed(1)}`;
    if (after && round) {
      const [bx, by] = towards([x, y], after, round);
      path += `Q${x.toFixed(1)} ${y.toFixed(1)} ${bx.toFixed(1)} ${by.toFixed(1)}`;
    }
  }
  return path;
}

/** @type {(a: [number, number], b: [number, number]) => number} */
function lengthOf(a, b) {
  return Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]);
}

/** @type {(from: [number, number], to: [number, number], by: number) => [number, number]} */
function towards(from, to, by) {
  const whole = lengthOf(from, to) || 1;
  return [from[0] + ((to[0] - from[0]) * by) / whole, from[1] + ((to[1] - from[1]) * by) / whole];
}
