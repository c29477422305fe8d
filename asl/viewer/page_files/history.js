// An execution as steps, and what is known of each state after any of them.

/**
 * @typedef {import("./types.d.ts").Execution} Execution
 * @typedef {import("./types.d.ts").Visit} Visit
 * @typedef {import("./types.d.ts").Outcome} Outcome
 *
 * @typedef {object} Step
 * @property {number} at Seconds since the start.
 * @property {number} visit
 * @property {string} what
 * @property {number} order What happens first of what happens at one time.
 *
 * @typedef {object} Standing
 * @property {Outcome} outcome
 * @property {number} count How often the state was entered.
 */

/** @type {(execution: Execution) => Step[]} */
export function stepsOf(execution) {
  /** @type {Step[]} */
  const steps = [];
  for (const [index, visit] of execution.visits.entries()) {
    const order = index * 1000;
    steps.push({ at: visit.entered, visit: index, what: "entered", order });
    for (const [number, attempt] of (visit.attempts ?? []).entries()) {
      if (number) steps.push({ at: attempt.began, visit: index, what: `attempt ${number + 1} begins`, order: order + 2 * number + 1 });
      if (attempt.error) steps.push({ at: attempt.ended ?? attempt.began, visit: index, what: `attempt ${number + 1} failed`, order: order + 2 * number + 2 });
    }
    if (visit.outcome !== "running") steps.push({ at: visit.left ?? endOf(execution, visit), visit: index, what: visit.outcome, order: order + 999 });
  }
  return steps.sort((a, b) => a.at - b.at || a.order - b.order);
}

/** @type {(execution: Execution, visit: Visit) => number} */
function endOf(execution, visit) {
  const last = visit.attempts?.at(-1);
  return last?.ended ?? (execution.ended === null ? visit.entered : Math.max(visit.entered, execution.ended - execution.started));
}

/**
 * @param {Execution} execution
 * @param {string[]} paths
 * @param {Step[]} steps
 * @param {number} count How many of the steps have happened.
 * @returns {{ states: Map<string, Standing>, visits: Set<number> }}
 */
export function standing(execution, paths, steps, count) {
  /** @type {Map<string, Standing>} */
  const states = new Map();
  /** @type {Set<number>} */
  const visits = new Set();
  for (const step of steps.slice(0, count)) {
    const visit = execution.visits[step.visit];
    const path = visit && paths[visit.state];
    if (!visit || path === undefined) continue;
    const known = states.get(path) ?? { outcome: "running", count: 0 };
    if (step.what === "entered") {
      visits.add(step.visit);
      states.set(path, { outcome: known.count && known.outcome === "failed" ? "failed" : "running", count: known.count + 1 });
    } else if (!step.what.startsWith("attempt")) {
      const outcome = /** @type {Outcome} */ (step.what);
      states.set(path, { ...known, outcome: known.outcome === "failed" ? "failed" : outcome });
    }
  }
  return { states, visits };
}

/**
 * Variables before and after a visit: those of its own scope and of the scopes around it.
 * https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
 * @param {Execution} execution
 * @param {string[]} paths
 * @param {number} number
 */
export function variables(execution, paths, number) {
  const own = execution.visits[number];
  const scope = scopeAround(paths[own?.state ?? -1] ?? "");
  /** @type {Record<string, number>} */
  const before = {};
  for (const [index, visit] of execution.visits.entries()) {
    if (!own || !visit.assigned || index === number || (visit.left ?? Infinity) > own.entered || index > number) continue;
    const outer = scopeAround(paths[visit.state] ?? "");
    const around = outer === scope || scope.startsWith(`${outer}.`) || outer === "";
    if (around && (visit.items ?? []).every((item, place) => own.items?.[place] === item)) Object.assign(before, visit.assigned);
  }
  return { before, after: { ...before, ...own?.assigned } };
}

/** @type {(path: string) => string} */
function scopeAround(path) {
  return path.slice(0, Math.max(0, path.lastIndexOf(".States.")));
}
