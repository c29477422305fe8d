// What the definition says of a state, and of the states around it.

/**
 * @typedef {Record<string, unknown>} Fields
 * @typedef {import("./types.d.ts").Graph} Graph
 * @typedef {import("./types.d.ts").Box} Box
 */

/** @type {(value: unknown) => Fields} */
export function fields(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? /** @type {Fields} */ (value) : {};
}

/** @type {(value: unknown) => unknown[]} */
export function list(value) {
  return Array.isArray(value) ? value : [];
}

/** @type {(node: Fields) => boolean} Whether it is a Map whose items are executions of their own. */
export function isDistributed(node) {
  return fields(fields(node.ItemProcessor).ProcessorConfig).Mode === "DISTRIBUTED";
}

/** @type {(definition: unknown) => Map<string, Fields>} Every state by its path. */
export function statesOf(definition) {
  /** @type {Map<string, Fields>} */
  const found = new Map();
  const todo = [{ path: "", scope: fields(definition) }];
  for (let one = todo.pop(); one; one = todo.pop())
    for (const [name, value] of Object.entries(fields(one.scope.States))) {
      const path = `${one.path ? `${one.path}.` : ""}States.${name}`;
      const node = fields(value);
      found.set(path, node);
      for (const [index, branch] of list(node.Branches).entries())
        todo.push({ path: `${path}.Branches[${index}]`, scope: fields(branch) });
      for (const key of ["ItemProcessor", "Iterator"]) if (key in node) todo.push({ path: `${path}.${key}`, scope: fields(node[key]) });
    }
  return found;
}

/** @type {(node: Fields) => Fields} A state without the states inside it, which the picture shows. */
export function alone(node) {
  /** @type {Fields} */
  const kept = {};
  for (const [key, value] of Object.entries(node)) {
    if (key === "Branches") kept[key] = `${list(value).length} branches, in the picture`;
    else if (key === "ItemProcessor" || key === "Iterator") {
      const { States, ...rest } = fields(value);
      kept[key] = { ...rest, States: `${Object.keys(fields(States)).length} states, in the picture` };
    } else kept[key] = value;
  }
  return kept;
}

/**
 * @typedef {object} Retrier
 * @property {string} errors
 * @property {number[]} waits Seconds before each further attempt.
 * @property {boolean} jitter
 */

/**
 * The defaults are AWS's: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 * @param {Fields} node
 * @returns {Retrier[]}
 */
export function retriers(node) {
  const number = (/** @type {unknown} */ value, /** @type {number} */ otherwise) => (typeof value === "number" ? value : otherwise);
  return list(node.Retry).map(fields).map((one) => {
    const [first, rate] = [number(one.IntervalSeconds, 1), number(one.BackoffRate, 2)];
    const longest = number(one.MaxDelaySeconds, Infinity);
    const count = Math.min(100, Math.max(0, number(one.MaxAttempts, 3)));
    const waits = Array.from({ length: count }, (_, index) => Math.min(longest, first * rate ** index));
    return { errors: list(one.ErrorEquals).join(", "), waits, jitter: one.JitterStrategy === "FULL" };
  });
}

/**
 * @typedef {object} Place A state in a picture: its box, the scope it is in, and the boxes around it.
 * @property {Box} box
 * @property {Graph} graph
 * @property {Box[]} around
 */

/** @type {(graph: Graph) => Map<string, Place>} Every state of a picture by its path. */
export function placesOf(graph) {
  /** @type {Map<string, Place>} */
  const found = new Map();
  /** @type {{ graph: Graph, around: Box[] }[]} */
  const todo = [{ graph, around: [] }];
  for (let one = todo.pop(); one; one = todo.pop())
    for (const box of one.graph.boxes) {
      found.set(box.path, { box, graph: one.graph, around: one.around });
      for (const inner of box.groups ?? []) todo.push({ graph: inner, around: [...one.around, box] });
    }
  return found;
}
