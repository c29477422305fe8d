// What is shown of a view, and what of it is chosen.
import { placesOf, statesOf } from "./definition.js";
import { standing, stepsOf } from "./history.js";

/**
 * @typedef {import("./types.d.ts").View} View
 * @typedef {import("./types.d.ts").Visit} Visit
 * @typedef {import("./types.d.ts").Machine} Machine
 * @typedef {import("./types.d.ts").Outcome} Outcome
 *
 * @typedef {object} Item An item of a Map.
 * @property {number} index
 * @property {number} first Its first visit.
 * @property {number} visits
 * @property {number} took
 * @property {Outcome} outcome
 *
 * @typedef {object} Flow How often each transition was taken, by the ids of its ends, and each state entered.
 * @property {Map<string, number>} counts
 * @property {Map<string, number>} states
 * @property {number} most
 */

export class Shown {
  /**
   * @param {View} view
   * @param {unknown[]} values
   * @param {(what: "chosen" | "painted") => void} changed
   */
  constructor(view, values, changed) {
    this.view = view;
    this.values = values;
    this.changed = changed;
    this.places = placesOf(view.graph);
    if (view.before) for (const [path, place] of placesOf(view.before)) if (!this.places.has(path)) this.places.set(path, place);
    /** @type {Map<Machine, Map<string, import("./definition.js").Fields>>} */
    this.states = new Map();
    /** @type {string | undefined} */
    this.selected = undefined;
    /** @type {number | undefined} */
    this.visit = undefined;
    /** @type {number | undefined} */
    this.way = undefined;
    this.steps = view.execution ? stepsOf(view.execution) : [];
    this.step = this.steps.length;
    /** @type {Map<string, number[]>} */
    this.byState = new Map();
    for (const [index, visit] of (view.execution?.visits ?? []).entries()) {
      const path = view.paths[visit.state] ?? "";
      const known = this.byState.get(path);
      if (known) known.push(index);
      else this.byState.set(path, [index]);
    }
    /** @type {Map<string, import("./types.d.ts").Finding[]>} */
    this.findings = new Map();
    for (const one of view.machine.findings) {
      const path = this.stateOf(one.path);
      if (path) this.findings.set(path, [...(this.findings.get(path) ?? []), one]);
    }
    this.flow = view.flow ? this.counted(view.flow.ways) : undefined;
  }

  /** @param {string | undefined} path */
  choose(path) {
    if (path !== this.selected) this.visit = path === undefined ? undefined : this.shownVisit(path);
    this.selected = path;
    this.changed("chosen");
  }

  /** @param {number | undefined} visit A visit, and with it its state. */
  look(visit) {
    const one = visit === undefined ? undefined : this.view.execution?.visits[visit];
    if (!one) return;
    this.visit = visit;
    this.selected = this.view.paths[one.state];
    this.changed("chosen");
  }

  /** @param {number | undefined} way */
  follow(way) {
    this.way = way;
    this.changed("chosen");
  }

  /** @param {number} step How many steps have happened; the state of the last of them is chosen. */
  stepTo(step) {
    this.step = Math.min(this.steps.length, Math.max(0, step));
    const last = this.steps[this.step - 1];
    if (last) this.look(last.visit);
    else this.choose(undefined);
  }

  /** @param {string} path */
  visitsOf(path) {
    return this.byState.get(path) ?? [];
  }

  /** @param {string} path The visit that is shown of a state: the last one that failed for good, or else the last. */
  shownVisit(path) {
    const numbers = this.visitsOf(path);
    return numbers.findLast((number) => this.view.execution?.visits[number]?.outcome === "failed") ?? numbers.at(-1);
  }

  /** Where an execution stands, or failed. */
  standsAt() {
    const { execution, paths } = this.view;
    const last = execution?.visits.findLast((one) => one.outcome === "running" || (execution.status !== "SUCCEEDED" && one.outcome === "failed"));
    return last && paths[last.state];
  }

  /** @param {number} visit */
  isTrouble(visit) {
    return ["failed", "caught", "aborted"].includes(this.view.execution?.visits[visit]?.outcome ?? "");
  }

