#!/usr/bin/env bash
# JSONata's $fromMillis writes a moment in another zone than it is asked for where that lies west of Greenwich by half an
# hour: "-0330", Newfoundland's, gives -04:30, an hour off on the clock and in the offset alike. East of Greenwich, and
# in whole hours west of it, the zone is the one that was asked for. One would guess that the sign changes nothing else.
# Why it matters: what is written is still the same moment, so that reading it back finds no fault; but the day and the
# hour that people read, or that a report is grouped by, are others. Step Functions speaks JSONata 2.0.6.
# https://docs.jsonata.org/date-time-functions#frommillis
# Seen on 2026-11-30 with jsonata 2.0.6 and 2.2.2 from npm, Node.js 20, for 03:45 of Greenwich:
#   2.0.6: -0300 is 00:45-03:00, -0330 is 23:15-04:30, +0330 is 07:15+03:30
#   2.2.2: -0300 is 00:45-03:00, -0330 is 23:15-04:30, +0330 is 07:15+03:30
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/zones.js" <<'JS'
const jsonata = require("jsonata");
(async () => {
  const seen = [];
  for (const zone of ["-0300", "-0330", "+0330"]) {
    const written = `$fromMillis($toMillis("2026-07-01T03:45:00Z"), "[H01]:[m01][Z]", "${zone}")`;
    seen.push(`${zone} is ${await jsonata(written).evaluate({})}`);
  }
  console.log(seen.join(", "));
})();
JS
cd "$folder"
for version in 2.0.6 2.2.2; do
  npm install --silent --no-fund --no-audit --no-save "jsonata@$version" >&2
  seen=$(node zones.js)
  echo "$version: $seen"
  [ "$seen" = "-0300 is 00:45-03:00, -0330 is 23:15-04:30, +0330 is 07:15+03:30" ]
done
