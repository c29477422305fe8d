// The checkers from npm over the same definitions as ours: node npm.js DEFINITIONS RUNS SECONDS
// Prints what bench/checkers/pypi.py prints.
const { readFileSync } = require("fs");
const validator = require("asl-validator");
const { getLanguageService, DiagnosticSeverity, TextDocument } = require("amazon-states-language-service");

const [file, runs, seconds] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const definitions = JSON.parse(readFileSync(file, "utf8"));
const validate = validator.default ?? validator;
const service = getLanguageService({});

// What the text is read into, which is not timed, and whether the checker finds an error in it.
const CHECKERS = {
  "asl-validator": {
    read: JSON.parse,
    // What its command line does.
    refuses: (definition) => !validate(definition, { checkArn: true, checkPaths: true }).isValid,
  },
  "amazon-states-language-service": {
    read: (text) => {
      const document = TextDocument.create("file:///machine.asl.json", "asl", 1, text);
      return [document, service.parseJSONDocument(document)];
    },
    refuses: async ([document, parsed]) =>
      (await service.doValidation(document, parsed)).some(({ severity }) => severity === DiagnosticSeverity.Error),
  },
};

async function pass(checker, read) {
  const refused = [];
  for (const [name, definition] of read) {
    try {
      if (await checker.refuses(definition)) refused.push(name);
    } catch {
      refused.push(name);
    }
  }
  return refused;
}

async function measured(checker) {
  const read = definitions.map(({ name, text }) => [name, checker.read(text)]);
  const refused = await pass(checker, read); // and warm
  const taken = [];
  const start = performance.now();
  while (taken.length < runs && (taken.length === 0 || performance.now() - start < seconds * 1000)) {
    const before = performance.now();
    await pass(checker, read);
    taken.push((performance.now() - before) / definitions.length);
  }
  taken.sort((one, other) => one - other);
  return { refused, ms: taken[Math.floor(taken.length / 2)] };
}

(async () => {
  const found = {};
  for (const [name, checker] of Object.entries(CHECKERS)) found[name] = await measured(checker);
  console.log(JSON.stringify(found));
})();
