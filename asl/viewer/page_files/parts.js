// Parts of the panel that recur: sections, data, lists by pages, links, small timelines.
import { html, svg } from "./dom.js";
import { icon } from "./icons.js";
import { passed, visible } from "./words.js";

/** @typedef {import("./dom.js").Child} Child */

const FIRST = 6000;
const PAGE = 100;

/** @type {(title: string, ...children: Child[]) => HTMLElement} */
export function section(title, ...children) {
  return html("section", {}, html("h3", {}, title), ...children);
}

/** @type {(shown: Child, act: () => void, attributes?: import("./dom.js").Attributes) => HTMLButtonElement} */
export function button(shown, act, attributes = {}) {
  return html("button", { type: "button", click: act, ...attributes }, shown);
}

/** @type {(title: string, value: unknown, open?: boolean) => HTMLElement} Data under a title that can be folded. */
export function dataOf(title, value, open = true) {
  const text = value === undefined ? "not known" : JSON.stringify(value, null, 2);
  const shown = html("pre", { tabindex: 0, "aria-label": title }, text.slice(0, FIRST));
  const rest = text.length - FIRST;
  const more = rest > 0 && button(`Show ${rest.toLocaleString("en")} more characters`, () => {
    shown.textContent = visible(text);
    if (more) more.remove();
  });
  const made = html("details", { open }, html("summary", {}, title), shown, more);
  return made;
}

/**
 * A list of which a page is seen at a time.
 * @template Row
 * @param {Row[]} rows
 * @param {(row: Row) => Child} draw
 * @param {string} noun
 * @param {string} [style]
 */
export function paged(rows, draw, noun, style = "") {
  const items = html("ul", { class: `rows ${style}` });
  const told = html("span", { "aria-live": "polite" });
  let page = 0;
  const pages = Math.ceil(rows.length / PAGE);
  const turn = (/** @type {number} */ by) => {
    page = Math.min(pages - 1, Math.max(0, page + by));
    const first = page * PAGE;
    items.replaceChildren(...rows.slice(first, first + PAGE).map((row) => {
      const drawn = draw(row);
      return drawn instanceof HTMLLIElement ? drawn : html("li", {}, drawn);
    }));
    const last = Math.min(rows.length, first + PAGE);
    told.textContent = `${(first + 1).toLocaleString("en")}–${last.toLocaleString("en")} of ${rows.length.toLocaleString("en")} ${noun}`;
  };
  turn(0);
  const pager = html("div", { class: "pager" }, button("‹", () => turn(-1), { "aria-label": `Earlier ${noun}` }), told, button("›", () => turn(1), { "aria-label": `Later ${noun}` }));
  return html("div", {}, items, pages > 1 && pager);
}

/** @type {(text: string, href: string) => HTMLElement} */
export function link(text, href) {
  return html("a", { href, target: "_blank", rel: "noreferrer" }, text);
}

/**
 * Bars on a line of time.
 * @param {{ from: number, to: number, tone: string, title: string }[]} bars In seconds.
 * @param {string} told What they show, in words.
 */
export function timeline(bars, told) {
  const [first, last] = [Math.min(...bars.map((bar) => bar.from)), Math.max(...bars.map((bar) => bar.to))];
  const scale = 300 / Math.max(last - first, 1e-3);
  const drawn = bars.map(({ from, to, tone, title }) =>
    svg("rect", { class: `bar ${tone}`, x: 4 + (from - first) * scale, y: 4, width: Math.max(3, (to - from) * scale), height: 12, rx: 2 }, svg("title", {}, title)),
  );
  return html(
    "figure",
    {},
    svg("svg", { class: "timeline", viewBox: "0 0 308 34", role: "img", "aria-label": told }, svg("path", { class: "axis", d: "M4 20H304" }), ...drawn, svg("text", { x: 4, y: 32 }, passed(0)), svg("text", { x: 304, y: 32, "text-anchor": "end" }, passed(last - first))),
    html("figcaption", {}, told),
  );
}

/** @type {(outcome: string, name: string, told: string, act: () => void) => HTMLElement} A row that can be chosen. */
export function row(outcome, name, told, act) {
  const made = button(icon(outcome), act, { class: outcome });
  made.append(visible(name), html("span", { class: "told" }, ` ${told}`));
  return made;
}

/** @type {(text: string) => Child[]} What stands between backticks is code. */
export function withCode(text) {
  return text.split("`").map((part, index) => (index % 2 ? html("code", {}, part) : part));
}

/** @type {(rows: [string, Child][]) => HTMLElement} */
export function facts(rows) {
  return html("dl", {}, ...rows.flatMap(([term, told]) => [html("dt", {}, term), html("dd", {}, told)]));
}
