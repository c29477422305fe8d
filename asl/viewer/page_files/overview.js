// The panel of the whole machine: what happened, what changed, what was found, what it may do and costs.
import { finding, permission, stateButton } from "./details.js";
import { html } from "./dom.js";
import { button, dataOf, facts, link, paged, row, section } from "./parts.js";
import { inRounds } from "./rounds.js";
import { RANK } from "./shown.js";
import { counted, dollars, instant, passed } from "./words.js";

/**
 * @typedef {import("./dom.js").Child} Child
 * @typedef {import("./shown.js").Shown} Shown
 */

/** @type {(shown: Shown) => Child[]} */
export function overview(shown) {
  const { view } = shown;
  const { machine } = view;
  const every = machine.permissions[""] ?? Object.values(machine.permissions).flat();
  return [
    html("h2", { tabindex: -1 }, view.title),
    html("p", { class: "what" }, `${machine.type === "EXPRESS" ? "Express" : "Standard"} machine, ${counted(shown.places.size, "state")}`),
    ...view.notes.map((note) => html("p", {}, note)),
    wholeExecution(shown),
    wholeFlow(shown),
    change(shown),
    exploration(shown),
    machine.findings.length > 0 && allFindings(shown),
    machine.startedBy.length > 0 && section("Started by", html("ul", {}, ...machine.startedBy.map((one) => html("li", {}, one)))),
    price(shown),
    every.length > 0 &&
      html("details", {}, html("summary", {}, `Permissions (${every.length})`), html("ul", { class: "marks" }, ...every.map((one) => permission(one)))),
  ];
}

/** @type {(shown: Shown) => Child} */
function price(shown) {
  const own = shown.view.machine.price;
  const before = shown.view.change?.before.price;
  if (!own) return undefined;
  const same = before?.usd_per_month === own.usd_per_month ? ", as before the change" : "";
  return section(
    "Price",
    html("p", {}, `About ${dollars(own.usd_per_execution)} an execution, ${dollars(own.usd_per_month)} a month at ${counted(own.executions_per_month, "execution")}${same}.`),
    before && !same && html("p", {}, `Before the change ${dollars(before.usd_per_execution)} an execution, ${dollars(before.usd_per_month)} a month.`),
    html("ul", {}, ...dearest(shown)),
  );
}

/** @type {(shown: Shown) => HTMLElement[]} */
function dearest(shown) {
  const shares = Object.entries(shown.view.machine.price?.shares ?? {}).sort((a, b) => b[1] - a[1]);
  return shares
    .slice(0, 5)
    .filter(([, share]) => share > 0)
    .map(([path, share]) => html("li", {}, stateButton(shown, path), `: ${(share * 100).toFixed(1)} %`));
}

/** @type {(shown: Shown) => Child} */
function allFindings(shown) {
  const all = shown.view.machine.findings;
  const order = (/** @type {string} */ rank) => (rank === "error" ? 0 : rank === "advice" ? 2 : 1);
  const sorted = all.toSorted((a, b) => order(a.rank) - order(b.rank));
  return section(`Findings (${all.length})`, paged(sorted, (one) => finding(shown, one), "findings", "marks"));
}

