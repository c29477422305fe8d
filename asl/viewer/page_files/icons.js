// Small pictures, so that no font has to have them.
import { svg } from "./dom.js";

const ICONS = /** @type {Record<string, string>} */ ({
  first: "M3 3v10M13 3 6 8l7 5Z",
  back: "M11 3 4 8l7 5Z",
  forward: "M5 3l7 5-7 5Z",
  last: "M13 3v10M3 3l7 5-7 5Z",
  minus: "M3 8h10",
  plus: "M3 8h10M8 3v10",
  fit: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4",
  fold: "M2 3h12v10H2ZM5 8h6",
  light: "M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12M8 2v12M8 5l5 0M8 8h6M8 11h5",
  running: "M8 5a3 3 0 1 0 0 6a3 3 0 1 0 0-6",
  succeeded: "M3 8.500 6.500 12 13 4.500",
  caught: "M3 11a5 5 0 1 1 9 0M9 9.500l3 1.800 1.500-3",
  failed: "M4 4l8 8M12 4l-8 8",
  aborted: "M4 8h8",
  error: "M4 4l8 8M12 4l-8 8",
  warning: "M8 3v6M8 11.500v1",
});

/** @type {(name: string) => SVGPathElement} */
export function stroke(name) {
  return svg("path", { class: "stroke", d: ICONS[name] ?? "" });
}

/** @type {(name: string) => SVGSVGElement} */
export function icon(name) {
  return svg("svg", { class: `icon-${name} drawn`, viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" }, stroke(name));
}
