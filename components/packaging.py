"""Zip files for Lambda: the same sources give the same bytes on any machine."""

from __future__ import annotations

import base64
import functools
import hashlib
import subprocess
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from components.handler_files import PYTHON_VERSION, files_of, module_name

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build"
ARCHITECTURE = "arm64"
PROVIDED_BY_RUNTIME = ("botocore", "python-dateutil", "six", "urllib3")
"""What Lambda's Python already holds: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html"""
REPLACED = ("certifi", "charset-normalizer", "idna", "requests")
"""Stripe's library imports requests where it is there, and would take twice as long to load; see stripe_wire.py."""
_NOTES = frozenset({"INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_build.json", "uv_cache.json"})
"""What an installer notes beside a library: when, from where, and hashes of scripts that begin with a path."""
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Package:
    """A zip file on disk; `digest` is its SHA-256 in the form that Lambda reports."""

    path: Path
    digest: str


def handler_names() -> list[str]:
    """Every handler there is, one for each function."""
    return sorted(path.stem for path in (ROOT / "handlers").glob("*.py") if path.stem != "__init__")


def package_handler(module: str, layer: Package) -> Package:
    """The zip of one function: its own file of `handlers/`, and what it imports of that folder.

    Raises:
        HandlerRefusedError: when a function with `layer` would not find what the handler imports, with what to do.
    """
    files = files_of(module, ROOT / "handlers", _held(layer))
    return _zip(module, ((path.relative_to(ROOT).as_posix(), path) for path in files))


@functools.cache
def _held(layer: Package) -> frozenset[str]:
    """The modules and packages in a layer."""
    with zipfile.ZipFile(layer.path) as archive:
        paths = [PurePosixPath(name).relative_to("python") for name in archive.namelist()]
    modules = {module_name(path) for path in paths if path.suffix in (".py", ".so")}
    return frozenset(modules | {".".join(folder.parts) for path in paths for folder in path.parents if folder.parts})


def package_dependencies() -> Package:
    """The layer with what the handlers import beside boto3, built again only when the lock changes.

    Raises:
        RuntimeError: with uv's own words when it cannot resolve or download.
    """
    left_out = [part for name in PROVIDED_BY_RUNTIME + REPLACED for part in ("--no-emit-package", name)]
    wanted = _uv("export", "--frozen", "--only-group", "handlers", "--no-header", *left_out)
    platform = ("--python-platform", "aarch64-manylinux2014", "--python-version", PYTHON_VERSION)
    named = hashlib.sha256(" ".join((*platform, wanted)).encode()).hexdigest()
    target = BUILD / f"layer-{named[:16]}"
    BUILD.mkdir(exist_ok=True)
    if not target.exists():
        with tempfile.TemporaryDirectory(dir=BUILD) as folder:
            requirements, unfinished = Path(folder, "requirements.txt"), Path(folder, "layer")
            requirements.write_text(wanted)
            source = ("--requirements", str(requirements), "--only-binary", ":all:", "--no-deps")
            _uv("pip", "install", "--quiet", *platform, *source, "--target", str(unfinished / "python"))
            unfinished.rename(target)
    files = ((path.relative_to(target), path) for path in (target / "python").rglob("*") if path.is_file())
    return _zip("dependencies", ((inside.as_posix(), path) for inside, path in files if _ships(inside)))


def _ships(path: Path) -> bool:
    """Whether a file of an installation is the library's own; nothing runs a layer's scripts."""
    is_note = path.parent.suffix == ".dist-info" and path.name in _NOTES
    return not (is_note or path.parts[1] == "bin" or path.parts[1].startswith(".") or "__pycache__" in path.parts)


def _zip(name: str, files: Iterable[tuple[str, Path]]) -> Package:
    """Stored, not deflated: what deflate writes depends on the machine's zlib, and Lambda unpacks once."""
    BUILD.mkdir(exist_ok=True)
    # Two runs of the program may pack at the same time: each finishes a file of its own.
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        unfinished = Path(folder, f"{name}.zip")
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
