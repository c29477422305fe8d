// Elements. Texts go into them as texts, never as markup.
import { visible } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * @typedef {Record<string, string | number | boolean | undefined | ((event: any) => void)>} Attributes
 * @typedef {Node | string | undefined | null | false} Child
 */

/**
 * An element: functions among its attributes listen to events, what is undefined or false is left out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} attributes
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function html(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/**
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} attributes
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

/**
 * @template {Element} Made
 * @param {Made} made
 * @param {Attributes} attributes
 * @param {Child[]} children
 */
function filled(made, attributes, children) {
  for (const name in attributes) {
    const value = attributes[name];
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== undefined && value !== false) made.setAttribute(name, String(value));
  }
  for (const child of children) if (child) made.append(typeof child === "string" ? visible(child) : child);
  return made;
}

const canvas = document.createElement("canvas").getContext("2d");
let fontSet = "";

/** @type {import("./types.d.ts").Measure} */
export function measure(text, font) {
  if (!canvas) return text.length * 7;
  // To set it takes longer than to measure, and what it reads as is not what was set.
  if (fontSet !== font) canvas.font = fontSet = font;
  return canvas.measureText(text).width;
}

/** @type {<Kind extends Element>(kind: new () => Kind, id: string) => Kind} */
export function byId(kind, id) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${id}`);
  return found;
}

/** @type {(element: Element, children: Child[]) => void} */
export function fill(element, children) {
  element.replaceChildren();
  filled(element, {}, children);
}