/** @type {(shown: Shown) => Child} */
function wholeExecution(shown) {
  const own = shown.view.execution;
  if (!own) return undefined;
  const value = (/** @type {number} */ index) => (index < 0 ? undefined : shown.values[index]);
  const ended = own.ended === null ? "" : ` after ${passed(own.ended - own.started)}`;
  const outer = own.visits.map((_, index) => index).filter((index) => !own.visits[index]?.items?.length);
  const bad = own.visits.map((_, index) => index).filter((index) => shown.isTrouble(index));
  const host = html("div", {});
  const visitRow = (/** @type {number} */ index) => {
    const visit = own.visits[index];
    if (!visit) return undefined;
    const told = `at ${passed(visit.entered)}, ${visit.left === undefined ? "not left" : `took ${passed(visit.left - visit.entered)}`}`;
    const item = visit.items?.length ? ` [${visit.items.join(".")}]` : "";
    const name = shown.nameOf(shown.view.paths[visit.state] ?? "");
    return row(visit.outcome, `${name}${item}`, told, () => shown.look(index));
  };
  const likeness = (/** @type {number} */ index) => `${own.visits[index]?.state} ${own.visits[index]?.outcome}`;
  const runRow = (/** @type {import("./rounds.js").Run<number>} */ run) => {
    const [from, to] = [own.visits[run.rows[0] ?? 0], own.visits[run.last]];
    if (run.times === 1 || !from || !to) return visitRow(run.last);
    const names = run.rows.map((index) => shown.nameOf(shown.view.paths[own.visits[index]?.state ?? -1] ?? "")).join(", ");
    const took = to.left === undefined ? "not left" : `took ${passed(to.left - from.entered)}`;
    const outcomes = run.rows.map((index) => own.visits[index]?.outcome ?? "succeeded");
    const worst = outcomes.reduce((one, other) => (RANK.indexOf(other) > RANK.indexOf(one) ? other : one));
    return row(worst, `${counted(run.times, "round")} of ${names}`, `at ${passed(from.entered)}, ${took}`, () => shown.look(run.rows[0]));
  };
  const show = (/** @type {number[]} */ rows) => host.replaceChildren(paged(inRounds(rows, likeness), runRow, "lines"));
  show(outer);
  const last = own.visits.findLast((visit) => isOutermost(shown.view.paths[visit.state] ?? ""));
  const where = last ? ` in ${shown.nameOf(shown.view.paths[last.state] ?? "")}` : "";
  return section(
    "Execution",
    html("p", { class: `outcome ${own.status}` }, `${own.status.toLowerCase().replaceAll("_", " ")}${where}${ended}`),
    (own.error || own.cause) && html("p", { class: "error" }, html("strong", {}, own.error), own.error && own.cause ? ": " : "", own.cause),
    own.masked && html("p", {}, "Secrets and personal fields are masked."),
    facts([["Name", own.name], ["Started", instant(own.started)]]),
    own.links.length > 0 && html("p", {}, ...own.links.flatMap(([text, href]) => [link(text, href), " "])),
    dataOf("Input", value(own.input), false),
    dataOf("Output", value(own.output), false),
    html("h4", {}, "The way taken"),
    bad.length > 0 && html("div", { class: "chips" }, button("All", () => show(outer)), button(`In trouble (${bad.length})`, () => show(bad))),
    host,
  );
}

/** @type {(path: string) => boolean} */
function isOutermost(path) {
  return path.lastIndexOf("States.") === 0;
}

/** @type {(shown: Shown) => Child} */
function wholeFlow(shown) {
  const own = shown.view.flow;
  if (!own) return undefined;
  /** @type {Map<string, number>} */
  const outcomes = new Map();
  for (const way of own.ways) outcomes.set(way.outcome, (outcomes.get(way.outcome) ?? 0) + 1);
  const host = html("div", {});
  const all = own.ways.map((_, index) => index);
  const wayRow = (/** @type {number} */ index) => {
    const way = own.ways[index];
    return way && button(`${way.name}: ${way.outcome} after ${passed(way.seconds)}`, () => shown.follow(index), { "aria-pressed": String(shown.way === index) });
  };
  const show = (/** @type {string | undefined} */ outcome) =>
    host.replaceChildren(paged(all.filter((index) => outcome === undefined || own.ways[index]?.outcome === outcome), wayRow, `${own.noun}s`));
  show(undefined);
  const chips = [...outcomes].sort((a, b) => b[1] - a[1]).map(([outcome, count]) => button(`${outcome} (${count})`, () => show(outcome)));
  const chosen = own.ways[shown.way ?? -1];
  return section(
    counted(own.ways.length, own.noun),
    chosen
      ? html("p", {}, html("strong", {}, chosen.name), `: ${chosen.outcome} after ${passed(chosen.seconds)}. `, button(`Show all ${own.noun}s`, () => shown.follow(undefined)))
      : html("p", {}, `The wider a line, the more ${own.noun}s went along it. Choose one to see its way.`),
    html("div", { class: "chips" }, button("All", () => show(undefined)), ...chips),
    host,
  );
}

