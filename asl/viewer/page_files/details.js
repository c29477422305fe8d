// The panel of one state: what it is, what was found, what it may do, how it is tried again, and what happened to it.
import { alone, fields, isDistributed, list, retriers } from "./definition.js";
import { html } from "./dom.js";
import { variables } from "./history.js";
import { icon } from "./icons.js";
import { button, dataOf, facts, link, paged, row, section, timeline, withCode } from "./parts.js";
import { counted, dollars, instant, passed } from "./words.js";

/**
 * @typedef {import("./types.d.ts").Visit} Visit
 * @typedef {import("./dom.js").Child} Child
 * @typedef {import("./shown.js").Shown} Shown
 */

export const OUTCOMES = /** @type {Record<string, string>} */ ({
  running: "in progress",
  succeeded: "succeeded",
  caught: "failed, caught",
  failed: "failed",
  aborted: "aborted",
});

/**
 * @param {Shown} shown
 * @param {string} path
 * @returns {Child[]}
 */
export function details(shown, path) {
  const place = shown.places.get(path);
  if (!place) return [];
  const { box } = place;
  const machine = box.mark?.tone === "removed" && shown.view.change ? shown.view.change.before : shown.view.machine;
  const node = shown.statesOf(machine).get(path) ?? {};
  const where = place.around.map((one) => one.name).join(" › ");
  return [
    html("p", { class: "crumbs" }, button("‹ Overview", () => shown.choose(undefined)), where && ` in ${where}`),
    html("h2", { tabindex: -1 }, box.name),
    html("p", { class: "what" }, [box.type, box.service, box.target].filter(Boolean).join(" · ")),
    typeof node.Comment === "string" && html("p", {}, node.Comment),
    changed(shown, path),
    execution(shown, path, box.type),
    flow(shown, path),
    findings(shown, path),
    ways(shown, path),
    permissions(machine.permissions[path] ?? []),
    retrying(node),
    price(machine, path),
    section("Definition", html("p", { class: "path" }, path), dataOf(`${box.name}, as defined`, alone(node), !shown.view.execution)),
  ];
}

/** @type {(shown: Shown, path: string) => Child} */
function changed(shown, path) {
  const { change } = shown.view;
  const texts = change?.texts[path] ?? [];
  const tone = shown.places.get(path)?.box.mark?.tone;
  if (!change || !(texts.length || tone === "added" || tone === "removed")) return undefined;
  const old = Object.entries(change.became).find(([, now]) => now === path)?.[0];
  const before = old === undefined ? undefined : shown.statesOf(change.before).get(old);
  return section(
    "What changed",
    html("ul", { class: "marks" }, ...texts.map(({ text, danger }) => html("li", { class: danger ? "danger" : "" }, text))),
    !texts.length && html("p", {}, `This state is ${tone}.`),
    before && tone === "changed" && dataOf("As it was before", alone(before), false),
  );
}

/** @type {(shown: Shown, path: string, type: string) => Child} */
function execution(shown, path, type) {
  const { execution: own, paths } = shown.view;
  if (!own) return undefined;
  const numbers = shown.visitsOf(path);
  if (!numbers.length) return section("In this execution", html("p", {}, notEntered(shown, path)));
  const at = Math.max(0, numbers.indexOf(shown.visit ?? -1));
  const number = numbers[at] ?? 0;
  const visit = own.visits[number];
  if (!visit) return undefined;
  const value = (/** @type {number} */ index) => (index < 0 ? undefined : shown.values[index]);
  const { before, after } = variables(own, paths, number);
  const named = (/** @type {Record<string, number>} */ of) => Object.fromEntries(Object.entries(of).map(([name, index]) => [name, value(index)]));
  const has = Object.keys(after).length > 0;
  return section(
    "In this execution",
    numbers.length > 1 && visitsPager(shown, numbers, at),
    html("p", { class: `outcome ${visit.outcome}` }, icon(visit.outcome), OUTCOMES[visit.outcome], visit.items?.length ? `, item ${visit.items.join(".")}` : ""),
    facts([
      ["Entered", html("span", {}, `${passed(visit.entered)} after the start, `, html("time", {}, instant(own.started + visit.entered)))],
      ["Took", visit.left === undefined ? "not left" : passed(visit.left - visit.entered)],
      ...(visit.log ? [/** @type {[string, Child]} */ (["Logs", link("its log lines", visit.log)])] : []),
    ]),
    visit.error && html("p", { class: "error" }, html("strong", {}, visit.error), visit.cause ? `: ${visit.cause}` : ""),
    attempts(visit, value),
    dataOf("Input", value(visit.input)),
    dataOf("Output", value(visit.output)),
    has && dataOf("Variables before", named(before), false),
    has && dataOf("Variables after", named(after), false),
    type === "Map" && items(shown, path, visit),
  );
}

/** @type {(shown: Shown, path: string) => string} */
function notEntered(shown, path) {
  const states = shown.statesOf(shown.view.machine);
  const apart = shown.places.get(path)?.around.find((one) => isDistributed(states.get(one.path) ?? {}));
  return apart ? `The items of ${apart.name} are executions of their own, which are not on this page.` : "It was not entered.";
}

