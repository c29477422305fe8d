#!/usr/bin/env bash
# JSONata's $formatInteger loses digits where a picture groups them unevenly, as India does (#,##,##0): 6429 comes out as
# ",9", and of $formatNumber as "64,29,". A number that is long enough for every separator comes out right, 1234567 as
# "12,34,567". One would guess that a shorter one goes without the separators that it does not reach.
# Why it matters: there is no error, and what is left is a number, too; an amount in a message is another amount. Who
# tries the picture with a large number sees nothing of it. Step Functions speaks JSONata 2.0.6.
# https://docs.jsonata.org/numeric-functions#formatinteger, https://www.w3.org/TR/xpath-functions-31/#func-format-integer
# Seen on 2026-11-30 with jsonata 2.0.6 and 2.2.2 from npm, Node.js 20:
#   2.0.6: $formatInteger 12,34,567 and ,9; $formatNumber 12,34,567 and 64,29,
#   2.2.2: $formatInteger 12,34,567 and ,9; $formatNumber 12,34,567 and 64,29,
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/group.js" <<'JS'
const jsonata = require("jsonata");
(async () => {
  const seen = [];
  for (const name of ["$formatInteger", "$formatNumber"]) {
    const written = `[1234567, 6429].${name}($, "#,##,##0")`;
    seen.push(`${name} ${(await jsonata(written).evaluate({})).join(" and ")}`);
  }
  console.log(seen.join("; "));
})();
JS
cd "$folder"
for version in 2.0.6 2.2.2; do
  npm install --silent --no-fund --no-audit --no-save "jsonata@$version" >&2
  seen=$(node group.js)
  echo "$version: $seen"
  [ "$seen" = "\$formatInteger 12,34,567 and ,9; \$formatNumber 12,34,567 and 64,29," ]
done
