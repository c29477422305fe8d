"""Ask for known vulnerabilities in the packages of a requirements file; having asked for nothing is a failure too.

    python .github/scripts/audit_packages.py REQUIREMENTS

A source of advisories counts as one when it knows an old hole that everybody knows: mirrors answer for packages and
serve no advisories. Where none can be reached that is said, and the check goes on, unless REQUIRE_AUDIT=1 is set, as
it is on GitHub.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

SOURCES = {"PyPI": ("--vulnerability-service", "pypi"), "OSV": ("--vulnerability-service", "osv")}
KNOWN_HOLE = "urllib3==1.26.4"
"""https://osv.dev/vulnerability/PYSEC-2021-108"""
PIP_AUDIT = (sys.executable, "-m", "pip_audit", "--disable-pip", "--no-deps", "--progress-spinner", "off")


def knows_the_hole(source: Sequence[str]) -> bool:
    """Whether a source of pip-audit's answers, and with advisories."""
    with tempfile.TemporaryDirectory() as folder:
        asked = Path(folder, "requirements.txt")
        asked.write_text(KNOWN_HOLE)
        command = [*PIP_AUDIT, *source, "--format", "json", "--timeout", "10", "--requirement", str(asked)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return any(package.get("vulns") for package in json.loads(ran.stdout)["dependencies"])
    except (ValueError, KeyError):
        return False


def main(requirements: str) -> int:
    pinned = [line for line in Path(requirements).read_text().splitlines() if "==" in line]
    if not pinned:
        print(f"{requirements} pins no package: there is nothing to audit", file=sys.stderr)
        return 1
    for name, source in SOURCES.items():
        if knows_the_hole(source):
            print(f"asking {name} about {len(pinned)} packages", flush=True)
            command = [*PIP_AUDIT, *source, "--strict", "--requirement", requirements]
            return subprocess.run(command, check=False).returncode
    is_required = os.environ.get("REQUIRE_AUDIT") == "1"
    way_on = "REQUIRE_AUDIT=1 is set, so this fails" if is_required else "REQUIRE_AUDIT=1 would have this fail"
    print(
        f"NOT AUDITED: from here neither {' nor '.join(SOURCES)} tells of the known hole in {KNOWN_HOLE}. Nobody has "
        f"looked for holes in {len(pinned)} packages.\nRun `make check` where https://pypi.org or https://api.osv.dev "
        f"can be reached. {way_on}.",
        file=sys.stderr,
    )
    return 1 if is_required else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