/** @type {(shown: Shown, numbers: number[], at: number) => HTMLElement} */
function visitsPager(shown, numbers, at) {
  const go = (/** @type {number} */ index) => shown.look(numbers[Math.min(numbers.length - 1, Math.max(0, index))]);
  const failed = numbers.findIndex((number, index) => index > at && shown.isTrouble(number));
  const input = html("input", {
    type: "number", min: 1, max: numbers.length, value: at + 1, "aria-label": "Which visit",
    change: () => go(Number(input.value) - 1),
  });
  return html(
    "div",
    { class: "pager" },
    button("‹", () => go(at - 1), { "aria-label": "Earlier visit" }),
    html("span", {}, "Visit ", input, ` of ${numbers.length.toLocaleString("en")}`),
    button("›", () => go(at + 1), { "aria-label": "Later visit" }),
    failed >= 0 && button("Next that failed", () => go(failed)),
  );
}

/** @type {(visit: Visit, value: (index: number) => unknown) => Child} */
function attempts(visit, value) {
  const tried = visit.attempts ?? [];
  if (!tried.length) return undefined;
  const bars = tried.map((one, index) => ({
    from: one.began,
    to: one.ended ?? one.began,
    tone: one.error ? "bad" : one.ended === undefined ? "open" : "good",
    title: `attempt ${index + 1}: ${one.error || (one.ended === undefined ? "in progress" : "succeeded")}`,
  }));
  const many = tried.length === 1 ? "One attempt" : `${tried.length} attempts`;
  return html(
    "div",
    {},
    timeline(bars, many),
    tried.length > 1 || tried[0]?.error
      ? html(
          "ol",
          { class: "attempts" },
          ...tried.slice(0, 50).map((one, index) =>
            html(
              "li",
              {},
              `at ${passed(one.began - visit.entered)}: ${one.error ? `${one.error}${one.cause ? `: ${one.cause}` : ""}` : one.ended === undefined ? "in progress" : "succeeded"}`,
              one.ended !== undefined && `, took ${passed(one.ended - one.began)}`,
              one.input >= 0 && dataOf(`Attempt ${index + 1}: what it was given`, value(one.input), false),
            ),
          ),
        )
      : tried[0] && tried[0].input >= 0 && dataOf("What the call was given", value(tried[0].input), false),
  );
}

/** @type {(shown: Shown, path: string, map: Visit) => Child} A Map's items, one row each, those that failed first. */
function items(shown, path, map) {
  const found = shown.itemsOf(path, map);
  if (!found.length) return undefined;
  const bad = found.filter((one) => one.outcome === "failed" || one.outcome === "caught" || one.outcome === "aborted");
  const host = html("div", {});
  const show = (/** @type {typeof found} */ rows) =>
    host.replaceChildren(
      paged(rows, (one) => row(one.outcome, `item ${one.index}`, `${counted(one.visits, "visit")}, took ${passed(one.took)}`, () => shown.look(one.first)), "items"),
    );
  show(found);
  return html(
    "div",
    {},
    html("h4", {}, `${counted(found.length, "item")}, ${bad.length.toLocaleString("en")} in trouble`),
    html("div", { class: "chips" }, button("All", () => show(found)), bad.length ? button("In trouble", () => show(bad)) : undefined),
    host,
  );
}

/** @type {(shown: Shown, path: string) => Child} */
function flow(shown, path) {
  const own = shown.view.flow;
  if (!own) return undefined;
  const count = shown.flow?.states.get(path) ?? 0;
  return section("In this flow", html("p", {}, `Entered by ${count} of ${counted(own.ways.length, own.noun)}.`));
}

/** @type {(shown: Shown, path: string) => Child} */
function findings(shown, path) {
  const found = shown.findingsOf(path);
  return found.length ? section("Findings", html("ul", { class: "marks" }, ...found.map((one) => finding(shown, one, false)))) : undefined;
}

/**
 * A finding: its message begins where the path ends, as `States.Pay.Retry[0]: has no jitter`.
 * @type {(shown: Shown, one: import("./types.d.ts").Finding, named?: boolean) => HTMLElement}
 */
export function finding(shown, one, named = true) {
  const path = shown.stateOf(one.path);
  const inside = one.path.slice(path.length).replace(/^\./, "");
  return html(
    "li",
    { class: one.rank === "error" ? "danger" : one.rank === "advice" ? "" : "warning" },
    named && path && html("span", {}, stateButton(shown, path), " "),
    html("strong", {}, `${one.rule} (${one.rank})`), " ",
    inside && html("code", {}, inside), inside && " ",
    ...withCode(`${one.message}. ${one.fix} `),
    /^https?:/.test(one.source) && link("AWS's page", one.source),
  );
}

/** @type {(shown: Shown, path: string) => HTMLElement} A link to a state. */
export function stateButton(shown, path) {
  return button(shown.nameOf(path), () => shown.choose(path), { class: "link" });
}

