"""Zip files for Lambda: the same sources give the same bytes on any machine."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build"
PYTHON_VERSION = "3.13"
ARCHITECTURE = "arm64"
PROVIDED_BY_RUNTIME = ("botocore", "python-dateutil", "six", "urllib3")
"""What Lambda's Python already holds: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html"""
REPLACED = ("certifi", "charset-normalizer", "idna", "requests")
"""Stripe's library imports requests where it is there, and would take twice as long to load; see stripe_wire.py."""
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Package:
    """A zip file on disk; `digest` is its SHA-256 in the form that Lambda reports."""

    path: Path
    digest: str


def handler_names() -> list[str]:
    """Every handler there is, one for each function."""
    return sorted(path.stem for path in (ROOT / "handlers").glob("*.py") if path.stem != "__init__")


def package_handler(module: str) -> Package:
    """The zip of one function: its own file of `handlers/`, and what the handlers share.

    Raises:
        FileNotFoundError: naming the file that a misspelt `module` would need.
    """
    source = ROOT / "handlers" / f"{module}.py"
    if not source.is_file():
        there = ", ".join(handler_names())
        raise FileNotFoundError(f"{source.relative_to(ROOT)} does not exist; handlers/ has {there}")
    shared = (ROOT / "handlers" / "shared").rglob("*.py")
    files = [ROOT / "handlers" / "__init__.py", source, *shared]
    return _zip(module, ((path.relative_to(ROOT).as_posix(), path) for path in files))


def package_dependencies() -> Package:
    """The layer with what the handlers import beside boto3, built again only when the lock changes.

    Raises:
        RuntimeError: with uv's own words when it cannot resolve or download.
    """
    left_out = [part for name in PROVIDED_BY_RUNTIME + REPLACED for part in ("--no-emit-package", name)]
    wanted = _uv("export", "--frozen", "--only-group", "handlers", "--no-header", *left_out).encode()
    target = BUILD / f"layer-{hashlib.sha256(wanted).hexdigest()[:16]}"
    if not target.exists():
        unfinished = target.with_suffix(".unfinished")
        unfinished.mkdir(parents=True, exist_ok=True)
        (unfinished / "requirements.txt").write_bytes(wanted)
        platform = ("--python-platform", "aarch64-manylinux2014", "--python-version", PYTHON_VERSION)
        source = ("--requirements", str(unfinished / "requirements.txt"), "--only-binary", ":all:", "--no-deps")
        _uv("pip", "install", "--quiet", *platform, *source, "--target", str(unfinished / "python"))
        unfinished.rename(target)
    files = (path for path in (target / "python").rglob("*") if path.is_file())
    return _zip("dependencies", ((path.relative_to(target).as_posix(), path) for path in files if _ships(path)))


def _ships(path: Path) -> bool:
    """Caches and uv's own notes differ from machine to machine, and nothing runs a layer's scripts."""
    return "__pycache__" not in path.parts and "bin" not in path.parts and not path.name.startswith((".", "uv_"))


def _zip(name: str, files: Iterable[tuple[str, Path]]) -> Package:
    """Stored, not deflated: what deflate writes depends on the machine's zlib, and Lambda unpacks once."""
    BUILD.mkdir(exist_ok=True)
    unfinished = BUILD / f"{name}.zip.unfinished"
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as archive:
        for inside, path in sorted(files):
            entry = zipfile.ZipInfo(inside, _EPOCH)
            entry.create_system = 3  # Unix, also where this runs on Windows
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())
    digest = base64.b64encode(hashlib.sha256(unfinished.read_bytes()).digest()).decode()
    return Package(unfinished.replace(BUILD / f"{name}.zip"), digest)


def _uv(*arguments: str) -> str:
    run = subprocess.run(["uv", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode:
        raise RuntimeError(f"uv {arguments[0]} could not prepare the functions' dependencies:\n{run.stderr.strip()}")
    return run.stdout
