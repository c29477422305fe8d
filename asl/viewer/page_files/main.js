// The page: what is on it, what is chosen, and the keys that work everywhere.
import { details } from "./details.js";
import { byId, fill, html } from "./dom.js";
import { icon } from "./icons.js";
import { overview } from "./overview.js";
import { button } from "./parts.js";
import { Search } from "./search.js";
import { Shown } from "./shown.js";
import { Stage } from "./stage.js";
import { Stepper } from "./stepper.js";
import { visible } from "./words.js";

/** @type {import("./types.d.ts").PageData} */
const data = JSON.parse(byId(HTMLElement, "data").textContent ?? "{}");
const panel = byId(HTMLElement, "panel");
const pictures = byId(HTMLElement, "pictures");
const modes = byId(HTMLElement, "modes");
const views = byId(HTMLSelectElement, "views");

const FOLDED_FROM = 150;
/** @type {Set<string>} */
let closed = new Set();
/** @type {Stage[]} */
let stages = [];
let mode = "both";
let index = 0;
let shown = shownOf(0);

/** @type {(index: number) => Shown} */
function shownOf(index) {
  const view = data.views[index];
  if (!view) throw new Error("the page shows nothing");
  return new Shown(view, data.values, (what) => changed(what));
}

/** @type {(what: "chosen" | "painted") => void} */
function changed(what) {
  for (const stage of stages) stage.paint();
  stepper.show();
  if (what === "chosen") {
    fillPanel();
    if (shown.selected !== undefined) for (const stage of stages) stage.reveal(shown.selected);
  }
  remember();
}

function fillPanel() {
  fill(panel, shown.selected === undefined ? overview(shown) : details(shown, shown.selected));
  panel.scrollTop = 0;
  document.body.classList.toggle("has-chosen", shown.selected !== undefined);
}

/** @type {(chosen: number) => void} Another view. */
function open(chosen) {
  index = chosen;
  shown = shownOf(index);
  closed = new Set(shown.places.size > FOLDED_FROM ? [...shown.places.values()].filter((one) => one.box.groups).map((one) => one.box.path) : []);
  mode = "both";
  stage();
  fillPanel();
  stepper.show();
}

/** The pictures of the view: one, or before and after side by side. */
function stage() {
  const { graph, before, after, title, change } = shown.view;
  const pairs = /** @type {Record<string, [import("./types.d.ts").Graph | undefined, string][]>} */ ({
    both: [[graph, title]],
    before: [[before, `${title}, before`]],
    after: [[after, `${title}, after`]],
    beside: [[before, `${title}, before`], [after, `${title}, after`]],
  });
  const chosen = pairs[mode] ?? [];
  const hosts = chosen.map(([, told]) => html("div", { class: "stage" }, change && mode !== "both" && html("p", { class: "caption" }, told.slice(title.length + 2))));
  // All of them first: each picture is fitted into what the others leave.
  pictures.replaceChildren(...hosts);
  stages = [];
  for (const [number, [drawing, told]] of chosen.entries()) {
    const host = hosts[number];
    if (drawing && host) stages.push(new Stage(host, drawing, shown, told, closed));
  }
  modes.hidden = !change || !before?.boxes.length;
  for (const one of modes.querySelectorAll("button")) one.setAttribute("aria-pressed", String(one.dataset.mode === mode));
}

/** @type {(act: (stage: Stage) => void) => void} */
function each(act) {
  for (const one of stages) act(one);
}

function foldAll() {
  const inner = [...shown.places.values()].filter((one) => one.box.groups).map((one) => one.box.path);
  const all = inner.every((path) => closed.has(path));
  closed.clear();
  if (!all) for (const path of inner) closed.add(path);
  each((one) => {
    one.draw();
    one.begin();
    one.look();
  });
}

