#!/usr/bin/env bash
# With pytest 9.2.0, pytest-xdist 3.8.0 pays no heed to `xdist_group`: under `--dist loadgroup` the tests of one group go
# to different workers, and nothing says so. One would guess one worker for each group, as its documentation has it.
# Why it matters: what a group's tests share, a database or a port, is made once for each worker, or used by two at once;
# tests that pass alone fail now and then, or all just take longer. xdist appends the group to an item's `_nodeid`, which
# pytest no longer reads. A scheduler of one's own, by the hook `pytest_xdist_make_scheduler`, keeps groups together.
# https://pytest-xdist.readthedocs.io/en/stable/distribution.html
# Seen on 2026-11-29 with pytest 9.2.0 and 9.0.2, pytest-xdist 3.8.0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
cat > "$folder/test_group.py" <<'PY'
import os
import time

import pytest


@pytest.mark.xdist_group("together")
@pytest.mark.parametrize("number", range(8))
def test_where(number, record_property):
    time.sleep(0.2)
    with open("where", "a") as file:
        file.write(os.environ["PYTEST_XDIST_WORKER"] + "\n")
PY
workers() {
  "$folder/venv/bin/pip" install --quiet "pytest==$1" "pytest-xdist==3.8.0"
  rm -f "$folder/where"
  (cd "$folder" && venv/bin/python -m pytest -p no:cacheprovider -q -n 2 --dist loadgroup > said) || cat "$folder/said"
  echo "pytest $1: the group ran on $(sort -u "$folder/where" | tr '\n' ' ')" >&2
  sort -u "$folder/where" | wc -l
}
before=$(workers 9.0.2)
after=$(workers 9.2.0)
[ "$before" -eq 1 ] && [ "$after" -eq 2 ]