/** @type {(shown: Shown, path: string) => Child} Where it comes from and goes to: who calls it, and what follows. */
function ways(shown, path) {
  const place = shown.places.get(path);
  if (!place) return undefined;
  const { graph, box } = place;
  const boxes = new Map(graph.boxes.map((one) => [one.id, one]));
  const arrow = (/** @type {string} */ id, /** @type {import("./types.d.ts").Arrow} */ one) => {
    const other = boxes.get(id);
    const count = other && shown.flow?.counts.get(`${one.from} ${one.to} ${one.kind === "catch" ? "catch" : ""}`);
    const how = one.kind === "catch" ? ` after ${one.label}` : one.kind === "choice" ? ` when ${one.label}` : one.kind === "default" ? " otherwise" : "";
    return other && html("li", {}, button(other.name, () => shown.choose(other.path), { class: "link" }), how, count ? `, ${counted(count, "time")}` : "");
  };
  const into = graph.arrows.filter((one) => one.to === box.id).map((one) => arrow(one.from, one));
  const out = graph.arrows.filter((one) => one.from === box.id).map((one) => arrow(one.to, one));
  const begins = graph.start === box.id && html("li", {}, place.around.length ? `the start of ${place.around.at(-1)?.name}` : "the start");
  const alike = box.target ? [...shown.places.values()].filter((one) => one.box.target === box.target && one.box.path !== path) : [];
  return section(
    "Ways here and on",
    html("h4", {}, "Reached from"),
    html("ul", {}, begins, ...into),
    out.length > 0 && html("h4", {}, "Leads to"),
    out.length > 0 && html("ul", {}, ...out),
    alike.length > 0 && html("h4", {}, `Also calls ${box.target}`),
    alike.length > 0 && html("ul", {}, ...alike.map((one) => html("li", {}, button(one.box.name, () => shown.choose(one.box.path), { class: "link" })))),
  );
}

/** @type {(given: import("./types.d.ts").Permission[]) => Child} */
function permissions(given) {
  return given.length ? section("Permissions it needs", html("ul", { class: "marks" }, ...given.map((one) => permission(one)))) : undefined;
}

/** @type {(one: import("./types.d.ts").Permission, sign?: string) => HTMLElement} */
export function permission(one, sign = "") {
  const reason = inWords(one.reason);
  return html(
    "li",
    { class: one.danger ? "danger" : "" },
    `${sign}${one.action} on `, html("code", {}, one.resource),
    reason && reason !== inWords(one.action) && `: ${reason}`, one.condition ? ` if ${one.condition}` : "",
    one.danger && html("strong", {}, ` (${one.danger})`),
  );
}

/** @type {(text: string) => string} A policy's Sid has letters alone: `ReadsThePrices` is `reads the prices`. */
function inWords(text) {
  return text.includes(" ") ? text : text.replace(":", " ").replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
}

/** @type {(node: import("./definition.js").Fields) => Child} */
function retrying(node) {
  const found = retriers(node);
  const timeout = node.TimeoutSeconds ?? node.TimeoutSecondsPath;
  const heartbeat = node.HeartbeatSeconds ?? node.HeartbeatSecondsPath;
  if (!found.length && timeout === undefined && heartbeat === undefined) return undefined;
  const longest = typeof timeout === "number" ? timeout : 0;
  const told = (/** @type {unknown} */ value) => (typeof value === "number" ? passed(value) : String(value));
  return section(
    "Retries and timeouts",
    facts([
      ...(timeout === undefined ? [] : [/** @type {[string, Child]} */ (["An attempt may take", told(timeout)])]),
      ...(heartbeat === undefined ? [] : [/** @type {[string, Child]} */ (["It may be silent for", told(heartbeat)])]),
    ]),
    ...found.map((one) => retrier(one, longest)),
    ...list(node.Catch).map(fields).map((one) => html("p", {}, `After that ${list(one.ErrorEquals).join(", ")} leads to ${one.Next}.`)),
  );
}

/** @type {(one: import("./definition.js").Retrier, longest: number) => HTMLElement} */
function retrier(one, longest) {
  if (!one.waits.length) return html("p", {}, `After ${one.errors} it is not tried again.`);
  let at = 0;
  const bars = [0, ...one.waits].map((wait, index) => {
    const from = at + wait;
    at = from + longest;
    return { from, to: at, tone: index ? "again" : "good", title: `attempt ${index + 1}, ${passed(from)} after the first began at the latest` };
  });
  const waits = one.waits.slice(0, 8).map(passed).join(", ") + (one.waits.length > 8 ? ", …" : "");
  return timeline(bars, `After ${one.errors}: ${one.waits.length} more attempts, ${one.jitter ? "up to " : ""}${waits} later`);
}

/** @type {(machine: import("./types.d.ts").Machine, path: string) => Child} */
function price(machine, path) {
  const share = machine.price?.shares[path];
  if (!machine.price || share === undefined) return undefined;
  const usd = dollars(machine.price.usd_per_month * share);
  return section("Price", html("p", {}, `${(share * 100).toFixed(1)} % of what an execution costs: ${usd} a month at ${machine.price.executions_per_month.toLocaleString("en")} executions.`));
}
