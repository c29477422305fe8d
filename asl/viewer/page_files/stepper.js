// Through an execution step by step, forward and back.
import { byId, html } from "./dom.js";
import { icon } from "./icons.js";
import { button } from "./parts.js";
import { passed } from "./words.js";

/** @typedef {import("./shown.js").Shown} Shown */

export class Stepper {
  /** @param {() => Shown} shown */
  constructor(shown) {
    this.shown = shown;
    this.bar = byId(HTMLElement, "steps");
    this.told = html("output", {});
    this.range = html("input", { type: "range", min: 0, "aria-label": "Step", input: () => this.go(Number(this.range.value)) });
    this.bar.append(
      button(icon("first"), () => this.go(0), { "aria-label": "To the start" }),
      button(icon("back"), () => this.by(-1), { "aria-label": "One step back", title: "One step back (,)" }),
      button(icon("forward"), () => this.by(1), { "aria-label": "One step forward", title: "One step forward (.)" }),
      button(icon("last"), () => this.go(this.shown().steps.length), { "aria-label": "To the end" }),
      this.range,
      this.told,
    );
  }

  /** @param {number} step */
  go(step) {
    this.shown().stepTo(step);
  }

  /** @param {number} count */
  by(count) {
    const shown = this.shown();
    if (shown.steps.length) this.go(shown.step + count);
  }

  show() {
    const shown = this.shown();
    const { steps, step, view } = shown;
    this.bar.hidden = steps.length === 0;
    this.range.max = String(steps.length);
    this.range.value = String(step);
    const last = steps[step - 1];
    const visit = last && view.execution?.visits[last.visit];
    const name = visit ? shown.nameOf(view.paths[visit.state] ?? "") : "";
    const told = last ? `${passed(last.at)}: ${name} ${last.what}` : "Before the start";
    this.told.textContent = `${step} of ${steps.length}. ${told}`;
    this.range.setAttribute("aria-valuetext", told);
  }
}
