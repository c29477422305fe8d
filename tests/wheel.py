"""An environment of somebody else's: the wheel of this tree, and what its extras ask for."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from emulator.program import ROOT
from tests.hangs import HANG_SECONDS


def installed(home: Path, *extras: str, environment: Mapping[str, str] = os.environ) -> Path:
    """Build the wheel and install it into a new environment in `home`, with `extras` in the versions of the lock; its
    Python. What is not in uv's cache comes from the internet, as the `environment` says how."""

    def uv(*arguments: str) -> str:
        return done("uv", *arguments, environment=environment)

    uv("build", "--quiet", "--wheel", "--out-dir", str(home))
    (wheel,) = home.glob("*.whl")
    exporting = ("--frozen", "--quiet", "--no-default-groups", "--no-emit-project", "--no-hashes")
    exported = uv("export", *exporting, *(f"--extra={extra}" for extra in extras))
    (home / "requirements.txt").write_text(f"{exported}\n{wheel}\n")
    venv = home / "venv"
    uv("venv", "--quiet", str(venv))
    uv("pip", "install", "--quiet", "--no-deps", "--python", str(venv), "-r", str(home / "requirements.txt"))
    return venv / "bin" / "python"


def done(*command: str, cwd: Path = ROOT, environment: Mapping[str, str] = os.environ) -> str:
    """What a command says that succeeds."""
    ran = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=HANG_SECONDS
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout
