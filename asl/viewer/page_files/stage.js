// One picture on the page: drawn, painted with what happened, moved about in by mouse and keys.
import { Camera } from "./camera.js";
import { placesOf } from "./definition.js";
import { svg } from "./dom.js";
import { stroke } from "./icons.js";
import { drawn } from "./picture.js";

/**
 * @typedef {import("./types.d.ts").Graph} Graph
 * @typedef {import("./shown.js").Shown} Shown
 */

/** @typedef {{ icon: string, text: string, tone: string }} Told */

const WIDEST = 16;
const OUTCOMES = ["running", "succeeded", "caught", "failed", "aborted"];
let stages = 0;

export class Stage {
  /**
   * @param {HTMLElement} host
   * @param {Graph} graph
   * @param {Shown} shown
   * @param {string} title
   * @param {Set<string>} closed The paths of the boxes that are drawn without what is inside them.
   */
  constructor(host, graph, shown, title, closed) {
    this.graph = graph;
    this.shown = shown;
    this.closed = closed;
    this.places = placesOf(graph);
    this.arrow = `arrow${stages++}`;
    this.picture = drawn(graph, new Set(), this.arrow, this.acts());
    this.holder = svg("g", { class: "picture" }, this.picture.group);
    this.svg = svg(
      "svg",
      { class: "window", role: "group", "aria-label": `${title}: arrow keys go from state to state, Enter opens one`, keydown: (event) => this.key(event), click: (event) => this.click(event) },
      svg("defs", {}, svg("marker", { id: this.arrow, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, orient: "auto-start-reverse", markerUnits: "userSpaceOnUse" }, svg("path", { d: "M0 0.500L8 4L0 7.500Z", fill: "context-stroke" }))),
      this.holder,
    );
    host.append(this.svg);
    this.camera = new Camera(this.svg, this.holder);
    this.draw();
    this.begin();
  }

  acts() {
    return {
      choose: (/** @type {string} */ id) => this.camera.moved < 5 && this.shown.choose(this.pathOf(id)),
      fold: (/** @type {string} */ id) => this.fold(this.pathOf(id)),
    };
  }

  /** @param {string} id */
  pathOf(id) {
    return this.picture.laid.boxes.find((one) => one.box.id === id)?.box.path ?? "";
  }

  draw() {
    const ids = new Set([...this.closed].map((path) => this.places.get(path)?.box.id ?? ""));
    this.picture = drawn(this.graph, ids, this.arrow, this.acts());
    this.holder.replaceChildren(this.picture.group);
    this.camera.size = this.picture.laid;
    this.paint();
  }

  begin() {
    const start = this.picture.laid.boxes.find((one) => one.box.id === "start") ?? this.picture.laid.boxes[0];
    this.camera.begin(start ? start.x + start.w / 2 : 0);
  }

  /** @param {string} path */
  fold(path) {
    const before = this.laidOf(path);
    if (this.closed.has(path)) this.closed.delete(path);
    else this.closed.add(path);
    this.draw();
    const after = this.laidOf(path);
    const zoom = this.camera.look.zoom;
    if (before && after) this.camera.pan((before.x - after.x) * zoom, (before.y - after.y) * zoom);
  }

  /** @param {string} path */
  laidOf(path) {
    return this.picture.laid.boxes.find((one) => one.box.path === path && path);
  }

  /** Opens what is around a state, and moves so that it is seen. @param {string} path @param {boolean} [focus] */
  reveal(path, focus = false) {
    const around = this.places.get(path)?.around.filter((box) => this.closed.has(box.path)) ?? [];
    for (const box of around) this.closed.delete(box.path);
    if (around.length) this.draw();
    const laid = this.laidOf(path);
    if (!laid) return;
    this.camera.show(laid);
    if (focus) this.picture.boxes.get(laid.box.id)?.focus({ preventScroll: true });
  }

