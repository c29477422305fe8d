// AWS's language service as a command: node cold.js FILE, from reading the file to its diagnostics.
const { readFileSync } = require("fs");
const { getLanguageService, TextDocument } = require("amazon-states-language-service");

(async () => {
  const document = TextDocument.create("file:///machine.asl.json", "asl", 1, readFileSync(process.argv[2], "utf8"));
  const service = getLanguageService({});
  console.log((await service.doValidation(document, service.parseJSONDocument(document))).length);
})();
