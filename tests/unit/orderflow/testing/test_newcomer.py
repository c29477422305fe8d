"""A new user: an empty folder, the wheel, pytest, and what docs/testing.md shows first."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "testing.md").read_text()
EXPLORE = """
import asl
from test_order import ORDER

print(*(line for line, _ in asl.explore(ORDER).lines()), sep="\\n")
"""


def test_the_first_test_of_the_page_passes_with_the_wheel_and_pytest_alone(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}

    def run(*command: str | Path, folder: Path) -> str:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    project = tmp_path / "project"
    project.mkdir()
    run("uv", "build", "--quiet", "--wheel", "--out-dir", tmp_path, folder=ROOT)
    (wheel,) = tmp_path.glob("*.whl")
    run("uv", "venv", "--quiet", "--python", sys.executable, tmp_path / "environment", folder=tmp_path)
    python = tmp_path / "environment" / "bin" / "python"
    install = ("uv", "pip", "install", "--quiet", "--python", python)
    run(*install, f"{wheel}[test]", "pytest-xdist", folder=tmp_path)
    (source,) = re.findall(r"```python\n# test_order\.py\n(.*?)```", PAGE, re.DOTALL)
    assert len([line for line in source.splitlines() if line]) <= 10
    (project / "test_order.py").write_text(source)

    told = run(python, "-m", "pytest", "--asl-cov", folder=project)
    shown = re.findall(r"^machine +.*$", PAGE, re.MULTILINE)
    assert len(shown) == 2
    assert shown == [line.rstrip() for line in told.splitlines() if line.startswith("machine ")]
    assert "1 passed" in told
    (project / "test_again.py").write_text(source.replace("test_declined", "test_again"))
    told = run(python, "-m", "pytest", "-n", "2", "--asl-cov-fail-under=100", folder=project)
    assert "2 passed" in told
    assert shown[1] in told.replace("  \n", "\n")
    told = run(python, "-c", EXPLORE, folder=project)
    assert "not caught: States.Charge" in told, "an error beside PaymentDeclined"