  /** Colours, badges and widths: what happened, what was found, what is chosen. */
  paint() {
    const { shown } = this;
    const standing = shown.standing()?.states;
    const taken = shown.taken();
    const touched = shown.way === undefined ? undefined : new Set(shown.view.flow?.ways[shown.way]?.taken.flat().map((number) => shown.view.paths[number]));
    for (const { box } of this.picture.laid.boxes) {
      const made = this.picture.boxes.get(box.id);
      if (!made || box.type === "Start") continue;
      const own = standing?.get(box.path);
      const entered = shown.flow?.states.get(box.path);
      const dim = standing ? !own : touched ? !touched.has(box.path) : shown.flow ? !entered : false;
      for (const outcome of OUTCOMES) made.classList.toggle(`is-${outcome}`, own?.outcome === outcome);
      made.classList.toggle("dim", dim);
      made.classList.toggle("chosen", shown.selected === box.path);
      made.setAttribute("tabindex", (shown.selected ? shown.selected === box.path : box.id === this.graph.start) ? "0" : "-1");
      made.setAttribute("aria-pressed", String(shown.selected === box.path));
      badge(made, own ? { icon: own.outcome, text: own.count > 1 ? String(own.count) : "", tone: own.outcome } : entered ? { icon: "", text: String(entered), tone: "flow" } : found(shown, box.path));
    }
    for (const [key, paths] of this.picture.lines) {
      const count = shown.flow?.counts.get(key) ?? 0;
      for (const path of paths) {
        path.classList.toggle("taken", taken?.has(key) ?? count > 0);
        // What is coloured is not to be under what is not.
        if (taken?.has(key)) path.parentNode?.insertBefore(path, this.picture.top);
        path.classList.toggle("idle", taken ? !taken.has(key) : shown.flow !== undefined && !count);
        path.style.strokeWidth = shown.flow && count && !taken ? `${1.5 + ((WIDEST - 1.5) * count) / shown.flow.most}px` : "";
      }
    }
  }

  /** @param {MouseEvent} event On nothing: nothing is chosen. */
  click(event) {
    if (event.target === this.svg && this.camera.moved < 5) this.shown.choose(undefined);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const id = event.target instanceof Element ? event.target.getAttribute("data-id") : null;
    const path = id === null ? undefined : this.pathOf(id);
    const acts = /** @type {Record<string, () => void>} */ ({
      ArrowDown: () => this.step(path, 0, 1),
      ArrowUp: () => this.step(path, 0, -1),
      ArrowLeft: () => this.step(path, -1, 0),
      ArrowRight: () => this.step(path, 1, 0),
      Enter: () => path && this.shown.choose(path),
      " ": () => path && (this.places.get(path)?.box.groups ? this.fold(path) : this.shown.choose(path)),
    });
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
    if (event.key === " " && path) this.reveal(path, true);
  }

  /** To the nearest state in a direction. @type {(path: string | undefined, x: number, y: number) => void} */
  step(path, x, y) {
    const from = path && this.laidOf(path);
    if (!from) return;
    const middle = (/** @type {import("./types.d.ts").Rectangle} */ one) => [one.x + one.w / 2, one.y + one.h / 2];
    const [fx = 0, fy = 0] = middle(from);
    let best;
    let least = Infinity;
    for (const one of this.picture.laid.boxes) {
      const [ox = 0, oy = 0] = middle(one);
      const along = (ox - fx) * x + (oy - fy) * y;
      const aside = Math.abs((ox - fx) * y) + Math.abs((oy - fy) * x);
      if (one.box.type === "Start" || along < 4 || one === from) continue;
      const far = along + 2.5 * aside;
      if (far < least) [best, least] = [one, far];
    }
    if (best) this.reveal(best.box.path, true);
  }
}

/** @type {(shown: Shown, path: string) => Told | undefined} */
function found(shown, path) {
  const ranks = shown.findingsOf(path).map((one) => one.rank);
  const errors = ranks.filter((rank) => rank === "error").length;
  const warnings = ranks.filter((rank) => rank.startsWith("warning")).length;
  if (errors) return { icon: "error", text: String(errors), tone: "failed" };
  return warnings ? { icon: "warning", text: String(warnings), tone: "caught" } : undefined;
}

/** @type {(box: SVGGElement, told: Told | undefined) => void} */
function badge(box, told) {
  const place = box.querySelector(":scope > .badge");
  if (!place) return;
  place.setAttribute("class", `badge ${told?.tone ?? ""}`);
  place.replaceChildren();
  if (!told) return;
  const width = 8 + (told.icon ? 13 : 0) + told.text.length * 7 + (told.text ? 3 : 0);
  const left = 8 - width;
  place.append(svg("rect", { x: left, y: -9, width, height: 18, rx: 9 }));
  if (told.icon) place.append(svg("g", { transform: `translate(${left + 4} -6.500) scale(0.81)` }, stroke(told.icon)));
  if (told.text) place.append(svg("text", { x: 2, y: 4, "text-anchor": "end" }, told.text));
}
