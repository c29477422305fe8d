// Reads a JSON array of Mermaid texts and writes the labels that Mermaid shows for each, or its error.
import fs from "node:fs";
import { JSDOM } from "jsdom";

const page = new JSDOM("<!DOCTYPE html><body></body>", { pretendToBeVisual: true }).window;
Object.assign(globalThis, { window: page, document: page.document });
for (const name of ["Element", "SVGElement", "HTMLElement", "Node", "DOMParser", "XMLSerializer", "MutationObserver"])
  globalThis[name] = page[name];
// jsdom lays nothing out. Where labels stand does not matter here, only what is in them.
Object.assign(page.Element.prototype, {
  getBBox: () => ({ x: 0, y: 0, width: 100, height: 20 }),
  getComputedTextLength: () => 100,
  getTotalLength: () => 100,
  getPointAtLength: () => ({ x: 0, y: 0 }),
});
// Without a layout an arrow's points hold whole boxes, whose names need not be Latin.
globalThis.btoa = (text) => Buffer.from(text).toString("base64");

const { default: mermaid } = await import("mermaid");
mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });

const answers = [];
for (const text of JSON.parse(fs.readFileSync(0, "utf8"))) {
  const { svg } = await mermaid.render(`picture${answers.length}`, text);
  const picture = new JSDOM(`<body>${svg.replaceAll(/<br ?\/?>/g, "\n")}</body>`).window.document;
  const labels = [...picture.querySelectorAll(".nodeLabel, .edgeLabel")].map((label) => label.textContent);
  answers.push([...new Set(labels)].filter((label) => label !== "").sort());
}
fs.writeFileSync(1, JSON.stringify(answers));
process.exit(0);