/** Light, dark, or as the reader's system has it. */
function recolour() {
  const dark = getComputedStyle(document.documentElement).colorScheme === "dark" || (!document.documentElement.dataset.scheme && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.scheme = dark ? "light" : "dark";
}

/** What is chosen stands in the address: it outlives reading the page anew, and can be handed on. */
function remember() {
  const kept = new URLSearchParams();
  if (index) kept.set("view", String(index));
  if (shown.selected) kept.set("state", shown.selected);
  if (shown.visit !== undefined && shown.selected) kept.set("visit", String(shown.visit));
  if (shown.step < shown.steps.length) kept.set("step", String(shown.step));
  if (shown.way !== undefined) kept.set("way", String(shown.way));
  try {
    history.replaceState(null, "", `#${kept}`);
  } catch {
    // A browser may forbid it, for a page that was opened out of a mail.
  }
}

function recall() {
  const kept = new URLSearchParams(location.hash.slice(1));
  const number = (/** @type {string} */ name) => (kept.has(name) ? Number(kept.get(name)) : undefined);
  open(Math.min(data.views.length - 1, Math.max(0, number("view") || 0)));
  views.value = String(index);
  shown.step = Math.min(shown.steps.length, number("step") ?? shown.steps.length);
  const way = number("way");
  if (way !== undefined && shown.view.flow?.ways[way]) shown.way = way;
  const path = kept.get("state");
  if (path && shown.places.has(path)) {
    shown.selected = path;
    const visit = number("visit");
    shown.visit = visit !== undefined && shown.visitsOf(path).includes(visit) ? visit : shown.shownVisit(path);
  }
  const look = performance.getEntriesByType("navigation")[0];
  changed("chosen");
  if (look instanceof PerformanceNavigationTiming && look.type === "reload") restoreLook();
}

const LOOK = "orderflow-look";

function restoreLook() {
  try {
    const look = JSON.parse(sessionStorage.getItem(LOOK) ?? "null");
    if (look) each((one) => one.camera.set(look));
  } catch {
    // Without storage the picture is as at first.
  }
}

/** Whoever follows an execution writes the file anew: it is read again until the execution has ended. */
function follow() {
  if (!data.reload || !data.views.some((one) => one.execution?.status === "RUNNING")) return;
  setTimeout(() => {
    try {
      sessionStorage.setItem(LOOK, JSON.stringify(stages[0]?.camera.look));
    } catch {
      // As above.
    }
    location.reload();
  }, data.reload * 1000);
}

/** @type {(event: KeyboardEvent) => void} */
function key(event) {
  const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
  if (event.ctrlKey || event.metaKey || event.altKey || (typing && event.key !== "Escape")) return;
  const acts = /** @type {Record<string, () => void>} */ ({
    "/": () => search.input.focus(),
    "+": () => each((one) => one.camera.zoom(1.25)),
    "=": () => each((one) => one.camera.zoom(1.25)),
    "-": () => each((one) => one.camera.zoom(0.8)),
    0: () => each((one) => one.camera.fit()),
    1: () => each((one) => one.begin()),
    ",": () => stepper.by(-1),
    ".": () => stepper.by(1),
    Escape: () => shown.choose(undefined),
  });
  const act = acts[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

const stepper = new Stepper(() => shown);
const search = new Search(
  () => shown.places.values(),
  (path) => {
    shown.choose(path);
    each((one) => one.reveal(path, true));
  },
);

byId(HTMLElement, "title").textContent = visible(data.title);
byId(HTMLElement, "made").textContent = visible(data.made);
byId(HTMLElement, "tools").append(
  button(icon("fold"), foldAll, { "aria-label": "Collapse or expand all", title: "Collapse or expand every Parallel and Map" }),
  button(icon("minus"), () => each((one) => one.camera.zoom(0.8)), { "aria-label": "Zoom out", title: "Zoom out (-)" }),
  button(icon("plus"), () => each((one) => one.camera.zoom(1.25)), { "aria-label": "Zoom in", title: "Zoom in (+)" }),
  button(icon("fit"), () => each((one) => one.camera.fit()), { "aria-label": "Fit the whole picture", title: "Fit (0)" }),
  button(icon("light"), recolour, { "aria-label": "Light or dark", title: "Light or dark" }),
);
modes.append(
  ...[["both", "Overlaid"], ["before", "Before"], ["after", "After"], ["beside", "Side by side"]].map(([name, text]) =>
    button(text ?? "", () => {
      mode = name ?? "both";
      stage();
      changed("painted");
    }, { "data-mode": name }),
  ),
);
views.append(...data.views.map((view, number) => html("option", { value: number }, view.title)));
views.hidden = data.views.length < 2;
views.addEventListener("change", () => {
  open(Number(views.value));
  remember();
});
document.addEventListener("keydown", key);
addEventListener("resize", () => each((one) => one.camera.set(one.camera.look)));
// On paper is the whole picture, and then the panel.
addEventListener("beforeprint", () => each((one) => one.camera.print()));
addEventListener("afterprint", () => each((one) => one.camera.unprint()));
recall();
follow();
document.documentElement.dataset.ready = "yes";
