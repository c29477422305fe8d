#!/usr/bin/env bash
# With typer 0.29.2 every command line loads pydantic, also one with a single whole number as its option: it has become a
# dependency, and reads the parameters. With 0.28.0 the same program loads nothing of the kind. One would guess that a
# minor version of a library for command lines starts as fast as the one before.
# Why it matters: a command of a few lines starts in nearly three times the processor time, whatever it then does, and
# pydantic's compiled core comes along into each environment that has it installed.
# https://typer.tiangolo.com/release-notes/
# Seen on 2026-11-29 with typer 0.28.0 and 0.29.2, pydantic 2.14.4, Python 3.11: 0.05 s and 0.15 s.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/count.py" <<'PY'
import sys

import typer


def main(count: int = 1) -> None:
    print(count, "with pydantic" if "pydantic" in sys.modules else "without pydantic")


typer.run(main)
PY
run() {
  python3 -m venv "$folder/$1"
  "$folder/$1/bin/pip" install --quiet "typer==$1" >&2
  "$folder/$1/bin/python" "$folder/count.py" --count 3
}
before=$(run 0.28.0)
after=$(run 0.29.2)
echo "typer 0.28.0: $before; typer 0.29.2: $after"
[ "$before" = "3 without pydantic" ] && [ "$after" = "3 with pydantic" ]
