// A scope's states in ranks: which transitions go back, which way is the usual one, and what stands on which side.

/**
 * @typedef {import("./types.d.ts").Graph} Graph
 * @typedef {import("./types.d.ts").Arrow} Arrow
 *
 * @typedef {object} Edge A transition; of several between two states that are of one kind, all together.
 * @property {string} from
 * @property {string} to
 * @property {string} kind
 * @property {string} label
 * @property {string | undefined} mark
 * @property {boolean} back It closes a loop.
 * @property {boolean} usual It is on the usual way.
 *
 * @typedef {object} Ranked
 * @property {Edge[]} edges
 * @property {Map<string, number>} ranks
 * @property {Map<string, number>} sides -1 left of the usual way, 0 on it, 1 right of it.
 */

export const START = "start";

/**
 * @param {Graph} graph
 * @param {boolean} outermost
 * @param {ReadonlyMap<string, number>} counts How often each transition was taken, where that is known.
 * @returns {Ranked}
 */
export function ranked(graph, outermost, counts) {
  const boxes = new Map(graph.boxes.map((box) => [box.id, box]));
  const edges = together(graph.arrows);
  const first = outermost && boxes.has(graph.start) ? START : graph.start;
  const ids = [...(first === START ? [START] : []), ...boxes.keys()];
  if (first === START) edges.unshift(edge({ from: START, to: graph.start, kind: "next" }));

  const leaving = new Map(ids.map((id) => [id, /** @type {Edge[]} */ ([])]));
  for (const one of edges) leaving.get(one.from)?.push(one);
  for (const ways of leaving.values()) ways.sort((a, b) => Number(a.kind === "catch") - Number(b.kind === "catch"));
  const order = inOrder(first, ids, leaving);

  const ranks = new Map(ids.map((id) => [id, 0]));
  for (const id of order)
    for (const one of leaving.get(id) ?? [])
      if (!one.back) ranks.set(one.to, Math.max(ranks.get(one.to) ?? 0, (ranks.get(id) ?? 0) + 1));
  return { edges, ranks, sides: sided(first, order, leaving, boxes, counts) };
}

/**
 * @param {Pick<Arrow, "from" | "to" | "kind" | "label" | "mark">} arrow
 * @returns {Edge}
 */
function edge({ from, to, kind, label, mark }) {
  return { from, to, kind, label: label ?? "", mark, back: false, usual: false };
}

/**
 * @param {Arrow[]} arrows
 * @returns {Edge[]}
 */
function together(arrows) {
  /** @type {Map<string, Edge>} */
  const found = new Map();
  for (const arrow of arrows) {
    const kind = arrow.kind === "default" ? "choice" : arrow.kind;
    const key = `${arrow.from} ${arrow.to} ${kind} ${arrow.mark ?? ""}`;
    const known = found.get(key);
    if (!known) found.set(key, edge({ ...arrow, kind }));
    else if (arrow.label) known.label += `${kind === "catch" ? "," : " or"} ${arrow.label}`;
  }
  return [...found.values()];
}

/**
 * The states, each after all that lead to it; transitions that close a loop are marked as going back.
 * @param {string} first
 * @param {string[]} ids
 * @param {Map<string, Edge[]>} leaving
 */
function inOrder(first, ids, leaving) {
  /** @type {string[]} */
  const done = [];
  /** @type {Map<string, boolean>} */
  const open = new Map();
  for (const root of [first, ...ids]) {
    if (open.has(root) || !leaving.has(root)) continue;
    const todo = [{ id: root, next: 0 }];
    open.set(root, true);
    for (let top = todo.at(-1); top; top = todo.at(-1)) {
      const one = leaving.get(top.id)?.[top.next++];
      if (!one) {
        open.set(top.id, false);
        done.push(top.id);
        todo.pop();
      } else if (open.get(one.to)) one.back = true;
      else if (!open.has(one.to)) {
        open.set(one.to, true);
        todo.push({ id: one.to, next: 0 });
      }
    }
  }
  return done.reverse();
}

const TROUBLE =
  /abort|cancel|compensat|declin|den(y|ied)|dead|error|escalat|expire|fail|fallback|invalid|overdue|problem|refund|refus|reject|releas|retr(y|ies)|revert|roll.?back|stuck|timed.?out|uncertain|undo|unknown|wrong|\bnot[A-Z]|Not[A-Z]/i;

/**
 * The usual way is the longest that needs no Catch, ends well, and leads through few states whose names speak of
 * trouble; or the one that most went. What only those or a Catch lead to stands right of it; other ways stand left.
 * @param {string} first
 * @param {string[]} order
 * @param {Map<string, Edge[]>} leaving
 * @param {Map<string, { type: string, name: string }>} boxes
 * @param {ReadonlyMap<string, number>} counts
 */
function sided(first, order, leaving, boxes, counts) {
  const onward = (/** @type {string} */ id) => (leaving.get(id) ?? []).filter((one) => one.kind !== "catch" && !one.back);
  const troubled = (/** @type {string} */ id) => boxes.get(id)?.type === "Fail" || TROUBLE.test(boxes.get(id)?.name ?? "");
  /** @type {Map<string, number>} */
  const worth = new Map();
  const worthOf = (/** @type {Edge} */ one) => (worth.get(one.to) ?? 0) - (one.mark === "removed" ? 1000 : 0);
  for (const id of order.toReversed()) {
    const ways = onward(id).map(worthOf);
    const loops = !ways.length && (leaving.get(id) ?? []).some((one) => one.kind !== "catch");
    const end = boxes.get(id)?.type === "Fail" || loops ? -1e6 : 0;
    worth.set(id, (troubled(id) ? -3 : 1) + (ways.length ? Math.max(...ways) : end));
  }
  const taken = (/** @type {Edge} */ one) => counts.get(`${one.from} ${one.to} `) ?? 0;
  const better = (/** @type {Edge} */ a, /** @type {Edge} */ b) => taken(a) - taken(b) || worthOf(a) - worthOf(b);
  const sides = new Map(order.map((id) => [id, 1]));
  const todo = [first];
  for (let id = todo.pop(); id !== undefined; id = todo.pop())
    for (const one of leaving.get(id) ?? [])
      if (one.kind !== "catch" && sides.get(one.to) === 1 && worthOf(one) > -1e5 && !troubled(one.to)) {
        sides.set(one.to, -1);
        todo.push(one.to);
      }
  for (let id = first, best; ; id = best.to) {
    sides.set(id, 0);
    best = onward(id).reduce((/** @type {Edge | undefined} */ a, b) => (a && better(a, b) >= 0 ? a : b), undefined);
    if (!best) return sides;
    best.usual = true;
  }
}