/** @type {(one: import("./types.d.ts").Change["promises"][number]) => string} By the proof, and by what was tried. */
function promised(one) {
  if (one.explored === false) return `broken${one.before ? " (proven before)" : ""}`;
  if (!one.kept) return `not proven${one.before ? " (proven before)" : ""}${one.explored ? ", and nothing that was tried breaks it" : ""}`;
  return `proven${one.before === false ? " (not before)" : ""}${one.explored ? ", and kept on all ways that were tried" : ""}`;
}

/** @type {(shown: Shown) => Child} How executions can end, by trying all that tasks may come to. */
function exploration(shown) {
  const own = shown.view.exploration;
  if (!own) return undefined;
  if (own.refused) return section("Exploration", html("p", {}, `Nothing was tried: ${own.refused}.`));
  const end = (/** @type {typeof own.ends[number]} */ one) =>
    html("li", { class: one.status === "SUCCEEDED" ? "added" : "" }, stateButton(shown, one.state), ` ${one.status}: ${one.shortest.join(" › ")}`);
  const problem = (/** @type {[string, string]} */ [told, way]) => html("li", { class: "warning" }, `${told}.`, folded("The way there", way));
  return section(
    "Exploration",
    html("p", {}, `${own.told}. Nothing is known of the input and of results: tasks may return more here than they ever do.`),
    ...listed("What can go wrong, if they may", own.problems, problem),
    ...listed("How it can end, by the shortest way", own.ends, end),
    ...listed("Not tried: what asl.explore would have to be given", own.cut, (one) => html("li", {}, one)),
    ...listed("No way that was tried leads to", own.unreached, (path) => html("li", {}, stateButton(shown, path))),
  );
}

/** @type {(title: string, text: string) => HTMLElement} */
function folded(title, text) {
  return html("details", {}, html("summary", {}, title), html("p", {}, text));
}

/**
 * A list under a title, where there is anything in it.
 * @template Row
 * @param {string} title
 * @param {Row[]} rows
 * @param {(row: Row) => HTMLElement} draw
 */
function listed(title, rows, draw) {
  return rows.length ? [html("h4", {}, title), paged(rows, draw, "rows", "marks")] : [];
}

/** @type {(shown: Shown) => Child} */
function change(shown) {
  const own = shown.view.change;
  if (!own) return undefined;
  const texts = Object.entries(own.texts).map(([path, ones]) => /** @type {const} */ ([path, ones.filter(({ text }) => !shown.view.notes.includes(text))])).filter(([, ones]) => ones.length);
  const marked = [...shown.places.values()].filter((one) => one.box.mark && ["added", "removed"].includes(one.box.mark.tone));
  const fresh = !shown.view.before?.boxes.length;
  return html(
    "div",
    {},
    !fresh && section(
      "What changed",
      texts.length + marked.length === 0 && html("p", {}, "Nothing in the states."),
      html(
        "ul",
        { class: "marks" },
        ...marked.map(({ box }) => html("li", { class: box.mark?.tone ?? "" }, stateButton(shown, box.path), ` ${box.mark?.tone}`)),
        ...texts.flatMap(([path, ones]) => ones.map(({ text, danger }) => html("li", { class: danger ? "danger" : "" }, ...(shown.places.has(path) ? [stateButton(shown, path), ` ${text.replace(`${shown.nameOf(path)}: `, "")}`] : [text])))),
      ),
    ),
    (own.gained.length > 0 || own.lost.length > 0) &&
      section("Permissions", html("ul", { class: "marks" }, ...own.gained.map((one) => permission(one, "+ ")), ...own.lost.map((one) => permission(one, "− ")))),
    own.newFindings.length > 0 && section("New findings", html("ul", { class: "marks" }, ...own.newFindings.map((one) => finding(shown, one)))),
    own.goneFindings.length > 0 && section("Findings gone", html("ul", { class: "marks" }, ...own.goneFindings.map((one) => finding(shown, one)))),
    own.promises.length > 0 &&
      section(
        "Promises",
        html("ul", { class: "marks" }, ...own.promises.map((one) => html("li", { class: one.kept && one.explored !== false ? "" : "danger" }, `${promised(one)}: ${one.text}`, one.detail && folded("The way that breaks it", one.detail)))),
      ),
  );
}