  /** @param {string} path @param {Visit} map @returns {Item[]} */
  itemsOf(path, map) {
    const depth = map.items?.length ?? 0;
    const inside = `${path}.`;
    const within = this.view.paths.map((one) => one.startsWith(inside));
    /** @type {Map<number, Item>} */
    const found = new Map();
    for (const [number, visit] of (this.view.execution?.visits ?? []).entries()) {
      const index = visit.items?.[depth];
      const here = within[visit.state] && visit.entered >= map.entered && visit.entered <= (map.left ?? Infinity);
      if (index === undefined || !here || map.items?.some((item, place) => visit.items?.[place] !== item)) continue;
      const known = found.get(index) ?? { index, first: number, visits: 0, took: 0, outcome: "succeeded" };
      known.visits++;
      known.took = (visit.left ?? visit.entered) - (this.view.execution?.visits[known.first]?.entered ?? 0);
      if (RANK.indexOf(visit.outcome) > RANK.indexOf(known.outcome)) known.outcome = visit.outcome;
      found.set(index, known);
    }
    return [...found.values()].sort((a, b) => a.index - b.index);
  }

  /** @param {string} path The state that a finding's path lies in. */
  stateOf(path) {
    for (let at = path; at; at = at.slice(0, Math.max(0, at.lastIndexOf(".")))) if (this.places.has(at)) return at;
    return "";
  }

  /** @param {string} path */
  findingsOf(path) {
    return this.findings.get(path) ?? [];
  }

  /** @param {string} path */
  nameOf(path) {
    return this.places.get(path)?.box.name ?? path;
  }

  /** @param {Machine} machine */
  statesOf(machine) {
    const known = this.states.get(machine) ?? statesOf(machine.definition);
    this.states.set(machine, known);
    return known;
  }

  standing() {
    const { execution, paths } = this.view;
    return execution ? standing(execution, paths, this.steps, this.step) : undefined;
  }

  /** @param {import("./types.d.ts").Way[]} ways @returns {Flow} */
  counted(ways) {
    /** @type {Flow} */
    const flow = { counts: new Map(), states: new Map(), most: 1 };
    for (const way of ways) {
      for (const [index, [from, to]] of way.taken.entries()) {
        const key = this.lineOf(from, to, way.caught.includes(index));
        flow.counts.set(key, (flow.counts.get(key) ?? 0) + 1);
      }
      for (const path of this.entered(way).keys()) flow.states.set(path, (flow.states.get(path) ?? 0) + 1);
    }
    flow.most = Math.max(1, ...flow.counts.values());
    return flow;
  }

  /** @param {import("./types.d.ts").Way} way @returns {Map<string, number>} How often it entered each state. */
  entered(way) {
    /** @type {Map<string, number>} */
    const found = new Map();
    for (const [, to] of way.taken) {
      const path = this.view.paths[to] ?? "";
      found.set(path, (found.get(path) ?? 0) + 1);
    }
    return found;
  }

  /** @type {(from: number, to: number, caught: boolean) => string} The key of a line between two paths. */
  lineOf(from, to, caught) {
    const id = (/** @type {number} */ number) => this.places.get(this.view.paths[number] ?? "")?.box.id ?? "start";
    return `${id(from)} ${id(to)} ${caught ? "catch" : ""}`;
  }

  /** The lines that were taken: by the execution so far, or by the chosen order. @returns {Set<string> | undefined} */
  taken() {
    const { execution, flow } = this.view;
    const way = this.way === undefined ? undefined : flow?.ways[this.way];
    if (way) return new Set(way.taken.map(([from, to], index) => this.lineOf(from, to, way.caught.includes(index))));
    if (!execution) return undefined;
    const done = this.standing()?.visits ?? new Set();
    return new Set(
      execution.visits.flatMap((visit, number) => {
        const before = execution.visits[visit.after ?? -1];
        return done.has(number) ? [this.lineOf(before?.state ?? -1, visit.state, before?.outcome === "caught")] : [];
      }),
    );
  }
}

/** Outcomes, the worst last. */
export const RANK = ["succeeded", "caught", "running", "aborted", "failed"];
