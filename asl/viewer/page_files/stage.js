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
const FAR = 0.4;
/** Pixels around what is seen that are drawn, too. */
const BEYOND = 200;
/** So many parts are all drawn, seen or not. */
const FEW = 600;
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
    this.holder = svg("g", { class: "picture" });
    this.svg = svg(
      "svg",
      { class: "window", preserveAspectRatio: "xMidYMin", role: "group", "aria-label": `${title}: arrow keys go from state to state, Enter opens one`, keydown: (event) => this.key(event), click: (event) => this.click(event) },
      svg("defs", {}, svg("marker", { id: this.arrow, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, orient: "auto-start-reverse", markerUnits: "userSpaceOnUse" }, svg("path", { d: "M0 0.500L8 4L0 7.500Z", fill: "context-stroke" }))),
      this.holder,
    );
    host.append(this.svg);
    this.camera = new Camera(this.svg, this.holder);
    /** @type {Map<string, import("./history.js").Standing> | undefined} */
    this.standing = undefined;
    /** @type {Set<string> | undefined} */
    this.taken = undefined;
    /** @type {Map<string, number> | undefined} */
    this.touched = undefined;
    this.picture = this.draw();
    this.camera.changed = () => this.look();
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
    return this.paths?.get(id) ?? "";
  }

  /** @returns {import("./picture.js").Picture} */
  draw() {
    const ids = new Set([...this.closed].map((path) => this.places.get(path)?.box.id ?? ""));
    this.picture = drawn(this.graph, ids, this.arrow, this.acts(), this.shown.flow?.counts);
    this.paths = new Map(this.picture.laid.boxes.map((one) => [one.box.id, one.box.path]));
    this.byBox = new Map(this.picture.parts.map((part) => [part.box, part]));
    this.holder.replaceChildren(this.picture.group);
    this.camera.size = this.picture.laid;
    this.paint();
    return this.picture;
  }

  /** Puts what comes into sight into the picture, and takes out what is far from it, where there is much. */
  look() {
    const { x, y, zoom } = this.camera.look;
    const [width, height] = [this.svg.clientWidth, this.svg.clientHeight];
    const [left, top, right, bottom] = [(-x - BEYOND) / zoom, (-y - BEYOND) / zoom, (width - x + BEYOND) / zoom, (height - y + BEYOND) / zoom];
    const far = zoom < FAR;
    const all = this.picture.parts.length < FEW;
    for (const part of this.picture.parts) {
      const { at } = part;
      const seen = all || (at.x < right && at.x + at.w > left && at.y < bottom && at.y + at.h > top && !(part.small && far));
      if (seen && !part.made) {
        part.made = part.make();
        part.group.append(part.made);
        this.paintPart(part);
      } else if (!seen && part.made && !part.made.contains(document.activeElement)) {
        part.made.remove();
        part.made = undefined;
      }
    }
    this.svg.classList.toggle("far", far);
  }

  begin() {
    const start = this.picture.laid.boxes.find((one) => one.box.id === "start") ?? this.picture.laid.boxes[0];
    this.camera.begin(start ? start.x + start.w / 2 : 0);
    const place = this.shown.standsAt();
    if (place) this.reveal(place);
  }

  /** @param {string} path */
  fold(path) {
    const before = this.laidOf(path);
    if (this.closed.has(path)) this.closed.delete(path);
    else this.closed.add(path);
    this.draw();
    const after = this.laidOf(path);
    const zoom = this.camera.look.zoom;
    this.look();
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
    if (around.length) {
      this.draw();
      this.look();
    }
    const laid = this.laidOf(path);
    if (!laid) return;
    this.camera.show(laid);
    if (focus) this.byBox?.get(laid.box.id)?.made?.focus({ preventScroll: true });
  }

  /** Colours, badges and widths: what happened, what was found, what is chosen. */
  paint() {
    const { shown } = this;
    const way = shown.way === undefined ? undefined : shown.view.flow?.ways[shown.way];
    this.standing = shown.standing()?.states;
    this.taken = shown.taken();
    this.touched = way && shown.entered(way);
    for (const part of this.picture.parts) if (part.made) this.paintPart(part);
  }

  /** @param {import("./picture.js").Part} part */
  paintPart(part) {
    if (part.made && part.box && part.box !== "start") this.paintBox(part.made, part.box);
    else if (part.made && part.line) this.paintLine(part.made, part.line);
  }

  /** @param {SVGElement} made @param {string} id */
  paintBox(made, id) {
    const { shown, standing, touched } = this;
    const path = this.pathOf(id);
    const own = standing?.get(path);
    const entered = (touched ?? shown.flow?.states)?.get(path);
    const dim = standing ? !own : shown.flow ? !entered : false;
    for (const outcome of OUTCOMES) made.classList.toggle(`is-${outcome}`, own?.outcome === outcome);
    made.classList.toggle("dim", dim);
    made.classList.toggle("chosen", shown.selected === path);
    made.setAttribute("tabindex", (shown.selected ? shown.selected === path : id === this.graph.start) ? "0" : "-1");
    made.setAttribute("aria-pressed", String(shown.selected === path));
    const count = own && own.count > 1 ? String(own.count) : "";
    badge(made, own ? { icon: own.outcome, text: count, tone: own.outcome } : entered ? { icon: "", text: String(entered), tone: "flow" } : found(shown, path));
  }

  /** @param {SVGElement} made @param {string} line */
  paintLine(made, line) {
    const { shown, taken } = this;
    const count = shown.flow?.counts.get(line) ?? 0;
    const isTaken = taken ? taken.has(line) : count > 0;
    // What is coloured is not to be under what is not.
    (isTaken ? this.picture.taken : this.picture.lines).append(made);
    made.classList.toggle("taken", isTaken);
    made.classList.toggle("idle", !isTaken && (taken !== undefined || shown.flow !== undefined));
    made.style.strokeWidth = shown.flow && count && !taken ? `${1.5 + ((WIDEST - 1.5) * count) / shown.flow.most}px` : "";
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

/** @type {(box: SVGElement, told: Told | undefined) => void} */
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
