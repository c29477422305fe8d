#!/usr/bin/env bash
# JSONata's $map(prices, $round) does not round prices to whole numbers: the first comes whole, the second with one
# decimal, the third with two. $map hands each index over as a second argument, and for $round that is the precision.
# With one's own function, $map(prices, function($price) { $round($price) }), all come whole. One would guess that both
# are the same: a function of one's own gets as many arguments as it names, and $round is mostly written with one.
# Why it matters: Step Functions speaks JSONata 2.0.6. The result has the right shape and the right size, so a list of
# amounts goes on with some of them rounded and some not, and the first one in a test is right.
# https://docs.jsonata.org/higher-order-functions#map, https://docs.jsonata.org/numeric-functions#round
# Seen on 2026-11-30 with jsonata 2.0.6 and 2.2.2 from npm, Node.js 20:
#   2.0.6: handed over [20,5,7.26], called [20,5,7]
#   2.2.2: handed over [20,5,7.26], called [20,5,7]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/round.js" <<'JS'
const jsonata = require("jsonata");
const rounded = (written) => jsonata(written).evaluate({ prices: [19.994, 4.951, 7.256] });
(async () => {
  const handedOver = await rounded("$map(prices, $round)");
  const called = await rounded("$map(prices, function($price) { $round($price) })");
  console.log(`handed over ${JSON.stringify(handedOver)}, called ${JSON.stringify(called)}`);
})();
JS
cd "$folder"
for version in 2.0.6 2.2.2; do
  npm install --silent --no-fund --no-audit --no-save "jsonata@$version" >&2
  seen=$(node round.js)
  echo "$version: $seen"
  [ "$seen" = "handed over [20,5,7.26], called [20,5,7]" ]
done
