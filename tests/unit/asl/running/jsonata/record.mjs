// Records what JSONata itself, from npm, says of expressions.txt: `npm install jsonata@2.0.6 && TZ=UTC node record.mjs`.
import {readFileSync, writeFileSync} from "node:fs";
import {createRequire} from "node:module";
import {dirname, join} from "node:path";
import {fileURLToPath} from "node:url";

const require = createRequire(join(process.cwd(), "here.js"));
const {version} = require("jsonata/package.json");
const here = dirname(fileURLToPath(import.meta.url));
const documents = readFileSync(join(here, "documents.json"), "utf8");
const lines = readFileSync(join(here, "expressions.txt"), "utf8").split("\n");
const now = 1700000000123;

const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length ? given : [now]));
  }
};

const isFunction = (value) => typeof value === "function" || value?._jsonata_function || value?._jsonata_lambda;
// AWS writes numbers that JSON lacks as texts. Functions are no values of JSON.
const asJson = (key, value) =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : isFunction(value) ? undefined : value;

async function answer(expression) {
  // A library of its own for each: it notes on its functions by which name they were called last.
  delete require.cache[require.resolve("jsonata")];
  const jsonata = require("jsonata");
  try {
    const result = await jsonata(expression).evaluate(undefined, JSON.parse(documents));
    const text = JSON.stringify(result, asJson);
    return text === undefined ? {undefined: true} : {result: JSON.parse(text)};
  } catch (error) {
    return error.code ? {code: error.code, message: error.message} : {crash: String(error.message)};
  }
}

const recorded = [];
for (const expression of lines.filter((line) => line && !line.startsWith("#"))) {
  recorded.push(JSON.stringify({expression, ...(await answer(expression))}));
}
writeFileSync(join(here, "recorded.json"), `{"version": "${version}", "now": ${now}, "cases": [\n${recorded.join(",\n")}\n]}\n`);
